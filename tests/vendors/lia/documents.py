"""Invented orders in the shape that Lia documents, and an account's settings."""

import copy
from typing import Any

from vendors.contract import Vendor
from vendors.lia.vendor import Lia

BASE = "https://external-api-sandbox.lia.example"
TOKEN = "sandbox_key-of-these-tests"
ORDER_ID = "0dd0c0de-1111-4222-8333-444455556666"
ORDER_URL = f"{BASE}/external_api/v1/orders/{ORDER_ID}"

_CONTACT: dict[str, Any] = {
    "purpose": "communication",
    "validated": False,
    "created_at": "2026-03-02T10:00:00.100-03:00",
    "updated_at": "2026-03-02T10:00:00.100-03:00",
}
_ORDER: dict[str, Any] = {
    "id": ORDER_ID,
    "amount_cents": 199521,
    "status": "in_progress",
    "cancelation_reason": None,
    "translated_cancelation_reason": None,
    "customer_name": "Dandara Jabuticaba",
    "customer_birthdate": "1994-12-03",
    "customer_document": "00000012360",
    "customer_type": "person",
    "email": {**_CONTACT, "id": "c0ffee01", "contact_type": "email", "address": "dandara@example.com"},
    "phone": {**_CONTACT, "id": "c0ffee02", "contact_type": "phone", "address": "5512900001234"},
    "address": {
        "id": "adde55",
        "zipcode": "08452431",
        "street": "Rua das Invenções",
        "neighborhood": "Jardim Modelo",
        "number": "351",
        "complement": None,
        "city": {
            "id": "c17e",
            "name": "São José dos Campos",
            "ibge_code": "3549904",
            "state": {"id": "57a7e", "name": "São Paulo", "acronym": "SP"},
        },
    },
    "analyses": [
        {
            "id": "an-1",
            "kind": "identity",
            "status": "approved",
            "denied_reason": None,
            "created_at": "2026-03-02T10:00:00.900-03:00",
        }
    ],
    "billings": [],
    "root_billing": None,
    "offer": {
        "id": "0ffe7",
        "name": "Violão — turma de verão",
        "amount_cents": 199521,
        "amount_currency": "BRL",
        "availability": "enabled",
        "product": {"id": "p70d", "name": "Violão", "description": "", "metadata": {"level": "1"}},
        "payment_configurations": [{"id": "c0f1", "payment_type": "upfront", "interest_rate": 0.0}],
    },
    "offers": [],
    "checkout_type": "default",
    "metadata": {},
    "url": "https://pague-sandbox.lia.com.br/escola/pedido?order_id=another-id",
    "finished_at": None,
    "created_at": "2026-03-02T10:00:00.050-03:00",
    "updated_at": "2026-03-02T10:00:01.000-03:00",
}
BILLING: dict[str, Any] = {
    "id": "b1111",
    "order_id": ORDER_ID,
    "amount_cents": 199521,
    "amount_currency": "BRL",
    "due_day": 25,
    "installments": 2,
    "status": "waiting_payment",
    "cancelation_reason": None,
    "bills": [
        {
            "id": "b2222",
            "bill_type": "down_payment",
            "status": "pending",
            "amount_cents": 99761,
            "due_date": "2026-03-10T23:59:59.999-03:00",
            "payments": [],
        }
    ],
}
DENIED: dict[str, Any] = {
    "id": "an-9",
    "kind": "identity",
    "status": "denied",
    "denied_reason": "invalid_data",
    "created_at": "2026-03-02T18:26:48.498-03:00",
}


def an_order(**changes: Any) -> dict[str, Any]:
    """An open order that was not charged, with these top-level keys changed."""
    return copy.deepcopy({**_ORDER, **changes})


def a_charged_order(**changes: Any) -> dict[str, Any]:
    return an_order(billings=[BILLING], root_billing=BILLING, **changes)


def a_canceled_order(**changes: Any) -> dict[str, Any]:
    """The same order after an update that was a success and ended it."""
    canceled = {
        "status": "canceled",
        "cancelation_reason": "analysis_denied",
        "translated_cancelation_reason": "Dado inconsistente",
        "analyses": [*_ORDER["analyses"], DENIED],
        "updated_at": "2026-03-02T18:26:48.599-03:00",
    }
    return an_order(**{**canceled, **changes})


def lia(**options: Any) -> Vendor:
    """Lia with these options and the declared defaults, connected to an address that `responses` can play."""
    defaults = {name: field.initial for name, field in Lia.declared_options.items()}
    vendor = Lia(options={**defaults, **options})
    vendor.http = vendor.connect(base_url=BASE, credentials={"token": TOKEN})
    return vendor
