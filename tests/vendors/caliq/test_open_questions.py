"""What Caliq leaves open: the same edit under every setting of every switch, made by the adapter and seen to land."""

from decimal import Decimal
from typing import Any

import pytest

from tests.vendors.caliq.conftest import connected
from vendors.caliq.sandbox import CaliqSimulator
from vendors.caliq.sandbox.switches import SWITCHES
from vendors.caliq.vendor import Caliq
from vendors.errors import Rejected

NUMBER = "70001"
SETTINGS = [
    (name, setting)
    for name, switch in SWITCHES.items()
    for setting in (("0", "60") if switch.number and name == "lock_seconds" else switch.settings)
]
TOWN = "EditDeliveryAddress.Town"


def make(vendor: Caliq, typed: dict[str, Any], number: str = NUMBER) -> dict[str, bool | None]:
    """Lock, read, check, send, look, release; what landed, None also for what is not shown."""
    hold = vendor.take(number)
    try:
        before = vendor.order(number).raw
        fields = vendor.fields(before)
        changes = {name: fields[name].form.clean(value) for name, value in typed.items()}
        assert not [name for name in changes if vendor.reason_against(before, name)]
        assert vendor.problems(before, changes) == {}
        vendor.send(vendor.request(before, changes), hold)
        after = vendor.order(number).raw
        fields = vendor.fields(after)
        return {
            name: None if fields[name].read is None else fields[name].arrived(before, after, value)
            for name, value in changes.items()
        }
    finally:
        vendor.release(number, hold)


@pytest.mark.parametrize(("name", "setting"), SETTINGS)
def test_an_ordinary_edit_lands_under_every_setting(simulator: CaliqSimulator, name: str, setting: str) -> None:
    simulator.reset(size=2)
    simulator.set(**{name: setting})
    vendor = connected(simulator)
    vendor.options = {**vendor.options, "repeat_despatch_method": (name, setting) == ("omitted_method", "zero")}
    line = simulator.order(NUMBER)["_lines"][0]["LineID"]
    one_off = {"EditDeliveryAddress.DirectDelivery": "true", "EditDeliveryAddress.Country": "GBR", TOWN: "York"}
    landed = make(
        vendor,
        {
            "CustomerPONumber": "PO-7781",
            "Carriage": "10.10",
            f"OrderEditLines.{line}.Quantity": "7",
            "OrderEditLines.+": {"ProductCode": "BRACKET", "Quantity": 2, "UnitPrice": "10.10"},
            **one_off,
        },
    )
    not_shown = {*one_off} if (name, setting) == ("delivery_fields", "documented") else set()
    assert {each for each, arrived in landed.items() if not arrived} == not_shown
    order = simulator.order(NUMBER)
    assert (order["CustomerPONo"], order["Carriage"], order["Del_Town"]) == ("PO-7781", Decimal("10.10"), "York")
    assert (order["_lines"][0]["Qty"], order["_lines"][-1]["UnitPrice"]) == (7, Decimal("10.10"))
    assert order["DespatchMethodID"] == CaliqSimulator(size=2).order(NUMBER)["DespatchMethodID"]
    assert simulator.lists()["locks"] == {}
    assert [len(batch.found) for batch in vendor.batches()] == [2]


@pytest.mark.parametrize("setting", ["cleared", "kept", "issue"])
def test_what_an_empty_text_does_is_seen_and_not_assumed(simulator: CaliqSimulator, setting: str) -> None:
    simulator.set(empty_string=setting)
    vendor = connected(simulator)
    vendor.options = {**vendor.options, "empty_string_clears": True}
    if setting == "issue":
        with pytest.raises(Rejected, match="cannot be cleared"):
            make(vendor, {"CustomerPONumber": ""})
    else:
        assert make(vendor, {"CustomerPONumber": ""}) == {"CustomerPONumber": setting == "cleared"}


@pytest.mark.parametrize(("setting", "landed"), [("text", True), ("account", False)])
def test_text_beside_a_kept_address_is_seen_to_land_or_not(
    simulator: CaliqSimulator, setting: str, landed: bool
) -> None:
    simulator.set(kept_address=setting)
    assert make(connected(simulator), {TOWN: "York"}) == {TOWN: landed}


def test_the_despatch_method_survives_a_caliq_that_reads_its_absence_as_0(simulator: CaliqSimulator) -> None:
    """With the account's option. Where it is not shown, nobody here can keep it."""
    simulator.set(omitted_method="zero", zero_method="accept")
    before = simulator.order(NUMBER)["DespatchMethodID"]
    vendor = connected(simulator)
    vendor.options = {**vendor.options, "repeat_despatch_method": True}
    make(vendor, {"CustomerPONumber": "PO-1"})
    assert simulator.order(NUMBER)["DespatchMethodID"] == before
    simulator.set(unread_fields="hidden")
    make(vendor, {"CustomerPONumber": "PO-2"})
    assert simulator.order(NUMBER)["DespatchMethodID"] == 0


def test_a_new_price_that_came_with_the_quantity_is_not_taken_for_ours(simulator: CaliqSimulator) -> None:
    simulator.set(reprices="yes")
    line = simulator.order(NUMBER)["_lines"][0]
    quantity, price = (f"OrderEditLines.{line['LineID']}.{part}" for part in ("Quantity", "UnitPrice"))
    assert make(connected(simulator), {quantity: "7"}) == {quantity: True}
    assert simulator.order(NUMBER)["_lines"][0]["UnitPrice"] != line["UnitPrice"]
    assert make(connected(simulator), {quantity: "8", price: "3.3"}) == {quantity: True, price: True}


def test_an_order_picked_in_part_is_closed_even_where_caliq_closes_line_by_line(simulator: CaliqSimulator) -> None:
    """Documented is: an order in the warehouse cannot be changed. So it is closed here under both settings."""
    simulator.act("to_warehouse", order=NUMBER)
    for setting in ("order", "line"):
        simulator.set(warehouse_closes=setting)
        vendor = connected(simulator)
        assert "in the warehouse" in vendor.reason_against(vendor.order(NUMBER).raw, "CustomerPONumber")
    simulator.act("from_warehouse", order=NUMBER)
    assert make(connected(simulator), {"CustomerPONumber": "PO-1"}) == {"CustomerPONumber": True}


def test_an_item_of_a_kit_is_left_to_caliqs_verdict(simulator: CaliqSimulator) -> None:
    item = simulator.order(70011)["_lines"][1]["LineID"]
    typed = {f"OrderEditLines.{item}.Quantity": "9"}
    with pytest.raises(Rejected) as refusal:
        make(connected(simulator), typed, "70011")
    assert refusal.value.issues[0].field == f"OrderEditLines.{item}.Quantity"
    simulator.set(kit_items="accept")
    assert make(connected(simulator), typed, "70011") == {f"OrderEditLines.{item}.Quantity": True}


def test_a_hold_is_set_and_stays(simulator: CaliqSimulator) -> None:
    vendor = connected(simulator)
    assert make(vendor, {"CustomerHold": "true"}) == {"CustomerHold": True}
    assert make(vendor, {"CustomerPONumber": "PO-1"}) == {"CustomerPONumber": True}
    assert simulator.order(NUMBER)["CustomerHold"] is True


def test_dates_and_letters_land(simulator: CaliqSimulator) -> None:
    vendor = connected(simulator)
    wanted = {"DeliveryRequirement": "W", "DeliveryRequirementDate": "2027-01-04"}
    assert make(vendor, wanted) == {"DeliveryRequirement": True, "DeliveryRequirementDate": True}
    assert make(vendor, {"DeliveryRequirementDate": "2027-01-11"}) == {"DeliveryRequirementDate": True}
    assert make(vendor, {"DeliveryRequirement": "A"}) == {"DeliveryRequirement": True}
    assert simulator.order(NUMBER)["DeliveryRequirementDate"] is None


def test_an_address_that_caliq_does_not_show_can_still_be_set(simulator: CaliqSimulator) -> None:
    simulator.set(delivery_fields="documented")
    kept = simulator.order(NUMBER)["Del_AddressID"]
    address = {
        TOWN: "York",
        "EditDeliveryAddress.DirectDelivery": "false",
        "EditDeliveryAddress.DeliveryAddressID": str(kept),
    }
    assert set(make(connected(simulator), address).values()) == {None}
    order = simulator.order(NUMBER)
    assert (order["Del_Town"], order["DirectDelivery"], order["Del_AddressID"]) == ("York", False, kept)
