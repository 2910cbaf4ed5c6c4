"""Altcraft's Market API under /altcraft: tokens, envelopes, paging and methods (Altcraft: all pages on the market).

Invented, because no page tells: the texts of failures, and everything about them beyond their error number.
"""

import hmac
from collections.abc import Callable, Mapping, Sequence
from random import Random
from typing import Any, ClassVar

from vendors.altcraft.sandbox.importing import check_custom_fields, read_order, read_statuses
from vendors.altcraft.sandbox.paging import page_of
from vendors.altcraft.sandbox.parameters import METHODS, Refused, read_parameters
from vendors.altcraft.sandbox.shown import shown_order
from vendors.altcraft.sandbox.switches import SWITCHES
from vendors.altcraft.sandbox.twists import TWISTS
from vendors.altcraft.sandbox.world import (
    CURRENCIES,
    ENDPOINTS,
    FIRST_ID,
    LINE_STATUSES,
    OWN_STATUSES,
    Thing,
    build_orders,
    products,
    written,
)
from vendors.sandbox.messages import NotJSON, Request, Response
from vendors.sandbox.simulator import Order, Simulator, Twist
from vendors.sandbox.switches import Switch

API = "/api/v1.1/market/"
WRITES = {"orders/update_order_line_status", "orders/delete", "orders/import"}
FINAL = {"delivered", "refunded", "canceled"}  # statuses, and types of statuses
DONE = "Successful operation"


class AltcraftSimulator(Simulator):
    """One market. Of an order, `lines.<n>.status`, `_messages` and `_id` are known here and shown to nobody."""

    slug: ClassVar[str] = "altcraft"
    label: ClassVar[str] = "Altcraft"
    credentials: ClassVar[Mapping[str, str]] = {"token": "altcraft-sandbox-token-0001"}
    options: ClassVar[Mapping[str, Any]] = {
        "line_statuses": [{"id": id_, **status} for id_, status in OWN_STATUSES.items()]
    }
    stamps: ClassVar[frozenset[str]] = frozenset({"update_time"})
    secret_keys: ClassVar[tuple[str, ...]] = ("token",)
    switches: ClassVar[Mapping[str, Switch]] = SWITCHES
    twists: ClassVar[Mapping[str, Twist]] = TWISTS

    # The frame

    def build(self) -> None:
        random = Random(f"{self.slug}:{self.seed}")  # noqa: S311 - a world, not a secret
        self.orders.update(build_orders(random, self.size))
        self.statuses = {id_: dict(status) for id_, status in OWN_STATUSES.items()}
        self.products = products()
        self.next_id = FIRST_ID + self.size + 1

    def handle(self, request: Request) -> Response:
        try:
            method = self._method(request)
            body = self._body(request)
            self._check_caller(request, body, method)
            answer = self._methods()[method](read_parameters(method, body, self.switch))
        except Refused as no:
            if no.status:
                return self.failure(no.status, no.text)
            return self._refused(no.code or int(self.switch["unknown"]), no.text)
        return Response.json({"error": 0, "error_text": "", **answer})

    def failure(self, status: int, message: str) -> Response:
        return Response.json({"error": status, "error_text": message}, status=status)

    def refusal(self, message: str) -> Response:
        return self._refused(400, message)

    def _refused(self, code: int, text: str) -> Response:
        """A no in Altcraft's own way: an error number, on whatever HTTP status the switch says."""
        status = {"same": code, "400": 400}.get(self.switch["failure_http"], 200)
        return Response.json({"error": code, "error_text": text}, status=status)

    def intent(self, request: Request) -> str:
        """Everything is a POST."""
        return "write" if request.path.removeprefix(API) in WRITES else "read"

    def order_of(self, request: Request) -> str:
        body = _object(request)
        orders = body.get("data")
        if isinstance(orders, list) and len(orders) == 1 and isinstance(orders[0], dict):
            return str(orders[0].get("external_id") or "")
        named = body.get("order_external_id") or body.get("external_id")
        return str(named) if named else self._id_with(body.get("id"))

    def stamp(self, order: Order) -> None:
        order["update_time"] = written(self.now())

    def lag(self) -> float:
        return self.switch.number("lag_ms") / 1000

    def lists(self) -> Mapping[str, Any]:
        return {
            "line_statuses": self.statuses,
            "endpoints": list(ENDPOINTS),
            "products": self.products,
            "currencies": list(CURRENCIES),
            "messages": {id_: order["_messages"] for id_, order in self.orders.items() if order["_messages"]},
        }

    def act(self, what: str, **arguments: Any) -> Any:
        """`add_status` with an `id`, a `name` and a `type`: somebody makes a line status in the market's settings."""
        if what != "add_status":
            return super().act(what, **arguments)
        self.statuses[str(arguments["id"])] = {"name": arguments["name"], "type": arguments["type"]}
        return None

    # The way in

    def _method(self, request: Request) -> str:
        """Altcraft: API interaction page. What no page documents is no method, whatever the switch for failures."""
        name = request.path.removeprefix(API)
        if not request.path.startswith(API) or name not in METHODS:
            raise Refused(404, "Method not found", status=404)
        if request.method != "POST":
            raise Refused(405, "Only POST is allowed", status=405)
        return name

    def _body(self, request: Request) -> Thing:
        kind, _, parameter = request.headers.get("content-type", "").lower().partition(";")
        if kind.strip() != "application/json" or (parameter and self.switch["content_type"] == "bare"):
            raise Refused(400, "Content-Type must be application/json")
        try:
            body = request.json()
        except NotJSON as wrong:
            raise Refused(400, "Bad request") from wrong
        if not isinstance(body, dict):
            raise Refused(400, "Bad request")
        return body

    def _check_caller(self, request: Request, body: Thing, method: str) -> None:
        scheme, _, bearer = request.headers.get("authorization", "").partition(" ")
        in_header = bearer if scheme == "Bearer" and self.switch["header_auth"] == "yes" else ""
        token = body.get("token", in_header)
        if token == "":
            raise Refused(401, "Token required")
        if not isinstance(token, str):
            raise Refused(400, "Parameter token must be a string")
        if not hmac.compare_digest(token.encode("utf-8", "replace"), self.credentials["token"].encode()):
            raise Refused(int(self.switch["unknown_token"]), "Invalid token")
        rights = self.switch["rights"]
        if rights == "no_market" or (rights == "read_only" and method in WRITES):
            raise Refused(403, "No access")
        if self.switch["tariff"] == "reached":
            raise Refused(402, "Tariff limit reached")

    def _methods(self) -> Mapping[str, Callable[[Thing], Thing]]:
        return {
            "orders/list": self._list_orders,
            "orders/get_status": self._get_status,
            "orders/update_order_line_status": self._update_line,
            "orders/delete": self._delete,
            "orders/import": self._import,
            "products/list": lambda body: page_of(body, list(enumerate(self.products, 1)), self.switch),
            "sku/list": lambda body: page_of(body, list(enumerate(_variants(self.products), 1)), self.switch),
        }

    # Reading

    def _list_orders(self, body: Thing) -> Thing:
        endpoint = body.get("endpoint", "")
        if endpoint and endpoint not in ENDPOINTS and self.switch["unknown_endpoint"] == "error":
            raise Refused(400, "Unknown endpoint")
        seen = [order for id_ in list(self.orders) if (order := self.seen(id_)) and not order["_deleted"]]
        kept = [order for order in seen if endpoint in ("", order["endpoint"])]
        kept.sort(key=lambda order: int(order["_id"]), reverse=self.switch["list_order"] == "newest_first")
        return page_of(body, [(order["_id"], shown_order(order, self.switch)) for order in kept], self.switch)

    def _get_status(self, body: Thing) -> Thing:
        order = self.seen(self._named(body))
        if order is None or order["_deleted"]:
            raise Refused(0, "Order not found")
        result = {"endpoint": order["endpoint"], "status": order["status"]}
        return {"result": [result] if self.switch["get_status_result"] == "array" else result}

    # Changing

    def _update_line(self, body: Thing) -> Thing:
        order = self._find(body["order_external_id"])
        line_id, status = body["order_line_external_id"], body["status_external_id"]
        line = next((each for each in order["lines"] if each.get("external_id") == line_id), None)
        if line is None:
            raise Refused(0, "Order line not found")
        if status not in LINE_STATUSES and status not in self.statuses:
            raise Refused(0, "Status not found")
        self._change(order, line, status)
        echo = {key: body[key] for key in ("order_external_id", "order_line_external_id", "status_external_id")}
        return {"data": echo, "error_text": DONE if self.switch["success_text"] == "documented" else ""}

    def _change(self, order: Thing, line: Thing, status: str) -> None:
        is_same = line["status"] == status
        if is_same and self.switch["same_status"] == "error":
            raise Refused(400, "Status is already set")
        if not is_same and self._type_of(line["status"]) in FINAL and self.switch["transitions"] == "terminal_locked":
            raise Refused(400, "Status cannot be changed")
        line["status"] = status
        if not is_same or self.switch["same_status_message"] == "sent":
            order["_messages"] += 1
        done = all(self._type_of(each["status"]) == "delivered" for each in order["lines"])
        if done and self.switch["line_moves_order"] == "all_delivered":
            order["status"] = "delivered"
        self.stamp(order)

    def _delete(self, body: Thing) -> Thing:
        is_old = self.switch["delete"] == "old"
        if is_old and "id" not in body:
            raise Refused(400, "Parameter id is required")
        order = self._find(self._named(body))
        if is_old and body.get("with_fire") is not True:
            order["_deleted"] = True
        else:
            del self.orders[order["external_id"]]
        return {"result": []} if is_old else {}

    def _import(self, body: Thing) -> Thing:
        check_custom_fields(body.get("custom_fields", []))
        statuses = {**self.statuses, **read_statuses(body.get("custom_line_statuses", []))}
        orders = [read_order(each, statuses) for each in body["data"]]
        if self.switch["import_existing"] == "refuse" and any(each["external_id"] in self.orders for each in orders):
            raise Refused(400, "Order already exists")
        self.statuses = statuses
        for order in orders:
            self._take_in(order, messages=0 if body.get("skip_triggers") else 1)
        return {}

    def _take_in(self, order: Thing, *, messages: int) -> None:
        now = written(self.now())
        known = self.orders.get(order["external_id"])
        fresh = {
            "profile": {"profile_id": f"inv{self.next_id:05d}i8b000000", "xxh": f"xx{self.next_id:08d}"},
            "create_time": now,
            "update_time": now,
            "_id": self.next_id,
            "_messages": 0,
        }
        kept = known if known and self.switch["import_existing"] == "merge" else {}
        lasting = {key: known[key] for key in ("profile", "_id", "_messages")} if known else {}
        self.next_id += not known
        whole = {**fresh, **kept, **lasting, **order, "_deleted": False}
        self.orders[order["external_id"]] = whole
        whole["_messages"] += messages

    # Finding

    def _find(self, order_id: str) -> Thing:
        order = self.orders.get(order_id)
        if order is None or order["_deleted"]:
            raise Refused(0, "Order not found")
        return order

    def _named(self, body: Thing) -> str:
        """The external id of the order that a body names by either of its ids."""
        if body.get("external_id"):
            return str(body["external_id"])
        if "id" not in body:
            raise Refused(400, "Parameter id or external_id is required")
        return self._id_with(body["id"])

    def _id_with(self, number: Any) -> str:
        return next((id_ for id_, order in self.orders.items() if order["_id"] == number), "")

    def _type_of(self, status: str) -> str:
        return str(self.statuses[status]["type"]) if status in self.statuses else status


def _variants(shown: Sequence[Thing]) -> list[Thing]:
    return [variant for product in shown for variant in product.get("sku", ())]


def _object(request: Request) -> Thing:
    try:
        body = request.json()
    except NotJSON:
        return {}
    return body if isinstance(body, dict) else {}
