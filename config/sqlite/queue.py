"""The queue of a database's writers: first come, first served, in this process and among all on this machine.

SQLite has one writer at a time, and whoever finds it busy sleeps and tries again, some ten times a second. Under load
the lock goes from one to another of those who are awake, and some sleep until their time is up. Here everybody is
woken when it is their turn. It is a courtesy among us and no more: SQLite's own lock still decides who writes.
"""

import fcntl
import os
import threading
import time
from collections import deque
from contextlib import suppress

LONGEST = 30.0  # seconds after which a writer goes ahead out of turn; SQLite's own patience only begins then
_SHORTEST_PAUSE, _LONGEST_PAUSE = 0.0005, 0.004  # seconds between two looks whether another process is done


class Queue:
    """The writers of this process. The one whose turn it is asks for the turn of the process, by a lock on a file."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._waiting: deque[threading.Lock] = deque()
        self._is_taken = False
        self._file: int | None = None

    def take(self, longest: float = LONGEST) -> bool:
        """Wait for the turn, so many seconds at most. True where it came; it is then to be given back."""
        until = time.monotonic() + longest
        if not self._wait_within_process(until):
            return False
        with suppress(OSError):  # a file system without locks, or without room: this process has its own order still
            self._wait_for_other_processes(until)
        return True

    def give_back(self) -> None:
        """Let the next one have it."""
        if self._file is not None:
            with suppress(OSError):
                fcntl.flock(self._file, fcntl.LOCK_UN)
        with self._lock:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._is_taken = False

    def close(self) -> None:
        """Let go of the file, which a forked process would otherwise keep locked for whoever has died."""
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def _wait_within_process(self, until: float) -> bool:
        with self._lock:
            if not self._is_taken:
                self._is_taken = True
                return True
            ours = threading.Lock()
            ours.acquire()
            self._waiting.append(ours)
        if ours.acquire(timeout=max(0.0, until - time.monotonic())):
            return True
        with self._lock:
            if ours not in self._waiting:  # it came at the last moment
                return True
            self._waiting.remove(ours)
            return False

    def _wait_for_other_processes(self, until: float) -> None:
        if self._file is None:
            self._file = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        pause = _SHORTEST_PAUSE
        while True:
            try:
                fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() > until:
                    return
                time.sleep(pause)
                pause = min(2 * pause, _LONGEST_PAUSE)
            else:
                return


_queues: dict[str, Queue] = {}
_opening = threading.Lock()


def queue_at(path: str) -> Queue:
    """The queue of this process that other processes know by the file at `path`, which is made where there is none."""
    with _opening:
        return _queues.setdefault(path, Queue(path))


def _begin_anew() -> None:
    """A forked process has no writers yet."""
    global _opening
    _opening = threading.Lock()  # another thread may have held it at the fork
    for queue in _queues.values():
        queue.close()
    _queues.clear()


os.register_at_fork(after_in_child=_begin_anew)
