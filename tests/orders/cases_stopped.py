"""Edits that something stands against: a vendor's refusal, a rule, or a caution that nobody has agreed to yet."""

from dataclasses import replace

from tests.orders.cases import Case
from tests.orders.cases_applied import AT_CALIQ, KNOWN_BY, ONE_FIELD, line_call
from vendors.lia.sandbox.world import order_id

REFUSED = (
    Case(
        vendor="liner",
        order="1001",
        typed={"code": "taken-already", "title": "Spring windows"},
        calls=[{"code": "taken-already", "title": "Spring windows"}],
        switches={"duplicate_code": "reject"},
        words="«taken-already» уже используется",
    ),
    Case(
        vendor="caliq",
        order="70001",
        typed={"OrderEditLines.+": {"ProductCode": "NO-SUCH-TAP", "Quantity": 2, "UnitPrice": "9.50"}},
        at_vendor=AT_CALIQ,
        calls=[
            {
                **KNOWN_BY,
                "OrderEditLines": {
                    "OrderEditLine": [{"ProductCode": "NO-SUCH-TAP", "Quantity": 2, "UnitPrice": 9.5}],
                },
            }
        ],
        words="The product does not exist",
    ),
    Case(
        vendor="altcraft",
        order="000002-26",
        typed={"lines.line_01.status": "new"},
        at_vendor={"lines.0.status": "delivered"},
        switches={"transitions": "terminal_locked"},
        calls=[line_call(1, "new")],
        words="Status cannot be changed",
    ),
    Case(
        vendor="lia",
        order=order_id(6),  # of a company
        typed={"customer_document": "11.444.777/0001-61"},
        switches={"cnpj": "reject"},
        calls=[{"customer_document": "11444777000161"}],
        words="customer_document: não é válido",
    ),
)

RULED_OUT = (
    Case(
        vendor="caliq",
        order="70003",
        typed={"CustomerPONumber": "PO-9001"},
        words="An order in the warehouse cannot be edited",
    ),
    Case(
        vendor="caliq",
        order="70010",
        typed={"CustomerHold": False},
        words="this order is on hold. Release it in Caliq itself",
    ),
    Case(
        vendor="lia",
        order=order_id(3),
        typed={"customer_name": "Elis Ventania"},
        words="once an order was charged, and this one was",
    ),
    Case(
        vendor="lia",
        order=order_id(5),
        typed={"phone": "+55 11 90000-7777"},
        words="this one is canceled (analysis_denied)",
    ),
)

CAUTIONED = (
    Case(
        vendor="liner",
        order="1001",  # every switch on
        typed={"autoDialingEnabled": False},
        calls=[{"autoDialingEnabled": False}],
        stored=[{"autoDialingEnabled": False}],
        words="redirects real calls",
    ),
    Case(
        vendor="caliq",
        order="70001",
        typed={"CustomerHold": True},
        at_vendor=AT_CALIQ,
        calls=[{**KNOWN_BY, "CustomerHold": True}],
        stored=[{"CustomerHold": True}],
        words="nothing here can release it again",
    ),
    replace(ONE_FIELD[2], words="may send the customer a message"),
    Case(
        vendor="lia",
        order=order_id(1),
        typed={"customer_name": "Elis Ventania"},
        calls=[{"customer_name": "Elis Ventania"}],
        stored=[{"customer_name": "Elis Ventania"}],
        words="Lia cancels the order for good",
    ),
)
