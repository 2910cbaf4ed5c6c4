"""Who or what changed a field of an order since somebody saw it: an edit from here, or the vendor by itself."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypedDict

from orders.models import Edit, Order, Revision
from orders.services.comparing import read_value
from orders.states import BY_HAND
from vendors.contract import Raw, Vendor
from vendors.fields import Field

LATEST = 20  # revisions of an order that are compared


class Trace(TypedDict):
    """Who changed a field by which edit, and when it was sent (ISO).

    Where the vendor changed it by itself `by` is "" and `at` when that was found; "" where that is not known either.
    """

    by: str
    edit: int | None
    at: str


def trace_changes(
    *, vendor: Vendor, order: Order, since: int, names: Iterable[str], applied: Sequence[Edit]
) -> dict[str, Trace]:
    """For each of these fields who or what made it what it is now. `since` is a revision. One query.

    `applied` are the edits from here, oldest first, that were applied to that revision of the order or to a later one.
    """
    kept = Revision.objects.filter(order=order.pk, number__gte=since).order_by("-number")[:LATEST]
    revisions = list(kept)
    fields = vendor.fields(order.raw)
    return {name: _trace(vendor, order.raw, fields[name], revisions, applied) for name in names}


def words_for_conflict(vendor: Vendor, conflict: Mapping[str, Mapping[str, Any]]) -> str:
    """Who changed which fields in the meantime, a sentence for each of them."""
    labels: dict[str, list[str]] = {}
    for values in conflict.values():
        labels.setdefault(values["by"] or vendor.label, []).append(values["label"])
    return " ".join(f"{who} changed in the meantime: {', '.join(what)}." for who, what in labels.items())


def _trace(vendor: Vendor, now: Raw, field: Field, revisions: Sequence[Revision], applied: Sequence[Edit]) -> Trace:
    """The newest difference decides: what is there now need not be what an earlier edit has left there."""
    last = next((each for each in revisions if _differs(vendor, field, each.raw, now)), None)
    for edit in reversed(applied):
        if field.name in edit.changes and _made(edit, field, last, now):
            return {"by": edit.author_name, "edit": edit.pk, "at": edit.sent_at.isoformat() if edit.sent_at else ""}
    return {"by": "", "edit": None, "at": last.replaced_at.isoformat() if last else ""}


def _differs(vendor: Vendor, field: Field, before: Raw, now: Raw) -> bool:
    """Newest first, the first document with another value is the one that the present value replaced."""
    was = vendor.fields(before).get(field.name)
    return was is None or not field.same(was.current(before), field.current(now))


def _made(edit: Edit, field: Field, last: Revision | None, now: Raw) -> bool:
    """Whether an edit is what made the field say what it says.

    What the desk saw it bring stands in the mirror as its doing. What was settled by hand may be found much later.
    """
    before = last.raw if last else now
    if field.arrived(before, now, read_value(field, edit.wanted[field.name])) is not True:
        return False
    return last is None or last.edit_id == edit.pk or edit.explanation.startswith(BY_HAND)
