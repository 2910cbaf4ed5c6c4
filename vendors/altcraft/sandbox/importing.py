"""The import of orders: what it takes and what it refuses (Altcraft: order import and market object pages)."""

import re
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from vendors.altcraft.sandbox.parameters import Refused, want, want_word
from vendors.altcraft.sandbox.world import CURRENCIES, ENDPOINTS, LINE_STATUSES, ORDER_STATUSES, TYPES, Thing

MATCHING: Mapping[str, tuple[str, ...]] = {
    "email": ("email",),
    "phone": ("phone",),
    "profile_id": ("profile_id",),
    "custom": ("field_name", "field_value"),
    "email_phone": ("email", "phone"),
    "push_sub": ("provider", "subscription_id"),
}
_PRICES = ("base_price_per_item", "min_price_per_item", "final_price_per_item")
_ENTITIES = ("product", "sku", "order", "line_order")
_VALUES = ("unicode", "int", "float", "bool", "enum", "date")
_AMOUNT = re.compile(r"[0-9]{1,12}(\.[0-9]{1,2})?")


def read_statuses(entries: Any) -> dict[str, Thing]:
    """The line statuses that an import makes, by id."""
    made = {}
    for each in _objects(entries, "custom_line_statuses"):
        name = want(each, "name", str)
        made[want(each, "external_id", str)] = {"name": name, "type": want_word(each, "type", TYPES)}
    return made


def check_custom_fields(entries: Any) -> None:
    """Every custom field that an import makes is complete."""
    for each in _objects(entries, "custom_fields"):
        for key in ("external_id", "name"):
            want(each, key, str)
        want_word(each, "entity_type", _ENTITIES)
        want(each, "required", bool)
        if want_word(each, "value_type", _VALUES) == "enum":
            want(each, "enum_values", dict)
        if "default_value" not in each:
            raise Refused(400, "Parameter default_value is required")


def read_order(order: Any, statuses: Mapping[str, Thing]) -> Thing:
    """One order object as it is kept, its amounts in minor units. Raises Refused."""
    if not isinstance(order, dict):
        raise Refused(400, "Parameter data must hold objects")
    for key in MATCHING[want_word({"matching": "email", **order}, "matching", MATCHING)]:
        want(order, key, str)
    kept: Thing = {
        "external_id": want(order, "external_id", str),
        "endpoint": want_word(order, "endpoint", ENDPOINTS),
        "status": want_word(order, "status", ORDER_STATUSES),
        "total_price": _minor(order, "total_price"),
        "delivery_cost": _minor({"delivery_cost": "0", **order}, "delivery_cost"),
        "currency": want_word(order, "currency", CURRENCIES),
        "custom_fields": want({"custom_fields": {}, **order}, "custom_fields", dict, filled=False),
        "lines": [_line(line, order["currency"], statuses) for line in _objects(want(order, "lines", list), "lines")],
    }
    for key, kind in (("tags", list), ("region", str)):
        if key in order:
            kept[key] = want(order, key, kind)
    for key in ("create_time", "update_time"):
        if key in order:
            kept[key] = _time(want(order, key, str))
    return kept


def _line(line: Thing, currency: str, statuses: Mapping[str, Thing]) -> Thing:
    return {
        "external_id": want(line, "external_id", str),
        "status": want_word({"status": "new", **line}, "status", {*LINE_STATUSES, *statuses}),
        "product": want(line, "product", str),
        **{key: _minor(line, key) for key in _PRICES if key in line},
        "count": want(line, "count", int),
        "custom_fields": want({"custom_fields": {}, **line}, "custom_fields", dict, filled=False),
        "currency": currency,
    }


def _objects(entries: Any, name: str) -> list[Thing]:
    if not all(isinstance(each, dict) for each in entries):
        raise Refused(400, f"Parameter {name} must hold objects")
    return list(entries)


def _minor(body: Mapping[str, Any], name: str) -> str:
    """An amount of an import, which is in the currency itself, as the list shows it."""
    value = want(body, name, str)
    if not _AMOUNT.fullmatch(value):
        raise Refused(400, f"Parameter {name} must be an amount")
    return f"{Decimal(value) * 100:.0f}"


def _time(value: str) -> str:
    try:
        datetime.fromisoformat(value)
    except ValueError as wrong:
        raise Refused(400, "Time must be in the format RFC3339") from wrong
    return value
