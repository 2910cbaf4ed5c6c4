"""Edits that each vendor takes: one field, several, and values that travel together."""

from decimal import Decimal

from tests.orders.cases import Case
from vendors.lia.sandbox.things import city_of
from vendors.lia.sandbox.world import order_id

AT_CALIQ = {"AccountNo": "LARK317", "AccountID": 317, "CustomerPONo": "PO-7000", "Carriage": 5}
KNOWN_BY = {"EventID": 70001, "AccountNo": "LARK317", "CustomerID": 317}  # what every edit of that order says
LINE = 4711


def line_call(number: int, status: str) -> dict[str, str]:
    """Altcraft's call for one line of the order with three."""
    return {
        "order_external_id": "000002-26",
        "order_line_external_id": f"line_0{number}",
        "status_external_id": status,
    }


ONE_FIELD = (
    Case(
        vendor="liner",
        order="1001",
        typed={"title": "Spring windows"},
        calls=[{"title": "Spring windows"}],
        stored=[{"title": "Spring windows"}],
    ),
    Case(
        vendor="caliq",
        order="70001",
        typed={"CustomerPONumber": "PO-9001"},
        at_vendor=AT_CALIQ,
        calls=[{**KNOWN_BY, "CustomerPONumber": "PO-9001"}],
        stored=[{"CustomerPONo": "PO-9001"}],
    ),
    Case(
        vendor="altcraft",
        order="000002-26",
        typed={"lines.line_02.status": "delivered"},
        calls=[line_call(2, "delivered")],
        stored=[{"lines.1.status": "delivered"}],
    ),
    Case(
        vendor="lia",
        order=order_id(1),
        typed={"phone": "+55 11 90000-7777"},
        calls=[{"phone": "+5511900007777"}],
        stored=[{"phone.address": "5511900007777"}],
    ),
)

SEVERAL_FIELDS = (
    Case(
        vendor="liner",
        order="1001",
        typed={"title": "Spring windows", "leadsPriority": "77", "callHolidayOverrides": "2027-01-01\n2027-01-07"},
        at_vendor={"callHolidayOverrides": ["2026-01-01"]},
        calls=[
            {
                "title": "Spring windows",
                "leadsPriority": 77,
                "callHolidayOverrides": ["2027-01-01", "2027-01-07"],
            }
        ],
        stored=[
            {
                "title": "Spring windows",
                "leadsPriority": 77,
                "callHolidayOverrides": ["2027-01-01", "2027-01-07"],
            }
        ],
    ),
    Case(
        vendor="caliq",
        order="70001",
        typed={"CustomerPONumber": "PO-9001", "Carriage": "12.50", f"OrderEditLines.{LINE}.Quantity": "6"},
        at_vendor={**AT_CALIQ, "_lines.0.LineID": LINE, "_lines.0.Qty": 4},
        calls=[
            {
                **KNOWN_BY,
                "CustomerPONumber": "PO-9001",
                "Carriage": 12.5,
                "OrderEditLines": {"OrderEditLine": [{"LineID": LINE, "Quantity": 6}]},
            }
        ],
        stored=[{"CustomerPONo": "PO-9001", "Carriage": Decimal("12.5"), "_lines.0.Qty": 6}],
    ),
    Case(
        vendor="altcraft",
        order="000002-26",
        typed={"lines.line_01.status": "refunded", "lines.line_03.status": "0001"},
        calls=[line_call(1, "refunded"), line_call(3, "0001")],
        stored=[{"lines.0.status": "refunded"}, {"lines.2.status": "0001"}],
    ),
    Case(
        vendor="lia",
        order=order_id(1),
        typed={"customer_name": "Elis Ventania", "customer_birthdate": "1991-03-02", "email": "elis@example.com"},
        calls=[
            {"customer_name": "Elis Ventania", "customer_birthdate": "1991-03-02", "email": "elis@example.com"},
        ],
        stored=[
            {
                "customer_name": "Elis Ventania",
                "customer_birthdate": "1991-03-02",
                "email.address": "elis@example.com",
            }
        ],
    ),
)

A_GROUP = (
    Case(
        vendor="liner",
        order="1006",
        typed={"customValues.11": "20500", "customValues.16": "site", "customValues.13": "2027-02-03"},
        calls=[{"customValues": {"11": 20500, "16": "site", "13": "2027-02-03"}}],
        stored=[{"customValues.11": 20500, "customValues.16": "site", "customValues.13": "2027-02-03"}],
    ),
    Case(
        vendor="caliq",
        order="70002",  # to a one-off address, of which much is empty
        typed={"EditDeliveryAddress.Line1": "7 Invented Row", "EditDeliveryAddress.Postcode": "NR1 2AB"},
        at_vendor={
            "AccountNo": "TIDE309",
            "AccountID": 309,
            "Del_Line1": "1 Made-up Lane",
            "Del_Line3": "",
            "Del_Town": "Norwich",
            "Del_Postcode": "NR9 9ZZ",
            "Del_Country": "GBR",
            "Del_Firstname": "Hazel",
            "Del_Surname": "Starling",
            "Del_Phone": "01632 960001",
        },
        calls=[
            {
                "EventID": 70002,
                "AccountNo": "TIDE309",
                "CustomerID": 309,
                "EditDeliveryAddress": {
                    "DirectDelivery": True,
                    "DeliveryAddressID": 0,
                    "Line1": "7 Invented Row",
                    "Town": "Norwich",
                    "Postcode": "NR1 2AB",
                    "Country": "GBR",
                    "Firstname": "Hazel",
                    "Surname": "Starling",
                    "Phone": "01632 960001",
                },
            }
        ],
        stored=[{"Del_Line1": "7 Invented Row", "Del_Postcode": "NR1 2AB"}],
    ),
    Case(
        vendor="altcraft",
        order="000002-26",
        typed={f"lines.line_0{number}.status": "canceled" for number in (3, 1, 2)},
        at_vendor={f"lines.{number}.status": "new" for number in (0, 1, 2)},
        calls=[line_call(number, "canceled") for number in (3, 1, 2)],
        stored=[{f"lines.{number - 1}.status": "canceled"} for number in (3, 1, 2)],
    ),
    Case(
        vendor="lia",
        order=order_id(1),
        typed={"address.street": "Rua Fictícia", "address.number": "77"},
        at_vendor={
            "address.zipcode": "80010000",
            "address.neighborhood": "Centro",
            "address.complement": "Fundos",
            "address.city": city_of("4106902"),
        },
        calls=[
            {
                "address": {
                    "zipcode": "80010-000",
                    "street": "Rua Fictícia",
                    "number": "77",
                    "complement": "Fundos",
                    "neighborhood": "Centro",
                    "city_ibge_code": "4106902",
                    "state": "PR",
                }
            }
        ],
        stored=[{"address.street": "Rua Fictícia", "address.number": "77"}],
    ),
)
