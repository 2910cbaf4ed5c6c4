"""What goes out: only what changed, and what Caliq would misread if it were missing."""

import copy
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from tests.vendors.caliq import adapter, shown_of, simulated
from vendors.caliq.vendor import Caliq
from vendors.payloads import dumps

ADDRESS = "EditDeliveryAddress"


@pytest.fixture(scope="module")
def caliq() -> Caliq:
    return adapter(simulated())


@pytest.fixture
def plain() -> dict[str, Any]:
    """In progress, delivered to a kept address as soon as possible, by despatch method 11."""
    raw = copy.deepcopy(shown_of(simulated(), 70001))
    raw["Order"] |= {"ID": 7, "AccountNo": "MILL316", "AccountID": 316, "DespatchMethodID": 11}
    return raw


@pytest.fixture
def one_off() -> dict[str, Any]:
    return shown_of(simulated(), 70002)


def clean(vendor: Caliq, raw: dict[str, Any], **typed: Any) -> dict[str, Any]:
    fields = vendor.fields(raw)
    return {name: fields[name].form.clean(value) for name, value in typed.items()}


def body(vendor: Caliq, raw: dict[str, Any], typed: dict[str, Any]) -> dict[str, Any]:
    changes = clean(vendor, raw, **typed)
    assert vendor.problems(raw, changes) == {}
    return dict(vendor.request(raw, changes).body)


def problems(vendor: Caliq, raw: dict[str, Any], typed: dict[str, Any]) -> set[str]:
    return set(vendor.problems(raw, clean(vendor, raw, **typed)))


def without(raw: dict[str, Any], *keys: str) -> dict[str, Any]:
    return {**raw, "Order": {key: value for key, value in raw["Order"].items() if key not in keys}}


WHO = {"EventID": 7, "AccountNo": "MILL316", "CustomerID": 316}


# What is sent


def test_only_what_changed_goes_out_beside_whose_order_it_is(caliq: Caliq, plain: dict[str, Any]) -> None:
    assert body(caliq, plain, {"CustomerPONumber": "PO-7781"}) == {**WHO, "CustomerPONumber": "PO-7781"}


def test_the_request_is_a_post_without_key_and_lock(caliq: Caliq, plain: dict[str, Any]) -> None:
    request = caliq.request(plain, {"CustomerPONumber": "X"})
    assert (request.method, request.path) == ("POST", "/api/v1/OrderEdit")
    assert "LockID" not in request.body
    assert "apiKey" not in request.body


def test_decimals_stay_decimals_from_form_to_wire(caliq: Caliq, plain: dict[str, Any]) -> None:
    line = plain["OrderLineList"][0]["LineID"]
    sent = body(caliq, plain, {"Carriage": "10.10", f"OrderEditLines.{line}.UnitPrice": "0.30"})
    assert dumps(sent["Carriage"]) == "10.10"
    assert '"UnitPrice":0.30' in dumps(sent)


def test_the_same_amount_in_other_digits_is_no_change(caliq: Caliq, plain: dict[str, Any]) -> None:
    plain["Order"]["Carriage"] = Decimal("10.10")
    field = caliq.fields(plain)["Carriage"]
    assert field.same(field.form.clean("10.1"), field.current(plain))
    assert not field.same(field.form.clean("10.11"), field.current(plain))


def test_carriage_can_be_nothing(caliq: Caliq, plain: dict[str, Any]) -> None:
    plain["Order"]["Carriage"] = Decimal("12.00")
    assert body(caliq, plain, {"Carriage": "0"})["Carriage"] == 0


def test_a_line_is_sent_with_its_id_and_its_changed_part_alone(caliq: Caliq, plain: dict[str, Any]) -> None:
    first, second, third = (line["LineID"] for line in plain["OrderLineList"])
    sent = body(caliq, plain, {f"OrderEditLines.{third}.Quantity": "7", f"OrderEditLines.{first}.UnitPrice": "1.5"})
    assert sent["OrderEditLines"] == {
        "OrderEditLine": [{"LineID": first, "UnitPrice": Decimal("1.5")}, {"LineID": third, "Quantity": 7}]
    }
    assert second not in {line["LineID"] for line in sent["OrderEditLines"]["OrderEditLine"]}


def test_the_line_is_named_by_its_line_id_and_not_by_its_product(caliq: Caliq, plain: dict[str, Any]) -> None:
    line = plain["OrderLineList"][0]
    assert line["ID"] != line["LineID"]
    assert f"OrderEditLines.{line['ID']}.Quantity" not in caliq.fields(plain)


def test_a_new_line_has_no_id_and_always_a_price(caliq: Caliq, plain: dict[str, Any]) -> None:
    typed = {"OrderEditLines.+": {"ProductCode": " TAP-CHR ", "Quantity": 2, "UnitPrice": Decimal("10.10")}}
    (line,) = body(caliq, plain, typed)["OrderEditLines"]["OrderEditLine"]
    assert line == {"ProductCode": "TAP-CHR", "Quantity": 2, "UnitPrice": Decimal("10.10")}


def test_dates_go_out_as_eight_digits(caliq: Caliq, plain: dict[str, Any]) -> None:
    sent = body(caliq, plain, {"DeliveryRequirement": "D", "DeliveryRequirementDate": "2026-01-31"})
    assert (sent["DeliveryRequirement"], sent["DeliveryRequirementDate"]) == ("D", "20260131")


def test_a_date_is_typed_or_given_as_caliq_writes_it(caliq: Caliq, plain: dict[str, Any]) -> None:
    field = caliq.fields(plain)["DeliveryRequirementDate"]
    assert field.same(field.form.clean("20260131"), field.form.clean("2026-01-31"))
    for wrong in ("31/01/2026", "2026-02-30", "20260230", "2026131", "２０２６０１３１"):
        with pytest.raises(ValidationError):
            field.form.clean(wrong)


def test_the_date_and_its_letter_travel_together(caliq: Caliq, plain: dict[str, Any]) -> None:
    plain["Order"] |= {"DeliveryRequirement": "D", "DeliveryRequirementDate": "20260131"}
    sent = body(caliq, plain, {"DeliveryRequirement": "W"})
    assert (sent["DeliveryRequirement"], sent["DeliveryRequirementDate"]) == ("W", "20260131")
    sent = body(caliq, plain, {"DeliveryRequirementDate": "2026-02-02"})
    assert (sent["DeliveryRequirement"], sent["DeliveryRequirementDate"]) == ("D", "20260202")
    sent = body(caliq, plain, {"DeliveryRequirement": "A"})
    assert sent["DeliveryRequirement"] == "A"
    assert "DeliveryRequirementDate" not in sent


@pytest.mark.parametrize("letter", ["D", "W"])
def test_d_and_w_require_the_date(caliq: Caliq, plain: dict[str, Any], letter: str) -> None:
    assert problems(caliq, plain, {"DeliveryRequirement": letter}) == {"DeliveryRequirementDate"}
    hidden = without(plain, "DeliveryRequirement", "DeliveryRequirementDate")
    assert problems(caliq, hidden, {"DeliveryRequirement": letter}) == {"DeliveryRequirementDate"}


def test_a_date_alone_counts_only_where_the_letter_asks_for_one(caliq: Caliq, plain: dict[str, Any]) -> None:
    assert problems(caliq, plain, {"DeliveryRequirementDate": "2026-02-02"}) == {"DeliveryRequirementDate"}
    hidden = without(plain, "DeliveryRequirement", "DeliveryRequirementDate")
    assert problems(caliq, hidden, {"DeliveryRequirementDate": "2026-02-02"}) == set()


# What Caliq would misread


def test_the_despatch_method_is_repeated_where_the_account_says_so(caliq: Caliq, plain: dict[str, Any]) -> None:
    """Its absence may mean 0 to Caliq, whatever its text says."""
    assert "DespatchMethodID" not in body(caliq, plain, {"CustomerPONumber": "X"})
    caliq.options = {**caliq.options, "repeat_despatch_method": True}
    assert body(caliq, plain, {"CustomerPONumber": "X"})["DespatchMethodID"] == 11
    assert body(caliq, plain, {"DespatchMethodID": "13"})["DespatchMethodID"] == 13


@pytest.mark.parametrize("nothing", [None, 0, "", "11"])
def test_a_despatch_method_that_is_not_shown_is_never_made_up(
    caliq: Caliq, plain: dict[str, Any], nothing: Any
) -> None:
    caliq.options = {**caliq.options, "repeat_despatch_method": True}
    plain["Order"]["DespatchMethodID"] = nothing
    assert "DespatchMethodID" not in body(caliq, plain, {"CustomerPONumber": "X"})
    assert "DespatchMethodID" not in body(caliq, without(plain, "DespatchMethodID"), {"CustomerPONumber": "X"})


def test_one_part_of_the_address_sends_the_whole_of_it(caliq: Caliq, plain: dict[str, Any]) -> None:
    plain["Order"] |= {"Del_Line3": "", "Del_County": None}
    sent = body(caliq, plain, {f"{ADDRESS}.Town": "York"})[ADDRESS]
    order = plain["Order"]
    assert sent["Town"] == "York"
    assert sent["DeliveryAddressID"] == order["Del_AddressID"]
    assert sent["DirectDelivery"] is False
    assert sent["DeliveryCompany"] == order["Del_Company"]
    assert sent["Email"] == order["Del_Email"]
    assert "Line3" not in sent  # empty and untouched: null and "" may both mean something else
    assert "County" not in sent


def test_fixing_a_phone_number_does_not_reset_the_address(caliq: Caliq, one_off: dict[str, Any]) -> None:
    sent = body(caliq, one_off, {f"{ADDRESS}.Phone": "01632 960001"})[ADDRESS]
    assert sent["DirectDelivery"] is True
    assert sent["DeliveryAddressID"] == 0
    assert sent["Line1"] == one_off["Order"]["Del_Line1"]


def test_an_address_that_is_not_shown_has_to_be_said(caliq: Caliq, plain: dict[str, Any]) -> None:
    hidden = without(plain, "DirectDelivery", "Del_AddressID", "Del_Town")
    assert problems(caliq, hidden, {f"{ADDRESS}.Town": "York"}) == {f"{ADDRESS}.DirectDelivery"}
    with pytest.raises(ValueError, match="one-off"):
        caliq.request(hidden, {f"{ADDRESS}.Town": "York"})
    no = {f"{ADDRESS}.Town": "York", f"{ADDRESS}.DirectDelivery": "false"}
    assert problems(caliq, hidden, no) == {f"{ADDRESS}.DeliveryAddressID"}
    yes = {f"{ADDRESS}.Town": "York", f"{ADDRESS}.DirectDelivery": "true"}
    assert body(caliq, hidden, yes)[ADDRESS]["DeliveryAddressID"] == 0


def test_a_one_off_address_needs_a_line_and_a_country(caliq: Caliq, one_off: dict[str, Any]) -> None:
    one_off["Order"] |= {"Del_Line1": "", "Del_Country": ""}
    wrong = {f"{ADDRESS}.Line1", f"{ADDRESS}.Country"}
    assert problems(caliq, one_off, {f"{ADDRESS}.Town": "York"}) == wrong


def test_account_and_customer_are_always_sent_and_agree(caliq: Caliq, plain: dict[str, Any]) -> None:
    plain["Order"]["AccountID"] = None
    sent = body(caliq, plain, {"CustomerPONumber": "X"})
    assert sent["AccountNo"] == "MILL316"
    assert "CustomerID" not in sent


@pytest.mark.parametrize("account", [None, "", "ELEVENCHARS", 5])
def test_an_order_without_a_usable_account_number_is_not_sent(
    caliq: Caliq, plain: dict[str, Any], account: Any
) -> None:
    plain["Order"]["AccountNo"] = account
    with pytest.raises(ValueError, match="account number"):
        caliq.request(plain, {"CustomerPONumber": "X"})


def test_a_null_is_never_sent(caliq: Caliq, plain: dict[str, Any]) -> None:
    """Null means "leave it as it is": the edit would seem to work."""
    for name in ("CustomerPONumber", "Carriage", f"{ADDRESS}.Town", "OrderEditLines.+"):
        with pytest.raises((ValueError, TypeError)):
            caliq.request(plain, {name: None})


# Clearing and limits


@pytest.mark.parametrize("name", ["CustomerPONumber", "OrderNotes", f"{ADDRESS}.Town"])
def test_clearing_is_refused_with_an_explanation(caliq: Caliq, plain: dict[str, Any], name: str) -> None:
    with pytest.raises(ValidationError, match="leave it as it is"):
        caliq.fields(plain)[name].form.clean("")


@pytest.mark.parametrize("name", ["CustomerPONumber", "OrderNotes", f"{ADDRESS}.Town"])
def test_an_account_can_say_that_an_empty_text_clears(plain: dict[str, Any], name: str) -> None:
    clearing = adapter(simulated(), empty_string_clears=True)
    sent = body(clearing, plain, {name: ""})
    assert (sent[ADDRESS]["Town"] if name.startswith(ADDRESS) else sent[name]) == ""


@pytest.mark.parametrize("clears", [False, True])
def test_what_is_no_text_is_never_cleared(plain: dict[str, Any], clears: bool) -> None:
    plain["Order"] |= {"DeliveryRequirement": "D", "DeliveryRequirementDate": "20260131", "Carriage": 5}
    line = plain["OrderLineList"][0]["LineID"]
    fields = adapter(simulated(), empty_string_clears=clears).fields(plain)
    for name in (
        "Carriage",
        "DeliveryRequirement",
        "DeliveryRequirementDate",
        "DespatchMethodID",
        "CustomerHold",
        f"{ADDRESS}.DirectDelivery",
        f"{ADDRESS}.DeliveryAddressID",
        f"{ADDRESS}.Country",
        f"OrderEditLines.{line}.Quantity",
        f"OrderEditLines.{line}.UnitPrice",
    ):
        with pytest.raises(ValidationError):
            fields[name].form.clean("")


@pytest.mark.parametrize(
    ("name", "longest"),
    [("CustomerPONumber", 20), (f"{ADDRESS}.Line1", 40), (f"{ADDRESS}.DeliveryCompany", 40), (f"{ADDRESS}.County", 25)],
)
def test_texts_are_as_long_as_caliq_says(caliq: Caliq, plain: dict[str, Any], name: str, longest: int) -> None:
    form = caliq.fields(plain)[name].form
    assert form.clean("x" * longest)
    with pytest.raises(ValidationError):
        form.clean("x" * (longest + 1))


@pytest.mark.parametrize("quantity", ["0", "-1", "1.5", "", "two"])
def test_a_quantity_is_1_or_more(caliq: Caliq, plain: dict[str, Any], quantity: str) -> None:
    """What 0 does is not documented, and there is no call that removes a line."""
    line = plain["OrderLineList"][0]["LineID"]
    with pytest.raises(ValidationError):
        caliq.fields(plain)[f"OrderEditLines.{line}.Quantity"].form.clean(quantity)


@pytest.mark.parametrize("price", ["-1", "1,5", "1e3", "NaN", "1.23456", "£2"])
def test_a_price_is_a_plain_number_from_0_on(caliq: Caliq, plain: dict[str, Any], price: str) -> None:
    line = plain["OrderLineList"][0]["LineID"]
    with pytest.raises(ValidationError):
        caliq.fields(plain)[f"OrderEditLines.{line}.UnitPrice"].form.clean(price)


@pytest.mark.parametrize(
    "line",
    [
        {"ProductCode": "TAP"},
        {"ProductCode": "TAP", "Quantity": 1},
        {"ProductCode": "", "Quantity": 1, "UnitPrice": 1},
        {"ProductCode": "x" * 26, "Quantity": 1, "UnitPrice": 1},
        {"ProductCode": "TAP", "Quantity": 0, "UnitPrice": 1},
        {"ProductCode": "TAP", "Quantity": 1, "UnitPrice": -1},
        {"ProductCode": "TAP", "Quantity": 1, "UnitPrice": 1, "LineID": 4},
        {"ProductID": 4, "Quantity": 1, "UnitPrice": 1},
        ["TAP", "1"],
        "TAP",
        7,
    ],
)
def test_a_new_line_has_a_code_a_quantity_and_a_price(caliq: Caliq, plain: dict[str, Any], line: Any) -> None:
    with pytest.raises(ValidationError):
        caliq.fields(plain)["OrderEditLines.+"].form.clean(line)


@pytest.mark.parametrize("nothing", [None, "", {}, [], ["", "", ""], {"ProductCode": "", "Quantity": None}])
def test_three_empty_inputs_are_no_new_line(caliq: Caliq, plain: dict[str, Any], nothing: Any) -> None:
    field = caliq.fields(plain)["OrderEditLines.+"]
    assert field.same(field.form.clean(nothing), field.current(plain))


def test_a_new_line_is_typed_into_three_inputs(caliq: Caliq, plain: dict[str, Any]) -> None:
    field = caliq.fields(plain)["OrderEditLines.+"]
    html = field.form.widget.render(field.name, {"ProductCode": "TAP", "Quantity": 2, "UnitPrice": Decimal("10.10")})
    for part, value in (("ProductCode", "TAP"), ("Quantity", "2"), ("UnitPrice", "10.10")):
        assert f'name="OrderEditLines.+_{part}" value="{value}"' in html
    posted = {"OrderEditLines.+_ProductCode": "TAP", "OrderEditLines.+_Quantity": "2"}
    typed = field.form.widget.value_from_datadict(
        {**posted, "OrderEditLines.+_UnitPrice": "10.10"},
        {},
        field.name,
    )
    assert field.form.clean(typed) == {"ProductCode": "TAP", "Quantity": 2, "UnitPrice": Decimal("10.10")}
    assert field.text(field.form.clean(typed)) == "2 × TAP at 10.10"


# What is not shown


def test_what_an_order_does_not_show_is_said_not_to_be_shown(caliq: Caliq, plain: dict[str, Any]) -> None:
    keys = ("OrderNotes", "DeliveryRequirement", "DeliveryRequirementDate", "DespatchMethodID", "CustomerHold")
    shown, hidden = caliq.fields(plain), caliq.fields(without(plain, *keys))
    for name in keys:
        assert shown[name].read is not None
        assert hidden[name].read is None
        assert hidden[name].current(plain) in (None, "")


def test_an_empty_value_is_shown(caliq: Caliq, plain: dict[str, Any]) -> None:
    plain["Order"]["OrderNotes"] = None
    assert caliq.fields(plain)["OrderNotes"].read is not None


def test_countries_without_three_letters_are_typed(plain: dict[str, Any]) -> None:
    """Addresses want three letters, and the country list does not say which it gives."""
    form = adapter(simulated(country_codes="two_letters")).fields(plain)[f"{ADDRESS}.Country"].form
    assert form.clean("FRA") == "FRA"
    for wrong in ("FR", "fra", "FRAN", "F1A"):
        with pytest.raises(ValidationError):
            form.clean(wrong)


# What became of it


def lined(*lines: tuple[int, str, Any, Any]) -> dict[str, Any]:
    names = ("LineID", "Code", "Qty", "UnitPrice")
    return {"Order": {"ID": 7}, "OrderLineList": [dict(zip(names, line, strict=True)) for line in lines]}


WANTED = {"ProductCode": "TAP", "Quantity": 2, "UnitPrice": Decimal("10.10")}
BEFORE = lined((1, "TAP", 2, Decimal("10.10")))
THERE = (1, "TAP", 2, Decimal("10.10"))


@pytest.mark.parametrize(
    ("after", "landed"),
    [
        (lined(THERE), False),
        (lined(THERE, (2, "SINK", 2, Decimal("10.10"))), False),
        (lined(THERE, (2, "TAP", 2, Decimal("10.1"))), True),
        (lined(THERE, (2, "tap", 2, Decimal("10.10"))), True),
        (lined(THERE, (2, "TAP", 3, Decimal("10.10"))), None),
        (lined(THERE, (2, "TAP", 2, Decimal("9.99"))), None),
        (lined(THERE, (2, "TAP", 2, None)), None),
        (lined(THERE, (2, "TAP", 2, Decimal("10.10")), (3, "TAP", 2, Decimal("10.10"))), None),
        (lined((2, "TAP", 2, Decimal("10.10"))), True),
    ],
)
def test_a_new_line_is_found_by_comparing_line_ids(caliq: Caliq, after: dict[str, Any], landed: bool | None) -> None:
    assert caliq.fields(after)["OrderEditLines.+"].arrived(BEFORE, after, WANTED) is landed


def test_what_else_became_of_the_order_is_told(caliq: Caliq, plain: dict[str, Any]) -> None:
    after = copy.deepcopy(plain)
    assert caliq.aftermath(plain, after) == ""
    after["Order"] |= {"Status": "Cancelled", "Editable": False, "DespatchMethodID": 0}
    said = caliq.aftermath(plain, after)
    for words in ("“In Progress” to “Cancelled”", "stopped letting it be edited", "despatch method was lost"):
        assert words in said
