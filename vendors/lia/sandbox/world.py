"""An invented school that sells courses in instalments: customers, offers and orders at all stages of a sale.

The first orders are there for what they show, whatever the seed; `order_id(1)` is the id of the first:

    1  open, not charged                             6  of a company, with a CNPJ
    2  with the document that skips all analyses     7  has no address and needs none
    3  charged, the first bill not paid yet          8  an id that is no UUID: 12345
    4  finished, instalments still owed              9  words that no page documents, and two added offers
    5  canceled, because an analysis was denied     10  finished and renegotiated: two billings
"""

import copy
from datetime import datetime, timedelta
from random import Random

from vendors.lia.sandbox.things import (
    BRASILIA,
    CITIES,
    SKIPS_ANALYSES,
    Thing,
    analysis,
    city_of,
    cnpj,
    contact,
    cpf,
    moment,
    new_billing,
    uuid_of,
)

CHECKOUT = "https://pague-sandbox.lia.com.br/escola"
_EPOCH = datetime(2026, 2, 2, 9, 0, tzinfo=BRASILIA)
_FIRST = ("Aline", "Bento", "Cauã", "Dandara", "Elis", "Fábio", "Gisele", "Heitor", "Iara", "Joaquim", "Lívia", "Nuno")
_LAST = ("das Couves", "Pão de Queijo", "Maracujá", "do Arco-Íris", "Ventania", "Jabuticaba", "Pipoqueiro", "Sabiá")
_STREETS = ("Rua das Invenções", "Avenida Imaginária", "Travessa do Exemplo", "Praça da Amostra", "Alameda Fictícia")
_QUARTERS = ("Jardim Modelo", "Vila Ensaio", "Centro", "Bairro dos Testes")
_COMPANIES = ("Padaria Exemplo Ltda", "Oficina Amostra ME", "Ateliê Fictício Ltda")
_PRODUCTS = (("Analista de Dados", 198_000), ("Confeitaria", 89_900), ("Violão", 45_050), ("Inglês", 240_000))
_REASONS = (
    ("expired", "Expirado"),
    ("down_payment_not_paid", "Entrada não paga"),
    ("refunded_by_company", "Reembolsado pela empresa"),
    ("customer_dropout", "Desistência do cliente"),
)


def build_orders(*, seed: int, size: int) -> dict[str, Thing]:
    """All orders of this world by id, the oldest first."""
    chance = Random(f"lia:{seed}")  # noqa: S311 - a world, not a secret
    made = [_order(number, chance) for number in range(1, size + 1)]
    for order, special in zip(made, _SPECIALS, strict=False):
        special(order)
    return {order["id"]: order for order in made}


def order_id(number: int) -> str:
    """The id of the order with this number, in every world."""
    return "12345" if number == 8 else f"0a11ce00-0000-4000-8000-{number:012d}"


def _order(number: int, chance: Random) -> Thing:
    found = order_id(number)
    begun = _EPOCH + timedelta(hours=5 * number, seconds=chance.randrange(3600), milliseconds=chance.randrange(1000))
    at = moment(begun)
    is_company = chance.random() < 0.06
    name = chance.choice(_COMPANIES) if is_company else f"{chance.choice(_FIRST)} {chance.choice(_LAST)}"
    order: Thing = {
        "id": found,
        "amount_cents": 0,
        "status": "in_progress",
        "cancelation_reason": None,
        "translated_cancelation_reason": None,
        "customer_name": name,
        "customer_birthdate": (_EPOCH - timedelta(days=chance.randrange(7000, 28000))).date().isoformat(),
        "customer_document": cnpj(number) if is_company else cpf(1000 + number),
        "customer_type": "company" if is_company else "person",
        "email": contact("email", f"cliente{number}@example.com", at, found, 0),
        "phone": contact("phone", f"55{chance.randrange(11, 29)}90000{number:04d}", at, found, 0),
        "address": _address(found, chance),
        "analyses": [
            analysis(kind, "approved", None, moment(begun + timedelta(milliseconds=100 * place)), found, place)
            for place, kind in enumerate(("blacklist_customer", "identity", "defaulting_customer"), 1)
        ],
        "billings": [],
        "root_billing": None,
        "offer": _offer(chance),
        "offers": [],
        "checkout_type": "default",
        "metadata": {},
        "url": f"{CHECKOUT}/pedido?order_id={uuid_of('url', found)}",  # not the order's own id, as in Lia's example
        "finished_at": None,
        "created_at": at,
        "updated_at": at,
    }
    order["amount_cents"] = order["offer"]["amount_cents"]
    _live(order, begun, chance)
    return order


def _live(order: Thing, begun: datetime, chance: Random) -> None:
    """Bring an order to one of the stages of a sale."""
    stage = chance.random()
    if stage < 0.5:
        return
    later = begun + timedelta(hours=chance.randrange(1, 40))
    if stage < 0.7:
        _charge(order, later, chance.choice(("pix", "boleto")), chance.choice((1, 4, 10)))
    elif stage < 0.88:
        _finish(order, later, chance.choice(("pix", "boleto")), chance.choice((1, 4, 10)))
    else:
        _cancel(order, later, *chance.choice(_REASONS))


def _charge(order: Thing, at: datetime, method: str, installments: int) -> None:
    cents = order["amount_cents"]
    share = cents // installments
    amounts = [cents - share * (installments - 1), *[share] * (installments - 1)]
    order["billings"].append(new_billing(order, amounts=amounts, method=method, due_day=25, at=at))
    order["root_billing"] = copy.deepcopy(order["billings"][0])
    order["updated_at"] = moment(at)


def _finish(order: Thing, at: datetime, method: str, installments: int) -> None:
    _charge(order, at, method, installments)
    (billing,) = order["billings"]
    first = billing["bills"][0]
    first |= {"status": "paid", "paid_at": moment(at)}
    first["payments"][0] |= {"status": "paid", "paid_at": moment(at), "paid_amount_cents": first["amount_cents"]}
    billing["status"] = "finished" if installments == 1 else "active"
    order |= {"status": "finished", "finished_at": moment(at), "updated_at": moment(at)}


def _cancel(order: Thing, at: datetime, reason: str, words: str) -> None:
    if reason == "down_payment_not_paid":
        _charge(order, at, "boleto", 4)
        order["billings"][0] |= {"status": "canceled", "cancelation_reason": reason}
    order |= {
        "status": "canceled",
        "cancelation_reason": reason,
        "translated_cancelation_reason": words,
        "updated_at": moment(at),
    }


def _address(found: str, chance: Random) -> Thing:
    return {
        "id": uuid_of("address", found),
        "zipcode": f"{chance.randrange(1_000_000, 99_999_999):08d}",
        "street": chance.choice(_STREETS),
        "neighborhood": chance.choice(_QUARTERS),
        "number": str(chance.randrange(1, 2000)),
        "complement": chance.choice(("", None, "Apto 12", "Fundos")),
        "city": city_of(chance.choice(list(CITIES))),
    }


def _offer(chance: Random) -> Thing:
    name, cents = chance.choice(_PRODUCTS)
    made = moment(_EPOCH - timedelta(days=20))
    offer = {
        "id": uuid_of("offer", name),
        "name": f"{name} — turma de verão",
        "amount_cents": cents,
        "amount_currency": "BRL",
        "availability": chance.choice(("enabled", "enabled", "disabled")),
        "url": f"{CHECKOUT}/oferta?offer_id={uuid_of('offer', name)}",
        "created_at": made,
        "updated_at": made,
    }
    product = {
        "id": uuid_of("product", name),
        "name": name,
        "description": "",
        "availability": "enabled",
        "full_amount_cents": cents,
        "full_amount_currency": "BRL",
        "formatted_access_period": "Vitalício",
        "kind": {"id": uuid_of("kind", "curso"), "name": "Curso"},
        "metadata": {},
    }
    return {**offer, "product": product, "payment_configurations": [_upfront(name), _financed(name)]}


def _upfront(name: str) -> Thing:
    return {
        "id": uuid_of("configuration", name, "upfront"),
        "availability": "enabled",
        "payment_type": "upfront",
        "financed_type": None,
        "payment_methods": ["pix", "boleto"],
        "allowed_down_payment_methods": [],
        "max_installments": 1,
        "interest_rate": 0.0,
        "registration_fee": 0.0,
        "down_payment_type": None,
        "down_payment_value": 0.0,
        "expires_in": 24,
    }


def _financed(name: str) -> Thing:
    return {
        **_upfront(name),
        "id": uuid_of("configuration", name, "financed"),
        "payment_type": "financed",
        "payment_methods": ["boleto"],
        "allowed_down_payment_methods": ["pix", "boleto"],
        "max_installments": 12,
        "down_payment_type": "percentage",
        "down_payment_value": 12000,
    }


# The first orders


def _open(order: Thing) -> None:
    order |= {
        "status": "in_progress",
        "cancelation_reason": None,
        "translated_cancelation_reason": None,
        "billings": [],
        "root_billing": None,
        "finished_at": None,
    }
    if order["customer_type"] == "company":
        order |= {"customer_type": "person", "customer_name": "Iara Sabiá", "customer_document": cpf(7)}


def _skipping(order: Thing) -> None:
    _open(order)
    order |= {"customer_document": SKIPS_ANALYSES, "analyses": []}


def _charged(order: Thing) -> None:
    _open(order)
    _charge(order, _EPOCH + timedelta(days=1), "pix", 1)


def _finished(order: Thing) -> None:
    _open(order)
    _finish(order, _EPOCH + timedelta(days=1), "boleto", 4)


def _denied(order: Thing) -> None:
    _open(order)
    at = _EPOCH + timedelta(days=2)
    order["analyses"].append(analysis("identity", "denied", "invalid_data", moment(at), order["id"], 9))
    _cancel(order, at, "analysis_denied", "Dado inconsistente")


def _company(order: Thing) -> None:
    _open(order)
    order |= {"customer_type": "company", "customer_name": "Padaria Exemplo Ltda", "customer_document": cnpj(6)}


def _nowhere(order: Thing) -> None:
    _open(order)
    order |= {"address": None, "checkout_type": "without_address"}


def _undocumented(order: Thing) -> None:
    _open(order)
    more = [analysis("biometry", "under_review", "blurred_picture", order["created_at"], order["id"], 9)]
    order |= {"analyses": more + order["analyses"], "checkout_type": "kiosk", "tags": ["vip"]}
    order["offers"] = [
        {"id": uuid_of("bump", name), "name": name, "amount_cents": cents}
        for name, cents in (("Apostila impressa", 12_990), ("Certificado", 4_500))
    ]


def _renegotiated(order: Thing) -> None:
    _finished(order)
    at = _EPOCH + timedelta(days=9)
    order["billings"][0] |= {"status": "canceled", "cancelation_reason": "customer_renegotiation"}
    order["billings"].append(new_billing(order, amounts=[20_000] * 6, method="boleto", due_day=5, at=at))
    order["billings"][1]["origin_billing_id"] = order["billings"][0]["id"]


_SPECIALS = (
    _open,
    _skipping,
    _charged,
    _finished,
    _denied,
    _company,
    _nowhere,
    _open,
    _undocumented,
    _renegotiated,
)
