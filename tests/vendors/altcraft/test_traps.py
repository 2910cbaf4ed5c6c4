"""Each trap of Altcraft's pages that concerns orders, as a test named after it. What others cover is not repeated."""

import json
import logging
from typing import Any

import pytest
import responses
from django.core.exceptions import ValidationError

from tests.vendors.altcraft import OPTIONS, adapter, shown_of, simulated
from tests.vendors.altcraft.conftest import API, HOST, all_of
from vendors.altcraft.sandbox import AltcraftSimulator
from vendors.altcraft.sandbox.world import order_id
from vendors.altcraft.vendor import Altcraft
from vendors.errors import Rejected, Unreachable

FIRST = "lines.line_01.status"
LIST = f"{API}/orders/list"
UPDATE = f"{API}/orders/update_order_line_status"
TOKEN = "a-token-of-the-tests"


def answer_with_yes(request: Any) -> tuple[int, dict[str, str], str]:
    sent = json.loads(request.body)
    echo = {key: sent[key] for key in ("order_external_id", "order_line_external_id", "status_external_id")}
    return 200, {}, json.dumps({"data": echo, "error": 0, "error_text": "Successful operation"})


@responses.activate
def test_http_200_may_carry_a_failure(wired: Altcraft) -> None:
    responses.post(UPDATE, json={"error": 400, "error_text": "Order not found"}, status=200)
    with pytest.raises(Rejected, match="Order not found"):
        wired.send(wired.request(shown_of(simulated(), 1), {FIRST: "delivered"}))


def test_a_line_status_can_be_written_and_no_call_reads_it_back(
    simulator: AltcraftSimulator, altcraft: Altcraft
) -> None:
    raw = altcraft.order(order_id(1)).raw
    altcraft.send(altcraft.request(raw, {FIRST: "delivered"}))
    after = altcraft.order(order_id(1)).raw
    assert simulator.order(order_id(1))["lines"][0]["status"] == "delivered"
    assert "status" not in after["lines"][0]
    assert altcraft.fields(after)[FIRST].read is None


def test_orders_and_lines_have_two_vocabularies() -> None:
    vendor, raw = adapter(line_statuses=[]), shown_of(simulated(), 1)
    form: Any = vendor.fields(raw)[FIRST].form
    assert {value for value, _ in form.choices} & {"paid", "part_refunded", "cancelled"} == set()
    assert "canceled" in dict(form.choices)


def test_of_a_custom_status_the_id_is_sent_the_name_is_shown_and_the_type_is_its_meaning() -> None:
    field = adapter().fields(shown_of(simulated(), 1))[FIRST]
    assert field.dump(field.form.clean("lost")) == "lost"
    assert field.text("lost") == "Lost on the way — lost, counts as canceled"
    with pytest.raises(ValidationError):
        field.form.clean("in_process")


def test_custom_statuses_cannot_be_enumerated_so_none_beyond_the_configured_ones_is_sent(
    simulator: AltcraftSimulator, altcraft: Altcraft
) -> None:
    simulator.act("add_status", id="brand_new", name="Brand new", type="in_process")
    with pytest.raises(ValueError, match="no line status of this account"):
        altcraft.request(shown_of(simulator, 1), {FIRST: "brand_new"})


@responses.activate
def test_the_payload_key_differs_so_an_update_is_not_confirmed_by_a_result(wired: Altcraft) -> None:
    request = wired.request(shown_of(simulated(), 1), {FIRST: "delivered"})
    responses.post(UPDATE, json={"error": 0, "error_text": "", "result": dict(request.body)})
    with pytest.raises(Unreachable, match="does not repeat"):
        wired.send(request)


@responses.activate
@pytest.mark.parametrize("text", ["", "Successful operation"])
def test_error_text_is_not_a_signal(wired: Altcraft, text: str) -> None:
    responses.post(LIST, json={"error": 0, "error_text": text, "result": []})
    assert all_of(wired) == []


@responses.activate
def test_a_short_page_need_not_be_the_last_one(wired: Altcraft) -> None:
    one = {"error": 0, "error_text": "", "result": [{"external_id": "a"}], "next_from_id": "p1"}
    responses.post(LIST, json=one)
    responses.post(LIST, json={**one, "result": [{"external_id": "b"}], "next_from_id": ""})
    assert len(all_of(wired)) == 2


@pytest.mark.parametrize("setting", ["minor", "major"])
def test_the_money_unit_differs_so_amounts_are_shown_as_they_came(setting: str) -> None:
    raw = shown_of(simulated(money=setting), 1)
    total = next(entry for entry in adapter().shown(raw) if entry.label == "Total")
    assert total.text(total.current(raw)) == f"{raw['total_price']} {raw['currency']} in minor units"


def test_the_exponent_of_a_currency_is_not_guessed() -> None:
    raw = shown_of(simulated(), 9)
    total = next(entry for entry in adapter().shown(raw) if entry.label == "Total")
    assert total.text(total.current(raw)) == f"{raw['total_price']} JPY in minor units"


def test_a_total_that_is_not_the_sum_of_its_lines_is_shown_as_it_is() -> None:
    raw = {**shown_of(simulated(), 1), "total_price": "1"}
    total = next(entry for entry in adapter(money_unit="major").shown(raw) if entry.label == "Total")
    assert total.text(total.current(raw)).startswith("1 ")


def test_the_internal_id_is_never_used(simulator: AltcraftSimulator, altcraft: Altcraft) -> None:
    altcraft.send(altcraft.request(altcraft.order(order_id(1)).raw, {FIRST: "delivered"}))
    with pytest.raises(Exception, match="does not show order"):
        altcraft.order("no-such-order")
    assert all("id" not in json.loads(entry.body) for entry in simulator.journal.entries)


def test_line_ids_are_keyed_by_their_order(simulator: AltcraftSimulator, altcraft: Altcraft) -> None:
    bodies = [
        altcraft.request(shown_of(simulator, number), {FIRST: "delivered"}).body["order_external_id"]
        for number in (1, 2)
    ]
    assert bodies == [order_id(1), order_id(2)]


def test_triggers_may_fire_so_every_change_carries_a_caution() -> None:
    vendor, raw = adapter(), shown_of(simulated(), 10)
    assert all(vendor.warnings_for(raw, {name: "new"}) for name in vendor.fields(raw))


@pytest.mark.parametrize("fault", ["drop:before", "drop:after", "timeout:after"])
def test_after_a_timeout_the_state_is_unknowable_and_nothing_is_sent_twice(
    simulator: AltcraftSimulator, altcraft: Altcraft, fault: str
) -> None:
    raw = altcraft.order(order_id(1)).raw
    simulator.fail(fault, intent="write", seconds=0.2)
    with pytest.raises(Unreachable) as lost:
        altcraft.send(altcraft.request(raw, {FIRST: "delivered"}))
    assert lost.value.sent
    assert len([entry for entry in simulator.journal.entries if entry.intent == "write"]) == 1


def test_import_and_delete_are_never_called(simulator: AltcraftSimulator, altcraft: Altcraft) -> None:
    altcraft.ping()
    altcraft.pick_lists()
    all_of(altcraft)
    altcraft.send(altcraft.request(altcraft.order(order_id(1)).raw, {FIRST: "delivered"}))
    called = {entry.path.removeprefix("/api/v1.1/market/") for entry in simulator.journal.entries}
    assert called == {"orders/list", "products/list", "orders/update_order_line_status"}


def test_no_transition_is_forbidden_because_none_is_documented_to_be() -> None:
    vendor, raw = adapter(), shown_of(simulated(line_status="shown"), 1)
    raw["lines"][0]["status"] = "delivered"
    assert vendor.reason_against(raw, FIRST) == ""
    assert vendor.fields(raw)[FIRST].form.clean("new") == "new"


def test_optional_keys_vanish_or_are_null_or_of_another_kind() -> None:
    shapes: list[dict[str, Any]] = [{}, {"tags": None, "region": None, "custom_fields": []}, {"custom_fields": "x"}]
    for more in shapes:
        raw = {"external_id": "a", "lines": [{"external_id": "line_01", **more}], **more}
        vendor = adapter()
        assert vendor.summary(raw).vendor_id == "a"
        assert list(vendor.fields(raw)) == [FIRST]
        assert all(isinstance(entry.text(entry.current(raw)), str) for entry in vendor.shown(raw))


@responses.activate
def test_ids_are_strings_even_when_they_are_digits_and_keep_their_zeros(wired: Altcraft) -> None:
    raw = {"external_id": "0001234009", "lines": [{"external_id": "007"}]}
    responses.add_callback(responses.POST, UPDATE, answer_with_yes)
    assert wired.send(wired.request(raw, {"lines.007.status": "delivered"})).echoed == {"lines.007.status"}
    sent = json.loads(responses.calls[0].request.body or b"")
    assert (sent["order_external_id"], sent["order_line_external_id"]) == ("0001234009", "007")


def test_json_is_asked_for_and_sent(simulator: AltcraftSimulator, altcraft: Altcraft) -> None:
    altcraft.ping()
    (entry,) = simulator.journal.entries
    assert entry.headers["accept"] == entry.headers["content-type"] == "application/json"


@responses.activate
def test_a_token_in_the_body_ends_up_in_no_log_and_no_message(
    wired: Altcraft, caplog: pytest.LogCaptureFixture
) -> None:
    responses.post(UPDATE, json={"error": 500, "error_text": f"token {TOKEN}", "data": {"token": TOKEN}})
    request = wired.request(shown_of(simulated(), 1), {FIRST: "delivered"})
    with caplog.at_level(logging.DEBUG), pytest.raises(Rejected) as refusal:
        wired.send(request)
    assert json.loads(responses.calls[0].request.body or b"")["token"] == TOKEN
    assert refusal.value.answer is not None
    told = [caplog.text, str(refusal.value), repr(refusal.value.answer), refusal.value.answer.text, repr(wired)]
    assert all(TOKEN not in each for each in told)
    assert TOKEN not in json.dumps(dict(request.body))


def test_reads_by_post_are_repeated_and_writes_are_not(simulator: AltcraftSimulator, altcraft: Altcraft) -> None:
    raw = altcraft.order(order_id(1)).raw
    simulator.journal.clear()
    simulator.fail("502", path="list")
    assert altcraft.order(order_id(1)).raw == raw
    simulator.fail("502", path="update")
    with pytest.raises(Unreachable):
        altcraft.send(altcraft.request(raw, {FIRST: "delivered"}))
    assert [entry.intent for entry in simulator.journal.entries] == ["read", "read", "write"]


@responses.activate
def test_the_first_page_is_asked_for_with_an_empty_pointer(wired: Altcraft) -> None:
    responses.post(LIST, json={"error": 0, "error_text": "", "result": []})
    assert all_of(wired) == []
    assert json.loads(responses.calls[0].request.body or b"")["from_id"] == ""


@responses.activate
def test_the_touchpoint_filter_takes_the_external_id() -> None:
    vendor = Altcraft(options={**OPTIONS, "endpoint": "0042"})
    vendor.http = vendor.connect(base_url=HOST, credentials={"token": TOKEN})
    responses.post(LIST, json={"error": 0, "error_text": "", "result": []})
    vendor.ping()
    assert json.loads(responses.calls[0].request.body or b"") == {
        "from_id": "",
        "limit": 1,
        "endpoint": "0042",
        "token": TOKEN,
    }
