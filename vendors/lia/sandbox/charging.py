"""Charging an order, and the way to let its bills be paid (Lia: order charge and payment simulation pages)."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from vendors.lia.sandbox.things import Thing, moment, new_billing
from vendors.lia.sandbox.update import Refused
from vendors.sandbox.switches import Switches

METHODS = ("boleto", "pix")  # cards only in Lia's own checkout
_REQUIRED = ("payment_configuration_id", "due_day", "installments", "payment", "signature")

Event = tuple[str, str, Thing]  # entity, event, snapshot


def charge(order: Thing, body: Any, at: datetime, switch: Switches) -> list[Event]:
    """Create a billing that waits for its first bill. The order stays open. Raises Refused."""
    if not isinstance(body, dict):
        raise Refused({"base": ["não é um objeto"]})
    _refuse_senseless(order, body, switch)
    count, cents = body["installments"], order["amount_cents"]
    share = cents // count
    amounts = [cents - share * (count - 1), *[share] * (count - 1)]
    method = body["payment"]["payment_method"]
    billing = new_billing(order, amounts=amounts, method=method, due_day=body["due_day"], at=at)
    order["billings"].append(billing)
    order["root_billing"] = order["root_billing"] or {key: value for key, value in billing.items() if key != "bills"}
    return [("billing", "waiting_payment", billing)]


def payments(order: Thing) -> Iterator[tuple[Thing, Thing, Thing]]:
    """Every billing, bill and payment of an order."""
    for billing in order["billings"]:
        for bill in billing["bills"]:
            for payment in bill["payments"]:
                yield billing, bill, payment


def move_payment(order: Thing, payment_id: str, body: Any, at: datetime) -> tuple[Thing, list[Event]]:
    """Let a payment be paid or refunded, with all that follows. Raises Refused, LookupError."""
    billing, bill, payment = next(each for each in payments(order) if each[2]["id"] == payment_id)
    status = body.get("status") if isinstance(body, dict) else None
    if (payment["status"], status) == ("unpaid", "paid"):
        return payment, _pay(order, billing, bill, payment, moment(at))
    if (payment["status"], status) == ("paid", "refunded"):
        return payment, _refund(order, billing, payment, moment(at))
    raise Refused({"status": [f"não pode ir de {payment['status']} para {status}"]})


def _pay(order: Thing, billing: Thing, bill: Thing, payment: Thing, at: str) -> list[Event]:
    payment |= {"status": "paid", "paid_at": at, "paid_amount_cents": payment["amount_cents"]}
    bill |= {"status": "paid", "paid_at": at, "updated_at": at}
    is_last = all(each["status"] == "paid" for each in billing["bills"])
    billing |= {"status": "finished" if is_last else "active", "updated_at": at}
    events: list[Event] = [("bill", "paid", bill), ("billing", billing["status"], billing)]
    if order["status"] == "in_progress":
        order |= {"status": "finished", "finished_at": at}
        events.append(("order", "finished", order))
    return events


def _refund(order: Thing, billing: Thing, payment: Thing, at: str) -> list[Event]:
    payment |= {"status": "refunded", "refunded_at": at, "refunded_amount_cents": payment["amount_cents"]}
    billing |= {"status": "canceled", "cancelation_reason": "refunded_by_company", "updated_at": at}
    order |= {
        "status": "canceled",
        "cancelation_reason": "refunded_by_company",
        "translated_cancelation_reason": "Reembolsado pela empresa",
    }
    return [("billing", "canceled", billing), ("order", "canceled", order)]


def _refuse_senseless(order: Thing, body: Thing, switch: Switches) -> None:
    problems = {name: ["não pode ficar em branco"] for name in _REQUIRED if name not in body}
    if order["status"] != "in_progress":
        problems["base"] = [f"o pedido está {order['status']}"]
    if order["billings"] and switch["second_charge"] == "refuse":
        problems["base"] = ["o pedido já foi cobrado"]
    known = {each["id"]: each for each in order["offer"]["payment_configurations"]}
    configuration = known.get(body.get("payment_configuration_id"))
    if configuration is None:
        problems["payment_configuration_id"] = ["não é da oferta"]
    payment = body.get("payment")
    if not isinstance(payment, dict) or payment.get("payment_method") not in METHODS:
        problems["payment.payment_method"] = ["não é boleto nem pix"]
    most = configuration["max_installments"] if configuration else 12
    for name, limit in (("installments", most), ("due_day", 31)):
        value = body.get(name)
        if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= limit:
            problems[name] = [f"não está entre 1 e {limit}"]
    if problems:
        raise Refused(problems)
