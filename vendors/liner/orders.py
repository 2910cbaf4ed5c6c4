"""Liner's list of orders, which is the only way to read one (Liner: order list page).

Its order is not documented and it is read by offset while others work on it: orders may move between two pages. A
pass that shows one twice, or under a changing count, has shifted and may have missed some.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from vendors.contract import Batch, Found, Raw
from vendors.numbers import Numbers
from vendors.paging import Page, by_offset

PAGE_SIZE = 100  # the documented maximum
LONGEST_ID = 200  # digits


@dataclass(frozen=True)
class Place:
    """Where an order was: on the page at this offset of a list of so many. As text `1200/52000`, or `1200` alone.

    With the count of then, and the one of now, it can be told how far new orders at the head have pushed it.
    """

    offset: int
    total: int | None = None

    @classmethod
    def read(cls, text: str) -> "Place | None":
        """None where the text is no place."""
        found = re.fullmatch("([0-9]{1,9})(?:/([0-9]{1,9}))?", text, re.ASCII)
        return cls(int(found[1]), int(found[2]) if found[2] else None) if found else None

    def __str__(self) -> str:
        return str(self.offset) if self.total is None else f"{self.offset}/{self.total}"

    def leads_to(self, other: "Place") -> bool:
        """Whether an order that is shown at the other place is on one of the pages that this one leads to."""
        return any(abs(offset - other.offset) <= PAGE_SIZE for offset in self._centres(other.total))

    def nearby(self, total: int | None) -> list[int]:
        """The other offsets to look at now that there are so many, the likeliest first: six pages at the most."""
        centres = self._centres(total)
        around = [*centres, *(centre + step for centre in reversed(centres) for step in (PAGE_SIZE, -PAGE_SIZE))]
        within = [offset for offset in around if offset >= 0 and (total is None or offset < total)]
        return [offset for offset in dict.fromkeys(within) if offset != self.offset]

    def _centres(self, total: int | None) -> list[int]:
        """Where the list is the oldest first, and where it is the newest first. Liner does not say which it is."""
        grown = 0 if None in (total, self.total) else (total or 0) - (self.total or 0)
        return [self.offset, max(0, self.offset + grown)]


def id_of(raw: Any) -> str:
    """The id of an order as text, or "" where this is no order."""
    value = raw.get("id") if isinstance(raw, Mapping) else None
    if isinstance(value, int) and not isinstance(value, bool) and value > 0:
        value = str(value)
    is_id = isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) <= LONGEST_ID
    return str(value) if is_id else ""


def _key(vendor_id: str) -> int:
    """A number for each id, and numbers close together for ids that are."""
    return int(f"1{vendor_id}")  # so that 7 and 007 are two


class Pass:
    """One pass over the list, from `start` on. `known` are the ids that earlier passes showed; it adds its own."""

    def __init__(self, fetch: Callable[[int], Page], known: Numbers, start: int = 0, fetchers: int = 1) -> None:
        self.fetch = fetch
        self.start = start
        self.fetchers = fetchers
        self.known = known
        self.shown = Numbers()
        self.totals: set[int] = set()
        self.odd = 0  # entries that are no orders
        self.twice = False

    @property
    def shifted(self) -> bool:
        return self.twice or len(self.totals) > 1

    @property
    def missing(self) -> int:
        """How many orders the vendor counts that no pass has shown."""
        return max(0, max(self.totals, default=0) - len(self.known) - self.odd)

    def agrees_with(self, other: "Pass") -> bool:
        """Whether both have seen the same list, and neither saw it shift."""
        return not (self.shifted or other.shifted) and (self.shown, self.totals) == (other.shown, other.totals)

    def batches(self) -> Iterator[Batch]:
        """The orders that are not known yet, page by page."""
        for offset, page in by_offset(self._fetch, self.start, self.fetchers):
            yield self._read(offset, page)

    def _fetch(self, offset: int) -> Page:
        page = self.fetch(offset)
        if page.total is not None:
            self.totals.add(page.total)
        return page

    def _read(self, offset: int, page: Page) -> Batch:
        found: list[Found] = []
        problems: list[str] = []
        at = str(Place(offset, page.total))
        for place, entry in enumerate(page.entries, offset):
            vendor_id = id_of(entry)
            if not vendor_id:
                problems.append(f"Entry {place} of Liner's list is no order: it has no id.")
            elif not self.shown.add(_key(vendor_id)):
                self.twice = True
            elif self.known.add(_key(vendor_id)):
                found.append(Found(raw=entry, at=at))
        self.odd += len(problems)
        behind = str(offset + len(page.entries))
        return Batch(found=found, total=page.total, problems=problems, as_of=page.asked, place=behind)


def find(batches: Iterator[Batch], vendor_id: str) -> Found | None:
    """The order with this id, reading no further than it."""
    return next((found for batch in batches for found in batch.found if id_of(found.raw) == vendor_id), None)


def pick(page: Page, vendor_id: str, offset: int) -> Found | None:
    """The order with this id on one page."""
    raw: Raw | None = next((entry for entry in page.entries if id_of(entry) == vendor_id), None)
    return None if raw is None else Found(raw=raw, at=str(Place(offset, page.total)))
