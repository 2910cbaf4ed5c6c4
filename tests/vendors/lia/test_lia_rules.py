"""What may be changed on a Lia order, what has to be agreed to, and what a value may look like."""

from typing import Any

import pytest
from django.core.exceptions import ValidationError

from tests.vendors.lia.documents import BILLING, a_canceled_order, a_charged_order, an_order, lia
from vendors.fields import Field
from vendors.lia.brazil import ODD_CITIES, STATES, is_city, is_cnpj, is_cpf

IDENTITY = ("customer_name", "customer_birthdate", "customer_document")
REST = (
    "email",
    "phone",
    "address.zipcode",
    "address.street",
    "address.number",
    "address.complement",
    "address.neighborhood",
    "address.city_ibge_code",
    "address.state",
)


def field(name: str, raw: Any = None) -> Field:
    return lia().fields(raw or an_order())[name]


def is_no_change(name: str, typed: str, raw: Any = None) -> bool:
    entry = field(name, raw)
    return entry.same(entry.form.to_python(typed), entry.current(raw or an_order()))


# Rules, both ways


@pytest.mark.parametrize("name", IDENTITY)
def test_identity_is_read_only_once_charged(name: str) -> None:
    reason = lia().reason_against(a_charged_order(), name)
    assert "billings" in reason
    assert lia().reason_against(an_order(), name) == ""


@pytest.mark.parametrize("name", REST)
def test_the_lock_covers_three_fields_only(name: str) -> None:
    """Trap: after charging e-mail, phone and address stay editable."""
    assert lia().reason_against(a_charged_order(), name) == ""


@pytest.mark.parametrize(
    ("order", "locked"),
    [
        (an_order(status="in_progress"), False),
        (an_order(status="in_progress", billings=[BILLING]), True),
        (an_order(status="finished"), False),
        (an_order(billings=[{**BILLING, "status": "canceled"}]), True),
        (an_order(billings=None), False),
    ],
)
def test_charged_is_not_paid_and_not_finished(order: dict[str, Any], locked: bool) -> None:
    """Trap: only billings tell, neither status nor payments; a canceled billing still counts."""
    assert bool(lia().reason_against(order, "customer_name")) is locked


@pytest.mark.parametrize("name", [*IDENTITY, *REST])
def test_canceled_orders_are_read_only(name: str) -> None:
    assert "analysis_denied" in lia().reason_against(a_canceled_order(), name)
    assert lia().reason_against(an_order(status="finished"), name) == ""


@pytest.mark.parametrize("name", [*IDENTITY, *REST])
def test_every_field_of_the_customer_is_warned_about(name: str) -> None:
    """Trap: "customer related field" is undefined, and the edit cannot be undone."""
    (warning,) = lia().warnings_for(an_order(), {name: "x"})
    assert "analyse" in warning
    assert "cancels the order for good" in warning


def test_the_names_are_lias_write_paths() -> None:
    assert set(lia().fields(an_order())) == {*IDENTITY, *REST}


# Formatting is never a change


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("customer_document", "000.000.123-60"),
        ("customer_document", " 000 000 123 60 "),
        ("customer_document", "000.000.123–60"),
        ("phone", "+55 (12) 90000-1234"),
        ("phone", "5512900001234"),
        ("phone", "12 90000-1234"),
        ("address.zipcode", "08452-431"),
        ("address.zipcode", "08452431"),
        ("address.complement", ""),
        ("customer_birthdate", "03/12/1994"),
        ("address.state", "sp"),
        ("customer_name", " Dandara Jabuticaba "),
    ],
)
def test_formatting_is_never_a_change(name: str, typed: str) -> None:
    """Trap: an unchanged field that looks changed would set an analysis off."""
    assert is_no_change(name, typed)


def test_a_birthdate_never_passes_through_a_zone() -> None:
    """Trap: converting to UTC dates shifts the day."""
    raw = an_order(customer_birthdate="1994-12-03T00:00:00.000-03:00")
    assert is_no_change("customer_birthdate", "1994-12-03", raw)


def test_a_foreign_number_that_is_there_is_kept() -> None:
    raw = an_order(phone="12125550100")
    assert field("phone", raw).text(field("phone", raw).current(raw)) == "+12125550100"
    assert is_no_change("phone", "+1 212 555 0100", raw)


# What a value may look like


@pytest.mark.parametrize(
    ("typed", "sent"),
    [
        ("+55 11 90000-4321", "+5511900004321"),
        ("(11) 90000-4321", "+5511900004321"),
        ("5511900004321", "+5511900004321"),
        ("11 2000-4321", "+551120004321"),
        ("+351 912 345 678", "+351912345678"),
    ],
)
def test_a_phone_gets_its_plus_and_no_second_55(typed: str, sent: str) -> None:
    phone = field("phone")
    assert phone.dump(phone.form.clean(typed)) == sent


@pytest.mark.parametrize(
    "typed", ["011 90000-4321", "0800 123 4567", "190", "+555511900004321", "+55 11 9000", "ramal 12", "٩٠٠٠٠", "1 2"]
)
def test_what_is_no_phone_is_refused(typed: str) -> None:
    with pytest.raises(ValidationError):
        field("phone").form.clean(typed)


@pytest.mark.parametrize("typed", ["0131010", "013101000", "01310-10A", "٠١٣١٠١٠٠"])
def test_what_is_no_cep_is_refused(typed: str) -> None:
    with pytest.raises(ValidationError):
        field("address.zipcode").form.clean(typed)


def test_a_cep_is_sent_as_in_the_documented_example() -> None:
    cep = field("address.zipcode")
    assert cep.dump(cep.form.clean("01310100")) == "01310-100"


@pytest.mark.parametrize("typed", ["3550309", "355030", "9950308", "São Paulo", "35503080"])
def test_what_is_no_city_is_refused(typed: str) -> None:
    with pytest.raises(ValidationError):
        field("address.city_ibge_code").form.clean(typed)


@pytest.mark.parametrize(
    "typed",
    ["1899-12-31", "2999-01-01", "31/04/1990", "29/02/2023", "01/02/03", "2024-W09-4", "20240229", "٢٠٠٠-٠١-٠١", ""],
)
def test_what_is_no_birthdate_is_refused(typed: str) -> None:
    with pytest.raises(ValidationError):
        field("customer_birthdate").form.clean(typed)


@pytest.mark.parametrize("typed", ["dandara", "a@b", "a@@example.com", "a@example.com\r\nBcc: x@example.com"])
def test_what_is_no_email_is_refused(typed: str) -> None:
    with pytest.raises(ValidationError):
        field("email").form.clean(typed)


# Documents


@pytest.mark.parametrize("document", ["52998224725", "00000000191", "43849589862", "00000012360"])
def test_a_cpf_has_two_check_digits(document: str) -> None:
    assert is_cpf(document)
    assert not any(is_cpf(document[:-1] + digit) for digit in "0123456789" if digit != document[-1])


@pytest.mark.parametrize("document", ["11222333000181", "11444777000161"])
def test_a_cnpj_has_two_check_digits(document: str) -> None:
    assert is_cnpj(document)
    assert not any(is_cnpj(document[:-1] + digit) for digit in "0123456789" if digit != document[-1])


@pytest.mark.parametrize("digit", "0123456789")
def test_one_digit_repeated_is_nobody(digit: str) -> None:
    assert not is_cpf(digit * 11)
    assert not is_cnpj(digit * 14)


@pytest.mark.parametrize(
    "document", ["٥٢٩٩٨٢٢٤٧٢٥", "５２９９８２２４７２５", "5299822472", "529982247251", "52998224725\n"]
)
def test_only_ascii_digits_count(document: str) -> None:
    assert not is_cpf(document)


@pytest.mark.parametrize(
    ("kind", "document", "fits"),
    [
        ("person", "52998224725", True),
        ("person", "52998224724", False),
        ("person", "11444777000161", False),
        ("company", "11444777000161", True),
        ("company", "11444777000162", False),
        ("company", "52998224725", False),
        ("cooperative", "52998224725", True),
        ("cooperative", "11444777000161", True),
        ("cooperative", "52998224724", False),
    ],
)
def test_the_kind_of_customer_says_which_document_it_has(kind: str, document: str, fits: bool) -> None:
    """Trap: orders can belong to companies; a CPF's check must not be run on those."""
    problems = lia().problems(an_order(customer_type=kind), {"customer_document": document})
    assert (problems == {}) is fits
    assert set(problems) <= {"customer_document"}


# The address as a whole


def test_a_city_and_its_state_are_changed_together() -> None:
    """Trap: city IBGE code and UF are both sent; edit them together."""
    code, state = {"address.city_ibge_code": "2304400"}, {"address.state": "CE"}
    assert set(lia().problems(an_order(), code)) == {"address.city_ibge_code"}
    assert set(lia().problems(an_order(), state)) == {"address.state"}
    assert lia().problems(an_order(), {**code, **state}) == {}


def test_cep_and_city_are_not_checked_against_each_other() -> None:
    """Trap: Lia's own example has a CEP of one city and the code of another, and was accepted."""
    assert lia().problems(an_order(), {"address.zipcode": "60420530"}) == {}


def test_a_disagreement_that_was_there_before_does_not_stop_another_change() -> None:
    raw = an_order()
    raw["address"]["city"]["state"]["acronym"] = "RJ"
    assert lia().problems(raw, {"address.number": "9"}) == {}
    assert set(lia().problems(raw, {"address.state": "MG"})) == {"address.state"}


def test_an_address_that_is_not_there_yet_has_to_be_whole() -> None:
    problems = lia().problems(an_order(address=None), {"address.zipcode": "01310100"})
    assert set(problems) == set(REST[3:]) - {"address.complement"}


def test_nothing_is_wrong_with_an_address_that_nobody_touches() -> None:
    assert lia().problems(an_order(address=None), {"email": "elis@example.com"}) == {}


def test_every_state_has_its_own_two_digits() -> None:
    assert len(STATES) == 27
    assert len(set(STATES.values())) == 27


@pytest.mark.parametrize(
    "code", ["3550308", "3304557", "2304400", "5300108", "3549904", "4314902", *sorted(ODD_CITIES)]
)
def test_a_citys_code_has_a_check_digit_with_nine_exceptions(code: str) -> None:
    assert is_city(code)
    assert len(ODD_CITIES) == 9
