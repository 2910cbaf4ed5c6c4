"""The Caliq simulator keeps Caliq's documented rules, and leaves open what Caliq leaves open."""

import json
from decimal import Decimal
from typing import Any

import pytest
import requests
from django.utils import timezone

from vendors.caliq.sandbox import CaliqSimulator
from vendors.caliq.sandbox.issues import MESSAGES

KEY = CaliqSimulator.credentials["api_key"]
PLAIN, WAREHOUSE, CREDIT, CLOSED_LINE, KIT, MANDATORY, EMPTY = 70001, 70003, 70006, 70009, 70011, 70012, 70013


def call(simulator: CaliqSimulator, name: str, body: Any = None, **more: Any) -> requests.Response:
    sent = {"apiKey": KEY, **(body or {})}
    return requests.post(f"{simulator.url}/api/v1/{name}", json=sent, timeout=5, **more)


def read(simulator: CaliqSimulator, name: str, **body: Any) -> Any:
    return call(simulator, name, body).json(parse_float=Decimal)


def lock(simulator: CaliqSimulator, number: int) -> int:
    return int(read(simulator, "EventLock", EventID=number)["Lock"]["LockID"])


def edit(simulator: CaliqSimulator, number: int = PLAIN, *, hold: int | None = None, **changes: Any) -> list[int]:
    """The ids of the issues of an edit under a lock, [] for none. Gives the lock back."""
    order = simulator.order(number)
    hold = hold or lock(simulator, number)
    body = {"LockID": hold, "EventID": number, "AccountNo": order["AccountNo"], **changes}
    answer = call(simulator, "OrderEdit", body)
    call(simulator, "EventLock", {"LockID": hold})
    assert answer.status_code == 200, answer.status_code
    verdict = answer.json()["OrderEditData"]
    issues = [issue["ID"] for issue in verdict["OrderEditIssues"]]
    assert verdict["OK"] is (not issues)
    return issues


def status(simulator: CaliqSimulator, **changes: Any) -> int:
    body = {"LockID": 1, "EventID": PLAIN, "AccountNo": simulator.order(PLAIN)["AccountNo"], **changes}
    return call(simulator, "OrderEdit", {key: value for key, value in body.items() if value != "absent"}).status_code


def a_line(**parts: Any) -> dict[str, Any]:
    return {"OrderEditLine": [parts]}


# Transport


def test_only_post_and_only_known_paths(simulator: CaliqSimulator) -> None:
    assert requests.get(f"{simulator.url}/api/v1/Order", timeout=5).status_code == 405
    assert call(simulator, "Orders").status_code == 404
    assert requests.post(f"{simulator.url}/Order", json={}, timeout=5).status_code == 404


def test_content_types_and_bodies(simulator: CaliqSimulator) -> None:
    url = f"{simulator.url}/api/v1/Channel"
    for content_type, expected in (("text/json", 200), ("application/x-www-form-urlencoded", 415), ("", 415)):
        answer = requests.post(url, data=json.dumps({"apiKey": KEY}), headers={"Content-Type": content_type}, timeout=5)
        assert answer.status_code == expected
    for data in ("", "{", "[]", '"x"', '{"apiKey": NaN}'):
        answer = requests.post(url, data=data, headers={"Content-Type": "application/json"}, timeout=5)
        assert answer.status_code == 400


def test_the_key_counts_in_the_body_alone(simulator: CaliqSimulator) -> None:
    url = f"{simulator.url}/api/v1/Channel"
    assert requests.post(url, json={}, headers={"apiKey": KEY}, params={"apiKey": KEY}, timeout=5).status_code == 400
    assert requests.post(url, json={"apiKey": None}, timeout=5).status_code == 400
    assert requests.post(url, json={"apiKey": "another"}, timeout=5).status_code == 401
    assert requests.post(url, json={"apiKey": "x" * 31}, timeout=5).status_code == 400
    simulator.set(missing_key="401")
    assert requests.post(url, json={}, timeout=5).status_code == 401


@pytest.mark.parametrize(("setting", "body"), [("empty", ""), ("html", "<html>"), ("json", '{"Message"')])
def test_errors_have_nothing_to_parse(simulator: CaliqSimulator, setting: str, body: str) -> None:
    simulator.set(error_body=setting)
    assert call(simulator, "Nonsense").text.startswith(body)


def test_unknown_and_miscased_names_are_refused(simulator: CaliqSimulator) -> None:
    for name in ("Surprise", "eventID", "EventId"):
        assert call(simulator, "Order", {name: PLAIN}).status_code == 400
    assert call(simulator, "OrderEdit", {"LockId": 1}).status_code == 400
    simulator.set(unknown_name="ignore")
    assert call(simulator, "Order", {"Surprise": 1, "EventID": PLAIN}).status_code == 200


def test_an_empty_list_is_204_without_a_body(simulator: CaliqSimulator) -> None:
    for name, body in (("Order", {"EventID": 1}), ("OrderLine", {"OrderID": EMPTY}), ("OrderChange", {})):
        answer = call(simulator, name, body)
        assert (answer.status_code, answer.content) == (204, b"")


def test_calls_are_counted(simulator: CaliqSimulator) -> None:
    for _ in range(3):
        call(simulator, "Channel")
    counted = {each["EndPoint"]: each["CallCount"] for each in read(simulator, "apiCallList")["apiCallList"]}
    assert counted["Channel"] == 3


def test_the_key_is_not_in_the_journal(simulator: CaliqSimulator) -> None:
    call(simulator, "Channel")
    requests.post(f"{simulator.url}/api/v1/Channel", json={"apiKey": "a-wrong-one"}, timeout=5)
    assert all(KEY not in entry.body and "a-wrong-one" not in entry.body for entry in simulator.journal.entries)


# Reading


def test_an_event_id_beats_every_other_filter(simulator: CaliqSimulator) -> None:
    (order,) = read(simulator, "Order", EventID=PLAIN, AccountNo="NOBODY", OrdersSince="20990101")["OrderList"]
    assert order["ID"] == PLAIN
    assert not [key for key in order if key.startswith("_")]


def test_a_number_may_belong_to_several_kinds(simulator: CaliqSimulator) -> None:
    number = simulator.order(PLAIN)["Number"]
    kinds = {order["Kind"] for order in read(simulator, "Order", EventNo=number)["OrderList"]}
    assert kinds == {"Order", "Credit"}


def test_no_filter_gives_everything_at_once(simulator: CaliqSimulator) -> None:
    assert len(read(simulator, "Order")["OrderList"]) == 30
    active = read(simulator, "Order", OnlyActive=True)["OrderList"]
    assert {order["Status"] for order in active} == {"In Progress"}
    since = read(simulator, "Order", OrdersSince="20250601", CustomerID=0)["OrderList"]
    assert all(order["Created"] >= "20250601" for order in since)
    account = simulator.order(PLAIN)["AccountNo"]
    assert {order["AccountNo"] for order in read(simulator, "Order", AccountNo=account)["OrderList"]} == {account}


def test_a_null_for_a_plain_number_is_not_understood(simulator: CaliqSimulator) -> None:
    assert call(simulator, "Order", {"EventID": None}).status_code == 400
    simulator.set(null_number="zero")
    assert len(read(simulator, "Order", EventID=None)["OrderList"]) == 30


def test_statuses_and_editable_follow_the_warehouse(simulator: CaliqSimulator) -> None:
    orders = {order["ID"]: order for order in read(simulator, "Order")["OrderList"]}
    assert {order["Status"] for order in orders.values()} == {"In Progress", "Complete", "Cancelled"}
    assert orders[PLAIN]["Editable"] is True
    assert orders[WAREHOUSE]["Editable"] is False
    assert orders[WAREHOUSE]["Status"] == "In Progress"
    simulator.set(warehouse_closes="line")
    assert read(simulator, "Order", EventID=WAREHOUSE)["OrderList"][0]["Editable"] is True
    first, *_ = read(simulator, "OrderLine", OrderID=WAREHOUSE)["OrderLineList"]
    assert first["Editable"] is False


def test_lines_are_found_by_id_or_by_number_and_kind(simulator: CaliqSimulator) -> None:
    number = simulator.order(PLAIN)["Number"]
    by_id = read(simulator, "OrderLine", OrderID=PLAIN)["OrderLineList"]
    assert read(simulator, "OrderLine", OrderNo=number, OrderType="Order")["OrderLineList"] == by_id
    of_credit = read(simulator, "OrderLine", OrderNo=number, OrderType="Credit")["OrderLineList"]
    assert {line["OrderID"] for line in of_credit} == {CREDIT}
    assert call(simulator, "OrderLine", {"OrderNo": number}).status_code == 400
    assert call(simulator, "OrderLine", {"OrderNo": number, "OrderType": "Quote"}).status_code == 400


def test_changes_are_by_whole_days_and_today_by_default(simulator: CaliqSimulator) -> None:
    edit(simulator, CustomerPONumber="NEW")
    for body in ({}, {"ChangesSince": ""}, {"ChangesSince": f"{timezone.localtime():%Y%m%d}"}):
        (change,) = read(simulator, "OrderChange", **body)["OrderChangeList"]
        assert set(change) == {"EventID", "OrderNo", "WebOrderRef", "Status"}
        assert change["EventID"] == PLAIN
    assert len(read(simulator, "OrderChange", ChangesSince="20240101")["OrderChangeList"]) == 30


def test_money_is_numbers_of_every_scale(simulator: CaliqSimulator) -> None:
    text = call(simulator, "OrderLine", {"OrderID": 70015}).text
    for price in ('"UnitPrice":2,', '"UnitPrice":2.5,', '"UnitPrice":2.5500,'):
        assert price in text
    order = read(simulator, "Order", EventID=70015)["OrderList"][0]
    assert order["Value"] == Decimal("7.05")


def test_the_world_is_the_same_for_the_same_seed() -> None:
    one, same, other = (CaliqSimulator(seed=seed, size=25) for seed in (4, 4, 5))
    assert one.orders == same.orders
    assert one.orders != other.orders
    assert all(len(message) < 80 and id_ >= 9000 for id_, message in MESSAGES.items())


# Locks


def test_a_lock_is_one_for_an_order(simulator: CaliqSimulator) -> None:
    granted = read(simulator, "EventLock", EventID=PLAIN)["Lock"]
    assert granted["OK"] is True
    assert granted["Message"] == "LOCKED"
    assert granted["LockID"] > 0
    assert read(simulator, "EventLock", EventID=PLAIN)["Lock"] == {"OK": False, "LockID": None, "Message": "INUSE"}
    assert read(simulator, "EventLock", EventID=WAREHOUSE)["Lock"]["OK"] is True


def test_a_lock_id_in_the_call_releases_whatever_the_event(simulator: CaliqSimulator) -> None:
    hold = lock(simulator, PLAIN)
    assert read(simulator, "EventLock", EventID=WAREHOUSE, LockID=hold)["Lock"]["OK"] is True
    assert simulator.lists()["locks"] == {}


def test_a_lock_of_nothing_is_not_understood(simulator: CaliqSimulator) -> None:
    assert call(simulator, "EventLock").status_code == 400
    assert call(simulator, "EventLock", {"EventID": None, "LockID": None}).status_code == 400
    simulator.set(lock_without_id="200")
    assert read(simulator, "EventLock")["Lock"]["OK"] is False


def test_idle_locks_end_where_they_do(simulator: CaliqSimulator) -> None:
    lock(simulator, PLAIN)
    simulator.set(lock_seconds=1)
    assert read(simulator, "EventLock", EventID=PLAIN)["Lock"]["OK"] is False
    simulator.orders[str(PLAIN)]["_lock"]["used"] -= 5
    assert read(simulator, "EventLock", EventID=PLAIN)["Lock"]["OK"] is True


def test_somebody_at_caliq_can_break_in(simulator: CaliqSimulator) -> None:
    hold = lock(simulator, PLAIN)
    simulator.act("unlock", order=PLAIN)
    assert edit(simulator, hold=hold, CustomerPONumber="X") == [9002]
    simulator.act("lock", order=PLAIN)
    assert read(simulator, "EventLock", EventID=PLAIN)["Lock"]["Message"] == "INUSE"
    theirs = simulator.order(PLAIN)["_lock"]["id"]
    assert read(simulator, "EventLock", LockID=theirs)["Lock"]["OK"] is False
    assert simulator.order(PLAIN)["_lock"]


# Editing: what is not understood


@pytest.mark.parametrize(
    "changes",
    [
        {"LockID": "absent"},
        {"LockID": None},
        {"LockID": "1"},
        {"EventID": "absent"},
        {"EventID": None},
        {"AccountNo": "absent"},
        {"AccountNo": None},
        {"AccountNo": ""},
        {"AccountNo": "x" * 11},
        {"CustomerPONumber": "x" * 21},
        {"CustomerPONumber": 5},
        {"DeliveryRequirement": "DD"},
        {"DespatchMethodID": None},
        {"Carriage": "1.5"},
        {"Carriage": True},
        {"CustomerHold": "true"},
        {"EditDeliveryAddress": []},
        {"EditDeliveryAddress": {"DirectDelivery": None}},
        {"OrderEditLines": []},
        {"OrderEditLines": {"OrderEditLine": {}}},
        {"OrderEditLines": a_line(LineID=1, Quantity=1.5)},
        {"OrderEditLines": a_line(LineID=1, Action="E")},
        {"OrderEditLines": a_line(ProductCode="x" * 26)},
    ],
)
def test_what_is_not_understood_is_400(simulator: CaliqSimulator, changes: dict[str, Any]) -> None:
    before = simulator.order(PLAIN)
    assert status(simulator, **changes) == 400
    assert simulator.order(PLAIN) == before


def test_limits_and_numbers_follow_their_switches(simulator: CaliqSimulator) -> None:
    simulator.set(too_long="issue", numbers_as_text="accept", account_required="no")
    assert edit(simulator, CustomerPONumber="x" * 21) == [9010]
    assert edit(simulator, Carriage="1.50") == []
    assert edit(simulator, AccountNo=None, CustomerID=simulator.order(PLAIN)["AccountID"]) == []
    simulator.set(too_long="cut")
    assert edit(simulator, CustomerPONumber="x" * 21) == []
    assert simulator.order(PLAIN)["CustomerPONo"] == "x" * 20


@pytest.mark.parametrize(("setting", "kept"), [("keep", True), ("zero", False)])
def test_a_despatch_method_of_null(simulator: CaliqSimulator, setting: str, kept: bool) -> None:
    simulator.set(null_method=setting, zero_method="accept")
    before = simulator.order(PLAIN)["DespatchMethodID"]
    assert edit(simulator, DespatchMethodID=None) == []
    assert (simulator.order(PLAIN)["DespatchMethodID"] == before) is kept


# Editing: what is refused


def test_lock_account_and_kind_are_checked(simulator: CaliqSimulator) -> None:
    assert edit(simulator, hold=99, CustomerPONumber="X") == [9002]
    other = lock(simulator, EMPTY)
    assert edit(simulator, hold=other, CustomerPONumber="X") == [9002]
    assert edit(simulator, AccountNo="NOBODY", CustomerPONumber="X") == [9003]
    assert edit(simulator, CustomerID=1, CustomerPONumber="X") == [9003]
    assert edit(simulator, CREDIT, CustomerPONumber="X") == [9004]
    assert edit(simulator, 70004, CustomerPONumber="X") == [9005]
    assert edit(simulator, 70005, CustomerPONumber="X") == [9005]
    assert edit(simulator, WAREHOUSE, CustomerPONumber="X") == [9006]
    assert edit(simulator, 70008, CustomerPONumber="X") == [9007]
    assert edit(simulator, CREDIT, AccountNo="NOBODY") == [9003, 9004]


def test_the_parts_are_checked(simulator: CaliqSimulator) -> None:
    order = simulator.order(PLAIN)
    line = order["_lines"][0]["LineID"]
    new = {"ProductCode": "BRACKET", "Quantity": 1, "UnitPrice": 2}
    assert edit(simulator, MANDATORY, CustomerPONumber="") == [9011]
    assert edit(simulator, DeliveryRequirement="X") == [9012]
    assert edit(simulator, DeliveryRequirement="D") == [9013]
    assert edit(simulator, DeliveryRequirement="W", DeliveryRequirementDate="20250230") == [9013]
    assert edit(simulator, DeliveryRequirement="W", DeliveryRequirementDate="2025-02-20") == [9013]
    assert edit(simulator, DespatchMethodID=99) == [9015]
    assert edit(simulator, OrderEditLines=a_line(LineID=1, Quantity=1)) == [9020]
    assert edit(simulator, OrderEditLines=a_line(LineID=line, ProductCode="BRACKET")) == [9022]
    assert edit(simulator, OrderEditLines=a_line(LineID=line, Quantity=0)) == [9025]
    assert edit(simulator, OrderEditLines=a_line(LineID=line, Quantity=-1)) == [9025]
    assert edit(simulator, OrderEditLines=a_line(**{**new, "ProductCode": "NONE"})) == [9023]
    assert edit(simulator, OrderEditLines=a_line(**new, ProductID=1)) == [9023]
    assert edit(simulator, OrderEditLines=a_line(Quantity=1, UnitPrice=2)) == [9023]
    assert edit(simulator, OrderEditLines=a_line(**{**new, "ProductCode": "OLD-TAP"})) == [9024]
    assert edit(simulator, OrderEditLines=a_line(**{**new, "Quantity": 0})) == [9025]
    assert edit(simulator, OrderEditLines=a_line(ProductCode="BRACKET", UnitPrice=2)) == [9025]
    assert edit(simulator, OrderEditLines=a_line(ProductCode="BRACKET", Quantity=1)) == [9027]
    assert simulator.order(PLAIN) == order


def test_closed_lines_and_kits_are_checked(simulator: CaliqSimulator) -> None:
    closed = simulator.order(CLOSED_LINE)["_lines"][1]["LineID"]
    assert edit(simulator, CLOSED_LINE, OrderEditLines=a_line(LineID=closed, Quantity=9)) == [9021]
    simulator.change(CLOSED_LINE, {"_lines.1.Editable": True})
    assert edit(simulator, CLOSED_LINE, OrderEditLines=a_line(LineID=closed, Quantity=1)) == [9026]
    item = simulator.order(KIT)["_lines"][1]["LineID"]
    assert edit(simulator, KIT, OrderEditLines=a_line(LineID=item, Quantity=9)) == [9028]


def test_addresses_are_checked(simulator: CaliqSimulator) -> None:
    """What is left out of an address is 0 and false."""
    customer = simulator.order(PLAIN)["AccountID"]
    kept = simulator.order(PLAIN)["Del_AddressID"]
    for wrong in (0, 5, 8 * customer + 6, 8 * customer + 7):
        assert edit(simulator, EditDeliveryAddress={"DeliveryAddressID": wrong, "Town": "York"}) == [9030]
    assert edit(simulator, EditDeliveryAddress={"Town": "York"}) == [9030]
    one_off = {"DirectDelivery": True, "Country": "GBR", "Line1": "1 Mill Lane"}
    assert edit(simulator, EditDeliveryAddress={**one_off, "Line1": ""}) == [9031]
    for country in (None, "", "GB", "XXX"):
        assert edit(simulator, EditDeliveryAddress={**one_off, "Country": country}) == [9032]
    assert edit(simulator, EditDeliveryAddress=one_off) == []
    assert simulator.order(PLAIN)["DirectDelivery"] is True
    assert edit(simulator, EditDeliveryAddress={"DeliveryAddressID": kept}) == []
    assert simulator.order(PLAIN)["DirectDelivery"] is False


def test_several_issues_come_at_once_and_nothing_is_changed(simulator: CaliqSimulator) -> None:
    before = simulator.order(PLAIN)
    assert edit(simulator, CustomerPONumber="X", DespatchMethodID=99, DeliveryRequirement="X") == [9012, 9015]
    assert simulator.order(PLAIN) == before
    simulator.set(failed_edit="partial")
    assert edit(simulator, CustomerPONumber="X", DespatchMethodID=99) == [9015]
    assert simulator.order(PLAIN)["CustomerPONo"] == "X"


# Editing: what becomes of it


def test_null_and_absent_change_nothing(simulator: CaliqSimulator) -> None:
    before = simulator.order(PLAIN)
    nothing: dict[str, Any] = dict.fromkeys(
        ("CustomerPONumber", "OrderNotes", "DeliveryRequirement", "Carriage", "CustomerHold", "OrderEditLines")
    )
    assert edit(simulator, **nothing) == []
    assert {**simulator.order(PLAIN), "_changed": before["_changed"]} == before


def test_a_hold_is_never_cleared_by_a_call(simulator: CaliqSimulator) -> None:
    assert edit(simulator, CustomerHold=True) == []
    assert edit(simulator, CustomerHold=False) == []
    assert simulator.order(PLAIN)["CustomerHold"] is True
    simulator.act("release_hold", order=PLAIN)
    assert simulator.order(PLAIN)["CustomerHold"] is False


def test_values_and_vat_follow_the_lines(simulator: CaliqSimulator) -> None:
    line = simulator.order(70015)["_lines"][0]["LineID"]
    assert edit(simulator, 70015, Carriage=0, OrderEditLines=a_line(LineID=line, Quantity=3, UnitPrice=0.1)) == []
    order = simulator.order(70015)
    assert (order["Carriage"], order["CarriageVAT"]) == (0, 0)
    assert order["_lines"][0]["Value"] == Decimal("0.3")
    assert order["Value"] == Decimal("0.3") + Decimal("2.5") + Decimal("2.55")
    assert order["ValueVAT"] == Decimal("1.07")


def test_the_same_new_line_sent_twice_is_two_lines(simulator: CaliqSimulator) -> None:
    hold = lock(simulator, PLAIN)
    new = a_line(ProductCode="BRACKET", Quantity=1, UnitPrice=2)
    order = simulator.order(PLAIN)
    for _ in range(2):
        body = {"LockID": hold, "EventID": PLAIN, "AccountNo": order["AccountNo"], "OrderEditLines": new}
        assert call(simulator, "OrderEdit", body).json()["OrderEditData"]["OK"] is True
    added = [line["LineID"] for line in simulator.order(PLAIN)["_lines"][len(order["_lines"]) :]]
    assert len(set(added)) == 2
    assert simulator.lists()["locks"]


@pytest.mark.parametrize(("setting", "left"), [("removed", 2), ("kept", 3)])
def test_a_quantity_of_0_follows_its_switch(simulator: CaliqSimulator, setting: str, left: int) -> None:
    simulator.set(zero_quantity=setting)
    line = simulator.order(PLAIN)["_lines"][0]["LineID"]
    assert edit(simulator, OrderEditLines=a_line(LineID=line, Quantity=0)) == []
    assert len(simulator.order(PLAIN)["_lines"]) == left


@pytest.mark.parametrize("setting", ["list", "zero"])
def test_a_new_line_without_a_price_follows_its_switch(simulator: CaliqSimulator, setting: str) -> None:
    simulator.set(new_line_price=setting, unsellable="accept")
    assert edit(simulator, OrderEditLines=a_line(ProductCode="OLD-TAP", Quantity=1)) == []
    assert simulator.order(PLAIN)["_lines"][-1]["UnitPrice"] == (40 if setting == "list" else 0)


def test_a_change_is_journaled_and_a_lock_is_none(simulator: CaliqSimulator) -> None:
    edit(simulator, CustomerPONumber="NEW")
    entries = [entry for entry in simulator.journal.entries if entry.kind == "call"]
    assert [(entry.intent, entry.order, entry.changed) for entry in entries] == [
        ("lock", str(PLAIN), False),
        ("write", str(PLAIN), True),
        ("lock", str(PLAIN), False),
    ]
    assert entries[1].changes["CustomerPONo"] == ["PO-7000", "NEW"]


def test_a_fault_before_the_effect_leaves_the_order_and_its_lock_alone(simulator: CaliqSimulator) -> None:
    before = simulator.order(PLAIN)
    simulator.fail("lie", path="EventLock")
    assert read(simulator, "EventLock", EventID=PLAIN)["Lock"]["OK"] is True
    assert simulator.order(PLAIN) == before
    hold = lock(simulator, PLAIN)
    simulator.fail("lie", "error_applied", path="OrderEdit")
    body = {"LockID": hold, "EventID": PLAIN, "AccountNo": before["AccountNo"], "CustomerPONumber": "X"}
    assert call(simulator, "OrderEdit", body).json()["OrderEditData"]["OK"] is True
    assert simulator.order(PLAIN)["CustomerPONo"] == before["CustomerPONo"]
    assert call(simulator, "OrderEdit", body).json()["OrderEditData"]["OK"] is False
    assert simulator.order(PLAIN)["CustomerPONo"] == "X"


def test_readers_lag_behind_where_they_do(simulator: CaliqSimulator) -> None:
    simulator.set(lag_ms=60_000)
    assert edit(simulator, CustomerPONumber="NEW") == []
    assert read(simulator, "Order", EventID=PLAIN)["OrderList"][0]["CustomerPONo"] == "PO-7000"
    assert simulator.order(PLAIN)["CustomerPONo"] == "NEW"


def test_what_cannot_happen_to_an_order_is_answered_so(simulator: CaliqSimulator) -> None:
    origin = simulator.url.removesuffix("/caliq")
    act = {"what": "to_warehouse", "order": str(EMPTY)}
    assert requests.post(f"{origin}/_sandbox/caliq/act", json=act, timeout=5).status_code == 404
