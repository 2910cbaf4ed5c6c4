"""The processes of a desk under trial: workers and submitters, replaced where they die."""

import os
import signal
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from orders.trial.nursery import Nursery

PAUSE = 0.25  # seconds between a worker's passes; shorter, they would take more of the machine than the edits do
SUBMITTERS = 2


@dataclass
class Herd:
    """The workers and the submitters. Who dies is replaced, until there is nothing left to submit."""

    nursery: Nursery
    wanted: int  # workers
    submissions: Mapping[str, Any]  # what a submitter is told, but for the place that it takes
    workers: set[int] = field(default_factory=set)
    submitters: dict[int, int] = field(default_factory=dict)  # process → the place it takes
    ending: bool = False

    def alive(self) -> list[int]:
        return [*self.workers, *self.submitters]

    def start(self) -> None:
        for place in range(SUBMITTERS):
            self._submit(place)
        self.renew()

    def renew(self) -> None:
        """Take note of who has ended, and replace them."""
        for process, code in self.nursery.ended().items():
            self.workers.discard(process)
            place = self.submitters.pop(process, None)
            if place is not None and code != 0:
                self._submit(place)
        while len(self.workers) < self.wanted:
            self.workers.add(self.nursery.start("work", pause=PAUSE))

    def send_home(self) -> None:
        """Ask the workers to end, and wait for them."""
        for process in self.workers:
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGTERM)
        end = time.monotonic() + 20
        while self.workers and time.monotonic() < end:
            self.workers -= set(self.nursery.ended())
            time.sleep(0.05)

    def _submit(self, place: int) -> None:
        self.submitters[self.nursery.start("submit", place=place, of=SUBMITTERS, **self.submissions)] = place
