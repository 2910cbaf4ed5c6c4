"""How the interpreter works while many documents pass through: settings of the whole process, put back afterwards."""

import gc
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Generic, TypeVar

OBJECTS = 50_000  # made between two looks for cycles in memory; a page of orders is a few thousand
TURN = 0.001  # seconds after which a thread that waits for the interpreter gets it; Python's own are five times as many

Value = TypeVar("Value")


class _Setting(Generic[Value]):
    """A setting that blocks change. They may overlap; the last one that ends puts back what was."""

    def __init__(self, read: Callable[[], Value], write: Callable[[Value], None]) -> None:
        self._read, self._write = read, write
        self._lock = threading.Lock()
        self._before: list[Value] = []
        self._inside = 0

    @contextmanager
    def changed(self, to: Callable[[Value], Value]) -> Iterator[None]:
        """Within the block the setting is what `to` makes of the one before."""
        with self._lock:
            if self._inside == 0:
                self._before = [self._read()]
                self._write(to(self._before[0]))
            self._inside += 1
        try:
            yield
        finally:
            with self._lock:
                self._inside -= 1
                if self._inside == 0:
                    self._write(self._before[0])


_collections = _Setting(gc.get_threshold, lambda threshold: gc.set_threshold(*threshold))
_turns = _Setting(sys.getswitchinterval, sys.setswitchinterval)


@contextmanager
def tuned_for_documents() -> Iterator[None]:
    """Within the block Python looks for cycles rarely, and lets waiting threads have their turn soon.

    Documents hold no cycles, and to look for some every few hundred objects takes a seventh of a pass. A fetcher needs
    the interpreter a handful of times for each page: with long turns that takes as long as a vendor's answer.
    """
    with _collections.changed(lambda was: (max(OBJECTS, was[0]), *was[1:])), _turns.changed(lambda was: min(TURN, was)):
        yield
