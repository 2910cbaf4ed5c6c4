"""The list of orders: what is found, in which order, what a row says, and what it costs."""

import re
from datetime import timedelta
from html import unescape
from typing import Any
from urllib.parse import urlencode

import pytest
from django.contrib.auth.models import Permission, User
from django.core.cache import cache
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from orders.models import Order, SyncRun
from orders.states import State
from tests.orders.rows import make_account, make_edit, make_order, make_orders
from vendors.models import VendorAccount

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def _fresh_statuses() -> None:
    cache.clear()


@pytest.fixture
def liner(db: None) -> VendorAccount:
    return make_account()


@pytest.fixture
def desk(alice: User, client: Client) -> Client:
    client.force_login(alice)
    return client


def page(client: Client, headers: dict[str, str] | None = None, **query: Any) -> str:
    answer = client.get(f"/?{urlencode(query)}", headers=headers)
    assert answer.status_code == 200
    return answer.content.decode()


def numbers(html: str) -> list[str]:
    return re.findall(r'class="number mono">([^<]*)<', html)


def found(client: Client, text: str) -> list[str]:
    return sorted(numbers(page(client, q=text)))


def news(html: str) -> list[str]:
    cells = re.findall(r'<td class="news">(.*?)</td>', html, re.DOTALL)
    return [unescape(" ".join(re.sub(r"<[^>]+>", "", cell).split())) for cell in cells]


def more(html: str) -> str:
    link = re.search(r'id="more-link"[^>]* href="([^"]+)"', html)
    return unescape(link.group(1)) if link else ""


# What a row says


def test_a_row_says_account_number_title_status_and_age(desk: Client, liner: VendorAccount) -> None:
    order = make_order(liner, number="1001", title="Окна <b>ПВХ</b>", seen_at=timezone.now() - timedelta(minutes=4))
    html = page(desk)
    assert re.search(r'<td class="account">Liner\s*</td>', html)
    assert numbers(html) == ["1001"]
    assert f'<a href="/orders/{order.pk}/">Окна &lt;b&gt;ПВХ&lt;/b&gt;</a>' in html
    assert '<td class="status mono">info</td>' in html
    assert re.search(r'<td class="age"><time datetime="[^"]+" data-form="age" title="[^"]+">4 min</time></td>', html)


def test_an_order_without_a_title_can_still_be_opened(desk: Client, liner: VendorAccount) -> None:
    make_order(liner, title="")
    assert ">without a title</a>" in page(desk)


def test_of_a_long_number_both_ends_are_shown(desk: Client, liner: VendorAccount) -> None:
    make_order(liner, number="0a11ce00-0000-4000-8000-000000000320")
    make_order(liner, number="12345678901234567890", changed_at=timezone.now() - timedelta(1))
    assert numbers(page(desk)) == ["0a11ce00…000320", "12345678901234567890"]


def test_an_account_is_shown_with_its_vendor_and_when_it_is_disabled(desk: Client) -> None:
    make_order(make_account("Россия", enabled=False))
    make_order(make_account("Liner two"))
    html = page(desk)
    assert re.search(r"Liner · Россия <span class=\"faint\">\(disabled\)</span>", html)
    assert re.search(r'<td class="account">Liner two\s*</td>', html)


def test_a_copy_is_as_old_as_the_last_complete_pass_or_the_last_look(desk: Client, liner: VendorAccount) -> None:
    now = timezone.now()
    make_order(liner, number="passed", seen_at=now - timedelta(days=3), changed_at=now)
    make_order(liner, number="looked", seen_at=now - timedelta(minutes=2), changed_at=now - timedelta(hours=1))
    began = {"complete": 600, "failed": 60, "running": 30}
    for what, ago in began.items():
        SyncRun.objects.create(
            account=liner,
            started_at=now - timedelta(seconds=ago),
            finished_at=None if what == "running" else now,
            error="Liner did not answer." if what == "failed" else "",
            complete=what == "complete",
        )
    ages = re.findall(r'<td class="age"><time[^>]*>([^<]*)<', page(desk))
    assert dict(zip(numbers(page(desk)), ages, strict=True)) == {"passed": "10 min", "looked": "2 min"}


def test_the_latest_word_is_the_one_that_matters_most(
    desk: Client, liner: VendorAccount, alice: User, bob: User
) -> None:
    now = timezone.now()
    told = []

    def tell(word: str, **columns: Any) -> Order:
        told.append(word)
        return make_order(liner, changed_at=now - timedelta(seconds=len(told)), **columns)

    two_hours, two_days = now - timedelta(hours=2), now - timedelta(days=2)
    make_edit(tell("gone at Liner, 3 h", gone_at=now - timedelta(hours=3)), bob, State.SENDING)
    make_edit(tell("unknown · looking again", note="calling"), bob, State.UNKNOWN, next_at=now)
    make_edit(tell("unknown · needs a person"), bob, State.UNKNOWN)
    make_edit(tell("being sent · bob", note="calling"), bob, State.SENDING)
    make_edit(tell("edited by bob, 2 h", note="calling"), bob, at=two_hours)
    make_edit(tell("refused · bob, 2 h", note="calling"), bob, State.REFUSED, at=two_hours)
    make_edit(tell("calling", note="calling"), bob, at=two_days)
    make_edit(tell("edited by bob, 2 d"), bob, at=two_days)
    make_edit(tell(""), bob, State.WITHDRAWN, at=two_hours)
    tell("in the warehouse", note="in the warehouse")
    tell("")
    later = tell("edited by alice, 2 h")
    make_edit(later, bob, at=two_days)
    make_edit(later, alice, at=two_hours)
    split = tell("being sent · bob")
    make_edit(split, bob, State.SENDING, at=two_hours)
    make_edit(split, bob, State.ACCEPTED, part=1, next_at=now)
    assert news(page(desk)) == told


# What is found


def test_search_finds_numbers_ids_titles_and_whatever_else_a_vendor_names(desk: Client, liner: VendorAccount) -> None:
    make_order(liner, number="PO-7781", vendor_id="88231", title="Harbour Kitchens", words=["+79001234567"])
    make_order(liner, number="1002", title="Окна ПВХ", words=["ivan@example.com"])
    for text in ("PO-7781", "88231", "harbour", "KITCH", "900123", "+7 (900) 123-45-67", "900-123-45-67"):
        assert found(desk, text) == ["PO-7781"], text
    for text in ("окна", "ПВХ", "example.com"):
        assert found(desk, text) == ["1002"], text
    assert found(desk, "Bathroom") == []


def test_case_accents_and_compatibility_forms_do_not_matter(desk: Client, liner: VendorAccount) -> None:
    make_order(liner, number="1", title="José Conceição Straße")
    for text in ("jose", "CONCEICAO", "strasse", "JOSE\u0301", "ｊｏｓｅ"):
        assert found(desk, text) == ["1"], text


def test_all_words_must_match_in_any_order(desk: Client, liner: VendorAccount) -> None:
    make_order(liner, number="1", title="Окна Москва")
    make_order(liner, number="2", title="Окна Тверь")
    assert found(desk, "тверь окна") == ["2"]
    assert found(desk, "окна") == ["1", "2"]
    assert found(desk, "окна казань") == []


def test_signs_that_databases_read_as_wildcards_are_letters_here(desk: Client, liner: VendorAccount) -> None:
    make_order(liner, number="1", title="100 % discount")
    make_order(liner, number="2", title="100 pieces")
    assert found(desk, "%") == ["1"]
    assert found(desk, "_") == []
    assert found(desk, "\\") == []


@pytest.mark.parametrize("between", [",", ", ", ";", "\n", "\r\n", "\t", " "])
def test_a_pasted_list_finds_each_and_names_what_is_missing(desk: Client, liner: VendorAccount, between: str) -> None:
    for number in ("2001", "2002", "2003"):
        make_order(liner, number=number, vendor_id=f"e6e8-{number}")
    html = page(desk, q=between.join(["2001", "e6e8-2003", "9999", "8888"]))
    assert sorted(numbers(html)) == ["2001", "2003"]
    assert "Not found:" in html
    assert "9999, 8888" in html


def test_a_list_with_number_signs_is_a_list(desk: Client, liner: VendorAccount) -> None:
    make_order(liner, number="2001")
    make_order(liner, number="2002")
    assert found(desk, "#2001, №2002") == ["2001", "2002"]


def test_a_list_does_not_find_parts_of_numbers(desk: Client, liner: VendorAccount) -> None:
    make_order(liner, number="2001-2002")
    assert found(desk, "2001, 2002") == []
    assert found(desk, "2001 2002") == found(desk, "2001") == ["2001-2002"]


def test_words_with_digits_are_not_mistaken_for_a_list(desk: Client, liner: VendorAccount) -> None:
    make_order(liner, number="1", title="Flat 12 house 7")
    html = page(desk, q="12 7")
    assert numbers(html) == ["1"]
    assert "Not found" not in html


def test_filters_narrow_by_account_status_and_edits(desk: Client, alice: User, bob: User) -> None:
    one, two = make_account("Liner one"), make_account("Liner two")
    make_order(one, number="plain", status="info")
    make_edit(make_order(one, number="alices", status="success"), alice)
    make_edit(make_order(two, number="bobs", status="info"), bob)
    make_edit(make_order(two, number="unsettled", status="success"), bob, State.UNKNOWN)
    cases: dict[tuple[tuple[str, Any], ...], set[str]] = {
        (("account", two.pk),): {"bobs", "unsettled"},
        (("status", "info"),): {"plain", "bobs"},
        (("account", one.pk), ("status", "success")): {"alices"},
        (("edited", "yes"),): {"alices", "bobs"},
        (("edited", "me"),): {"alices"},
        (("edited", "unsettled"),): {"unsettled"},
        (("q", "bobs"), ("status", "info")): {"bobs"},
        (("q", "bobs"), ("status", "success")): set(),
    }
    for query, expected in cases.items():
        assert set(numbers(page(desk, **dict(query)))) == expected, query


def test_an_account_offers_the_statuses_that_its_orders_have(desk: Client) -> None:
    one, two = make_account("Liner one"), make_account("Liner two")
    for account, status in ((one, "info"), (one, "success"), (two, "danger"), (two, "")):
        make_order(account, status=status)

    def offered(**query: Any) -> list[str]:
        select = re.search(r'<select name="status".*?</select>', page(desk, **query), re.DOTALL)
        assert select
        return re.findall(r'<option value="([^"]*)"', select.group())

    assert offered() == ["", "danger", "info", "success"]
    assert offered(account=two.pk) == ["", "danger"]


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        ("", "bca"),
        ("changed", "acb"),
        ("-created", "cba"),
        ("created", "bca"),
        ("-edited", "acb"),
        ("number", "abc"),
        ("-number", "cba"),
        ("title", "cab"),
        ("-title", "bac"),
    ],
)
def test_orders_are_sorted_as_asked(desk: Client, liner: VendorAccount, sort: str, expected: str) -> None:
    now = timezone.now()
    make_order(liner, number="a", title="M", changed_at=now - timedelta(3), created_at=None, edited_at=now)
    make_order(liner, number="b", title="Z", changed_at=now, created_at=now - timedelta(9))
    make_order(liner, number="c", title="A", changed_at=now - timedelta(1), created_at=now - timedelta(8))
    assert "".join(numbers(page(desk, sort=sort))) == expected


# Pages


def test_more_leads_through_all_orders_as_a_plain_link(desk: Client, liner: VendorAccount) -> None:
    make_orders(liner, 120)
    html = page(desk)
    assert "50 shown" in html
    assert re.search(r'id="total"[^>]*>120<', html)
    seen = numbers(html)
    while more(html):
        html = desk.get(f"/{more(html)}").content.decode()
        seen += numbers(html)
        assert len(seen) <= 120
    assert seen == list(Order.objects.order_by("-changed_at").values_list("number", flat=True))
    assert "120 shown" in html
    assert "That is all of them." in html


def test_more_keeps_what_was_asked_for(desk: Client, liner: VendorAccount) -> None:
    make_orders(liner, 60)
    link = more(page(desk, q="calls", status="info", sort="-number"))
    assert {"q=calls", "status=info", "sort=-number", "shown=50"} <= set(link.removeprefix("?").split("&"))


def test_a_list_that_was_lengthened_comes_back_as_long(desk: Client, liner: VendorAccount) -> None:
    make_orders(liner, 120)
    answer = desk.get(f"/{more(page(desk))}", headers=HTMX)
    assert answer["HX-Replace-Url"] == "/?shown=100"
    assert len(numbers(page(desk, shown=100))) == 100
    assert len(numbers(page(desk, shown=10**6))) == 120


def test_a_page_is_never_longer_than_can_be_borne(
    desk: Client, liner: VendorAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("orders.listing.MOST_SHOWN", 60)
    make_orders(liner, 120)
    html = page(desk, shown=110)
    assert len(numbers(html)) == 60
    answer = desk.get(f"/{more(html)}", headers=HTMX)
    assert "110 shown" in answer.content.decode()
    assert answer["HX-Replace-Url"] == "/?shown=60"


def test_counting_ends_at_ten_thousand(desk: Client, liner: VendorAccount, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("orders.listing.MOST_COUNTED", 60)
    make_orders(liner, 61)
    assert re.search(r'id="total"[^>]*>60\+<', page(desk))


# HTMX


def test_htmx_gets_the_results_alone_and_the_address_to_show(desk: Client, liner: VendorAccount) -> None:
    make_order(liner, title="Окна")
    headers = {**HTMX, "HX-Trigger": "find"}
    answer = desk.get("/", {"q": "окна", "account": "", "status": "info", "edited": "", "sort": ""}, headers=headers)
    html = answer.content.decode()
    assert "<html" not in html
    assert 'name="q"' not in html
    assert len(numbers(html)) == 1
    assert '<span id="total" hx-swap-oob="innerHTML">1</span>' in html
    assert answer["HX-Push-Url"] == f"/?{urlencode({'q': 'окна', 'status': 'info'})}"


def test_typing_replaces_the_address_and_leaves_the_filters_alone(desk: Client, liner: VendorAccount) -> None:
    make_order(liner)
    answer = desk.get("/", {"q": "x"}, headers={**HTMX, "HX-Trigger-Name": "q", "HX-Trigger": "q"})
    assert answer["HX-Replace-Url"] == "/?q=x"
    assert "HX-Push-Url" not in answer
    assert "<select" not in answer.content.decode()


def test_what_htmx_restores_from_history_is_a_whole_page(desk: Client, liner: VendorAccount) -> None:
    answer = desk.get("/", headers={**HTMX, "HX-History-Restore-Request": "true"})
    assert "<html" in answer.content.decode()


# What goes wrong


@pytest.mark.parametrize(
    ("query", "complaint"),
    [
        ({"after": "garbage"}, "That page is no longer known"),
        ({"after": "\x00"}, "That page is no longer known"),
        ({"sort": "raw"}, "The sorting “raw” is not known here"),
        ({"account": "99999999999999999999"}, "is not known here"),
        ({"account": "1 OR 1=1"}, "is not known here"),
        ({"status": "<script>"}, "The status “&lt;script&gt;” is not known here"),
        ({"edited": "never"}, "The edit “never” is not known here"),
        ({"q": "\x00"}, "cannot be used"),
        ({"q": "x" * 2001}, "cannot be used"),
    ],
)
def test_what_makes_no_sense_is_left_out_and_told(
    desk: Client, liner: VendorAccount, query: dict[str, Any], complaint: str
) -> None:
    make_order(liner, number="1")
    html = page(desk, **query)
    assert complaint in html
    assert numbers(html) == ["1"]


@pytest.mark.parametrize(
    "query",
    [
        "shown=-1",
        "shown=x",
        "shown=²",
        "shown=" + "9" * 400,
        "q=" + "%FF" * 9,
        "q=" + "a%20" * 600,
        "q=%ED%A0%80",
        "q=,",
        "q=%20",
    ],
)
def test_odd_addresses_are_answered_with_orders_or_none(desk: Client, liner: VendorAccount, query: str) -> None:
    make_order(liner)
    assert desk.get(f"/?{query}").status_code == 200


def test_an_empty_desk_says_how_orders_get_here(desk: Client) -> None:
    html = page(desk)
    assert "No orders yet" in html
    assert "manage.py sync" in html


def test_a_search_without_a_match_offers_the_whole_list(desk: Client, liner: VendorAccount) -> None:
    make_order(liner)
    html = page(desk, q="nowhere")
    assert "Nothing matches" in html
    assert "No orders yet" not in html
    assert '<a class="button" href="/">Show all orders</a>' in html


def test_without_the_permission_the_page_says_which_one_is_missing(client: Client, db: None) -> None:
    client.force_login(User.objects.create_user("nobody"))
    answer: HttpResponse = client.get("/")  # type: ignore[assignment]
    assert answer.status_code == 403
    name = Permission.objects.get(codename="view_order").name
    assert f"“{name}”" in answer.content.decode()


def test_the_list_only_reads(desk: Client) -> None:
    assert desk.post("/").status_code == 405


# What it costs


@pytest.mark.parametrize(
    "query",
    [{}, {"q": "calls"}, {"q": "1, 2"}, {"edited": "me", "sort": "-created"}, {"shown": 200}, {"status": "info"}],
)
def test_a_page_takes_as_many_queries_however_many_rows_it_has(
    desk: Client, liner: VendorAccount, alice: User, query: dict[str, Any], django_assert_max_num_queries: Any
) -> None:
    for order in make_orders(liner, 120):
        make_edit(order, alice)
    with django_assert_max_num_queries(11):
        page(desk, **query)


def test_nothing_is_counted_skipped_or_read_that_need_not_be(desk: Client, liner: VendorAccount) -> None:
    make_orders(liner, 120)
    with CaptureQueriesContext(connection) as queries:
        desk.get(f"/{more(page(desk))}")
    for query in queries:
        statement = query["sql"]
        assert '"orders_order"."raw"' not in statement
        assert "OFFSET" not in statement
        if "COUNT(" in statement:
            assert "LIMIT 10001" in statement or "LIMIT 100)" in statement
