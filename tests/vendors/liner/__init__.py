"""Liner's tests, and its samples for the contract suite: orders of the bundled simulator's invented world."""

from collections.abc import Mapping, Sequence
from typing import Any

from tests.vendors.samples import Sample
from vendors import payloads
from vendors.contract import Lists
from vendors.liner import lists
from vendors.liner.sandbox import LinerSimulator
from vendors.liner.sandbox.shown import shown_order
from vendors.liner.vendor import Liner

WORDS = {
    1001: "with every switch on",
    1002: "with nothing in it",
    1003: "with long prompts",
    1004: "with everything cleared",
    1005: "with ids that no list shows",
    1006: "with custom values of every type",
}
SETTINGS: Mapping[str, Mapping[str, str]] = {
    "": {},
    ", options by title": {"select_value": "title", "multiselect_value": "comma_string"},
    ", empty as text": {"cleared_as": "empty_string", "empty_custom_values": "[]"},
    ", empty as zero": {"cleared_as": "type_zero"},
}


def samples() -> Sequence[Sample]:
    return [
        Sample(name=f"order {WORDS[number]}{words}", vendor=vendor, raw=orders[str(number)])
        for words, settings in SETTINGS.items()
        for vendor, orders in [world(**settings)]
        for number in WORDS
    ]


def world(**settings: str) -> tuple[Liner, dict[str, Any]]:
    """An adapter with its pick lists, and orders by id, as Liner shows them under these settings of its switches."""
    simulator = LinerSimulator(size=30)
    simulator.set(**settings)
    shown = {
        id_: payloads.loads(payloads.dumps(shown_order(simulator.world, order, simulator.switch)))
        for id_, order in simulator.orders.items()
    }
    return Liner(options={"custom_values": "changed"}, lists=pick_lists(simulator, list(shown.values()))), shown


def pick_lists(simulator: LinerSimulator, orders: Sequence[Any]) -> Lists:
    there = simulator.lists()
    return {
        "users": lists.user_choices(there["users"]),
        "agent_groups": lists.group_choices(there["agent_groups"]),
        "call_attempt_groups": lists.attempt_choices(there["call_attempt_groups"]),
        "numbers": lists.number_choices(there["numbers"]),
        "custom_fields": lists.custom_field_choices(there["custom_fields"], orders),
    }
