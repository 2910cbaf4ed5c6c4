"""Whole edits against the simulator over real HTTP: the calls that are made, and what is said to have come of them."""

from collections.abc import Mapping
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.utils import timezone

from orders.models import Edit, Order
from orders.services import draft_changes, settle_edit, submit_edit, sync_account
from orders.services.drafting import present
from orders.services.sending import advance_edit
from orders.services.settling import advance_due_edits
from orders.states import State
from vendors import secrets
from vendors.caliq.sandbox import CaliqSimulator
from vendors.caliq.vendor import Caliq
from vendors.models import VendorAccount
from vendors.registry import VENDORS

pytestmark = pytest.mark.django_db(transaction=True)

PLAIN = 70001
NEW_LINE = {"ProductCode": "BRACKET", "Quantity": 2, "UnitPrice": "10.10"}


@pytest.fixture
def account(simulator: CaliqSimulator, monkeypatch: pytest.MonkeyPatch) -> VendorAccount:
    monkeypatch.setitem(VENDORS, "caliq", Caliq)
    account = VendorAccount.objects.create(
        vendor="caliq",
        name="Caliq",
        base_url=simulator.url,
        encrypted_credentials=secrets.encrypt(simulator.credentials),
    )
    simulator.reset(size=16)
    run = sync_account(account=account)
    assert (run.error, run.seen, run.problems) == ("", 16, [])
    simulator.journal.clear()
    return account


@pytest.fixture
def alice() -> User:
    alice = User.objects.create_user("alice", password="a long enough password")
    alice.user_permissions.set(Permission.objects.filter(codename__in=["edit_order", "view_personal"]))
    return alice


def accept(account: VendorAccount, author: User, number: int, values: Mapping[str, Any]) -> Edit:
    order = Order.objects.select_related("account").get(account=account, vendor_id=str(number))
    draft = draft_changes(order=order, values=values, seen=present(order))
    assert draft.errors == {}
    (edit,) = submit_edit(order=order, author=author, draft=draft, submit_token=f"{number}{values}"[:64], agreed=True)
    return edit


def edit(account: VendorAccount, author: User, number: int, values: Mapping[str, Any]) -> Edit:
    return settle_edit(edit=accept(account, author, number, values))


def calls(simulator: CaliqSimulator) -> list[str]:
    return [entry.path.removeprefix("/api/v1/") for entry in simulator.journal.entries if entry.kind == "call"]


def test_an_edit_is_made_under_a_lock_and_on_a_fresh_order(
    simulator: CaliqSimulator, account: VendorAccount, alice: User
) -> None:
    done = edit(account, alice, PLAIN, {"CustomerPONumber": "PO-7781"})
    assert done.state == State.APPLIED
    assert calls(simulator) == ["EventLock", "Order", "OrderLine", "OrderEdit", "Order", "OrderLine", "EventLock"]
    assert simulator.order(PLAIN)["CustomerPONo"] == "PO-7781"
    assert simulator.lists()["locks"] == {}
    assert done.hold == ""
    assert "LockID" not in done.payload
    assert "apiKey" not in str(done.payload)


def test_a_line_an_address_and_a_new_line_go_in_one_call(
    simulator: CaliqSimulator, account: VendorAccount, alice: User
) -> None:
    line = simulator.order(PLAIN)["_lines"][0]["LineID"]
    wanted = {
        "Carriage": "10.10",
        "EditDeliveryAddress.Town": "York",
        f"OrderEditLines.{line}.Quantity": "7",
        f"OrderEditLines.{line}.UnitPrice": "0.3",
        "OrderEditLines.+": NEW_LINE,
    }
    done = edit(account, alice, PLAIN, wanted)
    assert done.state == State.APPLIED
    assert {each["landed"] for each in done.landed.values()} == {"yes"}
    order = simulator.order(PLAIN)
    assert (order["Del_Town"], str(order["Carriage"])) == ("York", "10.10")
    assert (order["_lines"][0]["Qty"], str(order["_lines"][0]["UnitPrice"])) == (7, "0.3")
    assert (order["_lines"][-1]["Code"], order["_lines"][-1]["Qty"]) == ("BRACKET", 2)
    assert calls(simulator).count("OrderEdit") == 1


def test_an_untouched_form_makes_no_call(simulator: CaliqSimulator, account: VendorAccount, alice: User) -> None:
    order = Order.objects.select_related("account").get(account=account, vendor_id=str(PLAIN))
    values = {name: field.current(order.raw) for name, field in account.adapter().fields(order.raw).items()}
    draft = draft_changes(order=order, values=values, seen=present(order))
    assert (draft.errors, draft.changes) == ({}, {})
    assert calls(simulator) == []


def test_a_refusal_says_why_and_gives_the_lock_back(
    simulator: CaliqSimulator, account: VendorAccount, alice: User
) -> None:
    wanted = {"CustomerPONumber": "PO-1", "OrderEditLines.+": {**NEW_LINE, "ProductCode": "NO-SUCH"}}
    done = edit(account, alice, PLAIN, wanted)
    assert done.state == State.REFUSED
    assert "The product does not exist." in done.explanation
    assert "NO-SUCH" in done.explanation
    assert simulator.order(PLAIN)["CustomerPONo"] == "PO-7000"
    assert simulator.lists()["locks"] == {}


def test_a_failed_edit_that_was_made_in_part_is_told_field_by_field(
    simulator: CaliqSimulator, account: VendorAccount, alice: User
) -> None:
    simulator.set(failed_edit="partial")
    wanted = {"CustomerPONumber": "PO-1", "OrderEditLines.+": {**NEW_LINE, "ProductCode": "NO-SUCH"}}
    done = edit(account, alice, PLAIN, wanted)
    assert done.landed["CustomerPONumber"]["landed"] == "yes"
    assert done.landed["OrderEditLines.+"]["landed"] == "no"
    assert "Applied in part" in done.explanation


def test_an_order_in_use_is_refused_and_nothing_is_sent(
    simulator: CaliqSimulator, account: VendorAccount, alice: User
) -> None:
    simulator.act("lock", order=PLAIN)
    done = edit(account, alice, PLAIN, {"CustomerPONumber": "PO-1"})
    assert done.state == State.REFUSED
    assert "open in Caliq" in done.explanation
    assert calls(simulator) == ["EventLock"]


def test_an_order_that_goes_to_the_warehouse_meanwhile_is_blocked_with_the_reason(
    simulator: CaliqSimulator, account: VendorAccount, alice: User
) -> None:
    """The lock does not stop the warehouse."""
    waiting = accept(account, alice, PLAIN, {"CustomerPONumber": "PO-1"})
    simulator.act("to_warehouse", order=PLAIN)
    done = settle_edit(edit=waiting)
    assert done.state == State.BLOCKED
    assert "in the warehouse" in done.explanation
    assert "OrderEdit" not in calls(simulator)
    assert simulator.lists()["locks"] == {}


def test_a_value_changed_at_caliq_meanwhile_is_a_conflict(
    simulator: CaliqSimulator, account: VendorAccount, alice: User
) -> None:
    waiting = accept(account, alice, PLAIN, {"CustomerPONumber": "PO-1"})
    simulator.edit(PLAIN, CustomerPONo="THEIRS")
    done = settle_edit(edit=waiting)
    assert done.state == State.CONFLICT
    assert done.conflict["CustomerPONumber"]["theirs"] == "THEIRS"
    assert simulator.lists()["locks"] == {}


def test_an_order_that_is_gone_is_no_refusal_of_the_edit(
    simulator: CaliqSimulator, account: VendorAccount, alice: User
) -> None:
    simulator.set(lock_of_unknown="200")
    waiting = accept(account, alice, PLAIN, {"CustomerPONumber": "PO-1"})
    simulator.replace(PLAIN, None)
    done = settle_edit(edit=waiting)
    assert done.state in {State.REFUSED, State.CONFLICT}
    assert "OrderEdit" not in calls(simulator)


@pytest.mark.parametrize("fault", ["drop", "html", "500", "cut"])
def test_a_new_line_whose_answer_was_lost_is_found_and_never_added_twice(
    simulator: CaliqSimulator, account: VendorAccount, alice: User, fault: str
) -> None:
    simulator.fail(f"{fault}:after", path="OrderEdit", seconds=0)
    done = edit(account, alice, PLAIN, {"OrderEditLines.+": NEW_LINE})
    assert done.state == State.APPLIED
    assert calls(simulator).count("OrderEdit") == 1
    assert len(simulator.order(PLAIN)["_lines"]) == 4
    assert simulator.lists()["locks"] == {}


def test_a_new_line_whose_call_was_lost_is_said_not_to_be_there(
    simulator: CaliqSimulator, account: VendorAccount, alice: User
) -> None:
    simulator.fail("drop:before", path="OrderEdit")
    done = edit(account, alice, PLAIN, {"OrderEditLines.+": NEW_LINE})
    assert done.state == State.NOT_APPLIED
    assert calls(simulator).count("OrderEdit") == 1
    assert len(simulator.order(PLAIN)["_lines"]) == 3


def test_two_new_lines_in_place_of_one_are_for_a_person(
    simulator: CaliqSimulator, account: VendorAccount, alice: User, settings: Any
) -> None:
    """Somebody else added the same line while our answer was lost: nobody can tell which is whose."""
    settings.QUIET_SECONDS = 3600
    simulator.fail("drop:after", path="OrderEdit")
    lost = advance_edit(accept(account, alice, PLAIN, {"OrderEditLines.+": NEW_LINE}).pk)
    assert lost.state == State.UNKNOWN
    order = simulator.order(PLAIN)
    order["_lines"].append({**order["_lines"][-1], "LineID": 499999})
    simulator.replace(PLAIN, order)
    Edit.objects.filter(pk=lost.pk).update(next_at=timezone.now())
    done = settle_edit(edit=Edit.objects.get(pk=lost.pk))
    assert (done.state, done.next_at) == (State.UNKNOWN, None)
    assert done.landed["OrderEditLines.+"]["landed"] == "other"
    assert calls(simulator).count("OrderEdit") == 1


def test_what_caliq_does_not_show_is_applied_by_its_word_alone(
    simulator: CaliqSimulator, account: VendorAccount, alice: User
) -> None:
    simulator.set(unread_fields="hidden")
    sync_account(account=account)
    done = edit(account, alice, PLAIN, {"OrderNotes": "Ring twice."})
    assert done.state == State.ECHOED
    assert simulator.order(PLAIN)["OrderNotes"] == "Ring twice."


def test_a_lost_answer_about_what_caliq_does_not_show_is_for_a_person(
    simulator: CaliqSimulator, account: VendorAccount, alice: User
) -> None:
    simulator.set(unread_fields="hidden")
    sync_account(account=account)
    simulator.fail("drop:after", path="OrderEdit")
    done = edit(account, alice, PLAIN, {"OrderNotes": "Ring twice."})
    assert done.state == State.UNKNOWN
    assert done.next_at is None


def test_warnings_are_told_with_the_success(simulator: CaliqSimulator, account: VendorAccount, alice: User) -> None:
    simulator.set(warnings="always", issue_text="id_only")
    done = edit(account, alice, PLAIN, {"CustomerPONumber": "PO-1"})
    assert done.state == State.APPLIED
    assert "Prices were kept as they are." in done.answer["message"]


def test_a_release_that_fails_does_not_fail_the_edit_and_is_tried_again(
    simulator: CaliqSimulator, account: VendorAccount, alice: User
) -> None:
    simulator.fail("wrong_type:after", "503", path="EventLock")  # the first harms nobody: it lets the lock be taken
    done = edit(account, alice, PLAIN, {"CustomerPONumber": "PO-1"})
    assert done.state == State.APPLIED
    assert done.hold
    assert simulator.lists()["locks"]
    advance_due_edits()
    assert simulator.lists()["locks"] == {}
    assert Edit.objects.get(pk=done.pk).hold == ""


@pytest.mark.parametrize("setting", ["refused", "accepted"])
def test_an_edit_that_ends_the_lock_itself_leaves_nothing_behind(
    simulator: CaliqSimulator, account: VendorAccount, alice: User, setting: str
) -> None:
    simulator.set(edit_releases="yes", release_of_unknown=setting)
    done = edit(account, alice, PLAIN, {"CustomerPONumber": "PO-1"})
    assert (done.state, done.hold) == (State.APPLIED, "")
    assert simulator.lists()["locks"] == {}


def test_wrong_credentials_are_not_sent(simulator: CaliqSimulator, account: VendorAccount, alice: User) -> None:
    account.encrypted_credentials = secrets.encrypt({"api_key": "another-key-of-nobody"})
    account.save()
    done = edit(account, alice, PLAIN, {"CustomerPONumber": "PO-1"})
    assert done.state == State.NOT_SENT
    assert calls(simulator) == ["EventLock"]
    assert "another-key" not in f"{done.answer} {done.explanation}"
