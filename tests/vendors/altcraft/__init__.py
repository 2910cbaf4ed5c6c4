"""Altcraft's tests, and its samples for the contract suite: orders of the bundled simulator's invented world."""

from collections.abc import Mapping, Sequence
from typing import Any

from tests.vendors.samples import Sample
from vendors import payloads
from vendors.altcraft.sandbox import AltcraftSimulator
from vendors.altcraft.sandbox.shown import shown_order
from vendors.altcraft.sandbox.world import order_id
from vendors.altcraft.vendor import Altcraft
from vendors.contract import Lists

OPTIONS: Mapping[str, Any] = {**AltcraftSimulator.options, "money_unit": "minor", "endpoint": ""}
WORDS = {
    1: "with one line",
    2: "with three lines",
    3: "with an id of digits",
    4: "with nothing optional",
    5: "with two lines of one id",
    6: "with lines without an id",
    7: "with odd ids of lines",
    8: "with custom fields",
    9: "in yen",
    10: "with forty lines",
    12: "with odd times",
    13: "with statuses of its own",
}
SETTINGS: Mapping[str, Mapping[str, str]] = {
    "": {},
    ", statuses shown": {"line_status": "shown", "custom_fields": "[]"},
    ", null for nothing": {"optional_keys": "null", "money": "major"},
}


def samples() -> Sequence[Sample]:
    return [
        Sample(name=f"order {WORDS[number]}{words}", vendor=adapter(simulator), raw=shown_of(simulator, number))
        for words, settings in SETTINGS.items()
        for simulator in [simulated(**settings)]
        for number in WORDS
    ]


def simulated(**settings: str) -> AltcraftSimulator:
    """A simulator that nobody serves, under these settings of its switches."""
    simulator = AltcraftSimulator(seed=1, size=14)
    simulator.set(**settings)
    return simulator


def adapter(simulator: AltcraftSimulator | None = None, **options: Any) -> Altcraft:
    """The adapter with the simulator's names of products, not connected."""
    return Altcraft(options={**OPTIONS, **options}, lists=lists_of(simulator) if simulator else {})


def lists_of(simulator: AltcraftSimulator) -> Lists:
    named = [each for product in simulator.products for each in (product, *product.get("sku", ()))]
    return {"products": [{"value": each["external_id"], "label": each["name"]} for each in named]}


def shown_of(simulator: AltcraftSimulator, number: int) -> dict[str, Any]:
    """The document of an order as the adapter would have read it."""
    shown = shown_order(simulator.orders[order_id(number)], simulator.switch)
    return dict(payloads.loads(payloads.dumps(shown)))
