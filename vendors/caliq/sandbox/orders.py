"""Invented orders that look like real trade.

The first orders are there for what they show, whatever the seed:

    70001  plain: three lines, a kept address      70009  its second line is closed, a part of it despatched
    70002  a one-off address, much of it empty     70010  on customer hold
    70003  in the warehouse                        70011  a kit with two items
    70004  complete                                70012  of a customer who has to have a PO number
    70005  cancelled                               70013  without lines
    70006  a credit with the number of 70001       70014  wanted on a date
    70007  a return                                70015  amounts of every scale
    70008  not editable, for no visible reason     70016  forty lines
"""

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from random import Random
from typing import Any

from vendors.caliq.sandbox.world import Thing, World

FIRST_ORDER, FIRST_NUMBER = 70001, 88001
VAT = Decimal("0.20")
_FIRST_DAY = date(2025, 1, 6)

_JOBS = ("spring stock", "show flat", "site refit", "counter restock", "exhibition stand", "two bathrooms")
_FIRST_NAMES = ("Amelia", "Gareth", "Priya", "Tomos", "Saoirse", "Nadia", "Colin", "Bronwen", "Idris", "Hazel")
_SURNAMES = ("Quillfeather", "Thistlewood", "Marrowby", "Pennywhistle", "Starling", "Copperfold", "Wrenfield")


def build_orders(random: Random, world: World, size: int) -> dict[str, Thing]:
    """So many orders by their id, the same for the same random numbers."""
    orders = [_order(random, world, at) for at in range(size)]
    return {str(order["ID"]): order for order in orders}


def number(value: Any) -> Decimal:
    """Any JSON number as an exact decimal."""
    return Decimal(str(value))


def revalue(order: Thing) -> None:
    """Work out an order's values and VAT anew, from its lines and its carriage."""
    for line in order["_lines"]:
        line["Value"] = number(line["Qty"]) * number(line["UnitPrice"])
        line["ValueIncVAT"] = line["Value"] + _vat(line["Value"])
    order["Value"] = sum((line["Value"] for line in order["_lines"]), Decimal(0))
    order["ValueVAT"] = _vat(order["Value"])
    order["CarriageVAT"] = _vat(number(order["Carriage"]))


def new_line(world: World, product: Thing, quantity: int, price: Any, **more: Any) -> Thing:
    """A line as a new one is: nothing of it moved yet."""
    return {
        "LineID": world.line_id(),
        "Editable": True,
        "ID": product["ID"],
        "Code": product["Code"],
        "Description": product["Description"],
        "Qty": quantity,
        "QtyDespatched": 0,
        "QtyAllocated": 0,
        "QtyInWarehouse": 0,
        "QtyInvoiced": 0,
        "QtyProcessed": 0,
        "Status": "Allocated",
        "UnitPrice": price,
        "UnitPriceCust": price,
        "UnitPriceList": product["Price"],
        "RequiredDate": None,
        "EstimatedDate": None,
        "EstimatedDateText": "",
        "LineText": "",
        "IsKitHeader": False,
        "IsKitItem": False,
        "KitParentLineID": 0,
        **more,
    }


def compact(day: date) -> str:
    """A day as Caliq writes it, YYYYMMDD."""
    return f"{day:%Y%m%d}"


def delivered(address: Mapping[str, Any]) -> Thing:
    """An address of a customer as an order shows it."""
    parts = ("Company", "Line1", "Line2", "Line3", "Town", "County", "Postcode", "Country")
    return {f"Del_{part}": address[part] for part in parts}


def _vat(value: Decimal) -> Decimal:
    return (value * VAT).quantize(Decimal("0.01"), ROUND_HALF_UP)


def _order(random: Random, world: World, at: int) -> Thing:
    id_ = FIRST_ORDER + at
    customer = world.customers[
        312 if id_ == 70012 else random.choice([each for each in world.customers if each != 312])
    ]
    address_id = random.choice(
        [each for each, one in customer["addresses"].items() if one["Active"] and one["AllowDelivery"]]
    )
    made = _FIRST_DAY + timedelta(days=random.randrange(300))
    first, last = random.choice(_FIRST_NAMES), random.choice(_SURNAMES)
    status = random.choices(("In Progress", "Complete", "Cancelled"), (8, 2, 1))[0]
    billed = next(iter(customer["addresses"].values()))
    order: Thing = {
        "ID": id_,
        "Kind": random.choices(("Order", "Credit", "Return"), (18, 1, 1))[0],
        "Number": FIRST_NUMBER + at,
        "Description": f"{customer['Name']}, {random.choice(_JOBS)}",
        "Created": compact(made),
        "CreatedBy": "web" if at % 3 else "hazel",
        "CreatedByName": "Web shop" if at % 3 else "Hazel Marrowby",
        "PlacedBy": last.lower()[:10],
        "ChannelID": random.choice(list(world.channels)),
        "AccountNo": customer["AccountNo"],
        "AccountID": customer["ID"],
        "Status": status,
        "Editable": True,
        "Currency": customer["Currency"],
        "Active": status == "In Progress",
        "Carriage": Decimal(random.choice(("0", "7.5", "12.00", "9.95"))),
        "WebOrderRef": f"W-{20000 + at}" if at % 3 else "",
        "CustomerPONo": random.choice(("", f"PO-{7000 + at}", f"PO-{7000 + at}", f"{last[:3].upper()}/{at}")),
        **_billing(billed),
        "Bill_AddressID": next(iter(customer["addresses"])),
        **delivered(customer["addresses"][address_id]),
        "Del_AddressID": address_id,
        "DirectDelivery": False,
        "Del_Firstname": first,
        "Del_Surname": last,
        "Del_Email": f"{first}.{last}@example.com".lower(),
        "Del_Phone": f"01632 960{random.randrange(1000):03d}",
        "OrderNotes": random.choice(("", "", "Ring before delivery.", "Leave at the gate house.\nAsk for Idris.")),
        "DeliveryRequirement": "A",
        "DeliveryRequirementDate": None,
        "DespatchMethodID": random.choice(list(world.methods)),
        "CustomerHold": random.random() < 0.03,
        "_lines": [_line(random, world, made) for _ in range(random.choice((1, 2, 3, 3, 5)))],
        "_lock": None,
        "_changed": compact(made),
    }
    if random.random() < 0.1:
        _to_warehouse(order)
    if at < len(_SPECIAL):
        _make_special(random, world, order, made)
    revalue(order)
    return order


def _billing(address: Mapping[str, Any]) -> Thing:
    return {
        f"Bill_{part}": address[part] for part in ("Line1", "Line2", "Line3", "Town", "County", "Country", "Postcode")
    }


def _line(random: Random, world: World, made: date) -> Thing:
    product = random.choice([each for each in world.products.values() if each["CanSell"]])
    wanted = compact(made + timedelta(days=random.randint(3, 40))) if random.random() < 0.7 else None
    quantity = random.choice((1, 2, 4, 10, 25))
    return new_line(
        world,
        product,
        quantity,
        product["Price"],
        QtyAllocated=quantity,
        RequiredDate=wanted,
        EstimatedDate=wanted,
        EstimatedDateText=random.choice(("", "", "Mid December")),
        LineText=random.choice(("", "", "", "Left-hand version")),
    )


def _to_warehouse(order: Thing) -> None:
    for line in order["_lines"][:1]:
        line["QtyInWarehouse"] = line["Qty"]
        line["Status"] = "In Picking"


def _make_special(random: Random, world: World, order: Thing, made: date) -> None:
    """Whatever chance made of one of the first orders, it is what the list at the top of this file says."""
    plain = {"Kind": "Order", "Status": "In Progress", "Active": True, "Editable": True, "CustomerHold": False}
    order |= {**plain, "_lines": [_line(random, world, made) for _ in range(3)]}
    order |= _SPECIAL[order["ID"] - FIRST_ORDER]
    lines = order["_lines"]
    match order["ID"]:
        case 70003:
            _to_warehouse(order)
        case 70009:
            lines[1] |= {"Editable": False, "Qty": 4, "QtyDespatched": 2, "Status": "Part despatched"}
        case 70011:
            lines[0]["IsKitHeader"] = True
            for item in lines[1:]:
                item |= {"IsKitItem": True, "KitParentLineID": lines[0]["LineID"]}
        case 70014:
            order["DeliveryRequirementDate"] = compact(made + timedelta(days=30))
        case 70015:
            for line, price in zip(lines, ("2", "2.5", "2.5500"), strict=True):
                line |= {"UnitPrice": Decimal(price), "Qty": 1}
        case 70016:
            order["_lines"] = [_line(random, world, made) for _ in range(40)]


_SPECIAL: tuple[Thing, ...] = (
    {"CustomerPONo": "PO-7000", "OrderNotes": "Ring before delivery."},
    {
        "CustomerPONo": "",
        "OrderNotes": "",
        "DirectDelivery": True,
        "Del_AddressID": 0,
        "Del_Company": "",
        "Del_Line2": "",
        "Del_County": "",
        "Del_Email": "",
    },
    {},
    {"Status": "Complete", "Active": False},
    {"Status": "Cancelled", "Active": False},
    {"Kind": "Credit", "Number": FIRST_NUMBER},
    {"Kind": "Return"},
    {"Editable": False},
    {},
    {"CustomerHold": True},
    {},
    {"CustomerPONo": "PO-MUST"},
    {"_lines": []},
    {"DeliveryRequirement": "D"},
    {"Carriage": Decimal("0.10")},
    {},
)
