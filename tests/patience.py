"""Wait for what comes about by itself: as long as a loaded machine may need, and no longer than it takes."""

import time
from collections.abc import Callable

PATIENCE = 60.0  # seconds


def eventually(condition: Callable[[], bool], seconds: float = PATIENCE) -> bool:
    """Whether this comes about within so many seconds."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.005)
    return False
