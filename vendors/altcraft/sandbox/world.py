"""An invented chain of shops for outdoor gear: touchpoints, products, line statuses, and orders at all stages.

The first orders are there for what they show, whatever the seed; `order_id(1)` is the id of the first:

    1  one line                                      8  custom fields of every kind, on the order and on a line
    2  three lines                                   9  amounts in yen, which have no minor unit
    3  an id that is digits only, with zeros first  10  forty lines
    4  nothing optional                             11  a line in another currency than its order
    5  two lines with one external id               12  times as days and without a zone
    6  lines without an external id                 13  lines with statuses of the account's own
    7  line ids of digits, with dots and spaces     14  an id in letters that are not Latin
"""

from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

Thing = dict[str, Any]

ENDPOINTS = ("website", "app", "shop_pier", "marketplace")
CURRENCIES = ("EUR", "GBP", "JPY")
ORDER_STATUSES = ("new", "delivered", "paid", "canceled", "part_refunded")
LINE_STATUSES = ("new", "processing", "delivering", "delivered", "refunded", "canceled")
TYPES = ("delivered", "canceled", "refunded", "in_process")
OWN_STATUSES: dict[str, Thing] = {
    "0001": {"name": "Packed", "type": "in_process"},
    "at_point": {"name": "Arrived at the pickup point", "type": "in_process"},
    "left_at_door": {"name": "Left at the door", "type": "delivered"},
    "lost": {"name": "Lost on the way", "type": "canceled"},
}
_REGIONS = ("region_north", "region_coast", "region_hills")
_TAGS = ("gift", "first-order", "club", "slow-delivery")
_EPOCH = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)
_PRODUCTS = (
    ("tent_lark_2", "Tent Lark, 2 persons", 18900, ("tent_lark_2_green", "tent_lark_2_sand")),
    ("stove_ember", "Stove Ember", 4550, ()),
    ("boots_fell", "Boots Fell", 13995, ("boots_fell_39", "boots_fell_42", "boots_fell_44")),
    ("rope_60", "Rope, 60 m", 12100, ()),
    ("headlamp_owl", "Headlamp Owl", 3999, ()),
    ("bottle_1l", "Bottle, 1 l", 1250, ("bottle_1l_blue", "bottle_1l_steel")),
    ("sack_45", "Rucksack, 45 l", 9900, ()),
    ("map_hills", "Map of the Invented Hills", 890, ()),
    ("0042", "Carabiner No. 42", 720, ()),
)
_SPECIAL_IDS = {3: "0001234009", 14: "заказ-14"}


def order_id(number: int) -> str:
    """The external id of the order with this number, in every world."""
    return _SPECIAL_IDS.get(number, f"{number:06d}-26")


def products() -> list[Thing]:
    """What can be ordered, as the list of products shows it. Without variants the key is absent."""
    return [
        {"name": name, "external_id": id_} | ({"sku": [_variant(name, each) for each in variants]} if variants else {})
        for id_, name, _, variants in _PRODUCTS
    ]


def build_orders(random: Random, size: int) -> dict[str, Thing]:
    """So many orders by their external id, the oldest first."""
    made = [_order(random, number) for number in range(1, size + 1)]
    for order in made:
        _SPECIALS.get(order["_id"] - FIRST_ID, _leave)(order)
    return {order["external_id"]: order for order in made}


FIRST_ID = 7000  # the number below that of the first order; only get_status and delete know it


def written(at: datetime) -> str:
    """A time as the list writes it."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _order(random: Random, number: int) -> Thing:
    at = _EPOCH + timedelta(minutes=47 * number + random.randrange(40))
    currency = "GBP" if random.random() < 0.2 else "EUR"
    count = {1: 1, 2: 3, 10: 40}.get(number, random.choice((1, 1, 1, 2, 2, 3)))
    lines = [_line(random, number, place, currency) for place in range(1, count + 1)]
    delivery = random.choice((0, 490, 990))
    order: Thing = {
        "profile": {"profile_id": f"inv{number:05d}i8b{random.randrange(10**6):06d}", "xxh": f"xx{number:08d}"},
        "external_id": order_id(number),
        "endpoint": ENDPOINTS[number % 3] if number > 2 else "website",
        "status": random.choice(("new", "new", "paid", "delivered", "canceled", "part_refunded")),
        "delivery_cost": str(delivery),
        "total_price": str(delivery + sum(int(line["final_price_per_item"]) * line["count"] for line in lines)),
        "currency": currency,
        "custom_fields": {},
        "lines": lines,
        "create_time": written(at),
        "update_time": written(at + timedelta(hours=random.randrange(72))),
        "_id": FIRST_ID + number,
        "_messages": 0,
        "_deleted": False,
    }
    if random.random() < 0.5:
        order["tags"] = random.sample(_TAGS, random.choice((1, 2)))
    if random.random() < 0.6:
        order["region"] = random.choice(_REGIONS)
    return order


def _line(random: Random, number: int, place: int, currency: str) -> Thing:
    product, _, price, variants = _PRODUCTS[random.randrange(len(_PRODUCTS))]
    final = price - random.choice((0, 0, 0, price // 10))
    return {
        "external_id": f"line_{place:02d}" if number <= 14 else f"line_{random.randrange(36**6):07d}_{place}",
        "status": random.choice(LINE_STATUSES[:4]),
        "product": random.choice(variants) if variants else product,
        "base_price_per_item": str(price),
        "min_price_per_item": str(random.choice((0, final // 2))),
        "final_price_per_item": str(final),
        "count": random.choice((1, 1, 1, 2, 4)),
        "custom_fields": {},
        "currency": currency,
    }


def _variant(name: str, id_: str) -> Thing:
    return {"name": f"{name}, {id_.rpartition('_')[2]}", "external_id": id_}


def _leave(order: Thing) -> None:
    """An ordinary order."""


def _nothing_optional(order: Thing) -> None:
    order.pop("tags", None)
    order.pop("region", None)


def _two_alike(order: Thing) -> None:
    order["lines"] = [dict(order["lines"][0], external_id=id_, product=_PRODUCTS[at][0]) for at, id_ in _ALIKE]


def _without_ids(order: Thing) -> None:
    named, empty, absent = (dict(order["lines"][0], external_id=id_) for id_ in ("line_01", "", "gone"))
    del absent["external_id"]
    order["lines"] = [named, empty, absent]


def _odd_ids(order: Thing) -> None:
    order["lines"] = [dict(order["lines"][0], external_id=id_) for id_ in ("007", "a.b.status", "line 1", "линия")]


def _custom_fields(order: Thing) -> None:
    order["custom_fields"] = {"note": "Leave it with the neighbour", "visits": 3, "insured": True, "0.5": "0012"}
    order["lines"][0]["custom_fields"] = {"1234": "engraved: E.", "weight": 2}


def _yen(order: Thing) -> None:
    order["currency"] = "JPY"
    for line in order["lines"]:
        line["currency"] = "JPY"


def _other_currency(order: Thing) -> None:
    order["lines"][0]["currency"] = "GBP" if order["currency"] == "EUR" else "EUR"


def _odd_times(order: Thing) -> None:
    order |= {"create_time": "2026-01-25", "update_time": "2026-01-25 15:04:05"}


def _own_statuses(order: Thing) -> None:
    order["lines"] = [
        dict(order["lines"][0], external_id=f"line_{place:02d}", status=status)
        for place, status in enumerate(("0001", "at_point"), 1)
    ]


_ALIKE = ((0, "line_01"), (1, "line_01"), (2, "line_02"))
_SPECIALS = {
    4: _nothing_optional,
    5: _two_alike,
    6: _without_ids,
    7: _odd_ids,
    8: _custom_fields,
    9: _yen,
    11: _other_currency,
    12: _odd_times,
    13: _own_statuses,
}
