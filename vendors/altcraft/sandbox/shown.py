"""Orders as the list shows them, under every setting of the switches that concern reading (Altcraft: orders list)."""

from decimal import Decimal
from typing import Any

from vendors.altcraft.sandbox.world import Thing
from vendors.sandbox.switches import Switches

_OPTIONAL = ("tags", "region")
_ORDER_MONEY = ("delivery_cost", "total_price")
_LINE_MONEY = ("base_price_per_item", "min_price_per_item", "final_price_per_item")
_KEYS = (
    "profile",
    "external_id",
    "endpoint",
    "tags",
    "status",
    "delivery_cost",
    "total_price",
    "currency",
    "custom_fields",
    "region",
    "lines",
    "create_time",
    "update_time",
)


def shown_order(order: Thing, switch: Switches) -> Thing:
    """The documented keys in their order. The number, and a line's status, are known here and not shown."""
    shown = {key: order[key] for key in _KEYS if key in order}
    if switch["optional_keys"] == "null":
        shown |= {key: None for key in _OPTIONAL if key not in order}
    shown |= {key: _amount(order[key], switch) for key in _ORDER_MONEY if key in order}
    shown["custom_fields"] = _custom(order["custom_fields"], switch)
    shown["lines"] = [_line(line, switch) for line in order["lines"]]
    return shown


def _line(line: Thing, switch: Switches) -> Thing:
    is_shown = switch["line_status"] == "shown"
    shown = {key: value for key, value in line.items() if key != "status" or is_shown}
    shown |= {key: _amount(line[key], switch) for key in _LINE_MONEY if key in line}
    shown["custom_fields"] = _custom(line.get("custom_fields", {}), switch)
    return shown


def _amount(minor: str, switch: Switches) -> str:
    return minor if switch["money"] == "minor" else f"{Decimal(minor) / 100:f}"


def _custom(values: Thing, switch: Switches) -> Any:
    return [] if not values and switch["custom_fields"] == "[]" else values
