"""The few calls that a page makes itself, as somebody waits for what they show: never so many that others wait too."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore

from vendors.errors import Unreachable

AT_ONCE = 8  # of a web process's threads; the others go on serving pages, however slow the vendors are
BUSY = "Many orders are being read at the moment. Try again in a while."

_free = BoundedSemaphore(AT_ONCE)


@contextmanager
def one_of_few() -> Iterator[None]:
    """Call a vendor within the block. Raises Unreachable, at once, where too many of this process do already."""
    if not _free.acquire(blocking=False):
        raise Unreachable(BUSY, sent=False)
    try:
        yield
    finally:
        _free.release()
