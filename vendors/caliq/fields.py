"""Caliq's order page, from top to bottom: what is read, what can be written (Caliq: order and order edit pages).

Much of what can be written may not be readable: the documentation of the order breaks off in the middle. A field
whose key is absent from an order is therefore said not to be shown by Caliq, order by order.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from functools import partial

from vendors.caliq.address import address_fields
from vendors.caliq.controls import KEPT, NEVER_EMPTY, CompactDay, money, text, without_hyphens
from vendors.caliq.documents import Part, lines_of, number_of, order_of, say_day, say_money
from vendors.caliq.lines import line_entries, new_line
from vendors.controls import LongText, OneOf, YesNo
from vendors.fields import Choice, Field, Raw, Shown

REQUIREMENT = "delivery requirement"
WORDS = {"A": "as soon as possible", "D": "on a date", "W": "in the week of a date"}


def page_of(raw: Raw, *, clears: bool, countries: Sequence[Choice]) -> Iterator[Shown]:
    """Everything on the page of this order. `clears`: whether an empty text clears. `countries`: the pick list."""
    order = order_of(raw)
    yield from (_as_shown(entry, order) for entry in entries_above(order, clears=clears, countries=countries))
    for line_id, line in lines_of(raw).items():
        yield from line_entries(line_id, line, order)
    yield new_line()
    yield from (_as_shown(entry, order) for entry in entries_below())


def entries_above(order: Part, *, clears: bool, countries: Sequence[Choice]) -> Iterator[Shown]:
    """What stands above the lines."""
    yield from _order(clears)
    yield from _money(order)
    yield from _delivery()
    yield from address_fields(clears, countries)


def _as_shown(entry: Shown, order: Part) -> Shown:
    """The entry, or the same as one that Caliq never shows, where this order has no such key."""
    key = entry.read.removeprefix("Order.") if isinstance(entry.read, str) else ""
    return replace(entry, read=None) if key and key not in order else entry


def _order(clears: bool) -> Iterator[Shown]:
    yield Shown(label="Number", read="Order.Number")
    yield Shown(label="Kind", read="Order.Kind")
    yield Shown(label="Description", read="Order.Description")
    yield Shown(label="Status", read="Order.Status")
    yield Shown(label="Can be edited", read="Order.Editable")
    yield Field(
        name="CustomerPONumber",
        read="Order.CustomerPONo",
        label="PO number",
        form=text(longest=20, clears=clears),
    )
    yield Field(
        name="OrderNotes",
        read="Order.OrderNotes",
        label="Notes",
        form=LongText(rows=4, clearable=clears, error_messages={"required": KEPT}),
        personal=True,
        help="Printed on the paperwork of the despatch.",
    )
    yield Field(
        name="CustomerHold",
        read="Order.CustomerHold",
        label="Customer hold",
        form=YesNo(error_messages=NEVER_EMPTY),
    )
    yield Shown(label="Account", read="Order.AccountNo", section="Customer")
    yield Shown(label="Channel", read="Order.ChannelID", section="Customer", list="channels")
    yield Shown(label="Web order", read="Order.WebOrderRef", section="Customer")


def _money(order: Part) -> Iterator[Shown]:
    say = partial(say_money, order)
    yield Shown(label="Value", read="Order.Value", section="Money", say=say, help="Without VAT.")
    yield Shown(label="VAT", read="Order.ValueVAT", section="Money", say=say)
    yield Shown(label="Value with VAT", read=_value_with_vat, section="Money", say=say)
    yield Field(
        name="Carriage",
        read="Order.Carriage",
        label="Carriage",
        section="Money",
        form=money(order, empty="For Caliq an empty value means “leave it as it is”. Enter 0 for no carriage."),
        help="For the whole order, without VAT.",
    )
    yield Shown(label="VAT on carriage", read="Order.CarriageVAT", section="Money", say=say)


def _delivery() -> Iterator[Shown]:
    yield Field(
        name="DespatchMethodID",
        read="Order.DespatchMethodID",
        label="Despatch method",
        section="Delivery",
        list="despatch_methods",
        form=OneOf(coerce=int, error_messages=NEVER_EMPTY),
    )
    yield Field(
        name="DeliveryRequirement",
        read="Order.DeliveryRequirement",
        label="Delivery",
        section="Delivery",
        group=REQUIREMENT,
        form=OneOf([(word, f"{word} — {meaning}") for word, meaning in WORDS.items()], error_messages=NEVER_EMPTY),
    )
    yield Field(
        name="DeliveryRequirementDate",
        read="Order.DeliveryRequirementDate",
        label="Delivery date",
        section="Delivery",
        group=REQUIREMENT,
        form=CompactDay(clearable=False, error_messages=NEVER_EMPTY),
        dump=without_hyphens,
        help="For D and W. Caliq does not say whether the date of a week has to be its Monday.",
    )


def entries_below() -> Iterator[Shown]:
    """What stands below the lines."""
    parts = ("Line 1", "Line 2", "Line 3", "Town", "County", "Postcode", "Country")
    for label in parts:
        yield Shown(
            label=label,
            read=f"Order.Bill_{label.replace(' ', '')}",
            section="Invoice address",
            personal=True,
            list="countries" if label == "Country" else "",
        )
    yield Shown(label="Created", read="Order.Created", section="Record", say=say_day)
    yield Shown(label="Created by", read="Order.CreatedByName", section="Record")
    yield Shown(label="Id", read="Order.ID", section="Record")


def _value_with_vat(raw: Raw) -> Decimal | None:
    value, vat = (number_of(order_of(raw).get(key)) for key in ("Value", "ValueVAT"))
    return None if value is None or vat is None else value + vat
