"""Edits while their vendor is down: held and then sent once, or refused, as the account chooses."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from orders.models import Edit, Order
from orders.services import (
    advance_due_edits,
    advance_edit,
    draft_changes,
    settle_edit,
    submit_edit,
    sync_account,
    withdraw_edit,
)
from orders.services.drafting import present
from orders.services.holding import ASKED, release_left_holds
from orders.states import LIVE, State
from tests.orders.dying import Dying, dying_processes
from tests.orders.papers import words_of
from tests.orders.test_holding import StubbornCaliq
from tests.orders.test_holding import caliq as caliq
from tests.orders.test_holding import editable as editable
from tests.vendors.wire import certificate, reply, serve
from vendors import secrets
from vendors.altcraft.sandbox import AltcraftSimulator
from vendors.altcraft.sandbox.world import order_id
from vendors.caliq.sandbox import CaliqSimulator
from vendors.circuit import FAILURES_TO_OPEN, start_afresh
from vendors.liner.sandbox import LinerSimulator
from vendors.models import AccountHealth, VendorAccount
from vendors.sandbox.server import Server

pytestmark = pytest.mark.django_db(transaction=True)

PATIENT = 1800


@pytest.fixture(autouse=True)
def patient(settings: Settings) -> None:
    settings.GIVE_UP_SECONDS = PATIENT


def accept(order: Order, author: User, values: Mapping[str, Any], token: str = "t1") -> Edit:
    current = Order.objects.select_related("account").get(pk=order.pk)
    draft = draft_changes(order=current, values=values, seen=present(current))
    assert draft.errors == {}
    return submit_edit(order=current, author=author, draft=draft, submit_token=token, agreed=True)[0]


def writes(simulator: Any) -> list[Any]:
    return [entry for entry in simulator.journal.entries if entry.intent == "write"]


def now_due(edit: Edit) -> Edit:
    """As if the edit's time had come, and taken on."""
    Edit.objects.filter(pk=edit.pk, state__in=LIVE).update(next_at=timezone.now(), busy_until=None)
    return advance_edit(edit.pk)


def open_circuit(account: VendorAccount, *, probe_in: float = 30) -> None:
    """As five calls in a row without an answer leave it."""
    now = timezone.now()
    AccountHealth.objects.update_or_create(
        account=account,
        defaults={
            "failures": FAILURES_TO_OPEN,
            "failing_since": now,
            "probe_at": now + timedelta(seconds=probe_in),
            "last_failure": "No connection.",
        },
    )


# Held


def test_an_edit_is_held_while_its_vendor_is_down_and_then_sent_once(
    mirrored: VendorAccount, order: Order, alice: User
) -> None:
    simulator = LinerSimulator(seed=3, size=30)
    with Server([simulator]) as server:
        VendorAccount.objects.update(base_url=simulator.url)
        edit = accept(order, alice, {"title": "Held, then sent"})
        server.down()
        for _ in range(3):
            held = now_due(edit)
            assert held.state == State.ACCEPTED
            assert held.next_at is not None
            assert held.next_at > timezone.now()
            assert "Nothing has been sent." in held.explanation
        assert "Liner has not answered since" in held.explanation
        server.up()
        AccountHealth.objects.update(probe_at=timezone.now())

        done = now_due(edit)

        assert (done.state, done.explanation) == (State.APPLIED, "Applied.")
        assert len(writes(simulator)) == 1
        assert done.attempts.count() == 1
        assert advance_due_edits() == 0


def test_an_edit_behind_an_open_circuit_makes_no_call_and_tells_of_it_once(
    liner: LinerSimulator, order: Order, alice: User
) -> None:
    edit = accept(order, alice, {"title": "Waits"})
    open_circuit(order.account)
    asked = len(liner.journal.entries)

    for _ in range(4):
        held = now_due(edit)

    assert len(liner.journal.entries) == asked
    assert [step.state for step in held.steps.order_by("id")] == [State.ACCEPTED, State.ACCEPTED]
    assert held.next_at is not None
    assert held.next_at >= timezone.now() + timedelta(seconds=10)


@pytest.mark.parametrize("fault", ["503", "429", "429_date"])
def test_an_edit_waits_as_long_as_its_vendor_asks_for(
    liner: LinerSimulator, order: Order, alice: User, fault: str
) -> None:
    liner.fail(fault, intent="read", retry_after="120")
    edit = accept(order, alice, {"title": "After a pause"})

    first = advance_edit(edit.pk)
    again = now_due(edit)

    assert first.state == again.state == State.ACCEPTED
    assert "Liner asked for a pause until" in again.explanation
    assert again.next_at is not None
    assert again.next_at > timezone.now() + timedelta(seconds=60)
    AccountHealth.objects.update(blocked_until=timezone.now())
    assert now_due(edit).state == State.APPLIED
    assert len(writes(liner)) == 1


def test_an_edit_whose_write_has_no_turn_waits_before_it_counts_as_being_sent(
    liner: LinerSimulator, order: Order, alice: User
) -> None:
    VendorAccount.objects.update(requests_per_second=Decimal("0.005"), burst=1)  # enough to read, not to write

    held = advance_edit(accept(order, alice, {"title": "No turn"}).pk)

    assert held.state == State.ACCEPTED
    assert "budget of requests to Liner is used up" in held.explanation
    assert (held.sent_at, held.attempts.count(), writes(liner)) == (None, 0, [])
    VendorAccount.objects.update(requests_per_second=None)
    assert now_due(held).state == State.APPLIED
    assert len(writes(liner)) == 1


def test_a_conflict_that_came_up_during_the_outage_is_still_found(
    liner: LinerSimulator, order: Order, alice: User
) -> None:
    edit = accept(order, alice, {"title": "Mine"})
    open_circuit(order.account)
    assert now_due(edit).state == State.ACCEPTED
    liner.edit(order.vendor_id, title="Theirs")
    start_afresh(order.account.pk)

    assert now_due(edit).state == State.CONFLICT
    assert writes(liner) == []


def test_an_edit_is_given_up_when_it_has_waited_for_too_long(
    liner: LinerSimulator, order: Order, alice: User, settings: Settings
) -> None:
    edit = accept(order, alice, {"title": "Too late"})
    open_circuit(order.account)
    assert now_due(edit).state == State.ACCEPTED
    start_afresh(order.account.pk)  # even where the vendor is back by then
    settings.GIVE_UP_SECONDS = 0

    done = now_due(edit)

    assert done.state == State.NOT_SENT
    assert "has not answered since" in done.explanation
    assert "It was tried until" in done.explanation
    assert done.explanation.endswith("Nothing was sent.")
    assert writes(liner) == []


def test_an_edit_is_taken_on_for_the_last_time_when_its_time_is_up(order: Order, alice: User) -> None:
    edit = accept(order, alice, {"title": "At the end"})
    open_circuit(order.account, probe_in=PATIENT * 2)

    held = now_due(edit)

    assert held.next_at == held.created_at + timedelta(seconds=PATIENT)


def test_a_held_edit_can_be_taken_back(liner: LinerSimulator, order: Order, alice: User, client: Client) -> None:
    edit = accept(order, alice, {"title": "Never mind"})
    open_circuit(order.account)
    now_due(edit)
    client.force_login(alice)

    client.post(f"/edits/{edit.pk}/withdraw/")

    start_afresh(order.account.pk)
    assert now_due(edit).state == State.WITHDRAWN
    assert writes(liner) == []


def test_an_edit_that_was_taken_back_is_not_held_again(order: Order, alice: User) -> None:
    edit = accept(order, alice, {"title": "Never mind"})
    open_circuit(order.account)
    assert withdraw_edit(edit=now_due(edit), by=alice)
    assert not withdraw_edit(edit=edit, by=alice)


def test_an_edit_behind_a_held_one_of_the_same_form_waits_with_it(alice: User) -> None:
    simulator = AltcraftSimulator(seed=3, size=20)
    with Server([simulator]):
        account = VendorAccount.objects.create(
            vendor="altcraft",
            name="Shop",
            base_url=simulator.url,
            options=dict(simulator.options),
            encrypted_credentials=secrets.encrypt(simulator.credentials),
        )
        sync_account(account=account)
        order = Order.objects.select_related("account").get(vendor_id=order_id(2))
        names = [name for name in account.adapter().fields(order.raw) if name.endswith(".status")][:2]
        first = accept(order, alice, dict.fromkeys(names, "new"))
        second = Edit.objects.get(submit_token="t1", part=1)
        open_circuit(account)

        held = now_due(first)
        behind = now_due(second)

        assert behind.next_at is not None
        assert (held.state, behind.state) == (State.ACCEPTED, State.ACCEPTED)
        assert behind.next_at == held.next_at
        start_afresh(account.pk)
        assert [now_due(each).state for each in (first, second)] == [State.ECHOED, State.ECHOED]
        assert len(writes(simulator)) == 2


# Refused, or ended at once


@pytest.mark.parametrize("way", ["open", "unreachable"])
def test_an_account_that_refuses_edits_meanwhile_ends_them_at_once(
    liner: LinerSimulator, order: Order, alice: User, way: str
) -> None:
    VendorAccount.objects.update(when_down="refuse")
    edit = accept(order, alice, {"title": "Refused"})
    if way == "open":
        open_circuit(order.account)
    else:
        VendorAccount.objects.update(base_url="http://127.0.0.1:9/liner")

    done = advance_edit(edit.pk)

    assert done.state == State.NOT_SENT
    assert done.explanation.endswith("Nothing was sent.")
    assert writes(liner) == []


def test_a_wrong_certificate_is_nothing_to_wait_for(order: Order, alice: User, tmp_path: Path) -> None:
    tls, _ = certificate(tmp_path, "127.0.0.1")
    with serve(reply(), tls=tls) as wire:
        VendorAccount.objects.update(base_url=wire.url.replace("http:", "https:"))

        done = advance_edit(accept(order, alice, {"title": "No trust"}).pk)

        assert wire.requests == []
    assert done.state == State.NOT_SENT
    assert "certificate" in done.explanation


def test_refused_credentials_are_nothing_to_wait_for(liner: LinerSimulator, order: Order, alice: User) -> None:
    VendorAccount.objects.update(encrypted_credentials=secrets.encrypt({"api_key": "wrong-key-of-nobody"}))

    done = advance_edit(accept(order, alice, {"title": "No key"}).pk)

    assert done.state == State.NOT_SENT
    assert "credentials" in done.explanation
    assert AccountHealth.objects.get().refused_since is not None


# Unknown


def test_a_look_that_is_kept_back_is_not_counted(
    liner: LinerSimulator, order: Order, alice: User, settings: Settings
) -> None:
    settings.QUIET_SECONDS = 60
    liner.fail("drop:after", intent="write")
    edit = advance_edit(accept(order, alice, {"title": "Lost and found"}).pk)
    assert edit.state == State.UNKNOWN
    open_circuit(order.account)

    for _ in range(5):
        waiting = now_due(edit)

    assert (waiting.state, waiting.looks) == (State.UNKNOWN, 0)
    assert waiting.next_at is not None
    assert waiting.next_at > timezone.now() + timedelta(seconds=10)
    steps = [step.state for step in waiting.steps.order_by("id")]
    assert steps == [State.ACCEPTED, State.CHECKING, State.SENDING, State.UNKNOWN]
    start_afresh(order.account.pk)
    assert now_due(edit).state == State.APPLIED
    assert len(writes(liner)) == 1


def test_a_look_after_an_answer_is_made_up_for(liner: LinerSimulator, order: Order, alice: User) -> None:
    """The budget covers the read and the write, and the look has to wait."""
    VendorAccount.objects.update(requests_per_second=Decimal("0.005"), burst=2)

    edit = advance_edit(accept(order, alice, {"title": "Said yes"}).pk)

    assert (edit.state, edit.looks) == (State.UNKNOWN, 0)
    assert "nobody has seen yet" in edit.explanation
    start_afresh(order.account.pk)
    assert now_due(edit).state == State.APPLIED
    assert len(writes(liner)) == 1


def test_a_look_that_is_kept_back_for_a_day_counts(liner: LinerSimulator, order: Order, alice: User) -> None:
    edit = accept(order, alice, {"title": "Long ago"})
    yesterday = timezone.now() - timedelta(hours=25)
    for state in (State.CHECKING, State.SENDING, State.UNKNOWN):
        sent = {"payload": edit.wanted, "sent_revision": edit.order.revision, "sent_at": yesterday}
        Edit.objects.filter(pk=edit.pk).update(state=state, **(sent if state == State.SENDING else {}))
    open_circuit(order.account)

    assert [now_due(edit).looks, now_due(edit).looks] == [1, 2]  # what could not be seen is made up for once
    asked = now_due(edit)
    assert (asked.state, asked.next_at) == (State.UNKNOWN, None)


# Locks


def edits_made(caliq: CaliqSimulator) -> list[Any]:
    return [entry for entry in caliq.journal.entries if "OrderEdit" in entry.path and entry.intent == "write"]


def locked(caliq: CaliqSimulator, order: Order) -> bool:
    return caliq.order(order.vendor_id).get("_lock") is not None


def test_the_lock_is_given_back_before_an_edit_waits(caliq: StubbornCaliq, editable: Order, alice: User) -> None:
    caliq.fail("503", path="Order", intent="read", retry_after="120")

    held = advance_edit(accept(editable, alice, {"CustomerPONumber": "PO-WAITS"}).pk)

    assert (held.state, held.hold) == (State.ACCEPTED, "")
    assert not locked(caliq, editable)
    start_afresh(editable.account.pk)
    assert now_due(held).state == State.APPLIED
    assert len(edits_made(caliq)) == 1
    assert not locked(caliq, editable)


def test_a_lock_that_could_not_be_given_back_is_while_the_edit_waits(
    caliq: StubbornCaliq, editable: Order, alice: User
) -> None:
    caliq.keeps_locks = True
    caliq.fail("503", path="Order", intent="read", retry_after="120")
    held = advance_edit(accept(editable, alice, {"CustomerPONumber": "PO-STUCK"}).pk)
    assert held.state == State.ACCEPTED
    assert held.hold
    assert locked(caliq, editable)

    caliq.keeps_locks = False
    assert release_left_holds() == 1  # although the vendor asked for a pause

    assert not locked(caliq, editable)
    start_afresh(editable.account.pk)
    assert now_due(held).state == State.APPLIED
    assert len(edits_made(caliq)) == 1


def test_a_lock_that_is_still_held_is_given_back_before_a_new_one_is_asked_for(
    caliq: StubbornCaliq, editable: Order, alice: User
) -> None:
    caliq.keeps_locks = True
    caliq.fail("503", path="Order", intent="read", retry_after="120")
    held = advance_edit(accept(editable, alice, {"CustomerPONumber": "PO-AGAIN"}).pk)
    start_afresh(editable.account.pk)

    again = now_due(held)  # the old lock is on record still: without it, nobody could end it
    assert (again.state, again.hold) == (State.ACCEPTED, held.hold)

    caliq.keeps_locks = False
    start_afresh(editable.account.pk)
    assert now_due(held).state == State.APPLIED
    assert len(edits_made(caliq)) == 1
    assert not locked(caliq, editable)


def test_an_edit_whose_lock_may_have_been_granted_does_not_wait(
    caliq: StubbornCaliq, editable: Order, alice: User
) -> None:
    caliq.fail("drop:after", "drop:after", path="EventLock")

    done = advance_edit(accept(editable, alice, {"CustomerPONumber": "PO-LOST"}).pk)

    assert (done.state, done.hold) == (State.NOT_SENT, ASKED)


def test_before_an_order_is_locked_a_read_tries_whether_the_vendor_is_back(
    caliq: StubbornCaliq, editable: Order, alice: User
) -> None:
    open_circuit(editable.account, probe_in=-1)
    seen = len(caliq.journal.entries)

    assert now_due(accept(editable, alice, {"CustomerPONumber": "PO-BACK"})).state == State.APPLIED

    assert caliq.journal.entries[seen].intent == "read"
    assert len(edits_made(caliq)) == 1
    assert not AccountHealth.objects.get().is_open


def test_a_try_that_fails_asks_for_no_lock(caliq: StubbornCaliq, editable: Order, alice: User) -> None:
    open_circuit(editable.account, probe_in=-1)
    caliq.fail("503", intent="read", times=None, retry_after="")

    held = now_due(accept(editable, alice, {"CustomerPONumber": "PO-DOWN"}))

    assert held.state == State.ACCEPTED
    assert writes(caliq) == []


# Crashes


@pytest.fixture
def dying(db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Dying]:
    monkeypatch.setenv("GIVE_UP_SECONDS", str(PATIENT))
    with dying_processes(str(connection.settings_dict["NAME"])) as process:
        yield process


@pytest.mark.parametrize("way", ["open", "pause"])
def test_a_crash_anywhere_on_the_way_to_waiting_loses_and_doubles_nothing(
    caliq: StubbornCaliq, editable: Order, alice: User, dying: Dying, way: str
) -> None:
    died = 0
    for statement in range(1, 200):
        number = f"PO-{way}-{statement}"
        edit = accept(editable, alice, {"CustomerPONumber": number}, token=number)
        start_afresh(editable.account.pk)
        if way == "open":
            open_circuit(editable.account)
        else:
            caliq.fail("503", path="Order", intent="read", retry_after="120")
        crashed = dying.advance(edit.pk, statement)
        caliq.faults.clear()
        start_afresh(editable.account.pk)
        Edit.objects.filter(pk=edit.pk).update(busy_until=timezone.now() - timedelta(seconds=1))
        Edit.objects.filter(pk=edit.pk, state__in=LIVE).update(next_at=timezone.now())

        for _ in range(5):
            advance_due_edits()

        done = Edit.objects.get(pk=edit.pk)
        sent = [entry for entry in edits_made(caliq) if f'"{number}"' in entry.body]
        case = f"statement {statement}: {done.state}, {done.explanation}"
        assert done.state not in LIVE, case
        assert (done.state == State.APPLIED) == (len(sent) == 1), case
        if done.state == State.REFUSED:
            assert "locked by our own request" in done.explanation, case  # the grant was lost with the process
            caliq.act("unlock", order=editable.vendor_id)
        else:
            assert done.state == State.APPLIED, case
            assert (locked(caliq, editable), done.hold) == (False, ""), case
        if not crashed:
            break
        died += 1
    assert died >= 4


# Pages


@pytest.fixture
def desk(alice: User, client: Client) -> Client:
    client.force_login(alice)
    return client


@pytest.mark.parametrize(("choice", "words"), [("hold", "held"), ("refuse", "refused")])
def test_the_pages_of_an_order_say_that_its_vendor_is_down(desk: Client, order: Order, choice: str, words: str) -> None:
    VendorAccount.objects.update(when_down=choice)
    address = order.get_absolute_url()
    assert "has not answered" not in desk.get(address).content.decode()
    open_circuit(order.account)

    for page in (address, f"{address}edit/"):
        said = words_of(desk.get(page).content.decode())
        assert "Liner has not answered since" in said
        assert f"Edits are {words} until it does." in said


def test_the_pages_of_an_order_say_that_its_vendor_asked_for_a_pause(desk: Client, order: Order) -> None:
    AccountHealth.objects.update_or_create(
        account=order.account, defaults={"blocked_until": timezone.now() + timedelta(seconds=90)}
    )
    said = words_of(desk.get(order.get_absolute_url()).content.decode())
    assert "Liner asked for a pause until" in said
    assert "Edits are held until then." in said


def test_the_card_of_a_held_edit_says_why_when_it_is_tried_again_and_how_to_take_it_back(
    desk: Client, order: Order, alice: User
) -> None:
    edit = accept(order, alice, {"title": "Waits"})
    open_circuit(order.account)
    now_due(edit)

    page = desk.get(f"{order.get_absolute_url()}?edit={edit.pk}").content.decode()

    said = words_of(page)
    for words in (
        "Waiting to be sent.",
        "Liner has not answered since",
        "Nothing has been sent.",
        "It is tried again",
        "it ends as not sent",
        "Take back",
    ):
        assert words in said
    assert "data-polls" in page


def test_settling_an_edit_waits_for_a_vendor_that_comes_back(liner: LinerSimulator, order: Order, alice: User) -> None:
    edit = accept(order, alice, {"title": "Settled"})
    open_circuit(order.account, probe_in=1)

    done = settle_edit(edit=edit, seconds=60)

    assert done.state == State.APPLIED
    assert len(writes(liner)) == 1
