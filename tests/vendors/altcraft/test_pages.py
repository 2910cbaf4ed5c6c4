"""What an order says and what of it can be changed: the page, the lines, the account's options."""

import copy
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from tests.vendors.altcraft import OPTIONS, adapter, shown_of, simulated
from vendors.accounts import read_options
from vendors.altcraft.lines import NO_ID, NO_LINE, ODD_ID
from vendors.altcraft.statuses import BUILT_IN
from vendors.altcraft.vendor import Altcraft
from vendors.fields import Field, Raw

STATUS = "lines.line_01.status"


def said(vendor: Altcraft, raw: Raw, label: str) -> list[str]:
    """The words of all entries with this label."""
    return [entry.text(entry.current(raw)) for entry in vendor.shown(raw) if entry.label == label]


def with_lines(*lines: Any) -> dict[str, Any]:
    return {"external_id": "order-1", "status": "new", "currency": "EUR", "lines": list(lines)}


def choices_of(vendor: Altcraft, raw: Raw, name: str = STATUS) -> list[str]:
    form: Any = vendor.fields(raw)[name].form
    return [value for value, _ in form.choices if value]


# Lines


def test_each_line_has_its_status_as_a_field_under_its_own_external_id() -> None:
    raw = shown_of(simulated(), 2)
    assert list(adapter().fields(raw)) == [f"lines.line_0{number}.status" for number in (1, 2, 3)]


def test_nothing_but_the_status_of_a_line_can_be_changed() -> None:
    raw = shown_of(simulated(), 8)
    fields = [entry for entry in adapter().shown(raw) if isinstance(entry, Field)]
    assert {field.name.rpartition(".")[2] for field in fields} == {"status"}


def test_ids_of_lines_may_hold_digits_dots_spaces_and_any_letters() -> None:
    raw = shown_of(simulated(), 7)
    vendor = adapter()
    names = ["lines.007.status", "lines.a.b.status.status", "lines.line 1.status", "lines.линия.status"]
    assert list(vendor.fields(raw)) == names
    sent = [vendor.request(raw, {name: "delivered"}).body["order_line_external_id"] for name in names]
    assert sent == ["007", "a.b.status", "line 1", "линия"]


def test_lines_that_share_an_id_cannot_be_changed_and_say_why() -> None:
    raw = shown_of(simulated(), 5)
    vendor = adapter()
    assert list(vendor.fields(raw)) == ["lines.line_02.status"]
    notes = said(vendor, raw, "Status")
    assert len(notes) == 2
    assert "2 lines of this order have the external id “line_01”" in notes[0]


def test_lines_that_share_an_id_are_still_told_apart_on_the_page() -> None:
    raw = shown_of(simulated(), 5)
    products = [line["product"] for line in raw["lines"]]
    assert len(set(products)) > 1
    assert said(adapter(), raw, "Product") == products


@pytest.mark.parametrize(
    ("line", "note"),
    [
        ({"product": "rope_60"}, NO_ID),
        ({"external_id": "", "product": "rope_60"}, NO_ID),
        ({"external_id": None}, NO_ID),
        ({"external_id": 7}, ODD_ID),
        ({"external_id": ["a"]}, ODD_ID),
        ({"external_id": "a\u202eb"}, ODD_ID),
        ({"external_id": "x" * 181}, ODD_ID),
        ("line_01", NO_LINE),
        (None, NO_LINE),
    ],
    ids=repr,
)
def test_a_line_that_cannot_be_named_has_no_field_and_says_why(line: Any, note: str) -> None:
    raw = with_lines(line, {"external_id": "line_01"})
    assert list(adapter().fields(raw)) == [STATUS]
    assert said(adapter(), raw, "Status") == [note]


def test_forty_lines_are_forty_fields() -> None:
    assert len(adapter().fields(shown_of(simulated(), 10))) == 40


# A status that is never shown


def test_a_status_that_is_not_shown_is_not_made_up() -> None:
    raw = shown_of(simulated(), 1)
    field = adapter().fields(raw)[STATUS]
    assert field.read is None
    assert field.text(field.current(raw)) == ""
    assert "never shows it" in field.help


def test_a_status_that_is_shown_is_read() -> None:
    simulator = simulated(line_status="shown")
    raw = shown_of(simulator, 1)
    field = adapter().fields(raw)[STATUS]
    assert field.current(raw) == raw["lines"][0]["status"]
    assert field.help == ""


def test_one_line_may_show_its_status_while_another_does_not() -> None:
    raw = with_lines({"external_id": "line_01", "status": "new"}, {"external_id": "line_02"})
    fields = adapter().fields(raw)
    assert [field.read is None for field in fields.values()] == [False, True]


def test_a_shown_status_that_nobody_knows_stays_as_it_is() -> None:
    raw = with_lines({"external_id": "line_01", "status": "beamed_up"})
    field = adapter().fields(raw)[STATUS]
    assert field.text(field.current(raw)) == "beamed_up (not in the list)"
    assert field.same(field.form.clean("beamed_up"), field.current(raw))


# Choices


def test_only_altcrafts_six_words_are_offered_where_the_account_names_no_others() -> None:
    raw = shown_of(simulated(), 1)
    assert choices_of(adapter(line_statuses=[]), raw) == list(BUILT_IN)


def test_the_accounts_own_statuses_are_offered_by_name_and_sent_by_id() -> None:
    raw = shown_of(simulated(), 1)
    field = adapter().fields(raw)[STATUS]
    assert choices_of(adapter(), raw)[6:] == ["0001", "at_point", "left_at_door", "lost"]
    assert field.text("at_point") == "Arrived at the pickup point — at_point, counts as in process"
    assert field.dump(field.form.clean("0001")) == "0001"


@pytest.mark.parametrize("word", ["paid", "part_refunded", "in_process", "DELIVERED", "cancelled", "1"])
def test_words_of_orders_and_types_are_no_statuses_of_lines(word: str) -> None:
    raw = shown_of(simulated(), 1)
    vendor = adapter()
    assert word not in choices_of(vendor, raw)
    with pytest.raises(ValidationError):
        vendor.fields(raw)[STATUS].form.clean(word)
    with pytest.raises(ValueError, match="no line status of this account"):
        vendor.request(raw, {STATUS: word})


def test_a_status_that_the_account_no_longer_names_is_not_sent() -> None:
    raw = shown_of(simulated(), 1)
    adapter().request(raw, {STATUS: "at_point"})
    with pytest.raises(ValueError, match="no line status"):
        adapter(line_statuses=[]).request(raw, {STATUS: "at_point"})


# Requests


def test_a_request_holds_the_three_ids_and_nothing_else() -> None:
    raw = shown_of(simulated(), 3)
    request = adapter().request(raw, {STATUS: "delivered"})
    assert (request.method, request.path) == ("POST", "/api/v1.1/market/orders/update_order_line_status")
    assert request.body == {
        "order_external_id": "0001234009",
        "order_line_external_id": "line_01",
        "status_external_id": "delivered",
    }


def test_each_line_is_a_call_of_its_own_in_the_order_given() -> None:
    changes = {f"lines.{line}.status": "delivered" for line in ("b", "a", "c")}
    assert list(adapter().split(changes)) == [{name: "delivered"} for name in changes]
    with pytest.raises(ValueError, match="one line a call"):
        adapter().request(with_lines(), changes)


@pytest.mark.parametrize("name", ["status", "lines.status", "lines..status", "lines.a", "total_price"])
def test_no_other_field_is_ever_written(name: str) -> None:
    with pytest.raises(ValueError, match="no field"):
        adapter().request(with_lines(), {name: "delivered"})


# Rules


def test_every_change_of_a_line_has_to_be_agreed_to() -> None:
    raw = shown_of(simulated(), 2)
    vendor = adapter()
    for name in vendor.fields(raw):
        (warning,) = vendor.warnings_for(raw, {name: "delivered"})
        assert "may send the customer a message" in warning
        assert vendor.reason_against(raw, name) == ""
    assert vendor.warnings_for(raw, {}) == []


def test_what_became_of_the_order_is_told() -> None:
    before = shown_of(simulated(), 1)
    after = {**copy.deepcopy(before), "status": "part_refunded"}
    told = adapter().aftermath(before, after)
    assert f"from “{before['status']}” to “part_refunded”" in told
    assert adapter().aftermath(before, before) == ""


# Amounts and words


@pytest.mark.parametrize(
    ("unit", "words"), [("minor", "4549000 RUB in minor units"), ("major", "4549000 RUB")], ids=["minor", "major"]
)
def test_amounts_are_shown_digit_by_digit_with_a_word_for_the_unit(unit: str, words: str) -> None:
    raw = {**with_lines(), "total_price": "4549000", "currency": "RUB"}
    assert said(adapter(money_unit=unit), raw, "Total") == [words]


@pytest.mark.parametrize("amount", ["0", "000", "2500.00", "9" * 40, "1e3", "-5"])
def test_no_amount_is_ever_computed_with(amount: str) -> None:
    raw = {**with_lines(), "total_price": amount}
    assert said(adapter(money_unit="major"), raw, "Total") == [f"{amount} EUR"]


def test_a_line_is_priced_in_its_own_currency() -> None:
    raw = with_lines({"external_id": "line_01", "final_price_per_item": "100", "currency": "GBP"}, {"external_id": "b"})
    raw["lines"][1]["final_price_per_item"] = "200"
    assert said(adapter(money_unit="major"), raw, "Final price of one") == ["100 GBP", "200 EUR"]


def test_a_product_is_called_by_its_name_where_that_is_known() -> None:
    simulator = simulated()
    raw = with_lines({"external_id": "line_01", "product": "0042"}, {"external_id": "b", "product": "unheard_of"})
    assert said(adapter(simulator), raw, "Product") == ["Carabiner No. 42 (0042)", "unheard_of"]
    assert adapter(simulator).summary(raw).title == "Carabiner No. 42 and 1 more"
    assert adapter().summary(raw).title == "0042 and 1 more"


def test_the_summary_finds_an_order_by_all_that_names_it() -> None:
    raw = {**shown_of(simulated(), 3), "tags": ["gift"], "region": "region_coast"}
    summary = adapter().summary(raw)
    assert (summary.vendor_id, summary.number) == ("0001234009", "0001234009")
    assert {"0001234009", "gift", "region_coast", raw["lines"][0]["product"], "line_01"} <= set(summary.search)
    assert (summary.status, summary.note) == (raw["status"], raw["endpoint"])


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("2021-12-27T09:38:39Z", "2021-12-27T09:38:39+00:00"),
        ("2022-01-02T15:04:05.141Z", "2022-01-02T15:04:05.141000+00:00"),
        ("2006-01-25", "2006-01-25T00:00:00+00:00"),
        ("2006-01-25 15:04:05", "2006-01-25T15:04:05+00:00"),
    ],
)
def test_times_are_read_in_every_form_that_the_pages_show(written: str, read: str) -> None:
    created = adapter().summary({"external_id": "a", "create_time": written}).created_at
    assert created is not None
    assert created.isoformat() == read


@pytest.mark.parametrize("written", [None, "", "yesterday", 1640598519, {}])
def test_a_time_that_cannot_be_read_is_none(written: Any) -> None:
    assert adapter().summary({"external_id": "a", "create_time": written}).created_at is None


# Options


def options(**given: Any) -> dict[str, Any]:
    return read_options(vendor=Altcraft, given=given)


def test_the_safe_reading_is_the_default() -> None:
    defaults = {name: field.initial for name, field in Altcraft.declared_options.items()}
    assert defaults == {"line_statuses": [], "money_unit": "minor", "endpoint": ""}
    assert options(line_statuses=None, money_unit=None, endpoint=None) == defaults


def test_own_statuses_are_read_from_data_and_from_text() -> None:
    own = [{"id": "0001", "name": "Packed", "type": "in_process"}]
    assert options(line_statuses=own) == {"line_statuses": own}
    text = '[{"id": "0001", "name": "Packed", "type": "in_process"}]'
    assert options(line_statuses=text) == {"line_statuses": own}
    assert options(line_statuses=OPTIONS["line_statuses"]) == {"line_statuses": OPTIONS["line_statuses"]}


def status(**more: Any) -> dict[str, Any]:
    return {"id": "x", "name": "X", "type": "in_process", **more}


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ("not json", "valid JSON"),
        ({"id": "x"}, "Write a list"),
        ("7", "Write a list"),
        (["x"], "Entry 1: a status has an id, a name and a type"),
        ([status(), status(id="y", colour="red")], "Entry 2: a status has"),
        ([{"id": "x", "name": "X"}], "a status has an id, a name and a type"),
        ([status(id=1)], "the id has to be a text"),
        ([status(id="")], "the id has to be a text"),
        ([status(id=" x")], "without space around it"),
        ([status(id="x\ny")], "the id has to be a text"),
        ([status(id="x" * 101)], "at most 100 characters"),
        ([status(name=None)], "the name has to be a text"),
        ([status(type="processing")], "the type is one of delivered, canceled, refunded, in_process"),
        ([status(type=["delivered"])], "the type is one of"),
        ([status(id="delivered")], "always there"),
        ([status(id="paid")], "a status of orders"),
        ([status(id="part_refunded")], "a status of orders"),
        ([status(id="in_process")], "a type of statuses"),
        ([status(), status(name="Y")], "repeats “x”"),
    ],
    ids=repr,
)
def test_own_statuses_that_make_no_sense_are_refused_with_the_reason(wrong: Any, why: str) -> None:
    with pytest.raises(ValidationError) as refused:
        options(line_statuses=wrong)
    assert why in " ".join(refused.value.message_dict["line_statuses"])


@pytest.mark.parametrize("unit", ["cents", "", "MINOR"])
def test_amounts_are_in_one_of_two_units(unit: str) -> None:
    with pytest.raises(ValidationError):
        options(money_unit=unit)


def test_the_touchpoint_stays_the_text_that_it_is() -> None:
    assert options(endpoint="0042") == {"endpoint": "0042"}
