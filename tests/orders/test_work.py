"""The worker from within: what it takes, what it leaves to others, and what stops it."""

import os
import signal
import subprocess
import sys
import threading
import time
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django_tasks.base import TaskResultStatus
from django_tasks_db.models import DBTaskResult
from pytest_django import Settings

from config.tasks import QUEUES
from orders import tasks
from orders.bench.statements import cost_of
from orders.models import Edit, Order, SyncRun
from orders.services import draft_changes, submit_edit
from orders.services.drafting import present
from orders.services.workers import Attendance
from orders.states import State
from orders.work.crew import Crew
from orders.work.database import DatabaseQueue, forget_left_tasks
from orders.work.supervisor import Supervisor
from tests.orders.rows import make_account, make_edit, make_order
from tests.topologies.stage import wait_for
from vendors.liner.sandbox import LinerSimulator
from vendors.models import VendorAccount

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _database(settings: Settings) -> None:
    settings.TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend", "QUEUES": QUEUES}}


def accept(order: Order, author: User, title: str = "New") -> Edit:
    order.refresh_from_db()
    draft = draft_changes(order=order, values={"title": title}, seen=present(order))
    return submit_edit(order=order, author=author, draft=draft, submit_token=title)[0]


def test_a_crew_takes_no_more_than_it_can_do_at_once() -> None:
    crew, go = Crew("crew", 2), threading.Event()
    assert [crew.take(go.wait, 30) for _ in range(3)] == [True, True, False]
    assert not crew.wait_for_rest(0)
    go.set()
    assert crew.wait_for_rest(30)
    assert crew.free == 2


def test_a_job_that_fails_frees_its_thread() -> None:
    crew = Crew("crew", 1)
    assert crew.take(lambda: 1 / 0)
    assert crew.wait_for_rest(30)
    assert crew.free == 1


def test_ready_tasks_are_done_and_written_down(order: Order, alice: User, liner: LinerSimulator) -> None:
    edit = accept(order, alice)
    tasks.wake_edit(edit)

    DatabaseQueue("somebody", {"edits": 1, "syncs": 1}).drain()

    assert Edit.objects.get(pk=edit.pk).state == State.APPLIED
    row = DBTaskResult.objects.get()
    assert (row.status, row.worker_ids) == (TaskResultStatus.SUCCESSFUL, ["somebody"])


def test_a_queue_whose_threads_are_busy_is_left_to_other_workers(order: Order, alice: User) -> None:
    queue, go = DatabaseQueue("somebody", {"edits": 1, "syncs": 1}), threading.Event()
    queue.crews["edits"].take(go.wait, 30)
    tasks.wake_edit(accept(order, alice))

    assert not queue.take_some()

    go.set()
    assert queue.crews["edits"].wait_for_rest(30)
    assert DBTaskResult.objects.get().status == TaskResultStatus.READY


def test_as_many_tasks_are_claimed_together_as_there_are_free_threads() -> None:
    for unknown in range(3):
        tasks.enqueue(tasks.advance, unknown)
    queue = DatabaseQueue("somebody", {"edits": 2, "syncs": 1})

    with CaptureQueriesContext(connection) as seen:
        assert queue.take_some()
    assert cost_of(seen.captured_queries).commits == 1

    assert queue.wait_for_rest(time.monotonic() + 30)
    assert DBTaskResult.objects.successful().count() == 2
    assert DBTaskResult.objects.ready().count() == 1


def test_a_task_that_fails_says_how_and_not_with_which_words() -> None:
    DBTaskResult.objects.create(
        args_kwargs={"args": [], "kwargs": {"what a customer said": 1}},
        task_path="orders.tasks.advance",
        queue_name="edits",
        backend_name="default",
        run_after=timezone.now(),
        exception_class_path="",
        traceback="",
    )
    DatabaseQueue("somebody", {"edits": 1}).drain()
    row = DBTaskResult.objects.get()
    assert row.status == TaskResultStatus.FAILED
    assert "TypeError" in row.traceback
    assert "what a customer said" not in row.traceback


def test_tasks_of_dead_workers_are_closed_and_those_of_the_living_are_not(order: Order, alice: User) -> None:
    living = Attendance("database")
    living.begin()
    for worker in (living.name, "somebody who died"):
        tasks.start_sync(order.account)
        DBTaskResult.objects.ready().get().claim(worker)

    assert forget_left_tasks() == 1

    assert DBTaskResult.objects.get(status=TaskResultStatus.RUNNING).worker_ids == [living.name]
    assert DBTaskResult.objects.get(status=TaskResultStatus.FAILED).exception_class_path == "WorkerDied"


def test_one_pass_by_hand_does_everything_that_is_due(
    order: Order, mirrored: VendorAccount, alice: User, liner: LinerSimulator
) -> None:
    found = accept(order, alice)  # no task was ever made for it
    SyncRun.objects.update(started_at=timezone.now() - timedelta(days=1))

    call_command("work", "--once")

    assert Edit.objects.get(pk=found.pk).state == State.APPLIED
    assert SyncRun.objects.count() == 2
    assert DBTaskResult.objects.successful().count() == 2


@pytest.mark.parametrize("option", ["--threads=0", "--threads=many", "--sync-threads=1000"])
def test_senseless_numbers_of_threads_are_refused(option: str) -> None:
    with pytest.raises(CommandError, match="a number from 1 to 100"):
        call_command("work", option)


class Supervised(Supervisor):
    """A supervisor whose edits take as long as the test wants."""

    def __init__(self, threads: int) -> None:
        super().__init__(threads=threads, pause=60, tidy=lambda: None)
        self.go, self.taken = threading.Event(), list[int]()

    def _advance(self, edit_id: int) -> None:
        self.taken.append(edit_id)
        self.go.wait(30)
        self._under_way.pop(edit_id, None)


def test_a_vendor_that_hangs_leaves_a_thread_to_the_others(alice: User) -> None:
    slow, quick = make_account("Slow"), make_account("Quick")
    now = timezone.now()
    for ago in range(6):
        make_edit(make_order(slow), alice, State.ACCEPTED, next_at=now - timedelta(minutes=10 - ago))
    last = make_edit(make_order(quick), alice, State.ACCEPTED, next_at=now - timedelta(minutes=1))
    supervisor = Supervised(threads=3)

    assert supervisor.take_on_due_edits()

    wait_for(lambda: len(supervisor.taken) == 3)
    assert last.pk in supervisor.taken
    supervisor.go.set()
    assert supervisor.wait_for_rest(time.monotonic() + 30)


def test_what_is_under_way_is_not_taken_on_twice(alice: User) -> None:
    since = timezone.now() - timedelta(minutes=1)
    edit = make_edit(make_order(make_account()), alice, State.ACCEPTED, next_at=since)
    supervisor = Supervised(threads=3)
    assert not supervisor.take_on_due_edits()
    assert not supervisor.take_on_due_edits()
    wait_for(lambda: supervisor.taken)
    supervisor.go.set()
    assert supervisor.wait_for_rest(time.monotonic() + 30)
    assert supervisor.taken == [edit.pk]


def test_an_edit_that_has_just_come_is_left_to_its_task_for_a_second(alice: User) -> None:
    now = timezone.now()
    fresh = make_edit(make_order(make_account("One")), alice, State.ACCEPTED, next_at=now)
    begun = make_edit(make_order(make_account("Other")), alice, State.CHECKING, next_at=now, fence=1)
    supervisor = Supervised(threads=3)

    supervisor.take_on_due_edits()
    wait_for(lambda: supervisor.taken == [begun.pk])
    Edit.objects.filter(pk=fresh.pk).update(next_at=now - timedelta(seconds=2))
    supervisor.take_on_due_edits()
    wait_for(lambda: supervisor.taken == [begun.pk, fresh.pk])
    supervisor.go.set()
    assert supervisor.wait_for_rest(time.monotonic() + 30)


@pytest.mark.parametrize("signals", [[signal.SIGTERM], [signal.SIGINT], [signal.SIGTERM, signal.SIGTERM]])
def test_a_worker_ends_when_it_is_told_to(signals: list[signal.Signals]) -> None:
    """The second signal may come before the first has ended it: both are an end."""
    name = connection.settings_dict["NAME"]
    begin = f"from django.db import connection; connection.settings_dict['NAME'] = {str(name)!r}"
    script = (
        "import os, sys; os.environ['DJANGO_SETTINGS_MODULE'] = 'config.settings'; import django; django.setup();"
        f"{begin}; connection.close()\n"
        "from orders.work.running import work; sys.exit(work(threads=1, sync_threads=1, pause=0.2, nice=3))"
    )
    with subprocess.Popen([sys.executable, "-c", script]) as process:
        try:
            wait_for(lambda: _on_record(process.pid))
            assert _niceness(process.pid) == min(_niceness(os.getpid()) + 3, 19)
            for each in signals:
                process.send_signal(each)
            code = process.wait(60)
        finally:
            process.kill()
    assert code == 0 or (len(signals) > 1 and code == 130)


def _niceness(pid: int) -> int:
    return os.getpriority(os.PRIO_PROCESS, pid)


def _on_record(pid: int) -> bool:
    from orders.models import Worker

    return Worker.objects.filter(pid=pid).exists()
