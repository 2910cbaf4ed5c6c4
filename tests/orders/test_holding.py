"""A vendor's lock is given back whatever happens, and while it is not, the page says so."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.utils import timezone

from orders.models import Edit, Order
from orders.services import advance_due_edits, advance_edit, draft_changes, submit_edit, sync_account
from orders.services.drafting import present
from orders.services.holding import away_accounts, release_left_holds
from orders.states import LIVE, State
from tests.orders.dying import Dying, dying_processes
from tests.orders.rows import make_edit
from vendors import secrets
from vendors.caliq.sandbox import CaliqSimulator
from vendors.circuit import start_afresh
from vendors.models import VendorAccount
from vendors.sandbox.journal import Entry
from vendors.sandbox.messages import Request, Response
from vendors.sandbox.server import Server

pytestmark = pytest.mark.django_db(transaction=True)


class StubbornCaliq(CaliqSimulator):
    """Caliq on a day on which it takes no lock back."""

    keeps_locks = False
    unknown = "none"  # the id of a lock that it answers about all the same

    def handle(self, request: Request) -> Response:
        is_release = "LockID" in request.text and request.path.endswith("EventLock")
        if self.keeps_locks and is_release and self.unknown not in request.text:
            return self.failure(503, "")
        return super().handle(request)


@pytest.fixture
def caliq() -> Iterator[StubbornCaliq]:
    simulator = StubbornCaliq(seed=3, size=12)
    with Server([simulator]) as server:
        yield simulator
    assert not server.errors


@pytest.fixture
def editable(caliq: CaliqSimulator) -> Order:
    account = VendorAccount.objects.create(
        vendor="caliq",
        name="Wholesale",
        base_url=caliq.url,
        encrypted_credentials=secrets.encrypt(caliq.credentials),
    )
    sync_account(account=account)
    vendor = account.adapter()
    orders = Order.objects.select_related("account").order_by("id")
    return next(each for each in orders if not vendor.reason_against(each.raw, "CustomerPONumber"))


def accept(order: Order, author: User, number: str) -> Edit:
    current = Order.objects.select_related("account").get(pk=order.pk)
    draft = draft_changes(order=current, values={"CustomerPONumber": number}, seen=present(current))
    assert draft.changes, draft.errors
    (edit,) = submit_edit(order=current, author=author, draft=draft, submit_token=number, agreed=True)
    return edit


def lock_of(caliq: CaliqSimulator, order: Order) -> Any:
    return caliq.order(order.vendor_id).get("_lock")


@pytest.fixture
def dying(db: None) -> Iterator[Dying]:
    with dying_processes(str(connection.settings_dict["NAME"])) as process:
        yield process


def test_a_crash_anywhere_leaves_no_lock_behind(
    caliq: CaliqSimulator, editable: Order, alice: User, dying: Dying
) -> None:
    died = 0
    for statement in range(1, 200):
        edit = accept(editable, alice, f"PO-{statement}")
        crashed = dying.advance(edit.pk, statement)
        Edit.objects.filter(pk=edit.pk).update(busy_until=timezone.now() - timedelta(seconds=1))
        for _ in range(5):
            advance_due_edits()

        done = Edit.objects.get(pk=edit.pk)
        sent = [entry.body for entry in caliq.journal.entries if entry.intent == "write"]
        writes = [body for body in sent if f'"PO-{statement}"' in body]
        case = f"statement {statement}: {done.state}, {done.explanation}"
        assert len(writes) <= 1, case
        assert done.state not in LIVE, case
        assert (done.state == State.APPLIED) == (len(writes) == 1), case
        if done.state != State.REFUSED:
            assert (lock_of(caliq, editable), done.hold) == (None, ""), case
        else:
            # The grant was lost with the process: nobody knows the id, and the desk says so.
            caliq.act("unlock", order=editable.vendor_id)
            assert "locked by our own request" in done.explanation
        if not crashed:
            break
        died += 1
    assert died > 15


def test_a_lost_answer_gives_the_lock_back_at_once(caliq: CaliqSimulator, editable: Order, alice: User) -> None:
    caliq.fail("drop", path="OrderEdit")

    edit = advance_edit(accept(editable, alice, "PO-LOST").pk)

    assert edit.state in {State.UNKNOWN, State.NOT_APPLIED}
    assert (lock_of(caliq, editable), edit.hold) == (None, "")


def test_a_release_that_failed_is_shown_and_tried_again(
    caliq: StubbornCaliq, editable: Order, alice: User, client: Client
) -> None:
    caliq.keeps_locks = True

    done = advance_edit(accept(editable, alice, "PO-HELD").pk)

    assert done.state == State.APPLIED
    assert done.hold
    client.force_login(alice)
    assert "still locked at Caliq" in client.get(done.get_absolute_url()).content.decode()

    caliq.keeps_locks = False
    advance_due_edits()
    assert Edit.objects.get(pk=done.pk).hold == ""
    assert lock_of(caliq, editable) is None
    assert "still locked" not in client.get(done.get_absolute_url()).content.decode()


@pytest.mark.parametrize("lost", [False, True])
def test_an_order_that_is_gone_has_no_lock_to_give_back(
    caliq: StubbornCaliq, editable: Order, alice: User, lost: bool
) -> None:
    caliq.keeps_locks = True
    if lost:
        caliq.fail("drop:after", "drop", path="EventLock")
    edit = advance_edit(accept(editable, alice, "PO-GONE").pk)
    assert edit.hold == ("asked" if lost else str(caliq.order(editable.vendor_id)["_lock"]["id"]))
    caliq.keeps_locks = False
    caliq.replace(editable.vendor_id, None)

    advance_due_edits()

    assert Edit.objects.get(pk=edit.pk).hold == ""


def lose_a_grant(caliq: CaliqSimulator, order: Order, author: User) -> Edit:
    """An edit whose lock was granted, but the answer was lost, and what asked again was not answered at all."""
    caliq.fail("drop:after", "drop", path="EventLock")
    caliq.set(second_lock="same")
    edit = advance_edit(accept(order, author, "PO-LOST-GRANT").pk)
    assert edit.hold == "asked"
    return edit


def locking(caliq: CaliqSimulator) -> list[str]:
    """What was asked about locks."""
    return ["release" if "LockID" in each.body else "take" for each in lock_calls(caliq)]


def lock_calls(caliq: CaliqSimulator) -> list[Entry]:
    return [entry for entry in caliq.journal.entries if entry.intent == "lock"]


def test_a_lock_may_have_been_granted_to_credentials_that_were_refused(
    caliq: StubbornCaliq, editable: Order, alice: User
) -> None:
    caliq.set(second_lock="same")
    caliq.fail("403:after", path="EventLock")

    edit = advance_edit(accept(editable, alice, "PO-403").pk)
    assert (edit.state, edit.hold) == (State.NOT_SENT, "asked")
    advance_due_edits()

    assert (lock_of(caliq, editable), Edit.objects.get(pk=edit.pk).hold) == (None, "")


def test_a_lock_that_was_left_is_asked_about_by_one_worker_at_a_time(
    caliq: StubbornCaliq, editable: Order, alice: User
) -> None:
    edit = lose_a_grant(caliq, editable, alice)
    before = len(lock_calls(caliq))

    with connection.execute_wrapper(once('"hold" = ', release_left_holds)):
        release_left_holds()

    assert locking(caliq)[before:] == ["take", "release"]
    assert (lock_of(caliq, editable), Edit.objects.get(pk=edit.pk).hold) == (None, "")


def test_a_lock_that_comes_when_another_has_taken_over_is_given_back(
    caliq: StubbornCaliq, editable: Order, alice: User
) -> None:
    edit = accept(editable, alice, "PO-LATE")

    def another_takes_over() -> None:
        Edit.objects.filter(pk=edit.pk).update(fence=7)

    advance_with_the_lock(edit, caliq, then=another_takes_over)

    assert locking(caliq) == ["take", "release"]
    assert lock_of(caliq, editable) is None


def test_a_lock_that_comes_too_late_and_is_not_taken_back_goes_on_record(
    caliq: StubbornCaliq, editable: Order, alice: User
) -> None:
    edit = accept(editable, alice, "PO-ORPHAN")

    def another_takes_over() -> None:
        Edit.objects.filter(pk=edit.pk).update(fence=7, hold="")
        caliq.fail("drop:before", path="EventLock")

    advance_with_the_lock(edit, caliq, then=another_takes_over)
    assert lock_of(caliq, editable) is not None
    assert Edit.objects.get(pk=edit.pk).hold not in {"", "asked"}

    Edit.objects.filter(pk=edit.pk).update(busy_until=timezone.now() - timedelta(seconds=1))
    advance_due_edits()

    assert (lock_of(caliq, editable), Edit.objects.get(pk=edit.pk).hold) == (None, "")
    assert Edit.objects.get(pk=edit.pk).state == State.APPLIED


def test_a_lock_that_is_granted_after_another_has_given_theirs_back_goes_on_record(
    caliq: StubbornCaliq, editable: Order, alice: User
) -> None:
    edit = lose_a_grant(caliq, editable, alice)

    def another_is_through() -> None:
        Edit.objects.filter(pk=edit.pk).update(hold="")

    with connection.execute_wrapper(once('"hold" = ', another_is_through)):
        assert release_left_holds() == 0
    assert lock_of(caliq, editable) is not None

    assert release_left_holds() == 1
    assert (lock_of(caliq, editable), Edit.objects.get(pk=edit.pk).hold) == (None, "")


def test_a_lock_that_another_has_seen_to_meanwhile_is_left_to_them(
    caliq: StubbornCaliq, editable: Order, alice: User
) -> None:
    """Whoever asks again is given the same lock, and could take it away from whoever works under it now."""
    edit = lose_a_grant(caliq, editable, alice)
    before = len(lock_calls(caliq))

    def another_adopts() -> None:
        Edit.objects.filter(pk=edit.pk).update(hold="4711")

    with connection.execute_wrapper(once('"hold" = ', another_adopts)):
        released = release_left_holds()

    assert released == 0
    assert locking(caliq)[before:] == ["take"]
    assert Edit.objects.get(pk=edit.pk).hold == str(lock_of(caliq, editable)["id"]), "the one lock that there is"


def test_a_lock_that_is_granted_while_another_forgets_theirs_goes_on_record(
    caliq: StubbornCaliq, editable: Order, alice: User
) -> None:
    """They have given it back already, and have not written that down yet."""
    edit = lose_a_grant(caliq, editable, alice)

    with connection.execute_wrapper(once('"hold" = ', lambda: Edit.objects.filter(pk=edit.pk).update(hold="4711"))):
        assert release_left_holds() == 0
    Edit.objects.filter(pk=edit.pk, hold="4711").update(hold="")  # now they do

    assert release_left_holds() == 1
    assert (lock_of(caliq, editable), Edit.objects.get(pk=edit.pk).hold) == (None, "")


def test_a_lock_made_by_asking_about_another_is_given_back_later(
    caliq: StubbornCaliq, editable: Order, alice: User
) -> None:
    edit = make_edit(editable, alice, State.NOT_SENT, hold="4711")
    caliq.keeps_locks, caliq.unknown = True, "4711"
    assert release_left_holds() == 0
    assert Edit.objects.get(pk=edit.pk).hold == str(lock_of(caliq, editable)["id"])

    caliq.keeps_locks = False
    caliq.set(release_of_unknown="accepted")  # it would not ask about the lock again
    away_accounts.clear()
    start_afresh(editable.account_id)
    assert release_left_holds() == 1
    assert (lock_of(caliq, editable), Edit.objects.get(pk=edit.pk).hold) == (None, "")


def test_an_earlier_question_about_a_lock_is_not_forgotten(caliq: StubbornCaliq, editable: Order, alice: User) -> None:
    """It may have been granted, even where the next one cannot be asked."""
    edit = accept(editable, alice, "PO-AWAY")
    Edit.objects.filter(pk=edit.pk).update(hold="asked")
    VendorAccount.objects.update(base_url="http://127.0.0.1:1")

    done = advance_edit(edit.pk)

    assert (done.state, done.hold) == (State.NOT_SENT, "asked")


def test_the_id_of_a_lock_is_kept_until_it_is_given_back(caliq: StubbornCaliq, editable: Order, alice: User) -> None:
    edit = accept(editable, alice, "PO-KEPT")
    Edit.objects.filter(pk=edit.pk).update(hold="4711")
    caliq.keeps_locks = True

    done = advance_edit(edit.pk)

    assert (done.state, done.hold) == (State.NOT_SENT, "4711")
    assert "earlier try" in done.explanation


def test_nobody_else_gives_a_lock_back_while_its_holder_does(
    caliq: StubbornCaliq, editable: Order, alice: User
) -> None:
    """Between the outcome and the note that the lock is given back the edit is still its holder's."""
    edit = accept(editable, alice, "PO-MINE")

    with connection.execute_wrapper(once('"hold" = ', release_left_holds, at=3)):
        done = advance_edit(edit.pk)

    assert (done.state, done.hold, done.busy_until) == (State.APPLIED, "", None)
    assert locking(caliq) == ["take", "release"]


def advance_with_the_lock(edit: Edit, caliq: StubbornCaliq, then: Callable[[], object]) -> None:
    """Take the edit on, and let something happen between the lock and the note of it."""

    def happen() -> None:
        assert lock_of(caliq, edit.order) is not None
        then()

    with connection.execute_wrapper(once('"hold" = ', happen, at=2)):
        advance_edit(edit.pk)


def once(words: str, happens: Callable[[], object], at: int = 1) -> Callable[..., Any]:
    """Let something happen before the statement that writes these words comes for the so-manieth time."""
    left = [at]

    def execute(run: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.startswith("UPDATE") and words in sql.partition(" WHERE ")[0]:
            left[0] -= 1
            if left[0] == 0:
                happens()
        return run(sql, params, many, context)

    return execute
