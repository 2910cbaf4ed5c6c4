"""Caliq's tests, and its samples for the contract suite: orders of the bundled simulator's invented world."""

from collections.abc import Mapping, Sequence
from typing import Any

from tests.vendors.samples import Sample
from vendors import payloads
from vendors.caliq.sandbox import CaliqSimulator
from vendors.caliq.sandbox.reads import read_list
from vendors.caliq.sandbox.shown import shown_line, shown_order
from vendors.caliq.vendor import LISTS, Caliq, pick_lists_of
from vendors.contract import Lists

OPTIONS: Mapping[str, Any] = {"empty_string_clears": False, "only_active": False, "orders_since": ""}
WORDS = {
    70001: "plain",
    70002: "to a one-off address",
    70003: "in the warehouse",
    70009: "with a closed line",
    70010: "on hold",
    70011: "with a kit",
    70013: "without lines",
    70014: "wanted on a date",
    70015: "with amounts of every scale",
    70016: "of forty lines",
}
SETTINGS: Mapping[str, Mapping[str, str]] = {
    "": {},
    ", notes and delivery not shown": {"unread_fields": "hidden", "line_version": "older"},
    ", countries of two letters": {"country_codes": "two_letters", "unknown_date": "null"},
}
NEW: Mapping[str, Any] = {
    "EditDeliveryAddress.Email": "idris@example.com",
    "EditDeliveryAddress.Country": "FRA",
    "OrderEditLines.+": {"ProductCode": "BRACKET", "Quantity": 2, "UnitPrice": "10.10"},
}


def samples() -> Sequence[Sample]:
    shown = [
        Sample(
            name=f"order {WORDS[number]}{words}", vendor=adapter(simulator), raw=shown_of(simulator, number), new=NEW
        )
        for words, settings in SETTINGS.items()
        for simulator in [simulated(**settings)]
        for number in WORDS
    ]
    clearing = simulated()
    return [
        *shown,
        Sample(
            name="order whose texts can be cleared",
            vendor=adapter(clearing, empty_string_clears=True),
            raw=shown_of(clearing, 70001),
            new=NEW,
        ),
    ]


def simulated(**settings: str) -> CaliqSimulator:
    """A simulator that nobody serves, under these settings of its switches."""
    simulator = CaliqSimulator(size=30)
    simulator.set(**settings)
    return simulator


def adapter(simulator: CaliqSimulator, **options: Any) -> Caliq:
    """The adapter with this simulator's pick lists, not connected."""
    return Caliq(options={**OPTIONS, **options}, lists=lists_of(simulator))


def lists_of(simulator: CaliqSimulator) -> Lists:
    read = {name: read_list(simulator.world, call, simulator.switch) for name, (call, _) in LISTS.items()}
    return pick_lists_of(read)


def shown_of(simulator: CaliqSimulator, number: int) -> dict[str, Any]:
    """The document of an order as the adapter would have read it."""
    order = simulator.orders[str(number)]
    raw = {
        "Order": shown_order(order, simulator.switch),
        "OrderLineList": [shown_line(order, line, simulator.switch) for line in order["_lines"]],
    }
    return dict(payloads.loads(payloads.dumps(raw)))
