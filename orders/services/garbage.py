"""Let Python look for cycles in memory more rarely while many documents pass through."""

import gc
import threading
from collections.abc import Iterator
from contextlib import contextmanager

OBJECTS = 50_000  # made between two looks; a page of orders is a few thousand

_lock = threading.Lock()
_inside = 0
_before = gc.get_threshold()


@contextmanager
def rare_collections() -> Iterator[None]:
    """Within the block: documents hold no cycles, and to look for some every few hundred objects takes a seventh
    of a pass. Blocks may overlap; the last one that ends puts back what was."""
    global _inside, _before
    with _lock:
        if _inside == 0:
            _before = gc.get_threshold()
            gc.set_threshold(max(OBJECTS, _before[0]), *_before[1:])
        _inside += 1
    try:
        yield
    finally:
        with _lock:
            _inside -= 1
            if _inside == 0:
                gc.set_threshold(*_before)
