"""Find by itself what there is to do, whatever the engine has lost, repeated or forgotten.

Every worker does all of it every few seconds. No leader is needed, because each step is a conditional update.
"""

import time
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from threading import Event, Lock

import structlog
from django.db import Error, close_old_connections, connection

from orders import tasks
from orders.services.holding import release_left_holds
from orders.services.settling import advance_submission, due_edits
from orders.work.crew import Crew
from orders.workbooks import due_workbook, make_workbook

log = structlog.get_logger(__name__)

BACKLOG = 0.1  # seconds between two looks while more is due than there is anybody for
PATIENCE = timedelta(seconds=1)  # with the task of an edit that has just come: two for one would be wasted work
TIDY = 10.0  # seconds between two looks for what dead workers left in the engine's books, and old files


class Supervisor:
    """The recovery pass. Its crew is its own, so that what has waited does not keep waiting what has just come."""

    def __init__(self, *, threads: int, pause: float, tidy: Callable[[], object]) -> None:
        self.pause = pause
        self._threads, self._tidy = threads, tidy
        self._at_most = max(1, threads - 1)  # of one account: a vendor that hangs leaves a thread to the others
        self._crew = Crew("recovery", threads + 1)  # one more to give back locks
        self._workbooks = Crew("workbooks", 1)
        self._under_way: dict[int, int] = {}  # edit -> account
        self._releasing = Lock()
        self._passed_at = self._tidied_at = float("-inf")

    def run(self, stop: Event) -> None:
        """Make one pass after another until `stop` is set. A database that is away for a moment is waited for."""
        while not stop.is_set():
            is_behind = False
            try:
                close_old_connections()
                is_behind = self.take_on_due_edits()
                self.look_around()
            except Error as wrong:
                log.warning("pass_failed", reason=type(wrong).__name__)
                connection.close()
            stop.wait(min(BACKLOG, self.pause) if is_behind else self.pause)
        connection.close()

    def take_on_due_edits(self) -> bool:
        """Hand out what is due, as far as somebody is free for it. True where there may be more of it."""
        while len(self._under_way) < self._threads:
            accounts = Counter(list(self._under_way.values()))
            full = [account for account, many in accounts.items() if many >= self._at_most]
            due = due_edits(limit=len(self._under_way) + 1, of_others_than=full, patience=PATIENCE)
            edit = next((each for each in due if each[0] not in self._under_way), None)
            if edit is None:
                return bool(full)
            self._under_way[edit[0]] = edit[1]
            if not self._crew.take(self._advance, edit[0]):
                del self._under_way[edit[0]]
                return True
        return True

    def look_around(self) -> None:
        """Everything else that is due every few seconds."""
        now = time.monotonic()
        if now - self._passed_at >= self.pause:
            self._passed_at = now
            tasks.start_due()
            self._take_on_workbook()
            if self._releasing.acquire(blocking=False) and not self._crew.take(self._release):
                self._releasing.release()
        if now - self._tidied_at >= TIDY:
            self._tidied_at = now
            self._tidy()

    def wait_for_rest(self, until: float) -> bool:
        """Wait until nothing is being done, at most until then (monotonic). False where something still is."""
        return all(crew.wait_for_rest(until - time.monotonic()) for crew in (self._crew, self._workbooks))

    def _take_on_workbook(self) -> None:
        if self._workbooks.free and (left := due_workbook()):
            self._workbooks.take(make_workbook.call, left)

    def _advance(self, edit_id: int) -> None:
        try:
            advance_submission(edit_id)
        finally:
            self._under_way.pop(edit_id, None)

    def _release(self) -> None:
        try:
            release_left_holds()
        finally:
            self._releasing.release()
