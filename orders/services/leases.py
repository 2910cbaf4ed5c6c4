"""Who works on something holds it on a lease, and renews that for as long as the process lives.

A row with a `fence` and a `busy_until` can be held: whoever claims it makes the fence grow, and writes about it only
while the fence is still theirs. A process that dies renews no more, and when its lease has run out another one may
claim the row. A process that was frozen and wakes finds the fence grown, and may not begin to send any more: a send
has to begin within the lease that it was written down with.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any, Protocol

import structlog
from django.conf import settings
from django.db import Error, connection, connections, models
from django.utils import timezone

log = structlog.get_logger(__name__)

LONGEST = 12.0  # seconds of a lease that is renewed
BEATS = 4  # renewals in that time


class Holdable(Protocol):
    """A row that can be held."""

    pk: int
    fence: int
    busy_until: datetime | None


_held: dict[tuple[str, int, int], "models.QuerySet[Any]"] = {}
_keepers = 0
_lock = threading.Lock()


def length() -> timedelta:
    """For how long this process may claim something.

    Where nobody renews that is LEASE_SECONDS, longer than the longest call that a vendor may take.
    """
    return timedelta(seconds=_renewed() if _keepers else settings.LEASE_SECONDS)


def _renewed() -> float:
    return min(LONGEST, float(settings.LEASE_SECONDS))


@contextmanager
def held(row: Holdable) -> Iterator[None]:
    """Renew the lease on a row that was just claimed, until the block ends, if somebody here keeps leases."""
    key = type(row).__name__, row.pk, row.fence
    rows = type(row)._default_manager.filter(pk=row.pk, fence=row.fence, busy_until__isnull=False)  # type: ignore[attr-defined]
    with _lock:
        _held[key] = rows
    try:
        yield
    finally:
        with _lock:
            del _held[key]


@contextmanager
def kept(also: Callable[[], object] = lambda: None, every: float = 0) -> Iterator[None]:
    """Renew whatever this process holds, in a thread of its own, until the block ends.

    `also` runs with every beat; `every` is the seconds between two, 0 for what suits the length of a lease.
    """
    global _keepers
    stop = threading.Event()
    keeper = threading.Thread(target=_keep, args=(stop, also, every), name="leases", daemon=True)
    with _lock:
        _keepers += 1
    keeper.start()
    try:
        yield
    finally:
        with _lock:
            _keepers -= 1
        stop.set()
        keeper.join(timeout=5)


def _keep(stop: threading.Event, also: Callable[[], object], every: float) -> None:
    while not stop.wait(every or _renewed() / BEATS):
        try:
            with _lock:
                held = list(_held.values())
            for rows in held:
                rows.update(busy_until=timezone.now() + length())
            also()
        except Error as wrong:  # a database that is away for a moment: whoever comes back first renews or claims
            log.warning("leases_not_renewed", reason=type(wrong).__name__)
            connection.close()
    connections.close_all()
