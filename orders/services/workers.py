"""Which workers are there: each says so every few seconds, and whoever has not is taken for dead.

Moments are the database's own, so that the clocks of several machines need not agree about them.
"""

import os
import secrets
import socket
from datetime import datetime, timedelta

from django.db.models.functions import Now
from django.utils import timezone

from orders.models import Worker

SILENCE = timedelta(seconds=15)  # after which a worker is taken for dead
KEPT = timedelta(days=1)  # how long a dead one stays on record
FALSE_CLOCK = 5.0  # seconds


class FalseClock(Exception):
    """A worker on this machine would do harm; the message says why."""


class Attendance:
    """This process as a worker: on record from `begin` to `end`."""

    def __init__(self, engine: str) -> None:
        self.engine = engine
        self.host, self.pid = socket.gethostname()[:200], os.getpid()
        self.name = f"{self.host[:40]}:{self.pid}:{secrets.token_hex(4)}"  # a task's record keeps 64 characters

    def begin(self) -> None:
        """Go on record."""
        Worker.objects.create(
            name=self.name, host=self.host, pid=self.pid, engine=self.engine, started_at=Now(), seen_at=Now()
        )

    def compare_clocks(self) -> None:
        """Raise FalseClock where this machine's clock and the database's are seconds apart.

        Leases on edits and the moments at which they are due are measured with the clocks of workers: one that is
        ahead would take from others what they are at, and send what its author may still take back.
        """
        before = timezone.now()
        Worker.objects.filter(name=self.name).update(seen_at=Now())
        noted: datetime = Worker.objects.values_list("seen_at", flat=True).get(name=self.name)
        apart = max((before - noted).total_seconds(), (noted - timezone.now()).total_seconds())
        if apart > FALSE_CLOCK:
            raise FalseClock(f"The clock of this machine and that of the database are {apart:.0f} seconds apart.")

    def beat(self) -> None:
        """Say that this worker lives."""
        if not Worker.objects.filter(name=self.name).update(seen_at=Now()):
            self.begin()

    def end(self) -> None:
        """Go off record."""
        Worker.objects.filter(name=self.name).delete()


def living() -> set[str]:
    """The names of the workers that were seen lately."""
    return set(Worker.objects.filter(seen_at__gte=Now() - SILENCE).values_list("name", flat=True))


def anybody_works() -> bool:
    """Whether there is any worker at all."""
    return Worker.objects.filter(seen_at__gte=Now() - SILENCE).exists()


def forget_dead_workers() -> int:
    """Take workers off record that died long ago. Returns how many."""
    return Worker.objects.filter(seen_at__lt=Now() - KEPT).delete()[0]
