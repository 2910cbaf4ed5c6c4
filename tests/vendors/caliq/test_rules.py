"""Each rule, both ways."""

from typing import Any

import pytest

from tests.vendors.caliq import adapter, shown_of, simulated
from vendors.caliq.vendor import Caliq

LINE = {"LineID": 5, "Code": "TAP", "Qty": 3, "Editable": True, "QtyInWarehouse": 0}
OTHER_LINE = {**LINE, "LineID": 6, "Code": "SINK"}
ORDER = {"ID": 7, "Kind": "Order", "Status": "In Progress", "Editable": True, "CustomerHold": False}
NAMES = (
    "CustomerPONumber",
    "Carriage",
    "EditDeliveryAddress.Town",
    "OrderEditLines.5.Quantity",
    "OrderEditLines.6.UnitPrice",
    "OrderEditLines.+",
)


def document(*, lines: Any = (LINE, OTHER_LINE), **changed: Any) -> dict[str, Any]:
    return {"Order": {**ORDER, **changed}, "OrderLineList": list(lines)}


def reasons(raw: dict[str, Any]) -> dict[str, str]:
    return {name: reason for name in NAMES if (reason := Caliq().reason_against(raw, name))}


def test_an_order_in_progress_is_open() -> None:
    assert reasons(document()) == {}


def test_only_orders_are_edited() -> None:
    closed = reasons(document(Kind="Credit"))
    assert set(closed) == set(NAMES)
    assert "“Credit”" in closed["Carriage"]
    assert "Nothing unlocks it" in closed["Carriage"]


@pytest.mark.parametrize("status", ["Complete", "Cancelled", "", None, "in progress"])
def test_only_orders_in_progress_are_edited(status: Any) -> None:
    closed = reasons(document(Status=status))
    assert set(closed) == set(NAMES)
    assert (status or "unknown") in closed["Carriage"]


@pytest.mark.parametrize("editable", [False, None, "true", 0, 1])
def test_an_order_that_is_not_editable_is_not_edited(editable: Any) -> None:
    closed = reasons(document(Editable=editable))
    assert set(closed) == set(NAMES)
    assert "Editable" in closed["Carriage"]


def test_an_order_without_the_key_is_left_to_caliqs_own_verdict() -> None:
    raw = document()
    del raw["Order"]["Editable"]
    assert reasons(raw) == {}


def test_an_order_in_the_warehouse_is_not_edited_and_says_what_is_there() -> None:
    """The status does not tell: only the lines do."""
    closed = reasons(document(lines=[LINE, {**OTHER_LINE, "QtyInWarehouse": 2}]))
    assert set(closed) == set(NAMES)
    assert "2 of SINK is being picked" in closed["Carriage"]
    assert "It opens again" in closed["Carriage"]


def test_the_warehouse_is_named_before_editable() -> None:
    raw = document(Editable=False, lines=[{**LINE, "QtyInWarehouse": 1}])
    assert "warehouse" in reasons(raw)["Carriage"]


def test_a_closed_line_closes_itself_alone() -> None:
    closed = reasons(document(lines=[{**LINE, "Editable": False}, OTHER_LINE]))
    assert set(closed) == {"OrderEditLines.5.Quantity"}
    assert "the other lines are not concerned" in closed["OrderEditLines.5.Quantity"]


def test_a_customer_hold_can_be_set_with_a_warning() -> None:
    for raw in (document(), document(CustomerHold=None)):
        assert Caliq().reason_against(raw, "CustomerHold") == ""
        (warning,) = Caliq().warnings_for(raw, {"CustomerHold": True})
        assert "nothing here can release it" in warning
    assert Caliq().warnings_for(document(), {"Carriage": 1}) == []


def test_a_customer_hold_is_never_released() -> None:
    assert "Release it in Caliq" in Caliq().reason_against(document(CustomerHold=True), "CustomerHold")
    assert "CustomerHold" in Caliq().problems(document(CustomerHold=None), {"CustomerHold": False})
    assert Caliq().problems(document(CustomerHold=None), {"CustomerHold": True}) == {}


def test_a_hold_closes_nothing_else() -> None:
    assert reasons(document(CustomerHold=True)) == {}


def test_a_line_of_a_kit_comes_with_a_warning() -> None:
    raw = document(lines=[{**LINE, "IsKitItem": True}, OTHER_LINE])
    assert Caliq().warnings_for(raw, {"OrderEditLines.5.Quantity": 1})
    assert Caliq().warnings_for(raw, {"OrderEditLines.6.Quantity": 1, "OrderEditLines.+": {}}) == []


@pytest.mark.parametrize("number", [70003, 70004, 70005, 70006, 70007, 70008])
def test_orders_that_caliq_would_refuse_are_closed(number: int) -> None:
    simulator = simulated()
    vendor, raw = adapter(simulator), shown_of(simulator, number)
    assert all(vendor.reason_against(raw, name) for name in vendor.fields(raw))
