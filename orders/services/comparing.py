"""Compare what an agent saw, what they want, and what the vendor shows: before a change goes out and after it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ValidationError

from orders.models import Edit
from orders.states import State
from vendors.contract import Changes, Raw, Vendor
from vendors.controls import EMPTY
from vendors.fields import Field

YES, NO, OTHER, NOT_SHOWN = "yes", "no", "other", "not shown"


@dataclass
class Comparison:
    """The wanted changes, sorted by what the vendor shows now. `conflicts` holds three values in words for each."""

    to_send: dict[str, Any] = field(default_factory=dict)
    already: list[str] = field(default_factory=list)
    conflicts: dict[str, dict[str, Any]] = field(default_factory=dict)


def cleaned_changes(vendor: Vendor, raw: Raw, edit: Edit) -> dict[str, Any]:
    """The edit's new values in the form fields' own types. Raises KeyError where a field is no longer there."""
    fields = vendor.fields(raw)
    return {name: read_value(fields[name], value) for name, value in edit.wanted.items()}


def applied_since(edit: Edit) -> list[Edit]:
    """What the desk has brought to the vendor, by whomever, since the state of the order that an edit's author saw."""
    applied = Edit.objects.filter(order=edit.order_id, state=State.APPLIED, sent_revision__gte=edit.base_revision)
    return list(applied.order_by("id"))


def saved_values(vendor: Vendor, raw: Raw, edit: Edit, applied: Iterable[Edit]) -> dict[str, list[Any]]:
    """Field name -> what the author of an edit has brought to it by those of `applied` that are theirs."""
    fields = vendor.fields(raw)
    found: dict[str, list[Any]] = {}
    for each in applied:
        if each.author_id != edit.author_id:
            continue
        for name, value in each.wanted.items():
            if name in edit.changes and (each.landed or {}).get(name, {}).get("landed") == YES:
                found.setdefault(name, []).append(read_value(fields[name], value))
    return found


def compare_before_sending(
    vendor: Vendor, seen: Raw, now: Raw, changes: Changes, own: Mapping[str, Sequence[Any]] | None = None
) -> Comparison:
    """Three ways: what nobody else touched goes out, what is already so need not, what differs is a conflict.

    `own` are values, by field name, that the author has saved since: finding them there is no conflict either.
    """
    compared = Comparison()
    fields_seen, fields_now = vendor.fields(seen), vendor.fields(now)
    for name, mine in changes.items():
        field_now = fields_now[name]
        if field_now.read is None:
            compared.to_send[name] = mine
            continue
        base, theirs = fields_seen[name].current(seen), field_now.current(now)
        if field_now.same(theirs, mine):
            compared.already.append(name)
        elif any(field_now.same(theirs, expected) for expected in (base, *(own or {}).get(name, ()))):
            compared.to_send[name] = mine
        else:
            compared.conflicts[name] = {
                "label": field_now.label,
                "seen": fields_seen[name].text(base),
                "mine": field_now.text(mine),
                "theirs": field_now.text(theirs),
            }
    return compared


def compare_after_sending(vendor: Vendor, before: Raw, after: Raw, changes: Changes) -> dict[str, dict[str, str]]:
    """Field by field: did it land, and what does the order say now."""
    fields = vendor.fields(after)
    return {name: _landed(fields.get(name), before, after, value) for name, value in changes.items()}


def landed_between(vendor: Vendor, before: Raw, after: Raw, edit: Edit) -> set[str]:
    """The fields of the edit that are as it wanted them in the later of two states of the order. Pure."""
    landed = compare_after_sending(vendor, before, after, _wanted_of(vendor.fields(after), edit))
    return {name for name, each in landed.items() if each["landed"] == YES}


def without_added(vendor: Vendor, before: Raw, after: Raw, edit: Edit) -> Raw:
    """The later state without what the edit added to the order; that state itself where it added nothing. Pure."""
    fields = vendor.fields(after)
    for name, value in _wanted_of(fields, edit).items():
        field = fields.get(name)
        if field is not None and field.without is not None:
            after = field.without(before, after, value)
    return after


def was_old_in(vendor: Vendor, raw: Raw, edit: Edit, name: str) -> bool:
    """Whether a field of the order says what its author saw there before they changed it. Pure."""
    field = vendor.fields(raw).get(name)
    return field is not None and field.same(field.current(raw), field.taken(edit.changes[name]["old"]))


def _wanted_of(fields: Mapping[str, Field], edit: Edit) -> dict[str, Any]:
    """The edit's new values, cleaned where these fields still have them."""
    return {name: read_value(fields[name], value) if name in fields else value for name, value in edit.wanted.items()}


def _landed(field: Field | None, before: Raw, after: Raw, value: Any) -> dict[str, str]:
    if field is None:
        # What is no longer there holds nothing.
        return {"landed": YES if value in EMPTY else OTHER, "now": ""}
    if field.read is None:
        return {"landed": NOT_SHOWN, "now": ""}
    verdict = {True: YES, False: NO, None: OTHER}[field.arrived(before, after, value)]
    return {"landed": verdict, "now": field.text(field.current(after))}


def verdicts(landed: Mapping[str, Mapping[str, str]]) -> set[str]:
    """The distinct verdicts over all fields."""
    return {each["landed"] for each in landed.values()}


def read_value(field: Field, value: Any) -> Any:
    """A stored wire value as the form field reads it. What it cannot read stays as it is."""
    try:
        return field.form.to_python(value)
    except ValidationError:
        return value
