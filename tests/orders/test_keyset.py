"""Pages by position: every row once, whatever comes and goes, and never by counting."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from orders.filters import SORTS
from orders.keyset import Page, Sort, page_of
from orders.models import Order
from tests.orders.rows import make_account, make_order, make_orders
from vendors.models import VendorAccount

pytestmark = pytest.mark.django_db

NOON = datetime(2025, 11, 21, 12, tzinfo=UTC)
EVERY_SORT = [pytest.param(sort, id=name or "default") for name, (_, sort) in SORTS.items()]


@pytest.fixture
def liner(db: None) -> VendorAccount:
    return make_account()


def all_pages(sort: Sort, size: int) -> list[list[Order]]:
    pages, after = [], ""
    while True:
        page: Page[Order] = page_of(Order.objects.all(), sort, after=after, size=size)
        assert page.understood
        pages.append(page.rows)
        assert len(pages) < 20
        after = page.next
        if not after:
            return pages


def expected(orders: list[Order], sort: Sort) -> list[int]:
    def key(order: Order) -> Any:
        return getattr(order, sort.column), order.pk

    valued = [order for order in orders if getattr(order, sort.column) is not None]
    rest = [order for order in orders if getattr(order, sort.column) is None]
    valued.sort(key=key, reverse=sort.descending)
    rest.sort(key=lambda order: order.pk, reverse=sort.descending)
    return [order.pk for order in [*valued, *rest]]


@pytest.mark.parametrize("sort", EVERY_SORT)
@pytest.mark.parametrize("size", [1, 3, 4, 12, 50])
def test_every_row_comes_once_and_in_its_place(liner: VendorAccount, sort: Sort, size: int) -> None:
    """With ties in every column, and with rows that have no value."""
    orders = [
        make_order(
            liner,
            number=f"{step // 3}",
            vendor_id=f"id-{step}",
            title="AB"[step % 2],
            changed_at=NOON - timedelta(microseconds=step // 4),
            created_at=None if step % 3 == 0 else NOON + timedelta(hours=step // 2),
        )
        for step in range(12)
    ]
    pages = all_pages(sort, size)
    assert [order.pk for page in pages for order in page] == expected(orders, sort)
    assert [len(page) for page in pages] == [size] * (12 // size) + ([12 % size] if 12 % size else [])


def test_what_is_added_meanwhile_moves_nothing(liner: VendorAccount) -> None:
    make_orders(liner, 6)
    sort = SORTS[""][1]
    first: Page[Order] = page_of(Order.objects.all(), sort, size=3)
    make_order(liner, changed_at=first.rows[0].changed_at + timedelta(minutes=1))
    second: Page[Order] = page_of(Order.objects.all(), sort, after=first.next, size=3)
    assert len({order.pk for order in [*first.rows, *second.rows]}) == 6


@pytest.mark.parametrize("token", ["x", "x:y:z", "W10:1abc:garbage", "\x00", "ключ", "a" * 5000])
def test_a_token_that_nobody_gave_out_leads_to_the_first_page(liner: VendorAccount, token: str) -> None:
    orders = make_orders(liner, 3)
    page: Page[Order] = page_of(Order.objects.all(), SORTS[""][1], after=token, size=2)
    assert page.rows == orders[:2]
    assert not page.understood


def test_a_token_holds_for_the_sorting_that_it_was_made_for(liner: VendorAccount) -> None:
    make_orders(liner, 3)
    newest, by_number = SORTS[""][1], SORTS["number"][1]
    token = page_of(Order.objects.all(), newest, size=1).next
    assert page_of(Order.objects.all(), newest, after=token, size=1).understood
    assert not page_of(Order.objects.all(), by_number, after=token, size=1).understood


@pytest.mark.parametrize("sort", EVERY_SORT)
def test_a_deep_page_counts_nothing_and_skips_nothing(liner: VendorAccount, sort: Sort) -> None:
    make_orders(liner, 9)
    token = page_of(Order.objects.all(), sort, size=4).next
    with CaptureQueriesContext(
        connection,
    ) as queries:
        page_of(Order.objects.all(), sort, after=token, size=4)
    assert len(queries) <= (2 if sort.nullable else 1)
    for query in queries:
        assert "COUNT(" not in query["sql"]
        assert "OFFSET" not in query["sql"]


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL takes no index for so few rows")
@pytest.mark.parametrize(
    ("name", "narrowed", "index"),
    [
        ("", {}, "order_changed (changed_at<?"),
        ("changed", {}, "order_changed (changed_at>?"),
        ("", {"account": 1}, "order_account_changed (account_id=? AND changed_at<?"),
        ("", {"status": "info"}, "order_status_changed (status=? AND changed_at<?"),
        (
            "",
            {"account": 1, "status": "info"},
            "order_account_status_changed (account_id=? AND status=? AND changed_at<?",
        ),
        ("number", {}, "order_number (number>?"),
        ("-number", {}, "order_number (number<?"),
        ("title", {}, "order_title (title>?"),
        ("-title", {}, "order_title (title<?"),
    ],
)
def test_a_deep_page_starts_inside_an_index(
    liner: VendorAccount, name: str, narrowed: dict[str, Any], index: str
) -> None:
    make_orders(liner, 9)
    sort = SORTS[name][1]
    token = page_of(Order.objects.all(), sort, size=4).next
    with CaptureQueriesContext(connection) as queries:
        page_of(Order.objects.filter(**narrowed), sort, after=token, size=4)
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN QUERY PLAN {queries[0]['sql']}")
        plan = [row[-1] for row in cursor.fetchall()]
    assert plan == [f"SEARCH orders_order USING INDEX {index})"]
