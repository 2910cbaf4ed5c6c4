"""Walk a vendor's list to its end, whatever the vendor says about where that is."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.utils import timezone

from vendors.ahead import Ahead

MOST_PAGES = 100_000


@dataclass(frozen=True, kw_only=True)
class Page:
    """One answer of a list: its entries, the pointer to the next page, and the vendor's count of all entries.

    `asked` is a moment before the vendor was asked for it, where the walk that made it says so.
    """

    entries: list[Any]
    next: Any = None
    total: int | None = None
    asked: datetime | None = None


def by_offset(fetch: Callable[[int], Page], start: int = 0, fetchers: int = 1) -> Iterator[tuple[int, Page]]:
    """Pages by offset, each with its own offset, in their order.

    Ends on an empty page, at or past the total, or where the next offset is missing or does not grow. With several
    `fetchers`, which call `fetch` from threads of their own, pages are asked for ahead where the total and the size
    of a page let their offsets be known; the walk is the same.
    """
    offset, size = start, 0
    with Ahead(_dated(fetch), fetchers) as ahead:
        for _ in range(MOST_PAGES):
            page = ahead.answer(offset)
            if not page.entries:
                return
            reached = offset + len(page.entries)
            goes_on = isinstance(page.next, int) and not isinstance(page.next, bool) and page.next > offset
            size = max(size, len(page.entries))
            if goes_on and page.next >= reached:
                ahead.expect(range(reached, page.total or 0, size))
            yield offset, page
            if not goes_on or (page.total is not None and reached >= page.total):
                return
            # Never past what was received: a pointer that jumps ahead would skip orders.
            offset = min(page.next, reached)


def by_number(fetch: Callable[[int], Page], first: int = 1, fetchers: int = 1) -> Iterator[tuple[int, Page]]:
    """Numbered pages, each with its number, in their order, to the first that is empty.

    How many there are nobody says, so no more of them are asked for ahead than have come, nor than `fetchers`.
    """
    with Ahead(_dated(fetch), fetchers) as ahead:
        for number in range(first, first + MOST_PAGES):
            page = ahead.answer(number)
            if not page.entries:
                return
            ahead.expect(range(number + 1, number + 1 + min(number + 1 - first, fetchers)))
            yield number, page


def _dated(fetch: Callable[[int], Page]) -> Callable[[int], Page]:
    def ask(offset: int) -> Page:
        asked = timezone.now()
        return replace(fetch(offset), asked=asked)

    return ask


def by_pointer(fetch: Callable[[str], Page], start: str = "") -> Iterator[Page]:
    """Pages by an opaque pointer, passed on verbatim.

    Ends on an empty page, or where the pointer is missing, empty, or one that was already used.
    """
    pointer = start
    used = {"", pointer}
    for _ in range(MOST_PAGES):
        page = fetch(pointer)
        if not page.entries:
            return
        yield page
        if not isinstance(page.next, str) or not page.next or page.next in used:
            return
        pointer = page.next
        used.add(pointer)
