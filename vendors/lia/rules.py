"""What stands against changing a Lia order, and what an agent has to agree to (Lia: order update page)."""

from collections.abc import Mapping, Set
from typing import Any

from vendors.characters import legible
from vendors.fields import Raw, in_words
from vendors.lia.brazil import STATES, is_cnpj, is_cpf
from vendors.lia.fields import CONTACT, IDENTITY, MAY_BE_EMPTY
from vendors.rules import Caution, ReadOnly, Rule


def canceled_orders_are_read_only(raw: Raw) -> ReadOnly | None:
    if raw.get("status") != "canceled":
        return None
    reason = legible(in_words(raw.get("cancelation_reason")))
    because = f" ({reason})" if reason else ""
    return ReadOnly(
        f"Canceled orders cannot be changed, and this one is canceled{because}. Nothing reopens it: it takes a new"
        " order at Lia."
    )


def identity_is_read_only_once_charged(raw: Raw) -> ReadOnly | None:
    """Charged means that there is a billing. Neither the status nor a payment tells it (Lia: order charge page)."""
    if not raw.get("billings"):
        return None
    return ReadOnly(
        "Lia keeps name, birthdate and document as they are once an order was charged, and this one was: its billings"
        " are not empty. Nothing unlocks them.",
        IDENTITY,
    )


def changing_identity_has_it_analysed_again(raw: Raw) -> Caution:
    return Caution(
        "Lia analyses the customer's identity again. If it is denied, Lia cancels the order for good and keeps the new"
        " values.",
        IDENTITY,
    )


def changing_contact_data_may_have_identity_analysed_again(raw: Raw) -> Caution:
    """Which fields are related to the customer is not documented, so every one of them is warned about."""
    return Caution(
        "Lia may analyse the customer's identity again because of this. If it is denied, Lia cancels the order for"
        " good and keeps the new values.",
        CONTACT,
    )


RULES: tuple[Rule, ...] = (
    canceled_orders_are_read_only,
    identity_is_read_only_once_charged,
    changing_identity_has_it_analysed_again,
    changing_contact_data_may_have_identity_analysed_again,
)


def problems_of_document(raw: Raw, document: str) -> dict[str, str]:
    """Whether the document is one that this customer can have. Lia's update page speaks of CPF only; orders of
    companies show a CNPJ all the same, so the kind of customer decides."""
    kind = raw.get("customer_type")
    if kind == "person" and not is_cpf(document):
        return {"customer_document": "This is no CPF: look for a mistyped digit. The customer is a person."}
    if kind == "company" and not is_cnpj(document):
        return {"customer_document": "This is no CNPJ: look for a mistyped digit. The customer is a company."}
    if not is_cpf(document) and not is_cnpj(document):
        return {"customer_document": "This is neither a CPF nor a CNPJ: look for a mistyped digit."}
    return {}


def problems_of_address(address: Mapping[str, Any], changed: Set[str]) -> dict[str, str]:
    """What is wrong with an address, all of it as it would be sent, of which `changed` names the changed parts."""
    missing = [name for name, value in address.items() if not value and name != MAY_BE_EMPTY]
    problems = dict.fromkeys(missing, "An address is sent whole: enter this as well.")
    code, state = address["address.city_ibge_code"], address["address.state"]
    where = STATES.get(str(code)[:2], "no state")
    if code and state and where != state and changed & {"address.city_ibge_code", "address.state"}:
        beside = "address.city_ibge_code" if "address.city_ibge_code" in changed else "address.state"
        problems[beside] = f"{code} is a city of {where}, and the state is {state}. Change both together."
    return problems
