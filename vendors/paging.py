"""Walk a vendor's list to its end, whatever the vendor says about where that is."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

MOST_PAGES = 100_000


@dataclass(frozen=True, kw_only=True)
class Page:
    """One answer of a list: its entries, the pointer to the next page, and the vendor's count of all entries."""

    entries: list[Any]
    next: Any = None
    total: int | None = None


def by_offset(fetch: Callable[[int], Page], start: int = 0) -> Iterator[tuple[int, Page]]:
    """Pages by offset, each with its own offset.

    Ends on an empty page, at or past the total, or where the next offset is missing or does not grow.
    """
    offset = start
    for _ in range(MOST_PAGES):
        page = fetch(offset)
        if not page.entries:
            return
        yield offset, page
        reached = offset + len(page.entries)
        if page.total is not None and reached >= page.total:
            return
        if not isinstance(page.next, int) or isinstance(page.next, bool) or page.next <= offset:
            return
        # Never past what was received: a pointer that jumps ahead would skip orders.
        offset = min(page.next, reached)


def by_pointer(fetch: Callable[[str], Page]) -> Iterator[Page]:
    """Pages by an opaque pointer, passed on verbatim.

    Ends on an empty page, or where the pointer is missing, empty, or one that was already used.
    """
    pointer = ""
    used = {pointer}
    for _ in range(MOST_PAGES):
        page = fetch(pointer)
        if not page.entries:
            return
        yield page
        if not isinstance(page.next, str) or not page.next or page.next in used:
            return
        pointer = page.next
        used.add(pointer)
