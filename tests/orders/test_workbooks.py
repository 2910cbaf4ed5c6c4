"""A workbook is written in the background, whatever becomes of tasks and workers: once, whole, or told as failed."""

import io
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from config.tasks import QUEUES
from orders import exports, workbooks
from orders.models import Export, ExportPart, Order, Worker
from orders.services.workers import Attendance
from orders.work.supervisor import Supervisor
from tests.orders.rows import make_account, make_edit, make_order
from tests.test_tree import ROOT
from vendors import secrets

pytestmark = pytest.mark.django_db

A_MINUTE = timedelta(minutes=1)


@pytest.fixture
def order(db: None) -> Order:
    return make_order(make_account(sync_minutes=0, encrypted_credentials=secrets.encrypt({})))


@pytest.fixture
def desk(sam: User) -> Client:
    client = Client()
    client.force_login(sam)
    return client


@pytest.fixture
def queue(settings: Settings) -> None:
    """Tasks are kept in the database, and nobody does them."""
    settings.TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend", "QUEUES": QUEUES}}


def ordered(by: User, state: str = "waiting", **columns: Any) -> Export:
    """A workbook that was ordered a minute ago."""
    ago = timezone.now() - A_MINUTE
    known = {"kind": "xlsx", "personal": True, "created_at": ago, "touched_at": ago, **columns}
    return Export.objects.create(author=by, state=state, **known)


def rows_of(kept: Export) -> int:
    """How many edits the file holds that a download gives."""
    client = Client()
    client.force_login(kept.author)
    answer = client.get(f"/exports/{kept.pk}/file/")
    assert answer.status_code == 200
    data = b"".join(answer.streaming_content)  # type: ignore[attr-defined]
    with zipfile.ZipFile(io.BytesIO(data)) as book:
        return book.read("xl/worksheets/sheet1.xml").count(b"<row ") - 1


def written(kept: Export) -> tuple[str, int, int]:
    kept.refresh_from_db()
    return kept.state, kept.rows, kept.fence


def test_it_is_written_once(sam: User, order: Order, alice: User) -> None:
    make_edit(order, alice)
    kept = ordered(sam)
    workbooks.make_workbook.call(kept.pk)
    workbooks.make_workbook.call(kept.pk)
    assert written(kept) == ("done", 1, 1)
    assert (kept.total, kept.busy_until) == (1, None)
    assert ExportPart.objects.filter(export=kept).count() == 1


def test_what_fails_says_so(
    desk: Client, order: Order, alice: User, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    make_edit(order, alice)
    monkeypatch.setattr("tempfile.tempdir", str(Path("/nowhere/at/all")))
    desk.post("/history/export/workbook/")
    kept = Export.objects.get()
    assert (kept.state, kept.busy_until) == ("failed", None)
    assert "FileNotFoundError" in kept.error
    assert "workbook_failed" in caplog.text
    assert ">Failed</span>" in desk.get("/exports/").content.decode()


def test_a_file_is_kept_for_a_day_and_its_record_for_good(desk: Client, sam: User, order: Order, alice: User) -> None:
    make_edit(order, alice)
    old, new = ordered(sam), ordered(sam)
    for kept in (old, new):
        workbooks.make_workbook.call(kept.pk)
    Export.objects.filter(pk=old.pk).update(created_at=timezone.now() - timedelta(days=2))
    assert desk.get(f"/exports/{old.pk}/file/").status_code == 404
    assert "No longer kept" in desk.get("/exports/").content.decode()
    call_command("work", "--once")
    assert list(ExportPart.objects.values_list("export_id", flat=True)) == [new.pk]
    assert Export.objects.count() == 2


def test_a_stream_whose_server_died_is_closed_after_a_day(sam: User, desk: Client) -> None:
    ago = timezone.now() - timedelta(hours=25)
    left = ordered(sam, "running", kind="csv", created_at=ago, touched_at=ago)
    new = ordered(sam, "running", kind="csv")
    assert "No end was seen" in desk.get("/exports/").content.decode()
    workbooks.forget_workbooks()
    assert written(left)[0] == "failed"
    assert written(new)[0] == "running"


@pytest.mark.parametrize("lost", ["export_history", "view_history", "everything"])
def test_who_may_no_longer_gets_none(sam: User, order: Order, alice: User, lost: str) -> None:
    make_edit(order, alice)
    kept = ordered(sam)
    if lost == "everything":
        User.objects.filter(pk=sam.pk).update(is_active=False)
    else:
        group = Group.objects.get(name="supervisor")
        group.permissions.remove(group.permissions.get(codename=lost))
    workbooks.make_workbook.call(kept.pk)
    assert written(kept) == ("failed", 0, 1)
    assert kept.error == "You may not export the history any more."
    assert not ExportPart.objects.exists()


# Tasks that are lost, workers that die


@pytest.mark.django_db(transaction=True)
def test_a_worker_finds_what_no_task_came_for(sam: User, order: Order, alice: User, queue: None) -> None:
    make_edit(order, alice)
    kept = ordered(sam)
    supervisor = Supervisor(threads=1, pause=0, tidy=lambda: None)
    supervisor.look_around()
    assert supervisor.wait_for_rest(time.monotonic() + 60)
    assert written(kept) == ("done", 1, 1)
    assert rows_of(kept) == 1


@pytest.mark.django_db(transaction=True)
def test_its_task_is_done_by_hand_too(desk: Client, order: Order, alice: User, queue: None) -> None:
    make_edit(order, alice)
    desk.post("/history/export/workbook/")
    kept = Export.objects.get()
    assert written(kept)[0] == "waiting"
    call_command("work", "--once")
    assert written(kept) == ("done", 1, 1)


def test_what_has_just_been_ordered_is_left_to_its_task(sam: User) -> None:
    ordered(sam, created_at=timezone.now())
    ordered(sam, "running", busy_until=timezone.now() + A_MINUTE)
    ordered(sam, "done")
    ordered(sam, "running", kind="csv", busy_until=timezone.now() - A_MINUTE)
    assert workbooks.due_workbook() is None
    waits = ordered(sam)
    assert workbooks.due_workbook() == waits.pk


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("column", ["total", "rows", "part", "done"])
def test_another_worker_begins_anew_where_one_died(sam: User, order: Order, alice: User, column: str) -> None:
    """Killed before it writes down how many there are, how many are written, the file, and that it is done."""
    for _ in range(3):
        make_edit(order, alice)
    kept = ordered(sam)
    assert work_and_die(kept, before=column) == 9
    assert written(kept)[0] == "running"
    workbooks.make_workbook.call(kept.pk)
    assert written(kept)[0] == "running", "its lease still runs"

    Export.objects.update(busy_until=timezone.now() - timedelta(seconds=1))
    assert workbooks.due_workbook() == kept.pk
    workbooks.make_workbook.call(kept.pk)
    assert written(kept) == ("done", 3, 2)
    assert rows_of(kept) == 3


def work_and_die(kept: Export, before: str) -> int:
    """Have a process write the workbook that is ended, as by kill -9, before a statement. Returns its exit code."""
    said = {"total": '"total" =', "rows": '"rows" = 3', "part": "INSERT INTO", "done": '"state" = done'}[before]
    script = f"""
import os, django
os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
django.setup()
from django.db import connection
from orders.workbooks import make_workbook
connection.settings_dict["NAME"] = {str(connection.settings_dict["NAME"])!r}
def die(execute, sql, params, many, context):
    if "orders_export" in sql and {said!r} in sql.replace("%s", "{{}}").format(*params or ()):
        os._exit(9)
    return execute(sql, params, many, context)
with connection.execute_wrapper(die):
    make_workbook.call({kept.pk})
"""
    return subprocess.run([sys.executable, "-c", script], cwd=ROOT, check=False, timeout=120).returncode


def test_a_worker_that_wakes_after_another_began_writes_nothing_more(
    sam: User, order: Order, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exports, "BATCH", 1)
    for _ in range(3):
        make_edit(order, alice)
    kept = ordered(sam)
    with connection.execute_wrapper(_once("UPDATE", '"rows"', do=lambda: _taken_by_another(kept))):
        workbooks.make_workbook.call(kept.pk)
    assert written(kept) == ("running", 0, 2)
    assert not ExportPart.objects.exists()


def _taken_by_another(kept: Export) -> None:
    Export.objects.filter(pk=kept.pk).update(fence=2)


def _once(*words: str, do: Callable[[], None]) -> Callable[..., Any]:
    """Do something before the first statement with these words that writes down how far it is."""
    is_done = threading.Event()

    def before(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if not is_done.is_set() and all(word in sql for word in words) and "fence" in sql and '"busy' not in sql:
            is_done.set()
            do()
        return execute(sql, params, many, context)

    return before


def test_what_kills_every_worker_is_told_as_failed(sam: User, order: Order) -> None:
    kept = ordered(sam, "running", fence=3, busy_until=timezone.now() - A_MINUTE)
    workbooks.make_workbook.call(kept.pk)
    assert written(kept) == ("failed", 0, 4)
    assert kept.error == "It was begun 3 times and never finished."
    assert workbooks.due_workbook() is None


def test_a_page_says_where_no_worker_is_there_to_write_it(sam: User, desk: Client) -> None:
    ordered(sam)
    said = "No worker is running."
    assert said in desk.get("/exports/").content.decode()
    worker = Attendance("database")
    worker.begin()
    assert said not in desk.get("/exports/").content.decode()
    assert Worker.objects.count() == 1


def test_the_page_tells_how_far_it_is(sam: User, desk: Client) -> None:
    now = timezone.now()
    ordered(sam, "running", rows=12_000, total=1_000_000, touched_at=now, busy_until=now + A_MINUTE)
    page = desk.get("/exports/").content.decode()
    assert "12,000 of 1,000,000" in page
    assert 'hx-trigger="every 2s"' in page
