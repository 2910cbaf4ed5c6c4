"""What a vendor changed by itself: found by comparing the documents that an order has had, ours left out."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from orders.models import Edit, Order, Revision
from orders.services.crediting import names_of_ours, owners_of, without_ours
from vendors.contract import Raw, Vendor
from vendors.fields import Field, Shown

LATEST = 10  # changes that are told of an order
MOST_COMPARED = 200  # revisions of an order in which they are looked for
STEP = 25  # revisions that are in memory at once, behind the first LATEST


@dataclass(frozen=True)
class Difference:
    """One thing that an order said otherwise before, in words."""

    name: str
    label: str
    old: str
    new: str
    personal: bool


@dataclass(frozen=True)
class VendorChange:
    """A moment at which an order was found changed by somebody other than the desk."""

    at: datetime
    differences: Sequence[Difference]


@dataclass(frozen=True)
class _Said:
    """One entry of an order's page, in words. What is not `told` is never a difference."""

    name: str
    label: str
    text: str
    personal: bool
    told: bool


_Page = Mapping[tuple[str, str, str], _Said]


def changes_at_vendor(*, order: Order, vendor: Vendor, edits: Sequence[Edit] = ()) -> list[VendorChange]:
    """The latest changes that were made at the vendor, newest first, from the latest MOST_COMPARED revisions.

    What an edit of ours asked for is not among them, nor is what a vendor stamps on every change. `edits` are the
    order's latest, where they are at hand: what was done by one that was settled by hand may be seen only later.
    One query, and one more for every STEP revisions where those of the first tell too little.
    """
    newer, page = order.raw, _page_of(vendor, order.raw)
    found: list[VendorChange] = []
    for revision in _latest_revisions(order):
        was = _page_of(vendor, revision.raw)
        differences = _theirs(vendor, revision, was, newer, page, edits)
        if differences:
            found.append(VendorChange(revision.replaced_at, differences))
        if len(found) == LATEST:
            break
        newer, page = revision.raw, was
    return found


def _latest_revisions(order: Order) -> Iterator[Revision]:
    """The latest revisions, newest first, read in steps as far as somebody asks for them."""
    kept = Revision.objects.filter(order=order).select_related("edit").order_by("-number")
    below, left, step = order.revision, MOST_COMPARED, LATEST
    while below > 1 and left > 0:
        read = list(kept.filter(number__lt=below)[: min(step, left)])
        yield from read
        below = read[-1].number if len(read) == min(step, left) else 0
        left, step = left - len(read), STEP


def _theirs(
    vendor: Vendor, revision: Revision, was: _Page, after: Raw, now: _Page, edits: Sequence[Edit]
) -> list[Difference]:
    """What somebody else changed between a revision and what came after it."""
    owners = owners_of(revision, edits)
    rest = without_ours(vendor, revision, after, owners)
    differences = _differences(was, now if rest is after else _page_of(vendor, rest))
    if not (owners and differences):
        return differences
    ours = names_of_ours(vendor, revision, after, owners)
    return [each for each in differences if each.name not in ours]


def _differences(was: _Page, now: _Page) -> list[Difference]:
    """What a page says otherwise, entry by entry."""
    found = []
    for key in dict.fromkeys([*now, *was]):
        new, old = now.get(key), was.get(key)
        entry = new or old
        old_text, new_text = (each.text if each else "" for each in (old, new))
        if entry is not None and entry.told and old_text != new_text:
            found.append(Difference(entry.name, entry.label, old_text, new_text, entry.personal))
    return found


def _page_of(vendor: Vendor, raw: Raw) -> _Page:
    """What the page of an order says, by section, source and label."""
    return {(entry.section, entry.source, entry.label): _said(entry, raw) for entry in vendor.shown(raw)}


def _said(entry: Shown, raw: Raw) -> _Said:
    name = entry.name if isinstance(entry, Field) else entry.source
    told = not entry.stamp and entry.read is not None
    return _Said(name, entry.label, entry.text(entry.current(raw)) if told else "", entry.personal, told)
