"""Lia's API under /lia: routes, tokens, shapes of errors, and what happens to orders (Lia: all pages on orders)."""

import copy
import hmac
import re
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from vendors.lia.sandbox import charging
from vendors.lia.sandbox.identity import analyse, is_analysed
from vendors.lia.sandbox.outbox import Outbox, shown_delivery
from vendors.lia.sandbox.shown import listed, shown_order, snapshot
from vendors.lia.sandbox.switches import SWITCHES
from vendors.lia.sandbox.things import Thing, moment
from vendors.lia.sandbox.update import Problems, Refused, apply_update, read_update
from vendors.lia.sandbox.world import build_orders
from vendors.sandbox.faults import HTML
from vendors.sandbox.messages import NotJSON, Request, Response
from vendors.sandbox.simulator import Order, Simulator
from vendors.sandbox.switches import Switch

PREFIX = "/external_api/v1"
HOSTS = ("platform-api", "external-api")
_ORDER = re.compile(rf"{PREFIX}/orders/([^/]+)(?:/charge)?")
_PAYMENT = re.compile(rf"{PREFIX}/payments/([^/]+)/status_transition")
_AFTERWARDS = 0.05  # seconds by which a webhook follows an answer, where it follows


class LiaSimulator(Simulator):
    """One world of orders behind Lia's API.

    Invented, because Lia documents nothing of the kind: reading and listing orders, and the shape of every failure.
    """

    slug: ClassVar[str] = "lia"
    label: ClassVar[str] = "Lia"
    credentials: ClassVar[Mapping[str, str]] = {"token": "sandbox_demo_token_0001"}
    options: ClassVar[Mapping[str, Any]] = {"list_orders": True, "complete_body": True}
    stamps: ClassVar[frozenset[str]] = frozenset({"updated_at"})
    switches: ClassVar[Mapping[str, Switch]] = SWITCHES

    # The frame

    def build(self) -> None:
        self.token = self.credentials["token"]
        self.outbox = Outbox(self.switch)
        self.orders.update(build_orders(seed=self.seed, size=self.size))

    def handle(self, request: Request) -> Response:
        try:
            self._check_caller(request)
            return self._route(request)
        except Refused as no:
            return self._failed(no.problems, no.status)
        except NotJSON:
            return self._failed({"base": ["o corpo não é JSON"]}, 400)

    def failure(self, status: int, message: str) -> Response:
        return self._failed({"base": [message]}, status)

    def refusal(self, message: str) -> Response:
        return self.failure(0, message)

    def order_of(self, request: Request) -> str:
        if found := _ORDER.fullmatch(request.path):
            return found[1]
        paid = _PAYMENT.fullmatch(request.path)
        return self._order_with(paid[1]) if paid else ""

    def stamp(self, order: Order) -> None:
        order["updated_at"] = moment(self.now())

    def lists(self) -> Mapping[str, Any]:
        return {"webhooks": self.outbox.webhooks, "deliveries": [shown_delivery(each) for each in self.outbox.log]}

    def deliver_to(self, url: str) -> None:
        if all(each["url"] != url for each in self.outbox.webhooks):
            self.outbox.subscribe(url=url)

    def act(self, what: str, **arguments: Any) -> Any:
        """What happens without the API: `subscribe` or `disable` a webhook, `rotate` the token, and to an `order`:
        `charge` it in the checkout, `pay` its first bill, `cancel` it.
        """
        acts: Mapping[str, Callable[..., Any]] = {
            "subscribe": self.outbox.subscribe,
            "disable": self._disable,
            "rotate": self._rotate,
            "charge": self._charge_in_checkout,
            "pay": self._pay_first_bill,
            "cancel": self._cancel,
        }
        return acts[what](**arguments) if what in acts else super().act(what, **arguments)

    # Routes

    def _check_caller(self, request: Request) -> None:
        host = request.headers.get("host", "")
        if self.switch["host"] == "lia" and not host.startswith(HOSTS):
            raise Refused({"base": ["nada aqui"]}, 404)
        given = request.headers.get("authorization", "")
        if not hmac.compare_digest(given.encode(), f"Bearer {self.token}".encode()):
            raise Refused({"base": ["token inválido"]}, 401)

    def _route(self, request: Request) -> Response:
        for method, pattern, answer in self._routes():
            found = re.fullmatch(PREFIX + pattern, request.path)
            if found and method == request.method:
                return answer(request, *found.groups())
        raise Refused({"base": ["não encontrado"]}, 404)

    def _routes(self) -> list[tuple[str, str, Callable[..., Response]]]:
        return [
            ("GET", "/orders", self._list),
            ("GET", "/orders/([^/]+)", self._show),
            ("PUT", "/orders/([^/]+)", self._update),
            ("POST", "/orders/([^/]+)/charge", self._charge),
            ("PUT", "/payments/([^/]+)/status_transition", self._move_payment),
            ("GET", "/webhook_deliveries", self._deliveries),
            ("GET", "/webhook_deliveries/([^/]+)", self._delivery),
            ("POST", "/webhook_deliveries/([^/]+)/deliver", self._deliver_again),
        ]

    def _list(self, request: Request) -> Response:
        if self.switch["list"] == "absent":
            raise Refused({"base": ["não encontrado"]}, 404)
        shown = [shown_order(order, self.switch) for order in self.orders.values()]
        page = shown if self.switch["paging"] == "ignored" else _page_of(shown, request)
        return Response.json(listed(page, self.switch["list"]))

    def _show(self, request: Request, order_id: str) -> Response:
        if self.switch["read_one"] == "absent":
            raise Refused({"base": ["não encontrado"]}, 404)
        return self._answer(self._find(order_id))

    def _update(self, request: Request, order_id: str) -> Response:
        order = self._find(order_id)
        kept = read_update(order, request.json(), self.switch)
        before, at = copy.deepcopy(order), self.now()
        changed = apply_update(order, kept, at, len(self.journal.entries))
        is_slow = is_analysed(kept, changed, self.switch)
        if is_slow:
            analyse(order, at)
        self.stamp(order)
        seconds = self.switch.number("analysis_ms") / 1000 if is_slow else 0.0
        if order["status"] != before["status"]:
            self._announce("order", order["status"], order, seconds, before)
        return self._answer(order, delay=seconds)

    def _charge(self, request: Request, order_id: str) -> Response:
        order = self._find(order_id)
        events = charging.charge(order, request.json(), self.now(), self.switch)
        self.stamp(order)
        self._announce_all(events)
        return self._answer(order)

    def _move_payment(self, request: Request, payment_id: str) -> Response:
        order_id = self._order_with(payment_id)
        if self.switch["world"] == "production" or not order_id:
            raise Refused({"base": ["não encontrado"]}, 404)
        order = self.orders[order_id]
        payment, events = charging.move_payment(order, payment_id, request.json(), self.now())
        self.stamp(order)
        self._announce_all(events)
        return Response.json(payment)

    def _deliveries(self, request: Request) -> Response:
        wanted = request.argument("webhook_id")
        shown = [shown_delivery(each) for each in self.outbox.log if wanted in {None, each["webhook_id"]}]
        return Response.json({"data": _page_of(shown, request)})

    def _delivery(self, request: Request, delivery_id: str) -> Response:
        return Response.json(shown_delivery(self._find_delivery(delivery_id)))

    def _deliver_again(self, request: Request, delivery_id: str) -> Response:
        delivery = self._find_delivery(delivery_id)
        webhook = next(each for each in self.outbox.webhooks if each["id"] == delivery["webhook_id"])
        if not webhook["enabled"]:
            raise Refused({"base": ["o webhook está desativado"]}, 422)
        self.later(0, lambda: self.outbox.send(delivery, self.token))
        return Response.json({})

    # What happens

    def _announce_all(self, events: list[charging.Event]) -> None:
        for entity, event, data in events:
            self._announce(entity, event, data)

    def _announce(
        self, entity: str, event: str, data: Thing, seconds: float = 0.0, before: Thing | None = None
    ) -> None:
        """Tell whoever subscribed: before an answer that takes so many seconds, or after it, as the switch says."""
        carried = snapshot(data) if entity == "order" else copy.deepcopy(data)
        wait = 0.0 if self.switch["webhook_timing"] == "before" else seconds + _AFTERWARDS
        self.later(wait, lambda: self._deliver(entity, event, carried))
        if before is not None and self.switch["webhook_order"] == "older_last":
            older = snapshot(before)
            self.later(wait + _AFTERWARDS, lambda: self._deliver(entity, before["status"], older))

    def _deliver(self, entity: str, event: str, data: Thing) -> None:
        for delivery in self.outbox.record(entity, event, data, self.now()):
            for _ in range(2 if self.switch["webhook_times"] == "twice" else 1):
                self.outbox.send(delivery, self.token)

    def _disable(self, webhook: str = "") -> None:
        for each in self.outbox.webhooks:
            each["enabled"] = each["enabled"] and webhook not in {"", each["id"]}

    def _rotate(self, token: str) -> None:
        self.token = token

    def _charge_in_checkout(self, order: str) -> None:
        changed = copy.deepcopy(self.orders[order])
        body = {
            "payment_configuration_id": changed["offer"]["payment_configurations"][0]["id"],
            "due_day": 25,
            "installments": 1,
            "payment": {"payment_method": "pix"},
            "signature": {"remote_ip": "203.0.113.9", "user_agent": "Checkout"},
        }
        try:
            events = charging.charge(changed, body, self.now(), self.switch)
        except Refused as no:
            raise ValueError(str(no)) from no
        self.replace(order, changed)
        self._announce_all(events)

    def _pay_first_bill(self, order: str) -> None:
        changed = copy.deepcopy(self.orders[order])
        _, _, payment = next(charging.payments(changed))
        _, events = charging.move_payment(changed, payment["id"], {"status": "paid"}, self.now())
        self.replace(order, changed)
        self._announce_all(events)

    def _cancel(self, order: str, reason: str = "customer_dropout", words: str = "Desistência do cliente") -> None:
        canceled = {"status": "canceled", "cancelation_reason": reason, "translated_cancelation_reason": words}
        before = copy.deepcopy(self.orders[order])
        self.change(order, canceled)
        self._announce("order", "canceled", self.orders[order], before=before)

    # Small things

    def _answer(self, order: Thing, delay: float = 0.0) -> Response:
        return Response.json(shown_order(order, self.switch), delay=delay)

    def _failed(self, problems: Problems, status: int) -> Response:
        status = status or int(self.switch["refusal_status"])
        first = "; ".join(f"{name} {said}" for name, all_said in problems.items() for said in all_said)
        match self.switch["errors"]:
            case "errors":
                return Response.json({"errors": problems}, status=status)
            case "empty":
                return Response(status=status)
            case "html":
                return Response(status=status, body=HTML, content_type="text/html")
            case key:
                return Response.json({key: first}, status=status)

    def _find(self, order_id: str) -> Thing:
        if order_id not in self.orders:
            raise Refused({"base": ["pedido não encontrado"]}, 404)
        return self.orders[order_id]

    def _find_delivery(self, delivery_id: str) -> Thing:
        for delivery in self.outbox.log:
            if delivery["id"] == delivery_id:
                return delivery
        raise Refused({"base": ["entrega não encontrada"]}, 404)

    def _order_with(self, payment_id: str) -> str:
        for order_id, order in self.orders.items():
            if any(payment["id"] == payment_id for _, _, payment in charging.payments(order)):
                return order_id
        return ""


def _page_of(entries: list[Thing], request: Request) -> list[Thing]:
    """Twenty entries a page unless asked otherwise, a hundred at the most (Lia: webhook delivery list page)."""
    size, number = (_count(request.argument(name)) for name in ("per_page", "page"))
    size = min(size or 20, 100)
    start = ((number or 1) - 1) * size
    return entries[start : start + size]


def _count(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdecimal() else 0
