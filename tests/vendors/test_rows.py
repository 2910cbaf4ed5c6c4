"""Statements that are written out do what the ORM would do."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.db.models import Model

from orders.models import Edit, Order
from tests.orders.rows import make_account, make_change, make_order
from vendors.rows import add, as_model, columns_of, first, insert, read, update
from vendors.vitals import AccountHealth

pytestmark = pytest.mark.django_db

AT = datetime(2026, 3, 4, 5, 6, 7, 123456, tzinfo=UTC)


def test_a_row_is_added_with_its_defaults_and_read_back() -> None:
    account = make_account()
    insert(AccountHealth, account_id=account.pk, last_ok_at=AT, last_failure="It's “quoted” % \\ ünd 日本")

    (found,) = AccountHealth.objects.all()
    assert (found.account_id, found.last_ok_at, found.failures, found.probe_at) == (account.pk, AT, 0, None)
    assert found.last_failure == "It's “quoted” % \\ ünd 日本"


def test_rows_that_match_are_overwritten_and_counted() -> None:
    first, second = make_account(), make_account(name="Another")
    for account in (first, second):
        AccountHealth.objects.create(account=account, failures=3, last_failure_at=AT)

    assert update(AccountHealth, {"account_id": first.pk, "failures": 3}, {"failures": 4, "last_failure_at": None}) == 1
    assert update(AccountHealth, {"account_id": second.pk, "failures": 9}, {"failures": 0}) == 0
    assert list(AccountHealth.objects.order_by("pk").values_list("failures", "last_failure_at")) == [(4, None), (3, AT)]


def test_nothing_and_one_of_several_can_be_looked_for() -> None:
    one, two, three = (make_account(name=name) for name in ("One", "Two", "Three"))
    AccountHealth.objects.create(account=one, failures=1, last_ok_at=AT)
    AccountHealth.objects.create(account=three, failures=3)
    AccountHealth.objects.create(account=two, failures=2)

    assert first(AccountHealth, "failures", {"last_ok_at": None}) == 2
    assert first(AccountHealth, "account_id", {"failures": (3, 9)}) == three.pk
    assert first(AccountHealth, "account_id", {"failures": (8, 9), "last_ok_at": AT}) is None
    assert update(AccountHealth, {"last_ok_at": None, "failures": (2, 3)}, {"failures": 0}) == 2


def test_a_field_that_there_is_not_is_refused() -> None:
    with pytest.raises(KeyError, match="failure"):
        insert(AccountHealth, account_id=1, failure=1)
    with pytest.raises(KeyError, match="failure"):
        update(AccountHealth, {"account_id": 1}, {"failure": 1})


def test_a_row_of_a_cursor_is_the_model() -> None:
    saved = AccountHealth.objects.create(account=make_account(), failures=2, failing_since=AT, refusal="no")
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(columns_of(AccountHealth))} FROM vendors_accounthealth")  # noqa: S608
        found = as_model(AccountHealth, cursor.fetchone())
    assert found == saved
    assert (found.failures, found.failing_since, found.refusal) == (2, AT, "no")
    assert not found._state.adding


def test_a_row_is_read_with_those_that_it_refers_to_as_the_orm_reads_them() -> None:
    account = make_account(
        requests_per_second=Decimal("0.125"), options={"custom_values": "whole"}, credentials_set_at=AT
    )
    order = make_order(account)
    order.raw = {"price": Decimal("10.10"), "nothing": None, "odd": "\ud83d"}
    order.save()

    found = read(Order, order.pk, "account")

    assert found is not None
    with_orm = Order.objects.select_related("account").get(pk=order.pk)
    for ours, theirs in ((found, with_orm), (found.account, with_orm.account)):
        assert values_of(ours) == values_of(theirs)
        assert not ours._state.adding
    assert found.account.requests_per_second == Decimal("0.125")


@pytest.mark.parametrize("key", [0, 10**18, -(10**30), 10**30])
def test_a_key_that_no_row_has_finds_none(key: int) -> None:
    assert read(Order, key) is None


def test_a_row_that_is_added_knows_its_key_and_is_what_the_orm_would_have_added() -> None:
    order, author = make_order(make_account()), User.objects.create_user("somebody")
    edits = [Edit(**columns_of_an_edit(order, author), submit_token=token) for token in ("ours", "theirs")]
    add(edits[0])
    edits[1].save()

    ours, theirs = (values_of(Edit.objects.get(pk=edit.pk)) for edit in edits)
    different = {"id", "submit_token"}
    assert {name: value for name, value in ours.items() if name not in different} == {
        name: value for name, value in theirs.items() if name not in different
    }
    assert ours["labels"] == "Title"


def values_of(row: Model) -> dict[str, Any]:
    return {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}


def columns_of_an_edit(order: Order, author: User) -> dict[str, Any]:
    return {
        "order": order,
        "account": order.account,
        "author": author,
        "author_name": author.username,
        "changes": {"title": make_change()},
        "base_revision": 1,
        "base_digest": order.digest,
        "created_at": AT,
    }
