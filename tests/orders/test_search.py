"""What the search box finds, on every database alike, and what it leaves to people who may see personal data."""

import re
from typing import Any
from urllib.parse import urlencode

import pytest
from django.contrib.auth.models import User
from django.test import Client

from orders.models import Order
from orders.search.folding import searchable, searchable_ticket
from orders.search.index import find, index_orders
from orders.search.reading import read_search
from orders.services.drafting import draft_changes, present
from orders.services.submitting import submit_edit, withdraw_edit
from tests.orders.rows import make_account, make_order
from vendors.models import VendorAccount

pytestmark = pytest.mark.django_db


LONG = "550e8400-e29b-41d4-a716-446655440000 margarita.longlastname@mail.example"


@pytest.fixture
def desk(db: None) -> VendorAccount:
    """An account with a dozen orders, of which each is found by something of its own."""
    account = make_account()
    rows: list[dict[str, Any]] = [
        {"number": "PO-7781", "vendor_id": "c0ffee-1", "title": "Harbour Kitchens", "words": ["+7 (900) 123-45-67"]},
        {"number": "2002", "title": "José Conceição Straße", "words": ["111.444.777-35", "jose.c@mail.example"]},
        {"number": "2003", "title": "ООО «Окна», Москва", "words": ["Иван Фёдоров", "ivan@example.com"]},
        {"number": "2004", "title": "100 % discount_code \\ 'quoted' \"double\"", "words": ["anna@example.com"]},
        {"number": "2005", "title": "NEAR AND OR NOT * (offer) ^col:text -minus +plus", "words": []},
        {"number": "2006", "title": "🎈 party 東京タワー", "words": ["Ann Annasdottir", LONG]},
        {"number": "2007", "title": "Two  spaces\tand\na line", "words": ["+4420 7946 0018"]},
    ]
    for row in rows:
        make_order(account, **row)
    index_orders()
    return account


def found(text: str, *, personal: bool = True) -> list[str]:
    """The numbers of the orders that a text finds."""
    orders = find(Order.objects.all(), read_search(text), personal=personal).orders
    return sorted(orders.values_list("number", flat=True))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # part of a word, whatever its case, its accents and its compatibility forms
        ("7781", ["PO-7781"]),
        ("o-77", ["PO-7781"]),
        ("ITCHE", ["PO-7781"]),
        ("c0ffee", ["PO-7781"]),
        ("conceicao", ["2002"]),
        ("STRASSE", ["2002"]),
        ("jose\u0301", ["2002"]),
        ("ｊｏｓｅ", ["2002"]),
        ("федоров", ["2003"]),
        ("МОСКВ", ["2003"]),
        ("東京タ", ["2006"]),
        ("🎈 party", ["2006"]),
        # several words, in any order, and each must match
        ("kitchens harbour", ["PO-7781"]),
        ("kitchens москва", []),
        ("иван окна", ["2003"]),
        ("spaces and line", ["2007"]),
        # addresses, telephone and document numbers, however either side punctuates them
        ("ivan@example.com", ["2003"]),
        ("IVAN@EXAMPLE", ["2003"]),
        ("van@example.com", ["2003"]),
        ("ivan@example.org", []),
        ("@example.com", ["2003", "2004"]),
        ("0e8400-e29b-41d4-a716-446655440000", ["2006"]),
        ("550e8400-e29b-41d4-a716-446655440000", ["2006"]),
        ("650e8400-e29b-41d4-a716-446655440000", []),
        ("margarita.longlastname@mail.example", ["2006"]),
        ("margarita.longlastname@mail.elsewhere", []),
        ("rita.longlastname@mail.example", ["2006"]),
        ("79001234567", ["PO-7781"]),
        ("+7 900 123 45 67", ["PO-7781"]),
        ("(900) 123-45-67", ["PO-7781"]),
        ("900.123.4567", ["PO-7781"]),
        ("kitchens +7(900)123-45-67", ["PO-7781"]),
        ("11144477735", ["2002"]),
        ("111 444 777 35", ["2002"]),
        ("44 20 79460018", ["2007"]),
        # under three letters: where a word begins
        ("p", ["2005", "2006", "PO-7781"]),
        ("po", ["PO-7781"]),
        ("ki", ["PO-7781"]),
        ("it", []),
        ("ок", ["2003"]),
        ("кн", []),
        ("77", []),
        ("an", ["2004", "2005", "2006", "2007"]),
        ("东京", []),
        ("東京", ["2006"]),
        ("🎈", ["2006"]),
        ("jo ca", []),
        ("jo co", ["2002"]),
    ],
)
def test_search_finds(desk: VendorAccount, text: str, expected: list[str]) -> None:
    assert found(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("%", ["2004"]),
        ("100 %", ["2004"]),
        ("100%", []),
        ("_", []),
        ("discount_code", ["2004"]),
        ("discount-code", []),
        ("discount%code", []),
        ("\\", ["2004"]),
        ("'quoted'", ["2004"]),
        ("' OR 1=1 --", []),
        ('"double"', ["2004"]),
        ('"dou"ble"', []),
        ('"', ["2004"]),
        ("*", ["2005"]),
        ("dou*", []),
        ("NEAR", ["2005"]),
        ("NEAR(harbour kitchens)", []),
        ("harbour AND kitchens", []),
        ("harbour OR москва", []),
        ("harbour NOT москва", []),
        ("NOT", ["2005"]),
        ("(offer)", ["2005"]),
        ("^col:text", ["2005"]),
        ("^harbour", []),
        ("kept:harbour", []),
        ("-minus", ["2005"]),
        ("{harbour}", []),
    ],
)
def test_what_other_languages_read_as_commands_is_text(desk: VendorAccount, text: str, expected: list[str]) -> None:
    assert found(text) == expected


@pytest.mark.parametrize("text", ["", " ", "\t\n ", ",", " ; ,\n", "\u0301", "\u200b", "\x00"])
def test_where_nothing_is_typed_all_orders_are_found(desk: VendorAccount, text: str) -> None:
    assert len(found(text)) == 7


@pytest.mark.parametrize(
    "text",
    ["x" * 2000, "ab" * 1000, "a " * 1000, "ﷺ" * 2000, "12 " * 600, "1," * 1000, '"' * 2000, "a@" * 900, "ý" * 2000],
)
def test_however_much_is_typed_there_is_an_answer(desk: VendorAccount, text: str) -> None:
    assert len(found(text)) <= 7


def test_the_end_of_a_long_word_counts_as_well(desk: VendorAccount) -> None:
    common = "0a11ce00-0000-4000-8000-" * 20
    for last in "123":
        make_order(desk, number=last, vendor_id=f"long {last}", words=[common + last])
    assert found(common + "2") == ["2"]


def test_a_list_finds_each_by_number_or_id_in_every_account(desk: VendorAccount) -> None:
    make_order(make_account("Liner two"), number="2002", vendor_id="other-9")
    assert found("2002, c0ffee-1") == ["2002", "2002", "PO-7781"]
    assert found("other-9;2003") == ["2002", "2003"]
    assert find(Order.objects.all(), read_search("2003 9999 2004"), personal=True).missing == ["9999"]
    assert found("2003 9999 2004") == ["2003", "2004"]


# Tickets


def test_an_order_is_found_by_the_tickets_of_its_edits(order: Order, alice: User) -> None:
    for ticket in ("SUP-48213", "Ярлык 7"):
        draft = draft_changes(order=order, values={"title": f"For {ticket}"}, seen=present(order))
        (edit,) = submit_edit(order=order, author=alice, draft=draft, submit_token=ticket, ticket=ticket)
        assert withdraw_edit(edit=edit, by=alice)
    for text in ("48213", "sup-48213", "SUP-482", "su", "ярлык", "ЯР 7", f"48213 {order.number}", "48213 ярлык"):
        assert found(text) == [order.number], text
    assert found("48213 nothing") == []


def test_a_ticket_is_still_found_when_the_vendor_shows_the_order_changed(
    order: Order, alice: User, liner: Any, mirrored: VendorAccount
) -> None:
    from orders.services import sync_account

    draft = draft_changes(order=order, values={"title": "Whatever"}, seen=present(order))
    (edit,) = submit_edit(order=order, author=alice, draft=draft, submit_token="t1", ticket="48213")
    assert withdraw_edit(edit=edit, by=alice)
    liner.replace(order.vendor_id, {**liner.order(order.vendor_id), "title": "Elsewhere entirely"})
    sync_account(account=mirrored)
    assert found("48213") == found("elsewhere entirely") == found("48213 elsewhere") == [order.number]


def test_the_same_ticket_is_kept_once(order: Order, alice: User) -> None:
    for token in ("t1", "t2"):
        draft = draft_changes(order=order, values={"title": token}, seen=present(order))
        (edit,) = submit_edit(order=order, author=alice, draft=draft, submit_token=token, ticket="Sup-1")
        assert withdraw_edit(edit=edit, by=alice)
    assert Order.objects.get(pk=order.pk).tickets == searchable_ticket("sup-1") == "  sup-1"


# Personal data


@pytest.mark.parametrize(
    "text", ["федоров", "ivan@example.com", "@example.com", "79001234567", "900 123 45 67", "ив", "москва иван"]
)
def test_nobody_finds_by_what_they_may_not_see(desk: VendorAccount, text: str) -> None:
    assert found(text)
    assert found(text, personal=False) == []


@pytest.mark.parametrize("text", ["москва", "ок", "2003", "ООО «Окна»", "2003, 9999"])
def test_what_everybody_sees_everybody_finds_by(desk: VendorAccount, text: str) -> None:
    assert found(text, personal=False) == ["2003"]


def test_a_ticket_is_for_everybody(desk: VendorAccount) -> None:
    Order.objects.filter(number="2003").update(tickets=searchable_ticket("SUP-48213"))
    assert found("48213", personal=False) == ["2003"]


def test_the_list_asks_who_is_looking(desk: VendorAccount, alice: User, ada: User, client: Client) -> None:
    def shown(person: User) -> list[str]:
        client.force_login(person)
        html = client.get(f"/?{urlencode({'q': 'федоров'})}").content.decode()
        return re.findall(r'class="number mono">([^<]*)<', html)

    assert shown(alice) == ["2003"]
    assert not ada.has_perm("orders.view_personal")
    assert shown(ada) == []


def test_what_a_vendor_calls_personal_is_personal_in_the_mirror(mirrored: VendorAccount) -> None:
    order = Order.objects.filter(account=mirrored).exclude(raw__contains='"callCenterPhone": null').first()
    assert order is not None
    phone = order.raw["callCenterPhone"]
    assert order.number in found(phone)
    assert order.number not in found(phone, personal=False)
    assert order.number in found(order.number, personal=False)


# Folding


def test_words_are_kept_without_case_and_accents_each_once() -> None:
    kept = searchable(["Зелёный ГОРОД", "José", "José", ""], personal=["José", "Ann"])
    assert kept == "  зеленыи  город  jose\n  ann"


def test_numbers_are_kept_as_digits_too() -> None:
    assert searchable(["+7 (900) 1234567"]) == "  +7  (900)  1234567  79001234567  7  90\n"
