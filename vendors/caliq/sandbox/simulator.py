"""Caliq's API under /caliq: POST for everything, the key in the body, verdicts inside of 200 (Caliq: help pages).

Of the four documented content types it speaks the two of JSON.
"""

import hmac
import time
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import datetime
from random import Random
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from vendors.caliq.sandbox.edit import Edit, edit_order, read_edit
from vendors.caliq.sandbox.issues import MESSAGES, Objection, issue
from vendors.caliq.sandbox.locks import let_expire, lock_event
from vendors.caliq.sandbox.orders import build_orders, compact
from vendors.caliq.sandbox.reads import LISTS, read_changes, read_lines, read_list, read_orders
from vendors.caliq.sandbox.shapes import (
    CALL_LIST,
    LOCK,
    ORDER,
    ORDER_CHANGE,
    ORDER_LINE,
    PARAMS,
    NotUnderstood,
    read_object,
)
from vendors.caliq.sandbox.switches import SWITCHES
from vendors.caliq.sandbox.world import Thing, World, build_world
from vendors.sandbox.messages import NotJSON, Request, Response
from vendors.sandbox.simulator import Order, Simulator
from vendors.sandbox.switches import Switch

API = "/api/v1/"
LONGEST_KEY = 30  # Caliq: parameters of the list calls
ERROR_BODIES = {
    "empty": Response(),
    "html": Response(body=b"<html><body><h1>Server Error</h1></body></html>", content_type="text/html"),
    "json": Response(body=b'{"Message":"An error has occurred."}'),
}


class Failure(Exception):
    """An HTTP status without anything to read."""

    def __init__(self, status: int) -> None:
        super().__init__(str(status))
        self.status = status


class CaliqSimulator(Simulator):
    slug: ClassVar[str] = "caliq"
    label: ClassVar[str] = "Caliq"
    credentials: ClassVar[Mapping[str, str]] = {"api_key": "caliq-sandbox-key-0001"}
    stamps: ClassVar[frozenset[str]] = frozenset({"_lock", "_changed"})
    secret_keys: ClassVar[tuple[str, ...]] = ("apiKey",)
    switches: ClassVar[Mapping[str, Switch]] = SWITCHES

    # The frame

    def build(self) -> None:
        random = Random(f"{self.slug}:{self.seed}")  # noqa: S311 - a world, not a secret
        self.world: World = build_world(random)
        self.orders.update(build_orders(random, self.world, self.size))
        self.calls: Counter[tuple[str, str]] = Counter()

    def handle(self, request: Request) -> Response:
        try:
            name = self._name(request)
            self.calls[name, compact(self._today())] += 1
            answer, wrapper = self._calls()[name](self._body(request, name))
        except (NotUnderstood, NotJSON):
            return self.failure(400, "")
        except Failure as failure:
            return self.failure(failure.status, "")
        if answer == []:
            return Response(status=204)
        return Response.json({wrapper: answer})

    def failure(self, status: int, message: str) -> Response:
        body = ERROR_BODIES[self.switch["error_body"]]
        return Response(status=status, body=body.body, content_type=body.content_type)

    def refusal(self, message: str) -> Response:
        return Response.json({"OrderEditData": {"OK": False, "OrderEditIssues": [issue(Objection(9000))]}})

    def intent(self, request: Request) -> str:
        """Everything is a POST; a lock is neither a read nor a change of the order."""
        return {f"{API}OrderEdit": "write", f"{API}EventLock": "lock"}.get(request.path, "read")

    def order_of(self, request: Request) -> str:
        try:
            body = request.json()
        except NotJSON:
            return ""
        if not isinstance(body, dict):
            return ""
        lock = body.get("LockID") if request.path == f"{API}EventLock" else None
        if lock:
            return next((id_ for id_, each in self.orders.items() if each["_lock"] and each["_lock"]["id"] == lock), "")
        return str(body.get("EventID") or body.get("OrderID") or "")

    def stamp(self, order: Order) -> None:
        order["_changed"] = compact(self._today())

    def lag(self) -> float:
        return self.switch.number("lag_ms") / 1000

    def lists(self) -> Mapping[str, Any]:
        return {
            "customers": list(self.world.customers.values()),
            "products": list(self.world.products.values()),
            "methods": list(self.world.methods.values()),
            "locks": {id_: order["_lock"] for id_, order in self.orders.items() if order["_lock"]},
            "messages": {str(id_): text for id_, text in MESSAGES.items()},
        }

    def act(self, what: str, **arguments: Any) -> Any:
        """With an `order`: `lock` and `unlock` (somebody at Caliq's own screen), `to_warehouse` and `from_warehouse`
        (its first line), `release_hold`."""
        order_id = str(arguments.get("order", ""))
        acts: dict[str, Callable[[], dict[str, Any]]] = {
            "lock": lambda: {"_lock": {"id": self.world.lock_id(), "by": "desktop", "used": time.time()}},
            "unlock": lambda: {"_lock": None},
            "to_warehouse": lambda: {"_lines.0.QtyInWarehouse": self.orders[order_id]["_lines"][0]["Qty"]},
            "from_warehouse": lambda: {"_lines.0.QtyInWarehouse": 0},
            "release_hold": lambda: {"CustomerHold": False},
        }
        if what not in acts:
            return super().act(what, **arguments)
        self.change(order_id, acts[what]())
        return None

    # The way in

    def _name(self, request: Request) -> str:
        name = request.path.removeprefix(API)
        if not request.path.startswith(API) or name not in self._calls():
            raise Failure(404)
        if request.method != "POST":
            raise Failure(405)
        return name

    def _body(self, request: Request, name: str) -> Thing:
        content_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if content_type not in {"application/json", "text/json"}:
            raise Failure(415)
        body = request.json(decimals=True)
        if not isinstance(body, dict):
            raise NotUnderstood("no object")
        key = body.get("apiKey")
        if key is None:
            raise Failure(int(self.switch["missing_key"]))
        if not isinstance(key, str) or (name in LISTS and len(key) > LONGEST_KEY):
            raise NotUnderstood("apiKey")
        if not hmac.compare_digest(key.encode(), self.credentials["api_key"].encode()):
            raise Failure(401)
        return body

    def _calls(self) -> dict[str, Callable[[Thing], tuple[Any, str]]]:
        """Name → what answers it, and under which name (Caliq: no common rule)."""
        lists = {name: lambda body, name=name: self._list(body, name) for name in LISTS}
        return {
            **lists,
            "Order": self._orders,
            "OrderLine": self._lines,
            "OrderChange": self._changes,
            "EventLock": self._lock,
            "OrderEdit": self._edit,
            "apiCallList": self._call_list,
        }

    def _today(self) -> datetime:
        return self.now().astimezone(ZoneInfo("Europe/London"))

    # The calls

    def _orders(self, body: Thing) -> tuple[Any, str]:
        asked = read_object(body, ORDER, self.switch)
        return read_orders(self._seen(asked.get("EventID")), asked, self.switch), self.switch["order_wrapper"]

    def _lines(self, body: Thing) -> tuple[Any, str]:
        asked = read_object(body, ORDER_LINE, self.switch)
        return read_lines(self._seen(asked.get("OrderID")), asked, self.switch), "OrderLineList"

    def _changes(self, body: Thing) -> tuple[Any, str]:
        since = read_object(body, ORDER_CHANGE, self.switch).get("ChangesSince") or compact(self._today())
        return read_changes(self._seen(), since, self.switch), "OrderChangeList"

    def _list(self, body: Thing, name: str) -> tuple[Any, str]:
        read_object(body, PARAMS, self.switch)
        return read_list(self.world, name, self.switch), LISTS[name]

    def _seen(self, id_: int | None = None) -> list[Thing]:
        """The order of this id, or all of them, as readers see them now."""
        ids = [str(id_)] if id_ else list(self.orders)
        return [order for each in ids if (order := self.seen(each))]

    def _call_list(self, body: Thing) -> tuple[Any, str]:
        read_object(body, CALL_LIST, self.switch)
        counted = [
            {
                "Date": f"{day[:4]}-{day[4:6]}-{day[6:]}T00:00:00+00:00",
                "EndPoint": name,
                "ExtraData": "",
                "CallCount": count,
            }
            for (name, day), count in self.calls.items()
        ]
        return counted, "apiCallList"

    def _lock(self, body: Thing) -> tuple[Any, str]:
        asked = read_object(body, LOCK, self.switch)
        return lock_event(self.world, self.orders, asked, self.switch), "Lock"

    def _edit(self, body: Thing) -> tuple[Any, str]:
        read = read_edit(body, self.switch)
        order = self.orders.get(str(read["EventID"]))
        objections = [Objection(9001, read["EventID"])] if order is None else self._edit_order(order, read)
        with_text = self.switch["issue_text"] == "message"
        issues = [issue(each, with_text=with_text) for each in objections]
        if not issues and self.switch["warnings"] == "always":
            issues = [issue(Objection(9090), with_text=with_text)]
        return {"OK": not objections, "OrderEditIssues": issues}, "OrderEditData"

    def _edit_order(self, order: Thing, read: Thing) -> list[Objection]:
        let_expire(order, self.switch)
        objections = edit_order(Edit(self.world, order, read, self.switch))
        if not objections:
            self.stamp(order)
            if self.switch["edit_releases"] == "yes":
                order["_lock"] = None
            elif order["_lock"]:
                order["_lock"]["used"] = time.time()
        return objections
