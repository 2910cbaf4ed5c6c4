"""PUT /orders/:id: what Lia accepts, what it locks, and what it keeps (Lia: order update page)."""

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

from vendors.lia.sandbox.things import STATES, Thing, city_of, contact, moment, uuid_of, with_checks
from vendors.sandbox.switches import Switches

IDENTITY = ("customer_name", "customer_birthdate", "customer_document")
ADDRESS = ("zipcode", "street", "neighborhood", "number", "complement", "city_ibge_code", "state")
TABLE = ("email", *IDENTITY, "address", "signature")
KNOWN = {*TABLE, "phone"}

Problems = dict[str, list[str]]


class Refused(Exception):
    """Lia does not do this. `problems` are messages by field, `status` is 0 where the switch decides about it."""

    def __init__(self, problems: Problems, status: int = 0) -> None:
        super().__init__("; ".join(f"{name} {said}" for name, all_said in problems.items() for said in all_said))
        self.problems, self.status = problems, status


def read_update(order: Thing, body: Any, switch: Switches) -> Thing:
    """What is to be kept of a body, by key. Raises Refused."""
    if not isinstance(body, dict):
        raise Refused({"base": ["não é um objeto"]})
    refuse_closed(order, body, switch)
    problems: Problems = {name: ["não pode ficar em branco"] for name in _required(switch) if name not in body}
    if switch["unknown_key"] == "reject":
        problems |= {name: ["é desconhecido"] for name in body if name not in KNOWN}
    kept: Thing = {}
    for name in [name for name in body if name in KNOWN]:
        try:
            kept[name] = _READ[name](body[name], order, switch)
        except Refused as no:
            problems |= no.problems
        except ValueError as wrong:
            problems[name] = [str(wrong)]
    if problems:
        raise Refused(problems)
    return _unlocked(order, kept, switch)


def apply_update(order: Thing, kept: Thing, at: datetime, key: object) -> set[str]:
    """Change the order in place. Returns the keys that really became different."""
    changed = {name for name, value in kept.items() if name != "signature" and value != current(order, name)}
    order |= {name: kept[name] for name in IDENTITY if name in kept}
    for name in ("email", "phone"):
        if name in changed:
            order[name] = contact(name, kept[name], moment(at), order["id"], key)
        elif name in kept:
            order[name]["updated_at"] = moment(at)
    if "address" in kept:
        known = order["address"] or {"id": uuid_of("address", order["id"])}
        order["address"] = {"id": known["id"], **kept["address"]}
    return changed


def current(order: Thing, name: str) -> Any:
    """What an order holds of a key of the update, in the form in which an update is kept."""
    if name in {"email", "phone"}:
        return order[name]["address"]
    if name == "address":
        known = order["address"] or {}
        return {key: known[key] or "" for key in known if key != "id"}  # no complement is null or "", and the same
    return order[name]


def refuse_closed(order: Thing, body: Thing, switch: Switches) -> None:
    """Orders that are over: nothing is documented, so a switch decides. Identity is never changed on them."""
    status, rule = order["status"], switch["closed"]
    refused = status == "canceled" and rule in {"refuse_canceled", "refuse_both"}
    if refused or (status == "finished" and rule == "refuse_both"):
        raise Refused({"base": [f"o pedido está {status}"]})
    if status == "canceled" and any(name in body and body[name] != order[name] for name in IDENTITY):
        raise Refused({"base": ["só o contato pode mudar"]})


def _required(switch: Switches) -> tuple[str, ...]:
    return {"table": TABLE, "example": TABLE[:-1], "partial": ()}[switch["required"]]


def _unlocked(order: Thing, kept: Thing, switch: Switches) -> Thing:
    """Without what a charged order does not let change."""
    if not order["billings"]:
        return kept
    locked = [name for name in IDENTITY if name in kept]
    different = [name for name in locked if kept[name] != order[name]]
    refused = {"reject_if_present": locked, "reject_if_different": different}.get(switch["locked"], [])
    if refused:
        raise Refused({name: ["não pode mudar depois da cobrança"] for name in refused})
    return {name: value for name, value in kept.items() if name not in IDENTITY}


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ValueError("não pode ficar em branco")
    return value


def _name(value: Any, order: Thing, switch: Switches) -> str:
    return _text(value)


def _birthdate(value: Any, order: Thing, switch: Switches) -> str:
    text = _text(value)
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        raise ValueError("não está no formato AAAA-MM-DD")
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise ValueError("não é uma data") from None


def _document(value: Any, order: Thing, switch: Switches) -> str:
    text = _text(value)
    digits = re.sub(r"[.\-/]", "", text) if switch["document_mask"] == "accept" else text
    is_company = order["customer_type"] == "company" and switch["cnpj"] == "accept"
    if not re.fullmatch("[0-9]{14}" if is_company else "[0-9]{11}", digits):
        raise ValueError("não é válido")
    right = with_checks(digits[:12], 9) if is_company else with_checks(digits[:9], 11)
    if switch["check_digits"] == "checked" and digits != right:
        raise ValueError("não é válido")
    return digits


def _email(value: Any, order: Thing, switch: Switches) -> str:
    if not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", _text(value)):
        raise ValueError("não é válido")
    return str(value)


def _phone(value: Any, order: Thing, switch: Switches) -> str:
    """In with a plus, kept without it."""
    if not re.fullmatch(r"\+[1-9][0-9]{7,14}", _text(value)):
        raise ValueError("não está no formato E.164")
    return str(value)[1:]


def _address(value: Any, order: Thing, switch: Switches) -> Thing:
    """In with code and state, kept with a city. An address comes whole."""
    if not isinstance(value, dict):
        raise ValueError("não é um objeto")
    problems = {f"address.{part}": ["é desconhecido"] for part in value if part not in ADDRESS}
    for part in ADDRESS:
        if not isinstance(value.get(part), str) or (not value[part] and part != "complement"):
            problems[f"address.{part}"] = ["não pode ficar em branco"]
    if not problems:
        problems |= _place_problems(value)
    if problems:
        raise Refused(problems)
    plain = {part: value[part] for part in ADDRESS[:5]}
    return {**plain, "zipcode": value["zipcode"].replace("-", ""), "city": city_of(value["city_ibge_code"])}


def _place_problems(value: Mapping[str, str]) -> Problems:
    problems: Problems = {}
    if not re.fullmatch("[0-9]{5}-?[0-9]{3}", value["zipcode"]):
        problems["address.zipcode"] = ["não é um CEP"]
    code = value["city_ibge_code"]
    if not re.fullmatch("[0-9]{7}", code) or code[:2] not in STATES:
        problems["address.city_ibge_code"] = ["não existe"]
    elif STATES[code[:2]][0] != value["state"]:
        problems["address.state"] = ["não é o estado da cidade"]
    return problems


def _signature(value: Any, order: Thing, switch: Switches) -> Thing:
    if not isinstance(value, dict) or set(value) != {"remote_ip", "user_agent"}:
        raise ValueError("precisa de remote_ip e user_agent")
    for part in value.values():
        _text(part)
    return value


_READ: Mapping[str, Callable[[Any, Thing, Switches], Any]] = {
    "customer_name": _name,
    "customer_birthdate": _birthdate,
    "customer_document": _document,
    "email": _email,
    "phone": _phone,
    "address": _address,
    "signature": _signature,
}
