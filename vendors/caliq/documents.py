"""The document of one Caliq order, and how it is read.

Caliq gives an order and its lines in two answers (Caliq: order and order line pages). The document holds both, each
under a name of Caliq's own and otherwise untouched: `{"Order": {…}, "OrderLineList": [{…}, …]}`.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from vendors.characters import legible, word
from vendors.fields import Raw

Part = Mapping[str, Any]  # an order or a line, as Caliq sent it


def document(order: Part, lines: Sequence[Any]) -> dict[str, Any]:
    """An order and its lines as one document."""
    return {"Order": order, "OrderLineList": list(lines)}


def order_of(raw: Raw) -> Part:
    """The order itself; empty where the document has none."""
    order = raw.get("Order")
    return order if isinstance(order, Mapping) else {}


def lines_of(raw: Raw) -> dict[int, Part]:
    """The lines by their LineID, in Caliq's order. What has no id, or one that was there before, is left out."""
    lines = raw.get("OrderLineList")
    found: dict[int, Part] = {}
    for line in lines if isinstance(lines, list) else ():
        if isinstance(line, Mapping) and is_id(line.get("LineID")):
            found.setdefault(line["LineID"], line)
    return found


def is_id(value: Any) -> bool:
    """Whether this is one of Caliq's ids: a whole number above 0. Zero means "not set" there."""
    return isinstance(value, int) and not isinstance(value, bool) and value > 0


def number_of(value: Any) -> Decimal | None:
    """A JSON number as an exact decimal; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        return None
    number = Decimal(value)
    return number if number.is_finite() and abs(number.adjusted()) <= 18 else None


def read_day(value: Any) -> date | None:
    """Caliq's YYYYMMDD as a date; None for anything else, such as the "" of an unknown date."""
    if not isinstance(value, str) or not (len(value) == 8 and value.isascii() and value.isdecimal()):
        return None
    try:
        return date(int(value[:4]), int(value[4:6]), int(value[6:]))
    except ValueError:
        return None


def say_day(value: Any) -> str:
    """YYYYMMDD as `20 Nov 2025`; anything else as it is."""
    day = read_day(value)
    return f"{day.day} {day:%b %Y}" if day else say(value)


def say(value: Any) -> str:
    """Any value as text of one line; "" for nothing."""
    return "" if value in (None, "", [], {}) else " ".join(legible(word(value)).split())


def say_money(order: Part, value: Any) -> str:
    """An amount with the order's currency, all digits as sent; anything else as it is."""
    number = number_of(value)
    return say(value) if number is None else f"{number:f} {say(order.get('Currency'))}".strip()
