"""A day later somebody looks again; and what nobody needs any more is thrown away."""

from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone
from django_tasks.base import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from orders import tasks
from orders.models import Delivery, Edit, Order, Step, SyncRun, Worker
from orders.services import advance_due_edits, draft_changes, settle_edit, submit_edit
from orders.services.drafting import present
from orders.services.reconciling import prune, reread_not_applied
from orders.services.scheduling import alone
from orders.states import State
from tests.orders.papers import words_of
from tests.orders.rows import make_account
from vendors.liner.sandbox import LinerSimulator
from vendors.models import VendorAccount

_NUMBERS = count()

pytestmark = pytest.mark.django_db(transaction=True)


def accept(order: Order, author: User, title: str) -> Edit:
    order.refresh_from_db()
    draft = draft_changes(order=order, values={"title": title}, seen=present(order))
    return submit_edit(order=order, author=author, draft=draft, submit_token=f"token-{next(_NUMBERS)}")[0]


@pytest.fixture
def lost(order: Order, alice: User, liner: LinerSimulator) -> Edit:
    """An edit whose answer was lost and which nobody has seen applied, as it was concluded."""
    liner.fail("drop", intent="write")
    edit = settle_edit(edit=accept(order, alice, "Late"), seconds=20)
    assert edit.state == State.NOT_APPLIED
    return edit


def a_day_later(monkeypatch: pytest.MonkeyPatch) -> None:
    later = timezone.now() + timedelta(hours=25)
    monkeypatch.setattr(timezone, "now", lambda: later)


def last_step(edit: Edit) -> str:
    return Step.objects.filter(edit=edit).order_by("-id").values_list("note", flat=True)[0]


def test_a_change_that_has_come_after_all_is_told_and_not_claimed(
    lost: Edit, order: Order, liner: LinerSimulator, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert reread_not_applied() == 0  # it is too early
    liner.edit(order.vendor_id, title="Late")
    a_day_later(monkeypatch)

    assert reread_not_applied() == 1

    lost.refresh_from_db()
    assert (lost.state, lost.found_later) == (State.NOT_APPLIED, True)
    assert "Liner shows the value by now, and no other edit from here explains it." in last_step(lost)
    client = Client()
    client.force_login(alice)
    for page in (f"/edits/{lost.pk}/", "/attention/"):
        words = words_of(client.get(page).content.decode())
        assert "look who made the change" in words
        assert "make the edit again" not in words.lower()
        assert "edit again" not in words.lower()
    assert reread_not_applied() == 0  # once


def test_a_change_that_has_not_come_is_noted_too(lost: Edit, monkeypatch: pytest.MonkeyPatch) -> None:
    a_day_later(monkeypatch)
    assert reread_not_applied() == 1
    lost.refresh_from_db()
    assert lost.found_later is False
    assert "still does not show the change" in last_step(lost)


def test_a_later_edit_from_here_explains_it(
    lost: Edit, order: Order, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert settle_edit(edit=accept(order, alice, "Later")).state == State.APPLIED
    assert settle_edit(edit=accept(order, alice, "Late")).state == State.APPLIED
    a_day_later(monkeypatch)
    reread_not_applied()
    lost.refresh_from_db()
    assert lost.found_later is False
    assert "which a later edit from here has set" in last_step(lost)


def test_a_vendor_that_cannot_be_reached_is_asked_the_next_hour(
    lost: Edit, liner: LinerSimulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_day_later(monkeypatch)
    liner.fail("500", intent="read", times=None)
    assert reread_not_applied() == 0
    liner.faults.clear()
    assert reread_not_applied() == 1


def test_what_is_past_its_time_is_thrown_away_and_nothing_else(lost: Edit) -> None:
    now = timezone.now()
    account = make_account("Another")

    def done(status: TaskResultStatus, age: timedelta) -> None:
        row: Any = {"args_kwargs": {}, "task_path": "x", "backend_name": "default", "run_after": now}
        DBTaskResult.objects.create(status=status, finished_at=now - age, exception_class_path="", traceback="", **row)

    for status, kept in ((TaskResultStatus.SUCCESSFUL, 1), (TaskResultStatus.FAILED, 14)):
        done(status, timedelta(days=kept, hours=1))
        done(status, timedelta(days=kept, hours=-1))
    for days in (91, 89):
        Delivery.objects.create(account=account, delivery_id=str(days), received_at=now - timedelta(days=days))
    Worker.objects.create(name="dead", host="x", pid=1, started_at=now, seen_at=now - timedelta(days=2))

    tasks.reconcile.call()

    assert DBTaskResult.objects.count() == 2
    assert list(Delivery.objects.values_list("delivery_id", flat=True)) == ["89"]
    assert not Worker.objects.exists()
    assert Edit.objects.filter(pk=lost.pk).exists()


def test_one_reconciles_at_a_time(lost: Edit, liner: LinerSimulator, monkeypatch: pytest.MonkeyPatch) -> None:
    a_day_later(monkeypatch)
    seen = len(liner.journal.entries)
    with alone("reconcile"):
        tasks.reconcile.call()
    assert len(liner.journal.entries) == seen
    assert advance_due_edits() == 0


def test_old_passes_are_forgotten_but_for_the_last_and_the_last_complete_one(account: VendorAccount) -> None:
    now = timezone.now()

    def begun(days: int, **columns: Any) -> SyncRun:
        at = now - timedelta(days=days)
        return SyncRun.objects.create(account=account, started_at=at, finished_at=at, **columns)

    begun(90, complete=True)
    complete, _, last = begun(60, complete=True), begun(50), begun(40)
    other = make_account("Another", enabled=False)
    only = SyncRun.objects.create(account=other, started_at=now - timedelta(days=99), finished_at=now)

    prune()
    assert set(SyncRun.objects.all()) == {complete, last, only}

    lately = begun(1)
    prune()
    assert set(SyncRun.objects.all()) == {complete, lately, only}
