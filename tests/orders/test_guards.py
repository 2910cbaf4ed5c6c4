"""The database keeps the history, whoever asks it not to."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from orders.guards import SAID, install_guards
from orders.models import Edit, Order
from orders.services.drafting import draft_changes, present
from orders.services.sending import advance_edit
from orders.services.submitting import submit_edit
from orders.states import NEXT, Outcome, State

pytestmark = pytest.mark.django_db


@pytest.fixture
def applied(order: Order, alice: User) -> Edit:
    draft = draft_changes(order=order, values={"title": "Changed"}, seen=present(order))
    (edit,) = submit_edit(order=order, author=alice, draft=draft, submit_token="t1")
    edit = advance_edit(edit.pk)
    assert edit.state == State.APPLIED
    return edit


@pytest.fixture
def guarded(applied: Edit) -> Iterator[Edit]:
    """With the guards against deletion too, which tests go without because they empty the tables."""
    install_guards(connection)
    yield applied
    install_guards(connection, against_deletion=False)


def refused(sql: str, *parameters: Any) -> bool:
    """Whether the database refuses a statement."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql, parameters)
    except DatabaseError:
        return True
    return False


@pytest.mark.parametrize("column", SAID)
def test_what_an_edit_said_is_never_altered(applied: Edit, column: str) -> None:
    other = {"part": 7, "base_revision": 7, "created_at": timezone.now()}.get(column, "9")

    assert refused(f"UPDATE orders_edit SET {column} = %s WHERE id = %s", other, applied.pk)  # noqa: S608


@pytest.mark.parametrize("column", ["payload", "answer", "landed", "explanation", "aftermath", "sent_at"])
def test_what_came_of_it_is_concluded_once(applied: Edit, column: str) -> None:
    other = timezone.now() if column == "sent_at" else '"other"'

    assert refused(f"UPDATE orders_edit SET {column} = %s WHERE id = %s", other, applied.pk)  # noqa: S608


def test_that_it_was_dealt_with_is_said_once_and_long_after_the_end(applied: Edit, alice: User, bob: User) -> None:
    said = "UPDATE orders_edit SET dealt_with_at = %s, dealt_with_by_id = %s WHERE id = %s"
    assert not refused(said, timezone.now(), alice.pk, applied.pk)

    assert refused(said, timezone.now(), alice.pk, applied.pk)
    assert refused("UPDATE orders_edit SET dealt_with_by_id = %s WHERE id = %s", bob.pk, applied.pk)
    assert refused("UPDATE orders_edit SET dealt_with_at = NULL WHERE id = %s", applied.pk)


@pytest.mark.parametrize("to", [state for state in State if state != State.APPLIED])
def test_an_outcome_is_final(applied: Edit, to: State) -> None:
    with pytest.raises(DatabaseError), transaction.atomic():
        Edit.objects.filter(pk=applied.pk).update(state=to)


@pytest.mark.parametrize("state", [State.ACCEPTED, State.CHECKING, State.SENDING, State.LOOKING, State.UNKNOWN])
def test_only_the_listed_states_may_follow(order: Order, alice: User, state: State) -> None:
    draft = draft_changes(order=order, values={"title": "Changed"}, seen=present(order))
    (edit,) = submit_edit(order=order, author=alice, draft=draft, submit_token="t1")
    path = {
        State.ACCEPTED: [],
        State.CHECKING: [State.CHECKING],
        State.SENDING: [State.CHECKING, State.SENDING],
        State.LOOKING: [State.CHECKING, State.SENDING, State.LOOKING],
        State.UNKNOWN: [State.CHECKING, State.SENDING, State.UNKNOWN],
    }[state]
    for step in path:
        Edit.objects.filter(pk=edit.pk).update(state=step)

    for to in State:
        may = to in NEXT[state] or to == state
        try:
            with transaction.atomic():
                Edit.objects.filter(pk=edit.pk).update(state=to)
                transaction.set_rollback(True)
        except DatabaseError:
            assert not may, to
        else:
            assert may, to


def test_a_sending_edit_is_never_sent_again() -> None:
    assert State.SENDING not in NEXT[State.UNKNOWN] | NEXT[State.LOOKING] | NEXT[State.SENDING]
    assert all(State(outcome) not in NEXT for outcome in Outcome.values if outcome != "unknown")


@pytest.mark.parametrize("table", ["orders_edit", "orders_step", "orders_attempt"])
def test_history_is_never_deleted(guarded: Edit, table: str) -> None:
    assert refused(f"DELETE FROM {table}")  # noqa: S608 - our own tables
    if connection.vendor == "postgresql":
        assert refused(f"TRUNCATE {table} CASCADE")
    else:
        assert refused(f"REPLACE INTO {table} SELECT * FROM {table}")  # noqa: S608


def test_a_step_is_never_altered(applied: Edit) -> None:
    assert refused("UPDATE orders_step SET note = 'other' WHERE edit_id = %s", applied.pk)


def test_an_attempt_is_concluded_once(applied: Edit) -> None:
    assert refused("UPDATE orders_attempt SET result = 'other' WHERE edit_id = %s", applied.pk)
