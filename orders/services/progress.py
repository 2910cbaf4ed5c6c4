"""How far a pass has come: written down about once a second, for whoever looks."""

import time
from collections import deque
from collections.abc import Callable
from datetime import timedelta

from django.utils import timezone

from orders.models import SyncRun

NOTE_SECONDS = 1.0  # between two notes of a pass's progress
LATELY_SECONDS = 10.0  # what the rate is taken over
SILENT_SECONDS = 120.0  # longer than any wait for a page: what has not been noted for so long is nobody's any more

Report = Callable[[SyncRun], None]


class Progress:
    """A running pass. `report` is told whenever its progress is written down."""

    def __init__(self, run: SyncRun, report: Report) -> None:
        self.run = run
        self._report = report
        self._noted = float("-inf")
        self._lately = deque([(time.monotonic(), run.seen)])

    def note(self) -> None:
        """Write down how far the pass is, unless that was done less than a second ago."""
        now = time.monotonic()
        if now - self._noted < NOTE_SECONDS:
            return
        self._noted = now
        self.run.rate = self._rate(now)
        self.run.noted_at = timezone.now()
        self.run.save()
        self._report(self.run)

    def end(self) -> None:
        """Write down how the pass ended. Its rate is that of the whole."""
        self.run.noted_at = self.run.finished_at = timezone.now()
        seconds = (self.run.finished_at - self.run.started_at).total_seconds()
        self.run.rate = self.run.seen / seconds if seconds > 0 else 0.0
        self.run.save()
        self._report(self.run)

    def _rate(self, now: float) -> float:
        while len(self._lately) > 1 and now - self._lately[0][0] > LATELY_SECONDS:
            self._lately.popleft()
        then, seen = self._lately[0]
        self._lately.append((now, self.run.seen))
        return (self.run.seen - seen) / (now - then) if now > then else 0.0


def is_running(run: SyncRun) -> bool:
    """Whether somebody is at it, as far as can be told: a process that was killed leaves its pass without an end."""
    heard = run.noted_at or run.started_at
    return run.finished_at is None and timezone.now() - heard < timedelta(seconds=SILENT_SECONDS)
