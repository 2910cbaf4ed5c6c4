"""Passes that stop, go on, meet each other, or read only what changed."""

import os
import subprocess
import sys
import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import connection, connections
from django.utils import timezone

from orders.models import Edit, Order, Revision, SyncRun
from orders.services import draft_changes, submit_edit, sync_account, syncing
from orders.services.drafting import present
from orders.services.progress import SILENT_SECONDS
from orders.services.syncing import FETCHERS
from vendors import secrets
from vendors.altcraft.sandbox import AltcraftSimulator
from vendors.caliq.sandbox import CaliqSimulator
from vendors.lia.sandbox import LiaSimulator
from vendors.liner.sandbox import LinerSimulator
from vendors.models import VendorAccount
from vendors.sandbox.server import Server
from vendors.sandbox.simulator import Simulator

pytestmark = pytest.mark.django_db(transaction=True)

MANY = 1234  # orders: several batches


@pytest.fixture
def large(account: VendorAccount, liner: LinerSimulator) -> VendorAccount:
    """The account at Liner, with more orders than one batch holds."""
    liner.reset(size=MANY)
    liner.set(archived_in_list="yes")
    return account


def account_at(simulator: Simulator, name: str) -> VendorAccount:
    return VendorAccount.objects.create(
        vendor=simulator.slug,
        name=name,
        base_url=simulator.url,
        options=dict(simulator.options),
        encrypted_credentials=secrets.encrypt(dict(simulator.credentials)),
    )


def in_threads(*calls: Callable[[], object]) -> None:
    """Make these calls at once, each with a connection of its own."""
    failures: list[BaseException] = []

    def run(call: Callable[[], object]) -> None:
        try:
            call()
        except BaseException as failure:  # noqa: BLE001 - it is told below
            failures.append(failure)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=[call]) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert failures == []
    assert not any(thread.is_alive() for thread in threads)


def offsets(liner: LinerSimulator) -> list[int]:
    paths = [entry.path for entry in liner.journal.entries if entry.path.startswith("/v2/order/?")]
    return sorted({int(path.split("offset=")[1].partition("&")[0]) for path in paths})


def test_a_large_list_is_mirrored_completely(large: VendorAccount) -> None:
    run = sync_account(account=large)

    assert (run.error, run.complete, run.total, run.seen, run.added) == ("", True, MANY, MANY, MANY)
    assert Order.objects.count() == MANY
    assert run.rate > 0
    assert run.place == ""


@pytest.mark.parametrize("setting", ["updated_desc", "shuffled"])
def test_orders_that_move_while_they_are_read_are_neither_lost_nor_gone(
    large: VendorAccount, liner: LinerSimulator, setting: str
) -> None:
    sync_account(account=large)
    liner.set(list_order=setting)

    run = sync_account(account=large)

    assert run.error == ""
    assert Order.objects.count() == MANY
    assert not Order.objects.exclude(gone_at=None).exists()


def test_a_pass_goes_on_where_a_failed_one_stood(large: VendorAccount, liner: LinerSimulator) -> None:
    liner.fail("500", path="offset=800", times=None)
    failed = sync_account(account=large)
    assert failed.error != ""
    assert 0 < failed.seen <= 800
    assert failed.place == str(failed.seen)
    liner.faults.clear()
    liner.journal.entries.clear()

    rest = sync_account(account=large)

    assert (rest.error, rest.before, rest.seen) == ("", failed.seen, MANY - failed.seen)
    assert rest.done == rest.total == Order.objects.count() == MANY
    assert [offset for offset in offsets(liner) if 0 < offset < failed.seen] == []
    assert not rest.complete, "nobody can tell what of the first part is gone by now"

    whole = sync_account(account=large)
    assert (whole.before, whole.seen, whole.complete) == (0, MANY, True)


def test_full_begins_at_the_beginning(large: VendorAccount, liner: LinerSimulator) -> None:
    liner.fail("500", path="offset=800", times=None)
    sync_account(account=large)
    liner.faults.clear()

    run = sync_account(account=large, full=True)

    assert (run.before, run.complete) == (0, True)


@pytest.mark.parametrize("vendor", [AltcraftSimulator, LiaSimulator])
def test_the_rest_of_a_list_without_a_total_is_not_all_of_it(vendor: type[Simulator], db: None) -> None:
    simulator = vendor(size=700)
    with Server([simulator]):
        account = account_at(simulator, "Account")
        sync_account(account=account)
        with pytest.raises(KeyboardInterrupt):
            sync_account(account=account, full=True, on_progress=interrupt)
        stopped = SyncRun.objects.latest("pk")

        rest = sync_account(account=account)

    assert (rest.error, rest.before) == ("", stopped.seen)
    assert rest.done == Order.objects.count()
    assert not rest.complete
    assert not Order.objects.exclude(gone_at=None).exists()


def interrupt(run: SyncRun) -> None:
    raise KeyboardInterrupt


def test_an_interrupted_pass_says_so_and_is_gone_on_with(large: VendorAccount) -> None:
    with pytest.raises(KeyboardInterrupt):
        sync_account(account=large, on_progress=interrupt)

    stopped = SyncRun.objects.get()
    assert stopped.error == "Interrupted (KeyboardInterrupt)."
    assert stopped.finished_at is not None
    assert Order.objects.count() == stopped.seen
    assert sync_account(account=large).before == stopped.seen


DYING = """
import os, sys, django
django.setup()
from django.db import connection
connection.settings_dict["NAME"] = sys.argv[1]
from orders.services import sync_account
from vendors.models import VendorAccount
sync_account(account=VendorAccount.objects.get(), on_progress=lambda run: os._exit(9))
"""


def test_a_killed_pass_is_gone_on_with_once_it_has_been_silent(large: VendorAccount) -> None:
    """As by kill -9: nobody writes down how it ended."""
    command = [sys.executable, "-c", DYING, str(connection.settings_dict["NAME"])]
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "config.settings"}
    assert subprocess.run(command, env=environment, check=False, timeout=120).returncode == 9
    killed = SyncRun.objects.get()
    assert killed.finished_at is None
    assert Order.objects.count() == killed.seen > 0
    at_once = sync_account(account=large)
    assert (at_once.before, at_once.complete) == (0, True), "it may still be running"
    SyncRun.objects.exclude(pk=killed.pk).delete()
    SyncRun.objects.update(noted_at=timezone.now() - timedelta(seconds=SILENT_SECONDS + 1))

    run = sync_account(account=large)

    assert (run.error, run.before, run.seen) == ("", killed.seen, MANY - killed.seen)
    assert Order.objects.count() == MANY


def test_a_pass_that_stopped_long_ago_is_not_gone_on_with(large: VendorAccount, liner: LinerSimulator) -> None:
    liner.fail("500", path="offset=800", times=None)
    sync_account(account=large)
    liner.faults.clear()
    SyncRun.objects.update(noted_at=timezone.now() - timedelta(hours=3))

    assert sync_account(account=large).before == 0


def test_two_passes_at_once_add_every_order_once(large: VendorAccount, liner: LinerSimulator) -> None:
    in_threads(*[lambda: sync_account(account=VendorAccount.objects.get(pk=large.pk), full=True)] * 2)

    runs = list(SyncRun.objects.all())
    assert [(run.error, run.seen, run.complete) for run in runs] == [("", MANY, True)] * 2
    assert sum(run.added for run in runs) == Order.objects.count() == MANY

    for vendor_id in list(liner.orders)[:700]:
        liner.edit(vendor_id, title="Changed")
    in_threads(*[lambda: sync_account(account=VendorAccount.objects.get(pk=large.pk), full=True)] * 2)

    assert Revision.objects.count() == Order.objects.filter(title="Changed", revision=2).count() == 700


@pytest.mark.skipif(connection.vendor != "postgresql", reason="PostgreSQL's planner")
def test_what_was_planned_before_many_orders_came_is_planned_anew(
    large: VendorAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A connection keeps its plans until the database has looked at the table again."""
    monkeypatch.setattr(syncing, "MANY_NEW", MANY // 2)

    sync_account(account=large)

    with connection.cursor() as cursor:
        cursor.execute("SELECT reltuples FROM pg_class WHERE relname = 'orders_order'")
        assert cursor.fetchone() == (MANY,)


def test_an_agent_edits_in_the_middle_of_a_pass(large: VendorAccount, alice: User) -> None:
    """Between two batches nobody holds anything: neither a lock of an order nor, on SQLite, the one of the database."""
    sync_account(account=large)
    order = Order.objects.select_related("account").order_by("pk")[3]

    def edit() -> None:
        draft = draft_changes(order=order, values={"title": "By alice"}, seen=present(order))
        submit_edit(order=order, author=alice, draft=draft, submit_token="in the middle")

    def between(run: SyncRun) -> None:
        if run.finished_at is None and not Edit.objects.exists():
            assert not connection.in_atomic_block
            in_threads(edit)

    Order.objects.exclude(pk=order.pk).delete()
    sync_account(account=large, full=True, on_progress=between)

    assert Edit.objects.get().order_id == order.pk


# Only what changed


@pytest.fixture
def caliq() -> object:
    simulator = CaliqSimulator(seed=3, size=60)
    with Server([simulator]) as server:
        yield simulator
    assert not server.errors, server.errors[0]


def test_what_changed_is_read_alone_and_everything_once_a_day(caliq: CaliqSimulator, db: None) -> None:
    account = account_at(caliq, "Caliq")
    first = sync_account(account=account)
    assert (first.error, first.since, first.complete) == ("", None, True)
    assert first.seen == first.total == len(caliq.orders)
    order = Order.objects.filter(status="In Progress").first()
    assert order is not None
    caliq.edit(order.vendor_id, Description="Changed at Caliq")

    second = sync_account(account=account)

    assert second.since == first.started_at
    assert second.seen < first.seen
    assert (second.changed, second.complete) == (1, False)
    order.refresh_from_db()
    assert order.title == "Changed at Caliq"
    assert sync_account(account=account).since == second.started_at
    assert sync_account(account=account, full=True).since is None

    SyncRun.objects.update(started_at=timezone.now() - timedelta(hours=25))
    assert sync_account(account=account).since is None


def test_lines_are_asked_for_by_several_at_once(caliq: CaliqSimulator, db: None) -> None:
    caliq.set(latency_ms=50)
    run = sync_account(account=account_at(caliq, "Caliq"))

    assert (run.error, run.failed, run.seen) == ("", 0, len(caliq.orders))
    calls = [entry for entry in caliq.journal.entries if "OrderLine" in entry.path]
    assert len(calls) == len(caliq.orders)
    under_way = [sum(each.received <= one.received < (each.answered or 0) for each in calls) for one in calls]
    assert 2 <= max(under_way) <= FETCHERS


# Several accounts


def test_several_accounts_are_mirrored_at_once(
    liner: LinerSimulator, caliq: CaliqSimulator, capsys: pytest.CaptureFixture[str], db: None
) -> None:
    for name in ("One", "Two"):
        account_at(liner, name)
    account_at(caliq, "Three")

    call_command("sync", "--jobs=3")

    said = capsys.readouterr().out
    assert {run.account.name for run in SyncRun.objects.filter(complete=True)} == {"One", "Two", "Three"}
    assert all(f"{name}: " in said for name in ("One", "Two", "Three"))
    assert {Order.objects.filter(account__name=name).count() for name in ("One", "Two")} == {
        len([order for order in liner.orders.values() if not order["_archived"]])
    }


def test_one_failing_account_does_not_stop_the_others(
    liner: LinerSimulator, caliq: CaliqSimulator, capsys: pytest.CaptureFixture[str], db: None
) -> None:
    account_at(liner, "Good")
    bad = account_at(caliq, "Bad")
    VendorAccount.objects.filter(pk=bad.pk).update(encrypted_credentials=secrets.encrypt({"api_key": "wrong-key"}))

    with pytest.raises(SystemExit) as end:
        call_command("sync")

    assert end.value.code == 1
    assert {run.account.name: bool(run.error) for run in SyncRun.objects.all()} == {"Good": False, "Bad": True}
