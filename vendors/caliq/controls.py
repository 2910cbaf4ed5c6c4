"""The inputs of Caliq's page: a day as YYYYMMDD, a whole new line, and texts and prices that cannot be cleared."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from vendors.caliq.documents import Part, read_day, say, say_day
from vendors.controls import EMPTY, Amount, Control, Day, Number, Text

LONGEST_CODE = 25  # Caliq: order edit line model
PLACES = 4  # of a price; Caliq states no scale
KEPT = (
    "For Caliq an empty value means “leave it as it is”, and it documents no way to clear this field. Clear it in Caliq"
    " itself, or let an administrator switch on “An empty text clears”, once Caliq has confirmed that it does."
)
NEVER_EMPTY = {"required": "For Caliq an empty value means “leave it as it is”, so this cannot be left empty."}


def text(*, longest: int, clears: bool) -> Text:
    """A line of text. `clears`: whether the account says that an empty text clears."""
    return Text(clearable=clears, max_length=longest, error_messages={"required": KEPT})


def money(order: Part, *, empty: str = NEVER_EMPTY["required"]) -> Amount:
    """An amount from 0 on in the order's currency. `empty` is said to whoever clears it."""
    unit = say(order.get("Currency"))
    return Amount(clearable=False, places=PLACES, min_value=Decimal(0), unit=unit, error_messages={"required": empty})


class CompactDay(Day):
    """A day that Caliq writes as 20260131. Typed and compared as 2026-01-31."""

    def offer(self, choices: Sequence[Mapping[str, Any]] | None, *, present: Any) -> None:
        super().offer(choices, present=_with_hyphens(present))

    def parse(self, value: Any) -> Any:
        return super().parse(_with_hyphens(value))

    def text(self, value: Any) -> str:
        return say_day(without_hyphens(value))


class LineInputs(forms.MultiWidget):
    """Product code, quantity and unit price, side by side. Posts `<name>_ProductCode` and so on."""

    def __init__(self, attrs: Mapping[str, Any] | None = None) -> None:
        widgets: dict[str, forms.Widget | type[forms.Widget]] = {
            name: forms.TextInput(attrs={"aria-label": control.label, "placeholder": control.label, **more})
            for (name, control), more in zip(_PARTS.items(), _ATTRIBUTES, strict=True)
        }
        super().__init__(widgets, dict(attrs or {}))

    def decompress(self, value: Any) -> list[Any]:
        parts = value if isinstance(value, Mapping) else {}
        return [_PARTS[name].prepare_value(parts.get(name)) for name in _PARTS]


class NewLine(Control):
    """A line to be added, as an object of ProductCode, Quantity and UnitPrice; None for no new line.

    All three have to be given: Caliq does not say what it makes of a new line without a price.
    """

    widget = LineInputs

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, **kwargs)

    def parse(self, value: Any) -> Any:
        if value in EMPTY:
            return None
        if isinstance(value, list | tuple) and len(value) == len(_PARTS):
            value = dict(zip(_PARTS, value, strict=True))
        if not isinstance(value, Mapping) or set(value) - set(_PARTS):
            raise ValidationError("A new line has a ProductCode, a Quantity and a UnitPrice.", code="invalid")
        read = {name: _part(name, control.parse, value.get(name)) for name, control in _PARTS.items()}
        return None if all(each in EMPTY for each in read.values()) else read

    def run_validators(self, value: Any) -> None:
        for name, control in _PARTS.items() if value else ():
            _part(name, control.clean, value[name])

    def canonical(self, value: Any) -> Any:
        return tuple(value.get(name) for name in _PARTS) if isinstance(value, Mapping) else super().canonical(value)

    def prepare_value(self, value: Any) -> Any:
        return value

    def text(self, value: Any) -> str:
        if not isinstance(value, Mapping):
            return super().text(value)
        said = {name: control.text(value.get(name)) for name, control in _PARTS.items()}
        return f"{said['Quantity']} × {said['ProductCode']} at {said['UnitPrice']}"


def without_hyphens(day: Any) -> Any:
    """2026-01-31 as Caliq wants it, 20260131."""
    return day.replace("-", "") if isinstance(day, str) else day


def _with_hyphens(value: Any) -> Any:
    day = read_day(value.strip()) if isinstance(value, str) else None
    return day.isoformat() if day else value


def _part(name: str, read: Any, value: Any) -> Any:
    try:
        return read(value)
    except ValidationError as wrong:
        raise ValidationError(f"{_PARTS[name].label}: {' '.join(wrong.messages)}") from wrong


_MISSING = {"required": "It is missing. A new line needs its product code, quantity and unit price."}
_PARTS: Mapping[str, Control] = {
    "ProductCode": Text(
        label="Product code", clearable=False, max_length=LONGEST_CODE, empty_value="", error_messages=_MISSING
    ),
    "Quantity": Number(label="Quantity", clearable=False, min_value=1, error_messages=_MISSING),
    "UnitPrice": Amount(
        label="Unit price", clearable=False, places=PLACES, min_value=Decimal(0), error_messages=_MISSING
    ),
}
_ATTRIBUTES: Sequence[Mapping[str, Any]] = (
    {"maxlength": LONGEST_CODE},
    {"inputmode": "numeric"},
    {"inputmode": "decimal"},
)
