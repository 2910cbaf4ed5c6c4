"""EventLock: one live lock for an order. With a LockID in the call it releases that one (Caliq: event lock page)."""

import time
from collections.abc import Mapping

from vendors.caliq.sandbox.shapes import NotUnderstood
from vendors.caliq.sandbox.world import Thing, World
from vendors.sandbox.switches import Switches


def lock_event(world: World, orders: Mapping[str, Thing], asked: Thing, switch: Switches) -> Thing:
    """Take or release a lock, and answer as the page says; what it does not say, the switches do."""
    for order in orders.values():
        let_expire(order, switch)
    if asked.get("LockID"):
        return _release(orders, asked["LockID"], switch)
    if not asked.get("EventID"):
        return _refuse("NOID", switch["lock_without_id"])
    order = orders.get(str(asked["EventID"]), {})
    if not order:
        return _refuse("NOTFOUND", switch["lock_of_unknown"])
    held = order["_lock"]
    if held and (held["by"] != "api" or switch["second_lock"] == "inuse"):
        return _verdict(False, "INUSE")
    if not held:
        order["_lock"] = {"id": world.lock_id(), "by": "api", "used": time.time()}
    return _verdict(True, "LOCKED", order["_lock"]["id"])


def let_expire(order: Thing, switch: Switches) -> None:
    """End the order's lock where it has been idle for too long."""
    seconds = switch.number("lock_seconds")
    if seconds and order["_lock"] and order["_lock"]["used"] + seconds < time.time():
        order["_lock"] = None


def _release(orders: Mapping[str, Thing], lock: int, switch: Switches) -> Thing:
    for order in orders.values():
        if order["_lock"] and order["_lock"]["id"] == lock and order["_lock"]["by"] == "api":
            order["_lock"] = None
            return _verdict(True, {"empty": "", "null": None}.get(switch["release_message"], "RELEASED"))
    return _verdict(switch["release_of_unknown"] == "accepted", "")


def _refuse(message: str, status: str) -> Thing:
    if status == "400":
        raise NotUnderstood(message)
    return _verdict(False, message)


def _verdict(ok: bool, message: str | None, lock: int | None = None) -> Thing:
    return {"OK": ok, "LockID": lock, "Message": message}
