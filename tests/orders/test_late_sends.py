"""A process that was stopped for longer than its lease: it sends nothing that others have taken on since."""

import time
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection, transaction
from pytest_django import Settings

from orders.models import Edit, Order
from orders.services import advance_edit, settle_edit
from orders.services.transitions import claim
from orders.states import State
from tests.orders.test_sending import accept, writes
from vendors.liner.sandbox import LinerSimulator

pytestmark = pytest.mark.django_db(transaction=True)


def stopped_before_the_send(meanwhile: Callable[[], object]) -> Callable[..., Any]:
    """Stops, as by SIGSTOP, once the attempt is on record, until the lease is over and `meanwhile` has happened."""
    stops = iter([True])

    def wrapper(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        done = execute(sql, params, many, context)
        if sql.startswith('INSERT INTO "orders_attempt"') and next(stops, False):
            transaction.on_commit(stop)
        return done

    def stop() -> None:
        time.sleep(1.1)
        meanwhile()

    return wrapper


def test_what_nobody_has_taken_on_is_said_not_to_have_been_sent(
    liner: LinerSimulator, order: Order, alice: User, settings: Settings
) -> None:
    settings.LEASE_SECONDS = 1
    edit = accept(order, alice, {"title": "Too late"})

    with connection.execute_wrapper(stopped_before_the_send(lambda: None)):
        done = advance_edit(edit.pk)

    assert (done.state, writes(liner)) == (State.NOT_SENT, [])


def test_what_another_has_taken_on_is_left_to_them(
    liner: LinerSimulator, order: Order, alice: User, settings: Settings
) -> None:
    settings.LEASE_SECONDS = 1
    edit = accept(order, alice, {"title": "Too late"})

    with connection.execute_wrapper(stopped_before_the_send(lambda: advance_edit(edit.pk))):
        taken_on = advance_edit(edit.pk)

    assert taken_on.state == State.UNKNOWN
    assert settle_edit(edit=taken_on).state == State.NOT_APPLIED
    assert writes(liner) == []


def test_whoever_takes_an_edit_on_reads_its_own_fence(liner: LinerSimulator, order: Order, alice: User) -> None:
    """Between its claim and its look at the row nobody else can claim it: both are one transaction."""
    edit = accept(order, alice, {"title": "Mine"})
    alone: list[bool] = []

    def watch(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.startswith(("UPDATE", "SELECT")):
            alone.append(connection.in_atomic_block)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(watch):
        claimed = claim(edit.pk)

    assert claimed is not None
    assert alone == [True, True]
    assert Edit.objects.get(pk=edit.pk).fence == claimed.fence == 1
