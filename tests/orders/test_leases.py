"""Whoever works on something keeps it for as long as they live, and not a moment longer."""

from datetime import datetime, timedelta

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from orders.models import Edit, Order, Schedule
from orders.services import draft_changes, leases, submit_edit
from orders.services.drafting import present
from orders.services.scheduling import Busy, alone
from orders.services.transitions import claim
from tests.topologies.stage import wait_for

QUICK = 0.05  # seconds between two renewals

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def edit(order: Order, alice: User) -> Edit:
    draft = draft_changes(order=order, values={"title": "New"}, seen=present(order))
    return submit_edit(order=order, author=alice, draft=draft, submit_token="one")[0]


def busy_until(row: Edit | Schedule) -> datetime:
    until = type(row)._default_manager.values_list("busy_until", flat=True).get(pk=row.pk)
    assert until is not None
    return until


def test_a_lease_is_renewed_for_as_long_as_somebody_keeps_it(edit: Edit) -> None:
    with leases.kept(every=QUICK):
        held = claim(edit.pk)
        assert held is not None
        with leases.held(held):
            first = busy_until(held)
            assert first - timezone.now() <= timedelta(seconds=leases.LONGEST)
            wait_for(lambda: busy_until(held) > first)


def test_without_a_keeper_a_lease_lasts_as_long_as_any_call(edit: Edit) -> None:
    held = claim(edit.pk)
    assert held is not None
    assert busy_until(held) - timezone.now() > timedelta(seconds=150)


def test_what_was_released_is_not_taken_back_by_a_late_renewal(edit: Edit) -> None:
    beats: list[int] = []
    with leases.kept(every=QUICK, also=lambda: beats.append(1)):
        held = claim(edit.pk)
        assert held is not None
        with leases.held(held):
            Edit.objects.filter(pk=edit.pk).update(busy_until=None)
            many = len(beats)
            wait_for(lambda: len(beats) > many + 2)
    assert Edit.objects.get(pk=edit.pk).busy_until is None


def test_what_another_has_taken_on_is_not_renewed(edit: Edit) -> None:
    theirs = timezone.now() + timedelta(seconds=1)
    beats: list[int] = []
    with leases.kept(every=QUICK, also=lambda: beats.append(1)):
        held = claim(edit.pk)
        assert held is not None
        with leases.held(held):
            Edit.objects.filter(pk=edit.pk).update(fence=held.fence + 1, busy_until=theirs)
            many = len(beats)
            wait_for(lambda: len(beats) > many + 2)
    assert busy_until(edit) == theirs


def test_only_one_does_what_is_done_alone(db: None) -> None:
    with alone("it"):
        with pytest.raises(Busy), alone("it"):
            raise AssertionError("It was done twice.")
        with alone("something else"):
            pass
    with alone("it"):
        pass


def test_what_a_dead_process_did_alone_may_be_done_again(db: None) -> None:
    Schedule.objects.create(name="it", next_at=timezone.now(), busy_until=timezone.now() - timedelta(seconds=1))
    with alone("it"):
        pass
    assert Schedule.objects.get(name="it").busy_until is None
