"""A lock that is not given back is tried again later and later, and keeps no other from being given back."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from pytest_django import Settings

from orders.models import Edit, Order
from orders.services import advance_edit, holding, pausing
from orders.services.holding import ASKED, release_left_holds
from orders.states import State
from tests.orders.rows import make_edit
from tests.orders.test_holding import StubbornCaliq, accept, lock_calls, lock_of
from tests.orders.test_holding import caliq as caliq
from tests.orders.test_holding import editable as editable
from vendors.circuit import start_afresh

pytestmark = pytest.mark.django_db(transaction=True)


class Clock:
    """The time that pauses go by, which passes when it is told to."""

    now = 1000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The pauses are those of a desk in service."""
    settings.QUIET_SECONDS = 60
    clock = Clock()
    monkeypatch.setattr(pausing, "time", clock)
    return clock


def passes(clock: Clock, caliq: StubbornCaliq, minutes: int) -> int:
    """How many calls about locks a worker makes in so many minutes, in which it looks every two seconds."""
    before = len(lock_calls(caliq))
    for _ in range(30 * minutes):
        release_left_holds()
        clock.now += 2
    return len(lock_calls(caliq)) - before


def asked(caliq: StubbornCaliq, order: Order, author: User) -> Edit:
    """An edit whose lock was asked for, nobody knows with what success; meanwhile a person has locked the order."""
    edit = make_edit(order, author, State.NOT_SENT, hold=ASKED)
    caliq.act("lock", order=order.vendor_id)
    return edit


def test_an_order_that_somebody_there_has_locked_is_asked_about_ever_less_often(
    caliq: StubbornCaliq, editable: Order, alice: User, clock: Clock
) -> None:
    asked(caliq, editable, alice)

    first_minutes = passes(clock, caliq, minutes=10)
    later = passes(clock, caliq, minutes=30)

    assert 6 <= first_minutes <= 10  # 300 without a pause
    assert 5 <= later <= 7


def test_once_it_is_free_again_the_lock_is_given_back_after_five_minutes_at_most(
    caliq: StubbornCaliq, editable: Order, alice: User, clock: Clock
) -> None:
    edit = asked(caliq, editable, alice)
    passes(clock, caliq, minutes=30)
    caliq.act("unlock", order=editable.vendor_id)

    passes(clock, caliq, minutes=6)

    assert Edit.objects.get(pk=edit.pk).hold == ""
    assert lock_of(caliq, editable) is None
    assert not holding.left_locks.running()


def test_another_lock_of_the_same_edit_is_another_matter(
    caliq: StubbornCaliq, editable: Order, alice: User, clock: Clock
) -> None:
    edit = asked(caliq, editable, alice)
    passes(clock, caliq, minutes=30)
    Edit.objects.filter(pk=edit.pk).update(hold="4711")
    before = len(lock_calls(caliq))

    release_left_holds()

    assert len(lock_calls(caliq)) > before


def test_a_vendor_that_is_away_is_tried_with_one_lock_twice_a_minute(
    caliq: StubbornCaliq, editable: Order, alice: User, clock: Clock
) -> None:
    caliq.keeps_locks = True
    for number in range(40):
        make_edit(editable, alice, State.APPLIED, hold=f"{number}")

    assert passes(clock, caliq, minutes=5) <= 15

    caliq.keeps_locks = False
    before = len(lock_calls(caliq))
    passes(clock, caliq, minutes=1)
    assert len(lock_calls(caliq)) - before > 20  # whoever was not tried has had no pause


def test_locks_that_are_not_to_be_had_keep_no_other_from_being_given_back(
    caliq: StubbornCaliq, editable: Order, alice: User, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(holding, "AT_ONCE", 3)
    asked(caliq, editable, alice)
    for _ in range(6):
        make_edit(editable, alice, State.NOT_SENT, hold=ASKED)
    free = Order.objects.exclude(pk=editable.pk).filter(account=editable.account).first()
    assert free is not None
    newest = make_edit(free, alice, State.NOT_SENT, hold=ASKED)

    for _ in range(3):
        release_left_holds()

    assert Edit.objects.get(pk=newest.pk).hold == ""
    assert Edit.objects.filter(hold=ASKED).count() == 7


def test_an_edit_asks_for_its_own_lock_whatever_pause_there_is(
    caliq: StubbornCaliq, editable: Order, alice: User, clock: Clock
) -> None:
    edit = accept(editable, alice, "PO-OWN")
    Edit.objects.filter(pk=edit.pk).update(hold="4711", next_at=timezone.now() + timedelta(hours=1))
    caliq.keeps_locks = True
    passes(clock, caliq, minutes=5)
    assert holding.left_locks.running() == {(edit.pk, "4711")}
    caliq.keeps_locks = False
    start_afresh(editable.account_id)
    Edit.objects.filter(pk=edit.pk).update(next_at=timezone.now())

    assert advance_edit(edit.pk).state == State.APPLIED
