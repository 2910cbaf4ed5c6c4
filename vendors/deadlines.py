"""The ends of calls: one thread cuts off whatever takes longer than it may, instead of a timer for each call."""

import heapq
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass(order=True)
class _End:
    """When something has to be over, and what is done if it is not."""

    at: float  # monotonic
    number: int
    cut_off: Callable[[], object] | None = field(compare=False)  # None once it is over


class Watchdog:
    """Cuts off what was not over in time. Its thread begins with the first call, and is no reason not to exit."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._ends: list[_End] = []
        self._number = 0
        self._runs = False

    @contextmanager
    def watching(self, seconds: float, cut_off: Callable[[], object]) -> Iterator[None]:
        """Call `cut_off`, once and from another thread, if the block takes longer than that. Never after the block.

        It is called under a lock that every call of this process takes, so it has to be quick, and must not raise.
        """
        end = self._add(time.monotonic() + seconds, cut_off)
        try:
            yield
        finally:
            with self._changed:
                end.cut_off = None

    def _add(self, at: float, cut_off: Callable[[], object]) -> _End:
        with self._changed:
            self._number += 1
            end = _End(at, self._number, cut_off)
            heapq.heappush(self._ends, end)
            if not self._runs:
                threading.Thread(target=self._run, name="deadlines", daemon=True).start()
                self._runs = True
            elif self._ends[0] is end:
                self._changed.notify()
            return end

    def _run(self) -> None:
        with self._changed:
            while True:
                wait = self._cut_off_what_is_late()
                self._changed.wait(wait)

    def _cut_off_what_is_late(self) -> float | None:
        """Returns in how many seconds the next end comes; None where nothing is under way."""
        while self._ends:
            first = self._ends[0]
            left = first.at - time.monotonic()
            if first.cut_off is not None:
                if left > 0:
                    return left
                first.cut_off()
            heapq.heappop(self._ends)
        return None


watchdog = Watchdog()


def _begin_anew() -> None:
    """A forked process has the calls of its parent no more, nor the thread that watched them."""
    watchdog.__init__()  # type: ignore[misc]


os.register_at_fork(after_in_child=_begin_anew)
