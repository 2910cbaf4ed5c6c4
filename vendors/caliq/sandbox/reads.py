"""Caliq's reads: orders, lines, changes and lists. An empty list is no answer of its own: the caller says 204."""

from collections.abc import Iterable
from typing import Any

from vendors.caliq.sandbox.issues import MESSAGES
from vendors.caliq.sandbox.shapes import NotUnderstood
from vendors.caliq.sandbox.shown import shown_line, shown_order
from vendors.caliq.sandbox.world import Thing, World
from vendors.sandbox.switches import Switches

KINDS = ("Order", "Credit", "Return")
LISTS = {
    "DespatchMethod": "DespatchMethodList",
    "Country": "CountryList",
    "Channel": "ChannelList",
    "Message": "MessagesList",
}


def read_orders(orders: Iterable[Thing], asked: Thing, switch: Switches) -> list[Thing]:
    """Every order that the filters let through; without filters, every order (Caliq: order page)."""
    return [shown_order(order, switch) for order in orders if _is_asked_for(order, asked)]


def read_lines(orders: Iterable[Thing], asked: Thing, switch: Switches) -> list[Thing]:
    """The lines of one order, named by its id or by number and kind (Caliq: order line page)."""
    kind = asked.get("OrderType")
    if kind not in {None, "", *KINDS}:
        raise NotUnderstood("OrderType")
    if not asked.get("OrderID") and (not asked.get("OrderNo") or not kind):
        if switch["number_without_type"] == "204":
            return []
        raise NotUnderstood("OrderID")
    for order in orders:
        if asked.get("OrderID") == order["ID"] or (asked.get("OrderNo"), kind) == (order["Number"], order["Kind"]):
            return [shown_line(order, line, switch) for line in order["_lines"]]
    return []


def read_changes(orders: Iterable[Thing], since: str, switch: Switches) -> list[Thing]:
    """The orders that changed on that day or later (Caliq: order change page)."""
    names = {"EventID": "ID", "OrderNo": "Number", "WebOrderRef": "WebOrderRef", "Status": "Status"}
    changed = [{name: order[key] for name, key in names.items()} for order in orders if order["_changed"] >= since]
    return changed * (2 if switch["change_list"] == "repeated" else 1)


def read_list(world: World, name: str, switch: Switches) -> list[Thing]:
    """One of the lists that orders refer to."""
    letters = 2 if switch["country_codes"] == "two_letters" else 3
    entries: dict[str, list[Any]] = {
        "DespatchMethod": list(world.methods.values()),
        "Country": [{"ISOCode": code[:letters], "Name": text} for code, text in world.countries.items()],
        "Channel": [{"ID": id_, "Description": text} for id_, text in world.channels.items()],
        "Message": [{"ID": id_, "Description": text} for id_, text in MESSAGES.items()],
    }
    return entries[name]


def _is_asked_for(order: Thing, asked: Thing) -> bool:
    """EventID beats all, then EventNo, then everything else together."""
    if asked.get("EventID"):
        return bool(order["ID"] == asked["EventID"])
    if asked.get("EventNo"):
        return bool(order["Number"] == asked["EventNo"])
    return (
        order["Created"] >= asked.get("OrdersSince", "")
        and asked.get("AccountNo") in {None, "", order["AccountNo"]}
        and asked.get("CustomerID") in {None, 0, order["AccountID"]}
        and (not asked.get("OnlyActive") or order["Active"])
    )
