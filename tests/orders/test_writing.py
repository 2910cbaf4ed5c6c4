"""What a pass asks of the database: little for a batch, and nothing at all for what did not change."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from orders.models import Order, Revision
from orders.services import look_again, sync_account
from orders.services.mirror import WORTH_INDEXING, digest_of, store_found, store_pages
from orders.services.writing import Batch, known_orders, moment, write_batch
from orders.services.writing.columns import Row
from tests.orders.rows import make_account
from vendors.contract import Found
from vendors.errors import OrderGone
from vendors.liner.orders import Place
from vendors.liner.sandbox import LinerSimulator
from vendors.models import VendorAccount
from vendors.payloads import loads

pytestmark = pytest.mark.django_db


def made(count: int, **changes: Any) -> list[Found]:
    """So many orders of Liner."""
    return [Found(raw={"id": number, "title": f"Order {number}", **changes}, at="0") for number in range(1, count + 1)]


def statements(captured: CaptureQueriesContext, *words: str) -> list[str]:
    return [each["sql"] for each in captured.captured_queries if each["sql"].startswith(words)]


def store(account: VendorAccount, found: list[Found], as_of: datetime | None = None) -> Any:
    return store_found(account=account, vendor=account.adapter(), found=found, as_of=as_of or timezone.now())


def test_a_batch_takes_a_look_up_and_a_few_statements_however_large(account: VendorAccount) -> None:
    counts = []
    for count in (2 * WORTH_INDEXING, 10 * WORTH_INDEXING):
        Order.objects.all().delete()
        with CaptureQueriesContext(connection) as first:
            assert store(account, made(count)).added == count
        with CaptureQueriesContext(connection) as second:
            assert store(account, made(count, code="new")).changed == count
        counts.append((len(first), len(second)))

    assert counts[0] == counts[1], "the number of statements does not grow with that of orders"
    assert max(counts[0]) <= 14  # the search index among them


def test_what_did_not_change_is_looked_up_and_not_written(account: VendorAccount) -> None:
    store(account, made(400))
    with CaptureQueriesContext(connection) as captured:
        stored = store(account, made(400))

    assert (stored.unchanged, stored.written) == (400, [])
    (look_up,) = statements(captured, "SELECT")
    assert not statements(captured, "INSERT", "UPDATE", "DELETE", "CREATE")
    assert "changed_at" not in look_up, "the order of the list is none for a look-up"
    assert "raw" not in look_up


def test_an_unchanged_pass_writes_no_order(mirrored: VendorAccount) -> None:
    with CaptureQueriesContext(connection) as captured:
        sync_account(account=mirrored)

    written = statements(captured, "INSERT", "UPDATE", "DELETE", "COPY", "CREATE")
    assert [sql for sql in written if "syncrun" not in sql] == []


def test_more_than_a_batch_is_written_in_several(account: VendorAccount) -> None:
    with CaptureQueriesContext(connection) as captured:
        stored = store_pages(
            account=account,
            vendor=account.adapter(),
            pages=[(made(2500), timezone.now())],
        )

    assert stored.added == len(stored.written) == Order.objects.count() == 2500
    looked_up = 3 if connection.vendor == "postgresql" else 0  # there in a transaction of its own
    assert len(statements(captured, "SAVEPOINT", "BEGIN")) - looked_up == 3


def test_whoever_looked_meanwhile_is_not_overwritten(mirrored: VendorAccount, order: Order) -> None:
    """Between the look-up of a batch and its write, somebody else mirrors the order."""
    was = known_orders(mirrored.pk, [order.vendor_id])[order.vendor_id]
    values = ("1", "Older", "", "", None, "", "{}", "x" * 64, "0", None, None)
    for change in ({"revision": order.revision + 1}, {"revision": order.revision, "seen_at": timezone.now()}):
        Order.objects.filter(pk=order.pk).update(**change)

        added, changed = write_batch(mirrored.pk, Batch(changed=[Row(order.vendor_id, values, was)]))

        assert (added, changed) == ([], [])
        assert Order.objects.get(pk=order.pk).title == order.title
        assert not Revision.objects.exists()


def test_an_order_that_somebody_added_meanwhile_stays_as_it_is(account: VendorAccount) -> None:
    store(account, made(1))
    now = timezone.now()
    values = ("1", "Again", "", "", None, "", "{}", "x" * 64, "0", moment(now), moment(now))

    added, _ = write_batch(account.pk, Batch(new=[Row("1", values), Row("2", values)]))

    assert len(added) == 1
    assert Order.objects.get(vendor_id="1").title == "Order 1"


def test_what_was_read_before_an_order_was_found_gone_does_not_bring_it_back(
    liner: LinerSimulator, mirrored: VendorAccount, order: Order
) -> None:
    began = timezone.now()
    liner.replace(order.vendor_id, None)
    with pytest.raises(OrderGone):
        look_again(order=order)

    for raw in (dict(order.raw), {**order.raw, "title": "Older"}):
        store(mirrored, [Found(raw=raw, at=order.found_at)], as_of=began)
        order.refresh_from_db()
        assert order.gone_at is not None

    store(mirrored, [Found(raw=dict(order.raw), at="100")])
    order.refresh_from_db()
    assert (order.gone_at, order.found_at) == (None, "100")


def test_new_orders_at_the_head_of_a_list_cost_no_write_of_those_behind(mirrored: VendorAccount, order: Order) -> None:
    place = Place.read(order.found_at)
    assert place is not None
    assert place.total is not None
    pushed = Place(place.offset + 5000, place.total + 5000)

    with CaptureQueriesContext(connection) as asked:
        store(mirrored, [Found(raw=dict(order.raw), at=str(pushed))])

    assert statements(asked, "UPDATE") == []
    order.refresh_from_db()
    assert order.found_at == str(place)


@pytest.mark.parametrize("field", ["code", "title"])
def test_hostile_texts_take_nobody_else_down(account: VendorAccount, field: str) -> None:
    found = [*made(2), Found(raw={"id": 3, field: "a\0b\ud800c" + "x" * 5000})]

    stored = store(account, found)

    assert (stored.added, stored.problems) == (3, [])
    assert Order.objects.get(vendor_id="3").raw == found[2].raw


def test_an_id_that_no_column_holds_is_reported(account: VendorAccount) -> None:
    stored = store(account, [*made(1), Found(raw={"id": "7" * 201}, at="100")])

    assert (stored.added, stored.seen) == (1, [Order.objects.get().pk])
    assert stored.problems == ["An order at 100 cannot be read: ValueError."]


def test_a_moment_at_the_end_of_time_is_left_out(account: VendorAccount) -> None:
    store(account, made(1, createdAt="0001-01-01T00:00:00+14:00"))

    assert Order.objects.get().created_at is None


def test_a_look_up_goes_by_the_key_before_the_database_has_learned_what_the_table_holds(account: VendorAccount) -> None:
    """Right after a first sync PostgreSQL still takes the account for small, and would read all of it."""
    store(make_account("Another"), made(3000))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    store(account, made(3000))
    with CaptureQueriesContext(connection) as captured:
        assert len(known_orders(account.pk, [str(number) for number in range(1, 501)])) == 500

    explain = "EXPLAIN " if connection.vendor == "postgresql" else "EXPLAIN QUERY PLAN "
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL enable_sort = off")
        cursor.execute(explain + statements(captured, "SELECT")[-1].replace("%", "%%"), [])
        plan = [str(line) for line in cursor.fetchall()]
    assert any(re.search(r"account_id *= *\S+ AND .*vendor_id\S* *>?=", line) for line in plan), plan


def test_moments_and_defaults_are_those_of_the_model(account: VendorAccount) -> None:
    as_of = timezone.now() - timedelta(seconds=5)
    store(account, made(1, createdAt="2025-02-03T04:05:06+03:00"), as_of=as_of)

    order = Order.objects.get()
    assert order.created_at == datetime(2025, 2, 3, 1, 5, 6, tzinfo=UTC)
    assert (order.seen_at, order.revision, order.edited_at, order.gone_at) == (as_of, 1, None, None)


def test_keys_in_another_order_are_no_change_and_another_number_is_one() -> None:
    one = loads('{"a": {"x": 1.10, "y": "ü\\u2028"}, "b": [null, true]}')
    same = loads('{"b": [null, true], "a": {"y": "ü\\u2028", "x": 1.10}}')
    assert digest_of(one) == digest_of(same)
    others = [
        '{"a": 1.1}',
        '{"a": 1.10}',
        '{"a": "1.1"}',
        '{"a": 1}',
        '{"a": [null, "1.1"]}',
        '{"a": true}',
        '{"a": "1"}',
    ]
    assert len({digest_of(loads(text)) for text in others}) == len(others)
