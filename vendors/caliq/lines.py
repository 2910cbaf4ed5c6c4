"""The lines of an order: what can be changed of one, and a new one (Caliq: order line and order edit line models)."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from vendors.caliq.controls import NEVER_EMPTY, NewLine, money
from vendors.caliq.documents import Part, lines_of, number_of, say, say_day, say_money
from vendors.controls import Number
from vendors.fields import Field, Raw, Shown

NEW_LINE = "OrderEditLines.+"
_WHERE = {"despatched": "QtyDespatched", "in the warehouse": "QtyInWarehouse", "invoiced": "QtyInvoiced"}
NO_QUANTITY = "Caliq does not say what a quantity below 1 does, and it has no way to remove a line."


def line_entries(line_id: int, line: Part, order: Part) -> Iterator[Shown]:
    """One line on the page, under a heading of its own."""
    code = say(line.get("Code")) or f"line {line_id}"
    section = " ".join(filter(None, (f"Line {line_id}: {code}", say(line.get("Description")))))
    yield Field(
        name=f"OrderEditLines.{line_id}.Quantity",
        read=_reader(line_id, "Qty"),
        label=f"Quantity of {code}",
        section=section,
        form=Number(clearable=False, min_value=1, error_messages={**NEVER_EMPTY, "min_value": NO_QUANTITY}),
        help="Caliq does not say whether another quantity means another price.",
    )
    yield Field(
        name=f"OrderEditLines.{line_id}.UnitPrice",
        read=_reader(line_id, "UnitPrice"),
        label=f"Unit price of {code}",
        section=section,
        form=money(order),
        help="Without VAT.",
    )
    yield Shown(label="Value", read=_reader(line_id, "Value"), section=section, say=partial(say_money, order))
    yield Shown(label="Status", read=partial(_status, line_id), section=section)
    yield Shown(label="Wanted", read=partial(_wanted, line_id), section=section)
    if line.get("LineText"):
        yield Shown(label="Text", read=_reader(line_id, "LineText"), section=section)


def new_line() -> Field:
    """A line that is not there yet."""
    return Field(
        name=NEW_LINE,
        read=_nothing,
        label="New line",
        section="New line",
        form=NewLine(),
        landed=was_added,
        without=without_added,
        help="Caliq cannot remove a line again.",
    )


def was_added(before: Raw, after: Raw, wanted: Any) -> bool | None:
    """Whether exactly the wanted line was added between two states of an order. Caliq names a new line only by its id.

    False where no line of its product was added. None where it cannot be told: several were, or one with another
    quantity or price.
    """
    known = lines_of(before)
    added = [line for line_id, line in lines_of(after).items() if line_id not in known and _is_of(line, wanted)]
    if not added:
        return False
    return True if len(added) == 1 and _is_as(added[0], wanted) else None


def without_added(before: Raw, after: Raw, wanted: Any) -> Raw:
    """The later state without one line that was not there before and is as wanted. Of several the others stay."""
    known = lines_of(before)
    for line_id, line in lines_of(after).items():
        if line_id not in known and _is_of(line, wanted) and _is_as(line, wanted):
            return {**after, "OrderLineList": [each for each in after["OrderLineList"] if each is not line]}
    return after


def _is_of(line: Part, wanted: Any) -> bool:
    return say(line.get("Code")).casefold() == say(wanted["ProductCode"]).casefold()


def _is_as(line: Part, wanted: Any) -> bool:
    asked = (wanted["Quantity"], wanted["UnitPrice"])
    return (number_of(line.get("Qty")), number_of(line.get("UnitPrice"))) == asked


def _reader(line_id: int, key: str) -> Callable[[Raw], Any]:
    return lambda raw: lines_of(raw).get(line_id, {}).get(key)


def _nothing(raw: Raw) -> None:
    """A line that does not exist yet has no value."""


def _status(line_id: int, raw: Raw) -> str:
    """Caliq's word, and how much of the line is where."""
    line = lines_of(raw).get(line_id, {})
    quantities = {word: number_of(line.get(key)) for word, key in _WHERE.items()}
    there = [f"{quantity:f} {word}" for word, quantity in quantities.items() if quantity]
    kit = ["head of a kit"] if line.get("IsKitHeader") is True else []
    item = ["item of a kit"] if line.get("IsKitItem") is True else []
    return ", ".join(filter(None, (say(line.get("Status")), *there, *kit, *item)))


def _wanted(line_id: int, raw: Raw) -> str:
    """When the line is wanted and when it is expected: the text in preference to the date (Caliq: order line model)."""
    line = lines_of(raw).get(line_id, {})
    estimated = say(line.get("EstimatedDateText")) or say_day(line.get("EstimatedDate"))
    return ", ".join(filter(None, (say_day(line.get("RequiredDate")), estimated and f"expected {estimated}")))
