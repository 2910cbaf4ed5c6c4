"""Effects that happen later: an answer was lost, the change comes seconds after."""

import threading
import time
from collections.abc import Callable


class Pending:
    """Delayed effects, each on its own timer."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._timers: set[threading.Timer] = set()
        self._busy_until = 0.0

    def add(self, seconds: float, effect: Callable[[], None]) -> None:
        """Run `effect` in so many seconds, in a thread of its own."""
        timer = threading.Timer(seconds, lambda: self._run(timer, effect))
        timer.daemon = True
        with self._changed:
            self._timers.add(timer)
        timer.start()

    def hold(self, seconds: float) -> None:
        """Count as busy for so long, without an effect: what readers see has not caught up yet."""
        self._busy_until = max(self._busy_until, time.monotonic() + seconds)

    @property
    def count(self) -> int:
        return len(self._timers)

    def wait(self, seconds: float = 30.0) -> bool:
        """Return True once nothing is pending, False if that takes longer than so many seconds."""
        end = time.monotonic() + seconds
        with self._changed:
            quiet = self._changed.wait_for(lambda: not self._timers, timeout=seconds)
        rest = self._busy_until - time.monotonic()
        if quiet and rest > 0:
            time.sleep(max(0.0, min(rest, end - time.monotonic())))
        return quiet and time.monotonic() >= self._busy_until

    def cancel(self) -> None:
        """Forget everything that has not happened yet."""
        with self._changed:
            for timer in self._timers:
                timer.cancel()
            self._timers.clear()
            self._busy_until = 0.0
            self._changed.notify_all()

    def _run(self, timer: threading.Timer, effect: Callable[[], None]) -> None:
        try:
            if timer in self._timers:
                effect()
        finally:
            with self._changed:
                self._timers.discard(timer)
                self._changed.notify_all()
