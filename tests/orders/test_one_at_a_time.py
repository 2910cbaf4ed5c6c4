"""One edit in flight for each order, whoever sends in the same moment; and none that waits for ever."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import User
from django.db import connections
from django.utils import timezone

from orders.models import Edit, Order
from orders.services import advance_edit, draft_changes, settle_edit, submit_edit
from orders.services.drafting import present
from orders.services.submitting import OrderBusy
from orders.states import State
from tests.orders.rows import make_change, make_edit
from vendors.liner.sandbox import LinerSimulator

pytestmark = pytest.mark.django_db(transaction=True)

ROUNDS = 8


def at_once(jobs: Sequence[Callable[[], Any]]) -> list[Any]:
    """What each of these returns or raises, all begun in the same moment."""
    ready = Barrier(len(jobs))

    def run(job: Callable[[], Any]) -> Any:
        try:
            ready.wait(30)
            return job()
        except OrderBusy as busy:
            return busy
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(jobs)) as pool:
        return list(pool.map(run, jobs))


def sending(order: Order, author: User, token: str, title: str) -> Callable[[], list[Edit]]:
    draft = draft_changes(order=order, values={"title": title}, seen=present(order))
    return lambda: submit_edit(order=order, author=author, draft=draft, submit_token=token, agreed=True)


def test_of_two_people_who_send_in_the_same_moment_one_is_told_of_the_other(
    order: Order, alice: User, bob: User
) -> None:
    for turn in range(ROUNDS):
        forms = [sending(order, person, f"{turn} of {person}", f"By {person} {turn}") for person in (alice, bob)]

        answers = at_once(forms)

        refused = [answer for answer in answers if isinstance(answer, OrderBusy)]
        (accepted,) = [answer for answer in answers if not isinstance(answer, OrderBusy)]
        assert len(refused) == 1
        assert refused[0].edit == accepted[0]
        assert accepted[0].author_name in str(refused[0])
        assert settle_edit(edit=accepted[0]).state == State.APPLIED
        order.refresh_from_db()


def test_one_form_sent_twice_in_the_same_moment_is_one_edit(order: Order, alice: User) -> None:
    for turn in range(ROUNDS):
        click = sending(order, alice, f"form {turn}", f"Once {turn}")
        first, second = at_once([click, click])
        assert first == second
        settle_edit(edit=first[0])
        order.refresh_from_db()
    assert Edit.objects.count() == ROUNDS


def test_two_edits_of_an_order_that_were_accepted_all_the_same_go_out_one_after_the_other(
    liner: LinerSimulator, order: Order, alice: User, bob: User
) -> None:
    """The last resort: the database has one of them in flight, whatever else went wrong."""
    liner.set(latency_ms=150)
    old = order.raw["title"]
    one, other = (
        make_edit(
            order, person, State.ACCEPTED, {"title": make_change("Title", old, old + mark)}, next_at=timezone.now()
        )
        for person, mark in ((alice, " A"), (bob, " B"))
    )

    at_once([lambda: advance_edit(one.pk), lambda: advance_edit(other.pk)])
    states = sorted(settle_edit(edit=Edit.objects.get(pk=each.pk)).state for each in (one, other))

    (sent,) = [entry for entry in liner.journal.entries if entry.intent == "write"]
    assert sent.status == 200
    assert states == [State.APPLIED, State.CONFLICT]  # the second read the order after the first had changed it


def test_what_nobody_could_take_on_for_long_is_not_sent_any_more(
    liner: LinerSimulator, order: Order, alice: User
) -> None:
    (left,) = sending(order, alice, "left", "Before the night")()
    with time_machine.travel(timezone.now() + timedelta(hours=9), tick=True):
        done = advance_edit(left.pk)
    assert (done.state, done.next_at) == (State.NOT_SENT, None)
    assert "Nothing was sent" in done.explanation
    assert [entry for entry in liner.journal.entries if entry.intent == "write"] == []
