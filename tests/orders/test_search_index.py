"""The index of search: never wrong, whatever is written, and never more than a bounded part of the orders is read."""

import random
import re
from collections.abc import Iterator
from datetime import timedelta
from io import StringIO
from typing import Any
from urllib.parse import urlencode

import pytest
from django.contrib.auth.models import User
from django.core.cache import cache
from django.core.management import call_command
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from orders.models import Order
from orders.search import sqlite
from orders.search.folding import searchable, searchable_ticket
from orders.search.index import find, index_orders, install_after_migration
from orders.search.reading import read_search
from tests.orders.rows import make_account, make_order
from vendors.models import VendorAccount

pytestmark = pytest.mark.django_db

on_sqlite = pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL keeps its index by itself")
SYLLABLES = ["an", "na", "po", "tro", "ко", "ва", "7", "19", "@", "-", "é", "🎈", " ", " "]


@pytest.fixture
def shop(db: None) -> VendorAccount:
    return make_account()


@pytest.fixture
def desk(alice: User, client: Client) -> Client:
    client.force_login(alice)
    return client


def found(text: str) -> list[str]:
    orders = find(Order.objects.all(), read_search(text), personal=True).orders
    return sorted(orders.values_list("number", flat=True))


def waiting() -> int:
    """How many orders the index does not know as they are now."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT COUNT(*) FROM orders_search_pending")
        return int(cursor.fetchone()[0])


def named_by_index(piece: str) -> list[int]:
    """The ids that the index has for three letters, whatever the orders say."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT rowid FROM orders_search WHERE orders_search MATCH %s", [f'"{piece}"'])
        return sorted(pk for (pk,) in cursor.fetchall())


# Kept right


@pytest.mark.parametrize("indexed", [False, True])
def test_what_was_just_written_is_found_and_what_was_overwritten_is_not(shop: VendorAccount, indexed: bool) -> None:
    order = make_order(shop, number="1", title="Kitchens")
    if indexed:
        index_orders()
    assert found("kitchens") == ["1"]

    Order.objects.filter(pk=order.pk).update(search=searchable(["1", "Windows"]))
    assert (found("kitchens"), found("windows")) == ([], ["1"])
    index_orders()
    assert (found("kitchens"), found("windows")) == ([], ["1"])

    Order.objects.filter(pk=order.pk).update(tickets=searchable_ticket("SUP-9"))
    assert found("sup-9 windows") == ["1"]
    index_orders()
    assert found("sup-9 windows") == ["1"]

    order.delete()
    assert found("windows") == []
    index_orders()
    assert found("windows") == []


def test_what_is_rolled_back_was_never_found(shop: VendorAccount) -> None:
    make_order(shop, number="1", title="Kitchens")
    index_orders()
    with transaction.atomic():
        Order.objects.update(search=searchable(["1", "Windows"]))
        make_order(shop, number="2", title="Doors")
        index_orders()
        assert (found("windows"), found("doors"), found("kitchens")) == (["1"], ["2"], [])
        transaction.set_rollback(True)
    assert (found("windows"), found("doors"), found("kitchens")) == ([], [], ["1"])
    index_orders()
    assert (found("windows"), found("doors"), found("kitchens")) == ([], [], ["1"])


def test_an_upsert_is_seen_like_any_other_write(shop: VendorAccount) -> None:
    order = make_order(shop, number="1", vendor_id="v1", title="Kitchens")
    index_orders()
    order.search = searchable(["1", "Windows"])
    fresh = Order(account=shop, vendor_id="v2", number="2", search=searchable(["2", "Doors"]), raw={}, digest="d")
    fresh.seen_at = fresh.changed_at = timezone.now()
    for each in (order, fresh):
        each.pk = None
    Order.objects.bulk_create(
        [order, fresh], update_conflicts=True, unique_fields=["account", "vendor_id"], update_fields=["search"]
    )
    for _ in range(2):
        assert (found("windows"), found("doors"), found("kitchens")) == (["1"], ["2"], [])
        index_orders()


def test_index_and_conditions_never_disagree(shop: VendorAccount) -> None:
    """Whatever is written in whatever order, search finds what a look at every text finds."""
    chance = random.Random(7)  # noqa: S311 - the same every time

    def text() -> str:
        return "".join(chance.choices(SYLLABLES, k=chance.randint(1, 8)))

    for _ in range(60):
        match chance.randint(0, 4):
            case 0 | 1:
                make_order(shop, title=text()[:300], words=[text()])
            case 2:
                some = Order.objects.order_by("?").values("pk")[:2]
                Order.objects.filter(pk__in=list(some.values_list("pk", flat=True))).update(search=searchable([text()]))
            case 3:
                Order.objects.filter(pk__in=list(Order.objects.values_list("pk", flat=True)[:1])).delete()
            case 4:
                index_orders()
        for looked_for in (text(), text()[:3], text()[:2], text()[:1]):
            assert found(looked_for) == sorted(_looking_at_each(looked_for)), looked_for


def _looking_at_each(text: str) -> Iterator[str]:
    search = read_search(text)
    for number, kept in Order.objects.values_list("number", "search"):
        words = ((word if len(word) > 2 else f" {word}") for word in search.words)
        if all(word in kept for word in words) or (search.digits and search.digits in kept):
            yield number


@on_sqlite
def test_the_index_forgets_what_an_order_no_longer_says(shop: VendorAccount) -> None:
    order = make_order(shop, title="qqq")
    index_orders()
    assert named_by_index("qqq") == [order.pk]
    Order.objects.update(search=searchable(["www"]))
    Order.objects.update(search=searchable(["zzz"]))
    index_orders()
    assert (named_by_index("qqq"), named_by_index("www"), named_by_index("zzz")) == ([], [], [order.pk])
    order.delete()
    index_orders()
    assert named_by_index("zzz") == []


@on_sqlite
def test_orders_are_taken_in_some_at_a_time(shop: VendorAccount, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite, "AT_ONCE", 3)
    for _ in range(8):
        make_order(shop, title="qqq")
    assert (index_orders(least=9), waiting(), index_orders(least=8), waiting()) == (0, 8, 8, 0)
    assert len(named_by_index("qqq")) == 8


@on_sqlite
def test_nothing_is_written_where_nothing_is_waiting(shop: VendorAccount) -> None:
    index_orders()
    with CaptureQueriesContext(connection) as queries:
        assert index_orders() == 0
    assert [query["sql"].split()[0] for query in queries] == ["SELECT"]


@on_sqlite
def test_what_search_does_not_look_at_does_not_make_an_order_wait(shop: VendorAccount) -> None:
    make_order(shop)
    index_orders()
    Order.objects.update(status="danger", changed_at=timezone.now(), gone_at=timezone.now())
    assert waiting() == 0


def test_a_mirrored_order_does_not_wait(mirrored: VendorAccount) -> None:
    assert connection.vendor == "postgresql" or waiting() == 0


@on_sqlite
def test_triggers_that_a_migration_took_away_come_back_with_an_index_that_is_right(shop: VendorAccount) -> None:
    order = make_order(shop, title="qqq")
    index_orders()
    with connection.cursor() as cursor:
        for name in sqlite._TRIGGERS:
            cursor.execute(f"DROP TRIGGER {name}")
    Order.objects.update(search=searchable(["www"]))
    assert found("www") == []

    install_after_migration(using="default")
    assert (found("www"), named_by_index("qqq"), named_by_index("www")) == ([order.number], [], [order.pk])
    make_order(shop, title="zzz")
    assert waiting() == 1


@on_sqlite
def test_after_other_migrations_the_index_is_left_as_it_is(shop: VendorAccount) -> None:
    make_order(shop)
    install_after_migration(using="default")
    assert waiting() == 1


def test_the_index_can_be_made_anew(shop: VendorAccount) -> None:
    make_order(shop, number="1", title="qqq")
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM orders_search_pending")
        assert found("qqq") == []
    call_command("index_orders", stdout=StringIO())
    assert found("qqq") == ["1"]


# Pages


def page(client: Client, **query: Any) -> str:
    answer = client.get(f"/?{urlencode(query)}")
    assert answer.status_code == 200
    return answer.content.decode()


def numbers(html: str) -> list[str]:
    return re.findall(r'class="number mono">([^<]*)<', html)


@pytest.fixture
def many(shop: VendorAccount) -> list[str]:
    """The numbers of 130 orders that match, the newest first, among 60 that do not."""
    cache.clear()  # which statuses there are is remembered for a minute
    now = timezone.now()
    for ago in range(190):
        title = "Common word" if ago % 19 < 13 else "Something else"
        make_order(shop, title=title, status=f"s{ago % 2}", changed_at=now - timedelta(minutes=ago // 3))
    index_orders()
    return list(
        Order.objects.filter(title="Common word").order_by("-changed_at", "-id").values_list("number", flat=True)
    )


@pytest.mark.parametrize("few", [3000, 20])
@pytest.mark.parametrize("query", [{}, {"status": "s1"}, {"sort": "number"}, {"status": "s0", "sort": "-created"}])
def test_pages_go_on_to_the_last_match_however_many_there_are(
    desk: Client, many: list[str], query: dict[str, str], few: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "FEW", few)
    html = page(desk, q="common", **query)
    seen = numbers(html)
    while link := re.search(r'id="more-link"[^>]* href="([^"]+)"', html):
        html = desk.get("/" + link.group(1).replace("&amp;", "&")).content.decode()
        seen += numbers(html)
        assert len(seen) <= len(many)
    wanted = Order.objects.filter(title="Common word", status__startswith=query.get("status", "s"))
    assert sorted(seen) == sorted(wanted.values_list("number", flat=True))
    if not query:
        assert seen == many


def test_few_matches_are_counted_and_many_are_not(
    desk: Client, many: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def told() -> str:
        badge = re.search(r'id="total"[^>]*>([^<]*)<', page(desk, q="common"))
        assert badge
        return badge.group(1)

    assert told() == "130"
    monkeypatch.setattr("orders.search.sqlite.FEW", 20)
    monkeypatch.setattr("orders.search.postgresql.FEW", 0)
    assert told() == ""


@pytest.mark.parametrize("text", ["common", "common word", "co", "ann@example.com", "1234567", "nothing"])
def test_a_search_skips_nothing_and_counts_no_more_than_it_tells(desk: Client, many: list[str], text: str) -> None:
    with CaptureQueriesContext(connection) as queries:
        page(desk, q=text, account=str(VendorAccount.objects.get().pk))
    assert len(queries) <= 14
    for query in queries:
        assert "OFFSET" not in query["sql"]
        if "COUNT(" in query["sql"]:
            assert re.search(r"LIMIT (10001|100)\)", query["sql"])  # the list, and what needs attention


@on_sqlite
def test_few_matches_are_read_by_id_whatever_else_is_chosen(many: list[str], shop: VendorAccount) -> None:
    chosen = Order.objects.filter(account=shop, status="s1")
    orders = find(chosen, read_search("common"), personal=True).orders.order_by("-changed_at", "-id")[:51]
    plan = orders.explain()
    assert "USING INTEGER PRIMARY KEY (rowid=?)" in plan
    assert "orders_order USING INDEX" not in plan
    assert "VIRTUAL TABLE INDEX" in _plan(
        "SELECT rowid FROM orders_search WHERE orders_search MATCH '\"com\"' "
        "UNION ALL SELECT id FROM orders_search_pending LIMIT 3001"
    )


@pytest.mark.skipif(connection.vendor != "postgresql", reason="PostgreSQL's index")
@pytest.mark.parametrize("text", ["common", "co", "common word", "ann@example.com", "1234567"])
def test_postgresql_can_use_its_index(many: list[str], text: str) -> None:
    orders = find(Order.objects.all(), read_search(text), personal=True).orders
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
    assert "Bitmap Index Scan on order_search" in orders.order_by().explain()


def _plan(statement: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN QUERY PLAN {statement}")
        return "\n".join(str(row) for row in cursor.fetchall())
