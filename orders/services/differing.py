"""What a vendor changed by itself: found by comparing the documents that an order has had, ours left out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from orders.models import Edit, Order, Revision
from orders.services.crediting import names_of_ours, owners_of, without_ours
from vendors.contract import Raw, Vendor
from vendors.fields import Field, Shown

LATEST = 10  # revisions of an order that are compared


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


def changes_at_vendor(*, order: Order, vendor: Vendor, edits: Sequence[Edit] = ()) -> list[VendorChange]:
    """The latest changes that were made at the vendor, newest first. One query.

    What an edit of ours asked for is not among them, nor is what a vendor stamps on every change. `edits` are the
    order's latest, where they are at hand: what was done by one that was settled by hand may be seen only later.
    """
    newer = order.raw
    found = []
    kept = Revision.objects.filter(order=order).select_related("edit").order_by("-number")
    for revision in kept[:LATEST]:
        differences = _theirs(vendor, revision, newer, edits)
        if differences:
            found.append(VendorChange(revision.replaced_at, differences))
        newer = revision.raw
    return found


def differences_of(vendor: Vendor, before: Raw, after: Raw) -> list[Difference]:
    """What the page of an order would say otherwise, entry by entry. Pure."""
    was = {_key(entry): entry for entry in vendor.shown(before)}
    now = {_key(entry): entry for entry in vendor.shown(after)}
    entries = [(now.get(key), was.get(key)) for key in dict.fromkeys([*now, *was])]
    differences = (_difference(new, old, before, after) for new, old in entries)
    return [each for each in differences if each is not None]


def _theirs(vendor: Vendor, revision: Revision, after: Raw, edits: Sequence[Edit]) -> list[Difference]:
    """What somebody else changed between a revision and what came after it."""
    owners = owners_of(revision, edits)
    differences = differences_of(vendor, revision.raw, without_ours(vendor, revision, after, owners))
    if not (owners and differences):
        return differences
    ours = names_of_ours(vendor, revision, after, owners)
    return [each for each in differences if each.name not in ours]


def _difference(new: Shown | None, old: Shown | None, before: Raw, after: Raw) -> Difference | None:
    entry = new or old
    if entry is None or entry.stamp or entry.read is None:
        return None
    old_text = old.text(old.current(before)) if old else ""
    new_text = new.text(new.current(after)) if new else ""
    if old_text == new_text:
        return None
    name = entry.name if isinstance(entry, Field) else entry.source
    return Difference(name, entry.label, old_text, new_text, entry.personal)


def _key(entry: Shown) -> tuple[str, str, str]:
    return (entry.section, entry.source, entry.label)
