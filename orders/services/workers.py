"""Which workers are there: each says so every few seconds, and whoever has not is taken for dead.

Moments are the database's own, so that the clocks of several machines need not agree about them.
"""

import os
import secrets
import socket
from datetime import datetime, timedelta

import structlog
from django.db.models.functions import Now
from django.utils import timezone

from orders.models import Worker

log = structlog.get_logger(__name__)

SILENCE = timedelta(seconds=15)  # after which a worker is taken for dead
KEPT = timedelta(days=1)  # how long a dead one stays on record
FALSE_CLOCK = 2.0  # seconds


class Attendance:
    """This process as a worker: on record from `begin` to `end`."""

    def __init__(self, engine: str) -> None:
        self.engine = engine
        self.host, self.pid = socket.gethostname()[:200], os.getpid()
        self.name = f"{self.host[:40]}:{self.pid}:{secrets.token_hex(4)}"  # a task's record keeps 64 characters

    def begin(self) -> None:
        """Go on record, and say where this machine's clock is wrong: leases on edits are measured with it."""
        worker = Worker.objects.create(
            name=self.name, host=self.host, pid=self.pid, engine=self.engine, started_at=Now(), seen_at=Now()
        )
        noted: datetime = Worker.objects.values_list("seen_at", flat=True).get(pk=worker.pk)
        apart = abs((timezone.now() - noted).total_seconds())
        if apart > FALSE_CLOCK:
            log.warning("clock_differs_from_database", seconds=round(apart, 1))

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
