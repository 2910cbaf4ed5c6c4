"""Liner's custom fields of orders: each edited by its own type, and written in the form that Liner itself uses.

The form of a value is not documented (Liner: custom field list page). So it is taken from the value that is there,
else from the same field of another order (`example` in the pick list), else it is the type's natural one in JSON.
A cleared value is an empty string where text was, else null or an empty array: each stays of its own type.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError

from vendors.characters import legible
from vendors.controls import EMPTY, Amount, Control, Day, Lines, Moment, Number, Text, YesNo
from vendors.fields import Choice, Field, Raw, Shown, plain
from vendors.liner.options import Dump, Options, one_option, some_options

SECTION = "Custom fields"
UNLISTED = "Liner does not list this field among those of orders."
ODD = "Liner sends this in a form that cannot be edited here."
LARGEST = 10**15

Editing = tuple[Control, Dump]

# What yes and no may look like, each pair in one form.
_YES_NO: tuple[tuple[Any, Any], ...] = ((True, False), (1, 0), ("1", "0"), ("true", "false"), ("yes", "no"))


def custom_values(raw: Raw) -> Mapping[str, Any] | None:
    """The order's custom values by field id; an empty map may arrive as []. None where they have another form."""
    values = raw.get("customValues")
    if values in EMPTY:
        return {}
    return values if isinstance(values, Mapping) else None


def custom_entries(raw: Raw, listed: Sequence[Choice]) -> list[Shown]:
    """The order's custom fields: those that the account lists, then those that only the order has."""
    values = custom_values(raw)
    if values is None:
        return [Shown(label="Custom values", read="customValues", section=SECTION, help=ODD)]
    known = {str(field["value"]): field for field in listed}
    entries = [_listed(key, field, values.get(key)) for key, field in known.items()]
    return entries + [_unlisted(key, value) for key, value in values.items() if key not in known]


def example_of(kind: str, params: Any, value: Any) -> Any:
    """A value of the same form that says nothing about the order it was seen on; None where there is none."""
    options = Options.read(params)
    match kind:
        case "int" | "float" if isinstance(value, int | float | str | Decimal) and not isinstance(value, bool):
            return "0" if isinstance(value, str) else 0
        case "datetime" if isinstance(value, str):
            digits = iter("20260131140000000000")
            return re.sub("[0-9]", lambda found: next(digits, "0"), value)[:40]
        case "bool" if _pair(value):
            return _pair(value)[0]
        case "select" if options.know(value):
            return value
        case "multiselect" if (codes := options.split(value)) and all(options.know(code) for code in codes):
            return value
    return None


def _listed(key: str, field: Choice, present: Any) -> Shown:
    example = field.get("example") if present in EMPTY else present
    editing: Editing | None = _of_type(str(field.get("type")), Options.read(field.get("options")), example)
    if editing is None or (present not in EMPTY and not _reads(editing[0], present)):
        editing = _by_form(present)
    return _entry(key, str(field["label"]), editing, "")


def _unlisted(key: str, present: Any) -> Shown:
    return _entry(key, f"Custom field {legible(key)}", _by_form(present), UNLISTED)


def _entry(key: str, label: str, editing: Editing | None, note: str) -> Shown:
    def read(raw: Raw) -> Any:
        return (custom_values(raw) or {}).get(key)

    if editing is None or not re.fullmatch("[0-9]{1,18}", key, re.ASCII):
        return Shown(label=label, section=SECTION, read=read, help=f"{note} {ODD}".strip())
    form, dump = editing
    return Field(
        name=f"customValues.{key}",
        label=label,
        section=SECTION,
        read=read,
        help=note,
        form=form,
        dump=dump,
        shown_when_cleared=(0, False) if isinstance(form, Number | Amount | YesNo) else (),
    )


def _of_type(kind: str, options: Options, example: Any) -> Editing | None:
    match kind:
        case "string":
            return Text(), plain
        case "int":
            return _whole(example)
        case "float":
            return _fraction(example)
        case "date":
            return Day(), plain
        case "datetime":
            return Moment(example=example), plain
        case "bool":
            return _yes_no(example)
        case "select" if options.codes:
            return one_option(options, example)
        case "multiselect" if options.codes:
            return some_options(options, example)
    return None


def _by_form(value: Any) -> Editing | None:
    """How to edit a value of no known type: as what it is in JSON. None where that is no simple value."""
    match value:
        case None | str():
            return Text(), plain
        case bool():
            return _yes_no(value)
        case int():
            return _whole(value)
        case float() | Decimal():
            return _fraction(value)
        case list() if all(isinstance(item, str) for item in value):
            return Lines(), plain
    return None


def _whole(example: Any) -> Editing:
    return Number(min_value=-LARGEST, max_value=LARGEST), _as_text(str) if isinstance(example, str) else plain


def _fraction(example: Any) -> Editing:
    return Amount(places=6), _as_text(_in_digits) if isinstance(example, str) else plain


def _yes_no(example: Any) -> Editing:
    yes, no = _pair(example) or (True, False)
    empty = "" if isinstance(yes, str) else None
    return YesNo(clearable=True), lambda value: empty if value is None else yes if value else no


def _pair(value: Any) -> tuple[Any, ...]:
    """Yes and no in the form of this value; () where it is neither."""
    return next((pair for pair in _YES_NO if any(type(value) is type(each) and value == each for each in pair)), ())


def _as_text(write: Callable[[Any], str]) -> Dump:
    return lambda value: "" if value is None else write(value)


def _in_digits(value: Decimal) -> str:
    return format(value, "f")


def _reads(control: Control, value: Any) -> bool:
    try:
        control.parse(value)
    except ValidationError:
        return False
    return control.fits(value)
