"""An invented wholesaler of kitchens and bathrooms: its customers, its products and what else is not an order."""

from dataclasses import dataclass, field
from decimal import Decimal
from random import Random
from typing import Any

Thing = dict[str, Any]

FIRST_LINE = 400001

_NAMES = ("Harbour", "Millstone", "Larkfield", "Bramley", "Oakhurst", "Fenwick", "Tidewater", "Ashgrove", "Rookery")
_TRADES = ("Kitchens", "Bathrooms", "Joinery", "Plumbing Supplies", "Interiors", "Builders Merchants")
_STREETS = ("Mill Lane", "Cooper Street", "Station Road", "Quay Side", "Foundry Way", "Orchard Rise")
_TOWNS = (
    ("Leeds", "West Yorkshire", "LS1"),
    ("Truro", "Cornwall", "TR1"),
    ("Chester", "Cheshire", "CH1"),
    ("Stirling", "", "FK8"),
    ("Swansea", "West Glamorgan", "SA1"),
    ("Norwich", "Norfolk", "NR3"),
)
_PRODUCTS = (
    ("SEAL-KIT", "Silicone seal kit, 12 pieces", "2.55"),
    ("TAP-CHR", "Basin tap, chrome", "89.99"),
    ("TAP-BLK", "Basin tap, matt black", "104.5"),
    ("OAK-600", "Oak worktop, 600 mm", "149"),
    ("OAK-900", "Oak worktop, 900 mm", "219.95"),
    ("HINGE-35", "Soft-close hinge, 35 mm", "1.8750"),
    ("SINK-1B", "Single bowl sink, steel", "76.10"),
    ("TRAY-90", "Shower tray, 900 mm", "118"),
    ("GROUT-5", "Grout, 5 kg, grey", "0.1"),
    ("LED-STRIP", "Plinth light, 2 m", "23.4"),
    ("FLAT-PACK", "Vanity unit, flat pack", "310.00"),
    ("BRACKET", "Wall bracket", "0.2"),
)


@dataclass
class World:
    """Everything that exists at this wholesaler."""

    customers: dict[int, Thing] = field(default_factory=dict)
    products: dict[str, Thing] = field(default_factory=dict)
    methods: dict[int, Thing] = field(default_factory=dict)
    countries: dict[str, str] = field(default_factory=dict)
    channels: dict[int, str] = field(default_factory=dict)
    next_line: int = FIRST_LINE
    next_lock: int = 1001

    def line_id(self) -> int:
        """A LineID that was never given before."""
        self.next_line += 1
        return self.next_line - 1

    def lock_id(self) -> int:
        """A LockID that was never given before."""
        self.next_lock += 1
        return self.next_lock - 1


def build_world(random: Random) -> World:
    """Everything but the orders, the same for the same random numbers."""
    world = World(
        countries={"GBR": "United Kingdom", "IRL": "Ireland", "FRA": "France", "DEU": "Germany", "NLD": "Netherlands"},
        channels={1: "Trade counter", 2: "Web shop", 3: "Telephone"},
    )
    for id_, name, pallets, collected in (
        (11, "Next day courier", False, False),
        (12, "Two-man delivery", True, False),
        (13, "Pallet network", True, False),
        (14, "Trade counter", True, True),
    ):
        world.methods[id_] = {
            "ID": id_,
            "Description": name,
            "ServiceLevelID": 1 if id_ < 13 else None,
            "CanTakePallets": pallets,
            "CustomerCollection": collected,
        }
    for at, (code, text, price) in enumerate(_PRODUCTS):
        world.products[code] = _product(5001 + at, code, text, price)
    world.products["OLD-TAP"] = _product(5901, "OLD-TAP", "Basin tap, no longer sold", "40", sold=False)
    for at in range(18):
        world.customers[301 + at] = _customer(random, 301 + at)
    return world


def _product(id_: int, code: str, text: str, price: str, *, sold: bool = True) -> Thing:
    status = 1 if sold else 3
    return {"ID": id_, "Code": code, "Description": text, "Price": Decimal(price), "CanSell": sold, "Status": status}


def _customer(random: Random, id_: int) -> Thing:
    name = f"{_NAMES[id_ % len(_NAMES)]} {random.choice(_TRADES)}"
    addresses = {8 * id_ + at: _address(random, name) for at in range(random.choice((1, 2, 3)))}
    # One that is no longer used, and one where nothing may be delivered.
    addresses[8 * id_ + 6] = {**_address(random, name), "Active": False}
    addresses[8 * id_ + 7] = {**_address(random, name), "AllowDelivery": False}
    return {
        "ID": id_,
        "AccountNo": f"{name[:4].upper()}{id_:03d}",
        "Name": name,
        "Currency": "EUR" if id_ % 9 == 5 else "GBP",
        "CustPurchOrderMandatory": id_ == 312,
        "addresses": addresses,
    }


def _address(random: Random, company: str) -> Thing:
    town, county, postcode = random.choice(_TOWNS)
    return {
        "Active": True,
        "AllowDelivery": True,
        "Company": company,
        "Line1": f"{random.randint(1, 140)} {random.choice(_STREETS)}",
        "Line2": random.choice(("", "", "Unit 4", "Rear entrance")),
        "Line3": random.choice(("", "", "", "Harbour Estate")),
        "Town": town,
        "County": county,
        "Postcode": f"{postcode} {random.randint(1, 9)}{random.choice('ABDEFGH')}{random.choice('JLNPQRST')}",
        "Country": "GBR",
    }
