"""Lines on a terminal that are written again in place, one for each thing that goes on at the same time."""

import shutil
import threading
from collections.abc import Callable


class Board:
    """One line for each key, written by `write`, which adds no line ends. Several threads may use it."""

    def __init__(self, write: Callable[[str], object]) -> None:
        self._write = write
        self._lines: dict[int, str] = {}
        self._shown = 0
        self._lock = threading.Lock()

    def show(self, key: int, line: str) -> None:
        """Put this line in the place of the one that this key had."""
        with self._lock:
            self._lines[key] = line
            self._write(self._cleared() + self._drawn())

    def drop(self, key: int, say: Callable[[], None] = lambda: None) -> None:
        """Take the line of this key away, and let `say` write above those that stay."""
        with self._lock:
            self._lines.pop(key, None)
            self._write(self._cleared())
            say()
            self._write(self._drawn())

    def _cleared(self) -> str:
        up = f"\033[{self._shown}A" if self._shown else ""
        return f"{up}\r\033[J"

    def _drawn(self) -> str:
        width = shutil.get_terminal_size().columns - 1  # a line that wraps could not be taken back
        self._shown = len(self._lines)
        return "".join(f"{line[:width]}\n" for line in self._lines.values())
