"""Lia's order page, from top to bottom: where each thing is read, and how it is written (Lia: order update page).

Lia reads and writes in two different shapes; the two ends of each line below are all there is between them.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from vendors.controls import OneOf, Text
from vendors.fields import Field, Raw, Shown, in_words
from vendors.lia.analyses import in_order_of_time
from vendors.lia.brazil import STATES
from vendors.lia.controls import Birthdate, BrazilianPhone, Cep, CityCode, Document, Email

KEEPS = {"required": "Lia does not say what clearing this does, so it cannot be left empty."}
IDENTITY = ("customer_name", "customer_birthdate", "customer_document")
CONTACT = ("email", "phone", "address.*")
MAY_BE_EMPTY = "address.complement"  # null when read, "" when written


def contact(name: str) -> Callable[[Raw], Any]:
    """A reader of an e-mail or phone: Lia shows either the address itself or an object around it."""

    def read(raw: Raw) -> Any:
        shown = raw.get(name)
        return shown.get("address") if isinstance(shown, Mapping) else shown

    return read


def money(cents: Any, currency: Any = "BRL") -> str:
    """Integer cents as `BRL 1,995.21`; anything else as it is."""
    if isinstance(cents, bool) or not isinstance(cents, int):
        return in_words(cents)
    whole, rest = divmod(abs(cents), 100)
    return f"{currency or 'BRL'} {'-' if cents < 0 else ''}{whole:,}.{rest:02}"


def _customer(name: str, label: str, form: Any, **more: Any) -> Field:
    return Field(name=name, label=label, section="Customer", personal=True, form=form, **{"read": name, **more})


def _address(part: str, label: str, form: Any, **more: Any) -> Field:
    """One part of the address, which is sent whole."""
    name = f"address.{part}"
    return Field(
        name=name,
        label=label,
        section="Address",
        personal=True,
        group="address",
        form=form,
        **{"read": name, **more},
    )


def _objects(value: Any) -> Sequence[Raw]:
    return [each for each in value if isinstance(each, Mapping)] if isinstance(value, list) else []


def _said(*parts: Any) -> str:
    return ", ".join(words for words in map(in_words, parts) if words)


def _analyses(analyses: Any) -> str:
    return "\n".join(
        _said(each.get("kind"), each.get("status"), each.get("denied_reason"), each.get("created_at"))
        for each in in_order_of_time(analyses)
    )


def _billings(billings: Any) -> str:
    return "\n".join(line for billing in _objects(billings) for line in _billing(billing))


def _billing(billing: Raw) -> list[str]:
    cents, currency = billing.get("amount_cents"), billing.get("amount_currency")
    count, day = billing.get("installments"), billing.get("due_day")
    head = _said(
        billing.get("status"),
        billing.get("cancelation_reason"),
        money(cents, currency),
        count and f"in {count} {'instalment' if count == 1 else 'instalments'}",
        day and f"due on day {day}",
    )
    return [head, *(f"· {_bill(bill)}" for bill in _objects(billing.get("bills")))]


def _bill(bill: Raw) -> str:
    due = str(bill.get("due_date") or "")[:10]  # the day as Lia writes it: another zone would shift the end of it
    return _said(bill.get("bill_type"), bill.get("status"), money(bill.get("amount_cents")), due and f"due {due}")


def _amounts(offers: Any) -> str:
    """One offer or several, each with its amount."""
    several = [offers] if isinstance(offers, Mapping) else _objects(offers)
    return "\n".join(
        _said(each.get("name"), money(each.get("amount_cents"), each.get("amount_currency"))) for each in several
    )


PAGE = (
    Shown(label="Number", read="id"),
    Shown(label="Status", read="status"),
    Shown(label="Canceled because", read="cancelation_reason"),
    # Lia's own words, and no translation of the reason beside it: never conclude one from the other.
    Shown(label="Reason in words", read="translated_cancelation_reason"),
    Shown(label="Amount", read="amount_cents", say=money),
    Shown(label="Checkout page", read="url", personal=True, help="Whoever has this address can pay the order."),
    Shown(label="Checkout type", read="checkout_type"),
    Shown(label="Further data", read="metadata"),
    _customer("customer_name", "Name", Text(clearable=False, error_messages=KEEPS)),
    _customer("customer_birthdate", "Born", Birthdate(clearable=False, error_messages=KEEPS)),
    _customer("customer_document", "CPF or CNPJ", Document(error_messages=KEEPS)),
    Shown(label="Customer type", read="customer_type", section="Customer"),
    _customer("email", "E-mail", Email(clearable=False, error_messages=KEEPS), read=contact("email")),
    _customer(
        "phone",
        "Phone",
        BrazilianPhone(clearable=False, error_messages=KEEPS),
        read=contact("phone"),
        help="With its country code, such as +55 11 90000-0000.",
    ),
    _address("zipcode", "CEP", Cep(error_messages=KEEPS), dump=Cep().text),
    _address("street", "Street", Text(clearable=False, error_messages=KEEPS)),
    _address("number", "Number", Text(clearable=False, error_messages=KEEPS)),
    _address("complement", "Complement", Text()),
    _address("neighborhood", "Neighbourhood", Text(clearable=False, error_messages=KEEPS)),
    Shown(label="City", read="address.city.name", section="Address", personal=True),
    _address(
        "city_ibge_code",
        "City, by IBGE code",
        CityCode(error_messages=KEEPS),
        read="address.city.ibge_code",
        help="Its first two digits belong to the state: change both together.",
    ),
    _address(
        "state",
        "State (UF)",
        OneOf([(state, state) for state in sorted(STATES.values())], coerce=str.upper, error_messages=KEEPS),
        read="address.city.state.acronym",
    ),
    Shown(label="Analyses", read="analyses", section="Analyses", say=_analyses),
    Shown(
        label="Charges",
        read="billings",
        section="Charges",
        say=_billings,
        help="Once there is any, the order counts as charged, whether it is paid or not.",
    ),
    Shown(label="Offer", read="offer", section="Offer", say=_amounts),
    Shown(label="Product", read="offer.product.name", section="Offer"),
    Shown(label="Availability", read="offer.availability", section="Offer"),
    Shown(label="Added offers", read="offers", section="Offer", say=_amounts),
    Shown(label="Created", read="created_at", section="Record"),
    Shown(label="Changed", read="updated_at", section="Record", stamp=True),
    Shown(label="Finished", read="finished_at", section="Record"),
)

ADDRESS = frozenset(entry.name for entry in PAGE if isinstance(entry, Field) and entry.group == "address")
