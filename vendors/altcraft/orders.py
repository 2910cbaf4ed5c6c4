"""Altcraft's list of orders, which is the only way to read one (Altcraft: orders list page).

Its order is not documented, and its pointers are opaque: an order is looked for on the page where it last was.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from vendors.characters import word
from vendors.contract import Batch, Found, Raw
from vendors.errors import Unreachable
from vendors.paging import Page, by_pointer

LONGEST = 200  # characters of an id, and of a pointer that is worth remembering

Traits = tuple[str, ...]


def id_of(raw: Any) -> str:
    """The external id of an order, untouched; "" where this is no order, or one that cannot be named."""
    value = raw.get("external_id") if isinstance(raw, Mapping) else None
    return value if isinstance(value, str) and value.strip() and value.isprintable() and len(value) <= LONGEST else ""


def pages(fetch: Callable[[str], Page], start: str = "") -> Iterator[tuple[str, Page]]:
    """All pages, or those from a pointer on, each with the pointer that led to it."""
    pointer = start
    for page in by_pointer(fetch, start):
        yield pointer, page
        pointer = page.next


def read_page(entries: Sequence[Any], pointer: str, known: dict[str, Traits], following: Any = "") -> Batch:
    """The orders of one page. `known` are those of the pages before it; it gets those of this one.

    `pointer` led to it, `following` leads on.

    An update names an order by its id alone, so of two orders with one id only the first is taken.
    """
    found: list[Found] = []
    problems: list[str] = []
    for entry in entries:
        order_id = id_of(entry)
        if not order_id:
            problems.append("Altcraft listed something that is no order: it has no external id that can be used.")
        elif known.setdefault(order_id, _traits(entry)) != _traits(entry):
            problems.append(f"Altcraft lists several orders with the external id {order_id}; one of them is kept.")
        else:
            found.append(Found(raw=entry, at=_memorable(pointer)))
    return Batch(found=found, problems=problems, place=_memorable(following))


def pick(entries: Sequence[Any], order_id: str, pointer: str) -> Found | None:
    """The order with this id on one page. Raises Unreachable where the page shows two of them."""
    alike: list[Raw] = [entry for entry in entries if id_of(entry) == order_id]
    if len({_traits(entry) for entry in alike}) > 1:
        raise Unreachable(f"Altcraft shows several orders with the external id {order_id}.", sent=True)
    return Found(raw=alike[-1], at=_memorable(pointer)) if alike else None


def _traits(raw: Raw) -> Traits:
    """What an order keeps for life, and another one with the same id would not share."""
    profile = raw.get("profile")
    profile_id = profile.get("profile_id") if isinstance(profile, Mapping) else None
    return word(raw.get("endpoint")), word(profile_id), word(raw.get("create_time"))


def _memorable(pointer: Any) -> str:
    return pointer if isinstance(pointer, str) and pointer.isprintable() and len(pointer) <= LONGEST else ""
