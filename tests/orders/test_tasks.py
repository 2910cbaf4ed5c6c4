"""Tasks carry ids and nothing else: lost, repeated or late, they do no harm; schedules run once."""

import socket
import threading
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.utils import timezone
from django_tasks_db.models import DBTaskResult
from pytest_django import Settings

from config import celery_backend
from config.tasks import QUEUES
from orders import tasks
from orders.models import Edit, Order, Schedule, SyncRun
from orders.services import SyncBusy, draft_changes, submit_edit, sync_alone
from orders.services.drafting import present
from orders.services.scheduling import alone
from orders.states import State
from tests.orders.rows import make_account
from tests.test_start import free_ports
from vendors.liner.sandbox import LinerSimulator
from vendors.models import VendorAccount

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def database(settings: Settings) -> None:
    """Tasks are kept in the database, and nobody does them."""
    settings.TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend", "QUEUES": QUEUES}}


@pytest.fixture
def no_broker(settings: Settings) -> None:
    """Tasks go to a broker that nobody answers for."""
    options = {"secret_url": f"redis://:a-password@127.0.0.1:{free_ports()[0]}/0"}
    backend = {"BACKEND": "config.celery_backend.CeleryBackend", "QUEUES": QUEUES, "OPTIONS": options}
    settings.TASKS = {"default": backend}


def accept(order: Order, author: User, **more: Any) -> Edit:
    draft = draft_changes(order=order, values={"title": "New"}, seen=present(order))
    return submit_edit(order=order, author=author, draft=draft, submit_token="one", **more)[0]


def enqueued() -> list[tuple[str, list[int]]]:
    rows = DBTaskResult.objects.order_by("enqueued_at")
    return [(row.task_path.rpartition(".")[2], row.args_kwargs["args"]) for row in rows]


def test_a_task_carries_the_id_of_its_edit_and_waits_for_its_hold(order: Order, alice: User, database: None) -> None:
    edit = accept(order, alice, hold_seconds=60)

    assert tasks.wake_edit(edit)

    (row,) = DBTaskResult.objects.all()
    assert enqueued() == [("advance", [edit.pk])]
    assert (row.queue_name, row.run_after) == ("edits", edit.next_at)
    assert not DBTaskResult.objects.ready().exists()


def test_a_broker_that_is_away_fails_nobody(
    order: Order, alice: User, no_broker: None, caplog: pytest.LogCaptureFixture
) -> None:
    edit = accept(order, alice)

    assert not tasks.wake_edit(edit)

    edit.refresh_from_db()
    assert (edit.state, edit.busy_until) == (State.ACCEPTED, None)
    assert "task_not_enqueued" in caplog.text
    assert "a-password" not in caplog.text


def test_a_broker_that_says_nothing_is_waited_for_once(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(celery_backend, "CONNECT_SECONDS", 0.2)
    monkeypatch.setattr(celery_backend, "ANSWER_SECONDS", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        options = {"secret_url": f"redis://127.0.0.1:{silent.getsockname()[1]}/0"}
        backend = {"BACKEND": "config.celery_backend.CeleryBackend", "QUEUES": QUEUES, "OPTIONS": options}
        settings.TASKS = {"default": backend}
        assert not tasks.enqueue(tasks.reconcile)
        silent.accept()[0].close()
        assert not tasks.enqueue(tasks.reconcile)

        silent.setblocking(False)
        with pytest.raises(BlockingIOError):  # nobody has come again
            silent.accept()
    assert caplog.text.count("task_not_enqueued") == 2


def test_a_repeated_task_and_one_without_its_row_change_nothing(
    order: Order, alice: User, liner: LinerSimulator
) -> None:
    edit = accept(order, alice)

    for _ in range(3):
        tasks.advance.call(edit.pk)
    tasks.advance.call(edit.pk + 1000)

    assert Edit.objects.get(pk=edit.pk).state == State.APPLIED
    assert len(liner.journal.since(intent="write")) == 1


def test_a_sync_is_started_once_and_then_after_its_interval(database: None) -> None:
    account = make_account(sync_minutes=15)

    assert tasks.start_due() == 2
    assert tasks.start_due() == 0
    assert enqueued() == [("reconcile", []), ("sync", [account.pk])]
    next_at = Schedule.objects.get(name=f"sync:{account.pk}").next_at
    assert timedelta(minutes=14) < next_at - timezone.now() <= timedelta(minutes=15)

    Schedule.objects.filter(name=f"sync:{account.pk}").update(next_at=timezone.now())
    assert tasks.start_due() == 1


@pytest.mark.parametrize("columns", [{"sync_minutes": 0}, {"enabled": False}])
def test_an_account_that_is_not_to_be_mirrored_is_not(database: None, columns: dict[str, Any]) -> None:
    make_account(**columns)
    tasks.start_due()
    assert enqueued() == [("reconcile", [])]


def test_what_was_mirrored_by_hand_waits_for_its_interval(database: None) -> None:
    account = make_account(sync_minutes=15)
    SyncRun.objects.create(account=account, started_at=timezone.now() - timedelta(minutes=5))
    tasks.start_due()
    assert enqueued() == [("reconcile", [])]


def test_a_shorter_interval_holds_at_once(database: None) -> None:
    account = make_account(sync_minutes=1440)
    tasks.start_due()
    VendorAccount.objects.update(sync_minutes=5)
    tasks.start_due()
    next_at = Schedule.objects.get(name=f"sync:{account.pk}").next_at
    assert next_at - timezone.now() <= timedelta(minutes=5)


def test_a_sync_whose_process_died_is_started_anew(database: None) -> None:
    account = make_account()
    tasks.start_due()
    schedule = Schedule.objects.get(name=f"sync:{account.pk}")
    running, dead = (timezone.now() + timedelta(seconds=seconds) for seconds in (5, -1))

    Schedule.objects.filter(pk=schedule.pk).update(busy_until=running)
    assert tasks.start_due() == 0
    Schedule.objects.filter(pk=schedule.pk).update(busy_until=dead)
    assert tasks.start_due() == 1
    assert tasks.start_due() == 0


def test_a_schedule_whose_task_is_refused_is_due_again_soon(no_broker: None) -> None:
    account = make_account()
    assert tasks.start_due() == 0
    next_at = Schedule.objects.get(name=f"sync:{account.pk}").next_at
    assert next_at - timezone.now() <= tasks.SOON


def test_many_workers_at_once_start_each_schedule_once(database: None) -> None:
    for number in range(5):
        make_account(f"Liner {number}")
    started, barrier = [], threading.Barrier(4)

    def look() -> None:
        barrier.wait()
        started.append(tasks.start_due())
        connection.close()

    workers = [threading.Thread(target=look) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    assert sum(started) == 6
    assert DBTaskResult.objects.count() == 6


def test_two_syncs_of_an_account_never_run_at_once(account: VendorAccount, liner: LinerSimulator) -> None:
    with alone(f"sync:{account.pk}"):
        with pytest.raises(SyncBusy, match="Liner is being synced already"):
            sync_alone(account=account)
        tasks.sync.call(account.pk)
    assert not SyncRun.objects.exists()
    assert liner.journal.entries == []

    tasks.sync.call(account.pk)
    assert SyncRun.objects.get().complete


def test_a_sync_that_was_left_is_closed_by_the_next(account: VendorAccount) -> None:
    left = SyncRun.objects.create(account=account, started_at=timezone.now())
    sync_alone(account=account)
    left.refresh_from_db()
    assert left.finished_at
    assert left.error == "The process that ran it died."
