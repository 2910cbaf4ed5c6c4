"""What the adapter asks Caliq for, and what it makes of the answers."""

from datetime import timedelta
from typing import Any

import pytest
import responses
from django.utils import timezone
from responses import matchers

from tests.vendors.caliq import OPTIONS
from vendors.caliq.sandbox import CaliqSimulator
from vendors.caliq.vendor import Caliq
from vendors.errors import AccountRefused, OrderGone, Unreachable

BASE = "https://caliq.invalid"
KEY = "a-key-that-nobody-may-see"


@pytest.fixture
def wired() -> Caliq:
    """The adapter with nobody behind it but what a test registers."""
    vendor = Caliq(options=dict(OPTIONS))
    vendor.http = vendor.connect(base_url=BASE, credentials={"api_key": KEY})
    return vendor


def answer(name: str, body: Any = None, status: int = 200, **more: Any) -> None:
    if body is None:
        responses.post(f"{BASE}/api/v1/{name}", status=status, **more)
    else:
        responses.post(f"{BASE}/api/v1/{name}", json=body, status=status, **more)


# One order


@responses.activate
def test_an_order_is_read_by_its_id_and_its_lines_by_a_call_of_their_own(wired: Caliq) -> None:
    order, line = {"ID": 7, "Number": 55, "Unheard": [1]}, {"OrderID": 7, "LineID": 3, "ID": 900}
    exactly = matchers.json_params_matcher
    answer("Order", {"OrderList": [order]}, match=[exactly({"EventID": 7, "apiKey": KEY})])
    answer("OrderLine", {"OrderLineList": [line]}, match=[exactly({"OrderID": 7, "apiKey": KEY})])
    assert wired.order("7").raw == {"Order": order, "OrderLineList": [line]}


@responses.activate
@pytest.mark.parametrize("vendor_id", ["", "0", "-1", "7.0", "７", "null", "1" * 30])
def test_an_empty_filter_never_asks_for_every_order(wired: Caliq, vendor_id: str) -> None:
    with pytest.raises(OrderGone):
        wired.order(vendor_id)
    assert not responses.calls


@responses.activate
def test_an_order_is_gone_where_caliq_answers_204(wired: Caliq) -> None:
    answer("Order", status=204)
    with pytest.raises(OrderGone):
        wired.order("7")


@responses.activate
def test_a_number_that_is_another_kind_of_event_is_not_taken_for_the_order(wired: Caliq) -> None:
    answer("Order", {"OrderList": [{"ID": 8, "Number": 7, "Kind": "Credit"}]})
    with pytest.raises(Unreachable):
        wired.order("7")


@responses.activate
def test_the_lines_of_another_order_are_not_taken(wired: Caliq) -> None:
    answer("Order", {"OrderList": [{"ID": 7}]})
    answer("OrderLine", {"OrderLineList": [{"OrderID": 8, "LineID": 3}]})
    with pytest.raises(Unreachable, match="another"):
        wired.order("7")


@responses.activate
def test_the_wrapper_is_the_one_array_there_is(wired: Caliq) -> None:
    answer("Order", {"SomethingElse": [{"ID": 7}], "Count": 1})
    answer("OrderLine", status=204)
    assert wired.order("7").raw == {"Order": {"ID": 7}, "OrderLineList": []}


@responses.activate
@pytest.mark.parametrize(
    "body", [{}, {"One": [], "Two": []}, [], "[]", 5, {"OrderList": {"ID": 7}}, {"OrderList": "none"}]
)
def test_an_answer_of_no_documented_form_is_not_an_empty_list(wired: Caliq, body: Any) -> None:
    answer("Order", body)
    with pytest.raises(Unreachable):
        wired.order("7")


@responses.activate
@pytest.mark.parametrize("body", ["", "null"])
def test_an_empty_200_does_not_make_an_order_gone(wired: Caliq, body: str) -> None:
    responses.post(f"{BASE}/api/v1/Order", body=body)
    with pytest.raises(Unreachable):
        wired.order("7")


@responses.activate
@pytest.mark.parametrize("body", ["", "<h1>Not Found</h1>", '{"Message":"No HTTP resource was found."}'])
def test_a_404_speaks_of_the_address_and_never_of_an_order(wired: Caliq, body: str) -> None:
    responses.post(f"{BASE}/api/v1/Order", body=body, status=404)
    with pytest.raises(Unreachable) as failure:
        wired.order("7")
    assert failure.value.answer is not None
    assert failure.value.answer.status == 404


@responses.activate
@pytest.mark.parametrize("body", ["", "<h1>No</h1>", '{"Message":"Authorization has been denied."}'])
def test_a_401_refuses_the_account_whatever_its_body(wired: Caliq, body: str) -> None:
    responses.post(f"{BASE}/api/v1/Channel", body=body, status=401)
    with pytest.raises(AccountRefused):
        wired.ping()


@responses.activate
def test_the_key_travels_in_the_body_alone_and_is_never_told(wired: Caliq) -> None:
    responses.post(f"{BASE}/api/v1/Channel", json={"Message": f"The key {KEY} is wrong."}, status=400)
    with pytest.raises(Unreachable) as failure:
        wired.ping()
    sent = responses.calls[0].request
    assert KEY in str(sent.body)
    assert KEY not in f"{sent.url} {sent.headers}"
    assert KEY not in f"{failure.value!r} {failure.value.answer} {wired!r}"
    assert failure.value.answer is not None
    assert KEY not in failure.value.answer.text


@responses.activate
def test_numbers_with_decimals_are_read_exactly(wired: Caliq) -> None:
    responses.post(f"{BASE}/api/v1/Order", body='{"OrderList":[{"ID":7,"Value":0.1,"ValueVAT":0.2,"Currency":"GBP"}]}')
    answer("OrderLine", status=204)
    raw = wired.order("7").raw
    said = {entry.label: entry.text(entry.current(raw)) for entry in wired.shown(raw)}
    assert said["Value with VAT"] == "0.3 GBP"


# Many orders


def test_every_order_is_listed_with_its_lines(caliq: Caliq, simulator: CaliqSimulator) -> None:
    batches = list(caliq.batches())
    found = {batch_found.raw["Order"]["ID"]: batch_found.raw for batch in batches for batch_found in batch.found}
    assert {str(each) for each in found} == set(simulator.orders)
    assert found[70001] == caliq.order("70001").raw
    assert len(found[70016]["OrderLineList"]) == 40
    assert {batch.total for batch in batches} == {30}


def test_batches_are_as_old_as_the_list_they_come_from(caliq: Caliq) -> None:
    """The list is one answer: what was seen since is newer than all of its orders, also those of the last batch."""
    before = timezone.now()
    batches = caliq.batches()
    moments = {batch.as_of for batch in batches}
    (moment,) = moments
    assert moment is not None
    assert before <= moment <= before + timedelta(seconds=1)


def test_the_list_can_be_limited_by_options(caliq: Caliq, simulator: CaliqSimulator) -> None:
    caliq.options = {**OPTIONS, "only_active": True, "orders_since": "20250601"}
    found = [each.raw["Order"] for batch in caliq.batches() for each in batch.found]
    assert 0 < len(found) < 30
    assert all(order["Active"] and order["Created"] >= "20250601" for order in found)


@responses.activate
def test_a_bad_entry_does_not_stop_the_others(wired: Caliq) -> None:
    answer("Order", {"OrderList": ["nonsense", {"ID": None}, {"ID": 7}, {"ID": 7}, {"ID": 8}]})
    answer("OrderLine", {"Odd": 1})
    answer("OrderLine", status=204)
    batches = list(wired.batches())
    assert [each.raw["Order"]["ID"] for batch in batches for each in batch.found] == [8]
    problems = [problem for batch in batches for problem in batch.problems]
    assert "2 entries" in problems[0]
    assert "7" in problems[1]


@responses.activate
def test_a_lost_connection_ends_the_pass(wired: Caliq) -> None:
    answer("Order", {"OrderList": [{"ID": 7}]})
    answer("OrderLine", status=400)
    with pytest.raises(Unreachable):
        list(wired.batches())


def test_changes_are_asked_for_from_the_day_before_on_and_read_once(caliq: Caliq, simulator: CaliqSimulator) -> None:
    simulator.set(change_list="repeated")
    simulator.edit(70001, CustomerPONo="NEW")
    since = timezone.now()
    (batch,) = caliq.batches(since=since)
    assert [each.raw["Order"]["ID"] for each in batch.found] == [70001]
    (asked,) = [each for each in simulator.journal.entries if each.path == "/api/v1/OrderChange"]
    yesterday = timezone.localtime(since) - timedelta(days=1)
    assert f'"ChangesSince":"{yesterday:%Y%m%d}"' in asked.body
    assert sum(each.path == "/api/v1/Order" for each in simulator.journal.entries) == 1


def test_no_changes_are_no_batches(caliq: Caliq) -> None:
    assert list(caliq.batches(since=timezone.now())) == []


@responses.activate
def test_an_order_that_is_gone_from_the_change_list_is_reported(wired: Caliq) -> None:
    answer("OrderChange", {"OrderChangeList": [{"EventID": 7}, {"EventID": 0}, {}, "x"]})
    answer("Order", status=204)
    (batch,) = wired.batches(since=timezone.now())
    assert not batch.found
    assert len(batch.problems) == 1


# Lists and summary


def test_pick_lists_have_the_words_for_ids(caliq: Caliq) -> None:
    lists = caliq.lists
    assert {"value": 14, "label": "Trade counter, collected"} in lists["despatch_methods"]
    assert {"value": "IRL", "label": "Ireland"} in lists["countries"]
    assert {"value": 2, "label": "Web shop"} in lists["channels"]
    assert {"value": 9025, "label": "Quantity must be 1 or more."} in lists["messages"]


@responses.activate
def test_an_empty_pick_list_is_no_failure(wired: Caliq) -> None:
    for name in ("DespatchMethod", "Country", "Channel", "Message"):
        answer(name, status=204)
    assert not any(wired.pick_lists().values())


def test_the_summary_says_the_one_thing_worth_knowing(caliq: Caliq) -> None:
    notes = {number: caliq.summary(caliq.order(str(number)).raw).note for number in (70001, 70003, 70006, 70008, 70010)}
    assert notes == {
        70001: "",
        70003: "in the warehouse",
        70006: "credit",
        70008: "not editable",
        70010: "on customer hold",
    }


def test_the_day_of_creation_is_that_day_on_the_desk(caliq: Caliq) -> None:
    raw = {"Order": {"ID": 1, "Created": "20250615"}}
    created = caliq.summary(raw).created_at
    assert created is not None
    assert f"{timezone.localtime(created):%Y-%m-%d}" == "2025-06-15"
    assert caliq.summary({"Order": {"ID": 1, "Created": ""}}).created_at is None
