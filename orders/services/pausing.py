"""What did not come off is tried again later and later. Each process remembers for itself: one that begins, tries."""

import threading
import time
from collections.abc import Hashable
from dataclasses import dataclass
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)


@dataclass(frozen=True)
class _Pause:
    seconds: float
    until: float  # monotonic


class Pauses(Generic[Key]):
    """Pauses by what they are about, each twice as long as the one before. For many threads."""

    def __init__(self) -> None:
        self._pauses: dict[Key, _Pause] = {}
        self._lock = threading.Lock()

    def begin(self, what: Key, *, first: float, longest: float) -> None:
        """Begin the next pause of this: `first` seconds, then twice as many each time, `longest` at most."""
        now = time.monotonic()
        with self._lock:
            # Whoever was due for so long and was not tried is no more, or somebody else has seen to it.
            self._pauses = {key: each for key, each in self._pauses.items() if each.until + longest >= now}
            before = self._pauses.get(what)
            seconds = min(2 * before.seconds if before else first, longest)
            self._pauses[what] = _Pause(seconds, now + seconds)

    def running(self) -> set[Key]:
        """Whatever has a pause that is not over yet."""
        now = time.monotonic()
        with self._lock:
            return {what for what, each in self._pauses.items() if each.until > now}

    def forget(self, what: Key) -> None:
        """The next pause of this is a first one again."""
        with self._lock:
            self._pauses.pop(what, None)

    def clear(self) -> None:
        """Forget all."""
        with self._lock:
            self._pauses.clear()
