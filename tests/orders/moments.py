"""The moments between which a process may die: before each of its commits, around each call that may change an order.

Two deaths leave the same behind where nothing was committed and nothing left between them. So neither a read of the
database is a moment, nor the second statement of a transaction, nor a read of an order.
"""

import re
import select
import sys
import threading
from collections.abc import Callable
from contextlib import ExitStack
from http.client import HTTPResponse
from types import TracebackType
from typing import Any
from unittest.mock import patch
from urllib.parse import urlsplit

from django.db import connection, transaction
from django.utils import timezone

from orders.models import Edit
from orders.states import LIVE
from vendors.sandbox.remote import Remote

_WRITES = re.compile(r"\s*(INSERT|UPDATE|DELETE)\b", re.IGNORECASE)
_HEAD = re.compile(rb"[A-Z]+ \S+ HTTP/1")
_READS = re.compile(rb"(GET|HEAD) |POST \S+/(Order|OrderLine|list|get_status) ")  # some vendors read by POST
_begin = HTTPResponse.begin
_counting = threading.local()  # .moments: those of this thread, while they are counted


class Moments:
    """A context manager that calls `reached` with the number of each moment, from 1, just before it.

    It counts on where it is entered again. A request has three moments: before its head, between head and body, and
    once its answer is there and not read yet.
    """

    def __init__(self, reached: Callable[[int], object]) -> None:
        self.reached = reached
        self.count = 0
        self.is_reading = False
        self.is_leaving = False  # a call that may change an order is on its way out
        self._in_transaction = self._is_here = False
        self._stack = ExitStack()

    def __enter__(self) -> "Moments":
        self._stack.enter_context(connection.execute_wrapper(self._statement))
        self._stack.enter_context(patch.object(HTTPResponse, "begin", _begin_watched))
        _counting.moments = self
        return self

    def __exit__(self, kind: type[BaseException] | None, wrong: BaseException | None, at: TracebackType | None) -> None:
        _counting.moments = None
        self._stack.close()

    def tick(self) -> None:
        """A moment is here. What `reached` does itself has none."""
        if self._is_here:
            return
        self.count += 1
        self._is_here = True
        try:
            self.reached(self.count)
        finally:
            self._is_here = False

    def _statement(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        if _WRITES.match(sql) and not self._in_transaction:
            self.tick()
            if connection.in_atomic_block:
                self._in_transaction = True
                transaction.on_commit(self._committed)
        return execute(sql, params, many, context)

    def _committed(self) -> None:
        self._in_transaction = False


def let_time_pass() -> bool:
    """Let every wait be over, and every hold on an edit have run out. False where nothing waits for time any more."""
    Edit.objects.exclude(hold="").update(busy_until=None)
    waiting = Edit.objects.filter(state__in=LIVE, next_at__isnull=False)
    return bool(waiting.update(next_at=timezone.now(), busy_until=None))


def quiesce(vendor: str) -> None:
    """Wait until the simulator at this address has no delayed effect before it any more."""
    address = urlsplit(vendor)
    assert Remote(f"{address.scheme}://{address.netloc}", address.path.strip("/")).quiesce()


def _before_sending(event: str, arguments: tuple[Any, ...]) -> None:
    moments = getattr(_counting, "moments", None) if event == "http.client.send" else None
    if moments is None:
        return
    leaving = bytes(arguments[1])
    if _HEAD.match(leaving):
        moments.is_reading = bool(_READS.match(leaving))
    if not moments.is_reading:
        moments.is_leaving = True
        moments.tick()
        moments.is_leaving = False


def _begin_watched(response: HTTPResponse) -> None:
    moments = getattr(_counting, "moments", None)
    if moments is not None and not moments.is_reading:
        select.select([response.fp], [], [], 30)
        moments.tick()
    _begin(response)


sys.addaudithook(_before_sending)  # for the life of the process: there is no way to take one back
