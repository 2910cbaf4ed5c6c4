"""A process that was stopped for longer than its lease: it sends nothing that others have taken on since."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
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


def test_of_two_who_take_an_edit_on_at_once_one_has_it(liner: LinerSimulator, order: Order, alice: User) -> None:
    edit = accept(order, alice, {"title": "Mine"})
    others: list[Edit | None] = []

    with between_look_and_claim(lambda: others.append(claim(edit.pk))):
        assert claim(edit.pk) is None

    assert others[0] is not None
    assert Edit.objects.get(pk=edit.pk).fence == others[0].fence == 1


def test_whoever_takes_an_edit_on_knows_its_lock(liner: LinerSimulator, order: Order, alice: User) -> None:
    """Also one that somebody puts on record just then, who holds the edit no more."""
    edit = accept(order, alice, {"title": "Mine"})

    with between_look_and_claim(lambda: Edit.objects.filter(pk=edit.pk).update(hold="4711")):
        claimed = claim(edit.pk)

    assert claimed is not None
    assert (claimed.hold, claimed.fence) == ("4711", 1)


@contextmanager
def between_look_and_claim(happens: Callable[[], object]) -> Iterator[None]:
    """Let something happen after somebody has read an edit, and before they write that it is theirs."""
    left = [happens]

    def execute(run: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.startswith("UPDATE") and '"fence" = ' in sql.partition(" WHERE ")[0] and left:
            left.pop()()
        return run(sql, params, many, context)

    with connection.execute_wrapper(execute):
        yield
