"""The page of accounts, as the server says it."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from orders.models import SyncRun
from orders.presentation.passes import line_of
from orders.services import sync_account
from tests.orders.rows import make_account
from vendors.models import VendorAccount

pytestmark = pytest.mark.django_db

FRAGMENT = {"HX-Request": "true"}


@pytest.fixture
def desk(client: Client, alice: User) -> Client:
    client.force_login(alice)
    return client


def page(desk: Client, **headers: str) -> str:
    return desk.get(reverse("accounts"), headers=headers or None).content.decode()


def test_it_takes_the_permission_to_see_orders(client: Client, db: None) -> None:
    client.force_login(User.objects.create_user("nobody"))

    assert client.get(reverse("accounts")).status_code == 403


def test_it_says_how_the_last_pass_ended(desk: Client, mirrored: VendorAccount) -> None:
    run = SyncRun.objects.get()
    said = page(desk)

    assert f"{run.seen} of {run.total} orders" in said
    assert "Synced" in said
    assert "All its orders were last seen" in said
    assert "hx-trigger" not in said.split('id="poll"')[1].partition(">")[0]


@pytest.mark.parametrize(
    ("columns", "says"),
    [
        ({"error": "No connection to <b>.", "finished": True}, ["Stopped", "No connection to &lt;b&gt;."]),
        ({"silent": True}, ["Cut off"]),
        ({"finished": True, "since": True}, ["only what changed"]),
        ({"finished": True, "before": 1200}, ["went on after the first 1,200"]),
        (
            {"finished": True, "failed": 3, "problems": ["Order 7 <i>."]},
            ["3 failed", "Order 7 &lt;i&gt;.", "And 2 more"],
        ),
        (
            {"total": 400, "seen": 100, "rate": 10.0},
            ["100 of 400 orders", "10 a second", "30 s left", 'value="0.2500"'],
        ),
        ({"rate": 0.5, "seen": 7}, ["7 orders", "30 a minute", "<progress aria-label"]),
    ],
)
def test_it_says_how_it_stands(desk: Client, columns: dict[str, object], says: list[str]) -> None:
    now = timezone.now()
    given = {"started_at": now, "noted_at": now, **columns}
    if given.pop("silent", False):
        given["noted_at"] = now - timedelta(hours=1)
    for name, column in (("finished", "finished_at"), ("since", "since")):
        if given.pop(name, False):
            given[column] = now
    SyncRun.objects.create(account=make_account(), **given)

    said = page(desk)

    assert [words for words in says if words not in said] == []


def test_what_is_asked_again_is_only_what_changes(desk: Client) -> None:
    account = make_account()
    now = timezone.now()
    SyncRun.objects.create(account=account, started_at=now, noted_at=now, total=10, seen=1)

    said = page(desk, **FRAGMENT)

    assert "<html" not in said
    assert 'hx-trigger="every 2s"' in said
    assert said.count("hx-swap-oob") == 2
    assert "<button" not in said
    assert "<summary" not in said


def test_accounts_cost_no_query_each(desk: Client) -> None:
    counts = []
    for number in range(4):
        account = make_account(f"Liner {number}")
        for _ in range(3):
            SyncRun.objects.create(account=account, started_at=timezone.now(), finished_at=timezone.now())
        with CaptureQueriesContext(connection) as captured:
            page(desk)
        counts.append(len(captured))

    assert len(set(counts)) == 1


def test_an_account_that_was_never_synced_says_so(desk: Client) -> None:
    assert "No accounts yet" in page(desk)
    make_account(enabled=False)
    assert "Never synced." in page(desk)
    assert "(disabled)" in page(desk)


def test_the_terminal_says_the_same(account: VendorAccount) -> None:
    said: list[str] = []
    run = sync_account(account=account, on_progress=lambda run: said.append(line_of(run)))

    assert said[-1].startswith(f"Liner: {run.seen} of {run.seen} orders, ")
    assert said[-1].endswith(f"{run.seen} added, 0 changed, 0 failed")


# Sync now


def ask_for_sync(client: Client, account: VendorAccount) -> str:
    """What the page says after the button was pressed."""
    return client.post(reverse("sync", args=[account.pk]), follow=True).content.decode()


@pytest.fixture
def supervised(sam: User) -> Client:
    client = Client()
    client.force_login(sam)
    return client


@pytest.fixture
def no_worker(settings: Settings) -> None:
    """Tasks are taken, and nobody does them."""
    settings.TASKS = {"default": {"BACKEND": "django_tasks.backends.dummy.DummyBackend", "QUEUES": []}}


def test_a_sync_is_had_by_a_button(supervised: Client, account: VendorAccount) -> None:
    said = ask_for_sync(supervised, account)

    run = SyncRun.objects.get()
    assert f"{run.seen} of {run.total} orders" in said
    assert "Asked for" not in said


def test_until_a_worker_begins_the_page_waits(supervised: Client, account: VendorAccount, no_worker: None) -> None:
    SyncRun.objects.create(account=account, started_at=timezone.now(), finished_at=timezone.now())
    answer = supervised.post(reverse("sync", args=[account.pk]))
    waiting = supervised.get(answer["Location"], headers=FRAGMENT).content.decode()
    again = waiting.partition('hx-get="')[2].partition('"')[0]
    SyncRun.objects.create(account=account, started_at=timezone.now(), finished_at=timezone.now(), seen=77)
    begun = supervised.get(again.replace("&amp;", "&"), headers=FRAGMENT).content.decode()

    assert "Asked for" in waiting
    assert 'hx-trigger="every 2s"' in waiting
    assert "Asked for" not in begun
    assert "77 orders" in begun
    assert "hx-trigger" not in begun


def test_one_that_runs_is_not_asked_for_again(supervised: Client, account: VendorAccount) -> None:
    SyncRun.objects.create(account=account, started_at=timezone.now(), noted_at=timezone.now())

    assert "is being synced already." in ask_for_sync(supervised, account)
    assert SyncRun.objects.count() == 1


def test_a_disabled_account_is_not_synced(supervised: Client) -> None:
    account = make_account("Closed", enabled=False)

    assert "Closed is disabled, so it is not synced." in ask_for_sync(supervised, account)
    assert "Sync now" not in page(supervised)


def test_an_engine_that_takes_nothing_is_told(supervised: Client, account: VendorAccount, settings: Settings) -> None:
    settings.TASKS = {"default": {"BACKEND": "django_tasks.backends.dummy.DummyBackend", "QUEUES": ["others"]}}

    assert "could not be handed to a worker" in ask_for_sync(supervised, account)


def test_agents_see_no_button(desk: Client, account: VendorAccount) -> None:
    assert "Sync now" not in page(desk)


@pytest.mark.parametrize("asked", ["asked=x&after=", "asked=99999&after=1", "asked=%00&after=%00", "asked=1"])
def test_an_address_that_asks_for_nothing_known_is_only_a_page(
    desk: Client, account: VendorAccount, asked: str
) -> None:
    SyncRun.objects.create(account=account, started_at=timezone.now(), finished_at=timezone.now())

    assert "Asked for" not in desk.get(f"{reverse('accounts')}?{asked}").content.decode()
