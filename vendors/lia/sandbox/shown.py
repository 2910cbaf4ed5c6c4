"""An order as Lia shows it: to whoever asks, and to whoever is called by a webhook (Lia: order and webhook pages)."""

import copy
from typing import Any

from vendors.lia.sandbox.things import Thing
from vendors.sandbox.switches import Switches

NEWER_KEYS = ("amount_cents", "root_billing", "offers", "checkout_type")  # in the newer of the two schemas only
_TRIMMED_OFFER = ("id", "name", "amount_cents")
_TRIMMED_PRODUCT = ("id", "name", "description")


def shown_order(order: Thing, switch: Switches) -> Thing:
    """The order in the read shape, as the switches want it."""
    shown = copy.deepcopy(order)
    if switch["contacts"] == "strings":
        shown |= {name: shown[name]["address"] for name in ("email", "phone")}
    if switch["newer_keys"] == "missing":
        shown = {key: value for key, value in shown.items() if key not in NEWER_KEYS}
    if switch["extra_keys"] == "some":
        shown |= {"loyalty": {"level": "gold", "points": 120}, "flags": ["beta"]}
    if switch["address"] == "null":
        shown["address"] = None
    if switch["words"] == "unknown":
        shown["analyses"] = [{**each, "kind": f"{each['kind']}_v2"} for each in shown["analyses"]]
        shown["checkout_type"] = "kiosk"
    return shown


def snapshot(order: Thing) -> Thing:
    """The order as a webhook carries it: the offer trimmed, the contacts once more and flat."""
    taken = copy.deepcopy(order)
    offer = taken["offer"]
    product = {key: offer["product"][key] for key in _TRIMMED_PRODUCT}
    taken["offer"] = {**{key: offer[key] for key in _TRIMMED_OFFER}, "product": product}
    taken["contact"] = {name: taken[name]["address"] for name in ("email", "phone")}
    if taken["address"]:
        taken["address"]["city"]["state_id"] = taken["address"]["city"]["state"]["id"]
    return taken


def listed(orders: list[Thing], wrapping: str) -> Any:
    """A page of a list in the wrapping that the switch names."""
    return {"results": orders} if wrapping == "results" else {"data": orders} if wrapping == "data" else orders
