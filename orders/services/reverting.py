"""Put back what an edit changed: by a new edit that goes the same way as any other, with today's rules and values.

Which fields can be put back, which are in dispute by now and which cannot is told here; no call is made, and nothing
is written.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError

from orders.models import Edit, Order, Revision
from orders.services.dealing import answers_for
from orders.services.remembering import LastSent, last_sent
from orders.services.tracing import Trace, trace_changes
from orders.states import State
from vendors.contract import Changes, Raw, Vendor
from vendors.controls import EMPTY
from vendors.fields import Field

REVERTIBLE = (State.APPLIED, State.ECHOED)


@dataclass(frozen=True, kw_only=True)
class Reversal:
    """One field of an edit, and whether it can be put back.

    Three values in words: as it was `before` the edit, as the edit made it (`ours`), as the order has it today
    (`theirs`). `value` is the one before it, as the field's input shows it. `obstacle` says why it cannot be put
    back, "" where it can. `is_conflict` says that somebody has changed it since, `trace` who or what. Where the vendor
    does not show the field, `is_shown` is False and `sent` is what was last sent from here.
    """

    name: str
    label: str
    before: str
    ours: str
    theirs: str = ""
    value: Any = None
    obstacle: str = ""
    is_conflict: bool = False
    trace: Trace | None = None
    is_shown: bool = True
    sent: LastSent | None = None
    is_personal: bool = False

    @property
    def is_plain(self) -> bool:
        """Whether putting it back undoes this edit and nothing else."""
        return not self.obstacle and not self.is_conflict and self.is_shown


def may_revert(*, edit: Edit, person: User) -> bool:
    """Whether there is something to put back, and this person is its author or a supervisor who may edit."""
    return edit.state in REVERTIBLE and answers_for(edit=edit, person=person)


def reversals_of(*, edit: Edit, vendor: Vendor) -> list[Reversal]:
    """Every field of the edit over its order as the mirror has it now. `edit.order` is that order."""
    papers = _Papers(edit, vendor)
    reversals = [_reversal(papers, name, change) for name, change in edit.changes.items()]
    disputed = [each.name for each in reversals if each.is_conflict]
    traces = _traces(edit, vendor, disputed) if disputed else {}
    return [replace(each, trace=traces.get(each.name)) for each in reversals]


def _traces(edit: Edit, vendor: Vendor, names: Sequence[str]) -> Mapping[str, Trace]:
    """Who or what changed these fields since the edit."""
    since = edit.base_revision if edit.sent_revision is None else edit.sent_revision
    later = Edit.objects.filter(order=edit.order_id, state=State.APPLIED, sent_revision__gte=since, pk__gt=edit.pk)
    return trace_changes(vendor=vendor, order=edit.order, since=since, names=names, applied=list(later.order_by("id")))


def undoes(*, changes: Changes, vendor: Vendor, raw: Raw, earlier: Edit) -> bool:
    """Whether these cleaned changes bring at least one field of the earlier edit back to what it was before."""
    fields = vendor.fields(raw)
    return any(
        name in fields and fields[name].same(value, fields[name].taken(earlier.changes[name]["old"]))
        for name, value in changes.items()
        if name in earlier.changes
    )


class _Papers:
    """What is known of an edit's order: as its author saw it, as it was just before the send, and as it is today."""

    def __init__(self, edit: Edit, vendor: Vendor) -> None:
        self.vendor, self.order = vendor, edit.order
        self.today = edit.order.raw
        self.fields = vendor.fields(self.today)
        self.seen = _document(edit.order, edit.base_revision)
        self.sent_over = _document(edit.order, edit.sent_revision)
        self.fields_seen = vendor.fields(self.seen) if self.seen else {}
        self.fields_sent_over = vendor.fields(self.sent_over) if self.sent_over else {}
        self.last_sent = last_sent(edit.order) if any(field.read is None for field in self.fields.values()) else {}


def _reversal(papers: _Papers, name: str, change: Mapping[str, Any]) -> Reversal:
    known = {
        "name": name,
        "label": change["label"],
        "before": change["old_text"],
        "ours": change["new_text"],
        "is_personal": bool(change["personal"]),
    }
    field = papers.fields.get(name)
    if field is None:
        return Reversal(**known, obstacle="The order has no such field any more.")
    now = field.current(papers.today)
    value = field.taken(change["old"])
    is_shown = field.read is not None
    known |= {
        "is_personal": field.personal,
        "theirs": field.text(now) if is_shown else "",
        "is_shown": is_shown,
        "sent": None if is_shown else papers.last_sent.get(name),
    }
    obstacle = _obstacle(papers, field, change, value)
    if obstacle:
        return Reversal(**known, obstacle=obstacle)
    return Reversal(
        **known, value=field.form.prepare_value(value), is_conflict=is_shown and not _holds(papers, field, change)
    )


def _obstacle(papers: _Papers, field: Field, change: Mapping[str, Any], value: Any) -> str:
    """Why the field cannot be put back, or ""."""
    vendor = papers.vendor
    if not _was_shown(papers, field.name, change):
        return f"{vendor.label} did not show what it was before, so nothing is known that could be put back."
    if field.landed is not None:
        return f"What was done here cannot be taken back from here. {field.help}".strip()
    if _was_so_already(papers, field.name, change):
        return f"The edit changed nothing here: {vendor.label} had this value already."
    reason = vendor.reason_against(papers.today, field.name)
    if reason:
        return reason
    if field.read is not None and field.same(field.current(papers.today), value):
        return f"{vendor.label} has the earlier value again."
    return _refusal(field, value)


def _refusal(field: Field, value: Any) -> str:
    """Why the field takes its earlier value no more, in its own words, or ""."""
    try:
        field.form.clean(field.form.prepare_value(value))
    except ValidationError as wrong:
        return f"The earlier value cannot be put back. {' '.join(wrong.messages)}"
    return ""


def _was_shown(papers: _Papers, name: str, change: Mapping[str, Any]) -> bool:
    """Whether the vendor showed the value before the edit; "nothing" is no value where nobody could have seen one."""
    if change["old"] not in EMPTY:
        return True
    seen = papers.fields_seen.get(name)
    return seen is not None and seen.read is not None


def _was_so_already(papers: _Papers, name: str, change: Mapping[str, Any]) -> bool:
    """Whether somebody else had made the same change before the edit was sent."""
    field = papers.fields_sent_over.get(name)
    if field is None or field.read is None or papers.sent_over is None:
        return False
    return field.same(field.current(papers.sent_over), _wanted(field, change))


def _holds(papers: _Papers, field: Field, change: Mapping[str, Any]) -> bool:
    """Whether the order still has what the edit gave it."""
    return field.arrived(papers.sent_over or papers.today, papers.today, _wanted(field, change)) is True


def _wanted(field: Field, change: Mapping[str, Any]) -> Any:
    try:
        return field.form.to_python(change["new"])
    except ValidationError:
        return change["new"]


def _document(order: Order, number: int | None) -> Raw | None:
    """The order's document with this revision number, None where it is not kept."""
    if number == order.revision:
        return dict(order.raw)
    kept = Revision.objects.filter(order=order, number=number).first() if number is not None else None
    return dict(kept.raw) if kept else None


def chosen_values(*, edit: Edit, vendor: Vendor, names: Sequence[str]) -> dict[str, Any]:
    """By field name what a form's inputs have to show to put these fields back. What cannot go back is left out."""
    return {
        each.name: each.value
        for each in reversals_of(edit=edit, vendor=vendor)
        if each.name in names and not each.obstacle
    }
