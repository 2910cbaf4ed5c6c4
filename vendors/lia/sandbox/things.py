"""What a Lia order is made of: contacts, cities, analyses, billings, and Brazil's numbers."""

import hashlib
from datetime import datetime, timedelta, timezone
from typing import Any

Thing = dict[str, Any]

BRASILIA = timezone(timedelta(hours=-3))
SKIPS_ANALYSES = "00000000191"  # the documented document of the sandbox
CITIES = {
    "3550308": "São Paulo", "3549904": "São José dos Campos", "3304557": "Rio de Janeiro", "3106200": "Belo Horizonte",
    "2927408": "Salvador", "2304400": "Fortaleza", "5300108": "Brasília", "4106902": "Curitiba", "2611606": "Recife",
    "4314902": "Porto Alegre", "1302603": "Manaus", "1501402": "Belém", "5208707": "Goiânia",
    "4205407": "Florianópolis", "3205309": "Vitória", "2408102": "Natal", "5002704": "Campo Grande",
    "5103403": "Cuiabá", "2211001": "Teresina", "2111300": "São Luís", "1721000": "Palmas", "1400100": "Boa Vista",
}  # fmt: skip
STATES = {
    "11": ("RO", "Rondônia"), "12": ("AC", "Acre"), "13": ("AM", "Amazonas"), "14": ("RR", "Roraima"),
    "15": ("PA", "Pará"), "16": ("AP", "Amapá"), "17": ("TO", "Tocantins"), "21": ("MA", "Maranhão"),
    "22": ("PI", "Piauí"), "23": ("CE", "Ceará"), "24": ("RN", "Rio Grande do Norte"), "25": ("PB", "Paraíba"),
    "26": ("PE", "Pernambuco"), "27": ("AL", "Alagoas"), "28": ("SE", "Sergipe"), "29": ("BA", "Bahia"),
    "31": ("MG", "Minas Gerais"), "32": ("ES", "Espírito Santo"), "33": ("RJ", "Rio de Janeiro"),
    "35": ("SP", "São Paulo"), "41": ("PR", "Paraná"), "42": ("SC", "Santa Catarina"),
    "43": ("RS", "Rio Grande do Sul"), "50": ("MS", "Mato Grosso do Sul"), "51": ("MT", "Mato Grosso"),
    "52": ("GO", "Goiás"), "53": ("DF", "Distrito Federal"),
}  # fmt: skip


def uuid_of(*parts: object) -> str:
    """An id that is always the same for the same parts."""
    digest = hashlib.sha256(":".join(map(str, parts)).encode()).hexdigest()
    return f"{digest[:8]}-{digest[8:12]}-4{digest[13:16]}-8{digest[17:20]}-{digest[20:32]}"


def moment(at: datetime) -> str:
    """A time as Lia writes it: milliseconds, and the hours of Brasília."""
    return at.astimezone(BRASILIA).isoformat(timespec="milliseconds")


def cpf(base: int) -> str:
    """A CPF whose first nine digits are these: so low that they look as invented as they are."""
    return with_checks(f"{base:09d}", 11)


def cnpj(base: int) -> str:
    """A CNPJ whose first eight digits are these."""
    return with_checks(f"{base:08d}0001", 9)


def contact(kind: str, address: str, at: str, *key: object) -> Thing:
    """An e-mail or phone as Lia keeps it."""
    return {
        "id": uuid_of("contact", kind, *key),
        "contact_type": kind,
        "purpose": "communication",
        "address": address,
        "validated": False,
        "created_at": at,
        "updated_at": at,
    }


def city_of(code: str) -> Thing:
    """The city with this IBGE code. One that is not in this small list gets a name that says so."""
    acronym, state = STATES[code[:2]]
    return {
        "id": uuid_of("city", code),
        "name": CITIES.get(code, f"Município {code}"),
        "ibge_code": code,
        "state": {"id": uuid_of("state", acronym), "name": state, "acronym": acronym},
    }


def analysis(kind: str, status: str, reason: str | None, at: str, *key: object) -> Thing:
    return {"id": uuid_of("analysis", *key), "kind": kind, "status": status, "denied_reason": reason, "created_at": at}


def new_billing(order: Thing, *, amounts: list[int], method: str, due_day: int, at: datetime) -> Thing:
    """A billing that waits for its first bill, with one bill for each amount in cents."""
    key = (order["id"], len(order["billings"]))
    return {
        "id": uuid_of("billing", *key),
        "order_id": order["id"],
        "amount_cents": sum(amounts),
        "amount_currency": "BRL",
        "due_day": due_day,
        "installments": len(amounts),
        "status": "waiting_payment",
        "origin_billing_id": None,
        "cancelation_reason": None,
        "finished_at": None,
        "created_at": moment(at),
        "updated_at": moment(at),
        "bills": [_bill(key, number, cents, method, at) for number, cents in enumerate(amounts)],
    }


def _bill(key: tuple[Any, ...], number: int, cents: int, method: str, at: datetime) -> Thing:
    due = (at + timedelta(days=30 * number + 3)).replace(hour=23, minute=59, second=59, microsecond=999_000)
    bill_id = uuid_of("bill", *key, number)
    payment = {
        "id": uuid_of("payment", *key, number),
        "bill_id": bill_id,
        "status": "unpaid",
        "payment_method": method,
        "amount_cents": cents,
        "paid_amount_cents": 0,
        "refunded_amount_cents": 0,
        "paid_at": None,
        "refunded_at": None,
        "created_at": moment(at),
    }
    return {
        "id": bill_id,
        "status": "pending",
        "bill_type": "installment" if number else "down_payment",
        "amount_cents": cents,
        "due_date": moment(due),
        "paid_at": None,
        "created_at": moment(at),
        "updated_at": moment(at),
        "payments": [payment],
    }


def with_checks(digits: str, longest: int) -> str:
    """The digits of a CPF (`longest` 11) or a CNPJ (9) with the two that follow from them."""
    for _ in range(2):
        total = sum(int(digit) * (2 + place % (longest - 1)) for place, digit in enumerate(reversed(digits)))
        digits += str(0 if total % 11 < 2 else 11 - total % 11)
    return digits
