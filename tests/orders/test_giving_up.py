"""An edit over which every worker dies comes to an end, and one that was merely unlucky does not."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.utils import timezone

from orders.models import Edit, Order
from orders.services import advance_due_edits, advance_edit
from orders.services.giving_up import MOST_TAKEOVERS
from orders.states import State
from tests.orders.test_holding import StubbornCaliq, lock_of
from tests.orders.test_holding import accept as accept_at_caliq
from tests.orders.test_holding import caliq as caliq
from tests.orders.test_holding import editable as editable
from tests.orders.test_sending import accept, bring, writes
from vendors.liner.sandbox import LinerSimulator

pytestmark = pytest.mark.django_db(transaction=True)

ON_THE_WAY = {
    State.ACCEPTED: (),
    State.CHECKING: (State.CHECKING,),
    State.LOOKING: (State.CHECKING, State.SENDING, State.LOOKING),
    State.UNKNOWN: (State.CHECKING, State.SENDING, State.UNKNOWN),
}


class Killed(BaseException):
    """What ends a worker without its having a say, as kill -9 does."""


def die_over(edit: Edit, times: int) -> None:
    """So many workers take the edit on and die before they have called the vendor, and their leases run out."""

    def kill(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        if "vendors_accounthealth" in sql:
            raise Killed
        return execute(sql, params, many, context)

    for _ in range(times):
        with connection.execute_wrapper(kill), pytest.raises(Killed):
            advance_edit(edit.pk)
        Edit.objects.filter(pk=edit.pk).update(busy_until=timezone.now() - timedelta(seconds=1))


@pytest.mark.parametrize("state", [State.ACCEPTED, State.CHECKING])
def test_what_was_not_sent_ends_as_not_sent(liner: LinerSimulator, order: Order, alice: User, state: State) -> None:
    edit = accept(order, alice, {"title": "Poison"})
    bring(edit, *ON_THE_WAY[state])
    die_over(edit, MOST_TAKEOVERS + 1)

    done = advance_edit(edit.pk)

    assert done.state == State.NOT_SENT
    stopped = f"The desk stopped {MOST_TAKEOVERS + 1} times while it prepared this edit"
    assert done.explanation == f"{stopped}, so it was given up. Nothing was sent."
    assert done.steps.latest("pk").note == f"{stopped}."
    assert writes(liner) == []


@pytest.mark.parametrize("state", [State.LOOKING, State.UNKNOWN])
def test_what_may_have_been_sent_is_left_to_a_person(
    liner: LinerSimulator, order: Order, alice: User, state: State
) -> None:
    edit = accept(order, alice, {"title": "Poison"})
    bring(edit, *ON_THE_WAY[state], next_at=timezone.now())
    die_over(edit, MOST_TAKEOVERS + 1)

    done = advance_edit(edit.pk)

    assert (done.state, done.next_at, done.busy_until) == (State.UNKNOWN, None, None)
    assert f"stopped {MOST_TAKEOVERS + 1} times while it looked" in done.explanation
    assert done.steps.latest("pk").note == done.explanation


def test_a_send_that_was_cut_off_is_looked_for_however_many_died(
    liner: LinerSimulator, order: Order, alice: User
) -> None:
    edit = accept(order, alice, {"title": "Cut off"})
    past = timezone.now() - timedelta(seconds=1)
    bring(edit, State.CHECKING, State.SENDING, busy_until=past, takeovers=MOST_TAKEOVERS + 1)

    done = advance_edit(edit.pk)

    assert (done.state, done.takeovers) == (State.UNKNOWN, 0)
    assert "stopped while the edit was being sent" in done.explanation
    assert done.next_at is not None
    assert advance_edit(edit.pk).state in {State.UNKNOWN, State.NOT_APPLIED}


def test_whoever_was_merely_unlucky_is_sent(liner: LinerSimulator, order: Order, alice: User) -> None:
    edit = accept(order, alice, {"title": "Unlucky"})
    die_over(edit, MOST_TAKEOVERS)

    done = advance_edit(edit.pk)

    assert (done.state, done.takeovers) == (State.APPLIED, 0)
    assert len(writes(liner)) == 1


def test_whoever_lets_it_go_ends_the_row(liner: LinerSimulator, order: Order, alice: User) -> None:
    """As where another edit of the same order is under way: the desk did not stop over this one."""
    edit = accept(order, alice, {"title": "Unlucky"})
    die_over(edit, MOST_TAKEOVERS)
    Edit.objects.filter(pk=edit.pk).update(busy_until=None)
    die_over(edit, 2)

    assert Edit.objects.get(pk=edit.pk).takeovers == 1
    assert advance_edit(edit.pk).state == State.APPLIED


def test_the_lock_of_an_edit_that_was_given_up_is_given_back(
    caliq: StubbornCaliq, editable: Order, alice: User
) -> None:
    edit = accept_at_caliq(editable, alice, "PO-POISON")
    bring(edit, State.CHECKING, hold="asked")
    caliq.set(second_lock="same")
    die_over(edit, MOST_TAKEOVERS + 1)

    advance_due_edits()

    done = Edit.objects.get(pk=edit.pk)
    assert (done.state, done.hold) == (State.NOT_SENT, "")
    assert lock_of(caliq, editable) is None
