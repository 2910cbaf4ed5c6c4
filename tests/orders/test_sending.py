"""The sequence of an edit, against the simulator over real HTTP: what is sent, and what is said to have come of it."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.utils import timezone
from pytest_django import Settings

from orders.models import Edit, Order, Revision
from orders.services import advance_edit, draft_changes, look_again, settle_edit, submit_edit, withdraw_edit
from orders.services.drafting import present
from orders.services.reporting import outcome_of
from orders.services.submitting import EditRefused, OrderBusy, TokenReused
from orders.services.transitions import claim
from orders.states import State
from vendors import secrets
from vendors.liner.sandbox import LinerSimulator
from vendors.models import VendorAccount

pytestmark = pytest.mark.django_db(transaction=True)


def accept(order: Order, author: User, values: Mapping[str, Any], token: str = "t1", **more: Any) -> Edit:
    draft = draft_changes(order=order, values=values, seen=present(order))
    assert draft.errors == {}
    (edit,) = submit_edit(order=order, author=author, draft=draft, submit_token=token, agreed=True, **more)
    return edit


def bring(edit: Edit, *states: State, **columns: object) -> None:
    """The record of an edit whose worker died there."""
    for state in states:
        sent = {"payload": edit.wanted, "sent_revision": edit.order.revision} if state == State.SENDING else {}
        Edit.objects.filter(pk=edit.pk).update(state=state, fence=1, **sent, **columns)


def edit(order: Order, author: User, values: Mapping[str, Any], token: str = "t1") -> Edit:
    return settle_edit(edit=accept(order, author, values, token))


def writes(liner: LinerSimulator) -> list[Any]:
    return [entry for entry in liner.journal.entries if entry.intent == "write"]


def test_only_the_changed_field_is_sent_and_found_to_have_landed(
    liner: LinerSimulator, order: Order, alice: User
) -> None:
    done = edit(order, alice, {"title": "Окна — новая кампания", "code": order.raw["code"]})

    (sent,) = writes(liner)
    assert sent.path == f"/v2/order/update/{order.vendor_id}/"
    assert sent.body == '{"title":"Окна — новая кампания"}'
    assert done.state == State.APPLIED
    assert done.landed == {"title": {"landed": "yes", "now": "Окна — новая кампания"}}
    assert done.answer["said"] == "yes"
    assert [step.state for step in done.steps.order_by("id")] == [
        State.ACCEPTED,
        State.CHECKING,
        State.SENDING,
        State.LOOKING,
        State.APPLIED,
    ]
    order.refresh_from_db()
    assert order.title == "Окна — новая кампания"
    assert order.edited_at is not None


def test_a_second_click_is_the_same_edit(liner: LinerSimulator, order: Order, alice: User) -> None:
    first = accept(order, alice, {"title": "Once"})
    draft = draft_changes(order=order, values={"title": "Once"}, seen=present(order))
    (second,) = submit_edit(order=order, author=alice, draft=draft, submit_token="t1", agreed=True)

    assert second.pk == first.pk
    settle_edit(edit=first)
    settle_edit(edit=second)
    assert len(writes(liner)) == 1


def test_the_same_form_with_other_values_is_refused(order: Order, alice: User, liner: LinerSimulator) -> None:
    accept(order, alice, {"title": "Once"})
    other = draft_changes(order=order, values={"title": "Twice"}, seen=present(order))

    with pytest.raises(TokenReused):
        submit_edit(order=order, author=alice, draft=other, submit_token="t1", agreed=True)


def test_a_second_agent_is_told_who_is_editing(order: Order, alice: User, liner: LinerSimulator) -> None:
    accept(order, alice, {"title": "Mine"})
    bob = User.objects.create_superuser("bob", password="a long enough password")
    draft = draft_changes(order=order, values={"title": "His"}, seen=present(order))

    with pytest.raises(OrderBusy, match="alice"):
        submit_edit(order=order, author=bob, draft=draft, submit_token="t2", agreed=True)


def test_a_value_changed_at_the_vendor_is_a_conflict_and_nothing_is_sent(
    liner: LinerSimulator, order: Order, alice: User
) -> None:
    waiting = accept(order, alice, {"title": "Mine"})
    liner.edit(order.vendor_id, title="Theirs")

    done = settle_edit(edit=waiting)

    assert done.state == State.CONFLICT
    found = Revision.objects.get(order=order, number=order.revision)
    assert done.conflict["title"] == {
        "label": "Title",
        "seen": order.raw["title"],
        "mine": "Mine",
        "theirs": "Theirs",
        "by": "",
        "edit": None,
        "at": found.replaced_at.isoformat(),
    }
    assert writes(liner) == []


def test_a_change_elsewhere_in_the_order_is_kept(liner: LinerSimulator, order: Order, alice: User) -> None:
    waiting = accept(order, alice, {"title": "Mine"})
    liner.edit(order.vendor_id, serviceTitle="Theirs")

    assert settle_edit(edit=waiting).state == State.APPLIED
    assert liner.order(order.vendor_id)["serviceTitle"] == "Theirs"
    assert liner.order(order.vendor_id)["title"] == "Mine"


def test_a_look_after_which_nothing_is_sent_was_a_look_all_the_same(
    liner: LinerSimulator, order: Order, alice: User
) -> None:
    """The page would call a copy old that was compared with the vendor a moment ago."""
    waiting = accept(order, alice, {"title": "Same"})
    liner.edit(order.vendor_id, title="Same")
    look_again(order=order)
    Order.objects.update(seen_at=waiting.created_at - timedelta(hours=1))

    assert settle_edit(edit=waiting).state == State.NO_CHANGE
    order.refresh_from_db()
    assert order.seen_at > waiting.created_at


def test_a_value_that_is_already_there_is_not_sent(liner: LinerSimulator, order: Order, alice: User) -> None:
    waiting = accept(order, alice, {"title": "Same"})
    liner.edit(order.vendor_id, title="Same")

    assert settle_edit(edit=waiting).state == State.NO_CHANGE
    assert writes(liner) == []


def test_a_refusal_is_told_in_the_vendors_words(liner: LinerSimulator, order: Order, alice: User) -> None:
    liner.set(duplicate_code="reject")
    taken = next(o for i, o in liner.orders.items() if i != order.vendor_id)["code"]

    done = edit(order, alice, {"code": taken})

    assert done.state == State.REFUSED
    assert done.landed["code"]["landed"] == "no"
    assert done.explanation == done.answer["message"] != ""


@pytest.mark.parametrize("fault", ["drop:after", "500:after", "html:after", "cut:after", "list:after", "empty:after"])
def test_a_lost_answer_to_an_applied_change_is_found_out_by_looking(
    liner: LinerSimulator, order: Order, alice: User, fault: str
) -> None:
    liner.fail(fault, intent="write")

    done = edit(order, alice, {"title": "Found out"})

    assert done.state == State.APPLIED
    assert State.UNKNOWN in [step.state for step in done.steps.all()]
    assert len(writes(liner)) == 1


@pytest.mark.parametrize("fault", ["drop", "500", "503", "429", "html", "307", "refused", "null"])
def test_a_lost_change_is_not_applied_and_never_sent_again(
    liner: LinerSimulator, order: Order, alice: User, fault: str
) -> None:
    liner.fail(fault, intent="write")

    done = edit(order, alice, {"title": "Lost"})

    assert done.state == State.NOT_APPLIED
    assert len(writes(liner)) == 1
    assert liner.order(order.vendor_id)["title"] == order.raw["title"]


def test_a_yes_that_changed_nothing_is_not_called_applied(liner: LinerSimulator, order: Order, alice: User) -> None:
    liner.fail("lie", intent="write")

    done = edit(order, alice, {"title": "Not there"})

    assert done.state == State.NOT_APPLIED
    assert "although it said yes" in done.explanation


def test_a_no_that_changed_the_order_is_called_applied(liner: LinerSimulator, order: Order, alice: User) -> None:
    liner.fail("error_applied", intent="write")

    done = edit(order, alice, {"title": "There"})

    assert done.state == State.APPLIED
    assert "reported an error" in done.explanation


def test_a_partly_applied_edit_says_so_field_by_field(liner: LinerSimulator, order: Order, alice: User) -> None:
    liner.fail("partly", intent="write")

    done = edit(order, alice, {"title": "Half", "aiModePrompt": "the other half", "leadsPriority": "7"})

    assert {each["landed"] for each in done.landed.values()} == {"yes", "no"}
    assert done.explanation.startswith("Applied in part")


def test_what_cannot_be_reached_is_not_sent(liner: LinerSimulator, order: Order, alice: User) -> None:
    VendorAccount.objects.update(base_url="http://127.0.0.1:9/liner")

    done = edit(Order.objects.select_related("account").get(pk=order.pk), alice, {"title": "Nowhere"})

    assert done.state == State.NOT_SENT
    assert "Nothing was sent" in done.explanation


def test_a_wrong_key_is_not_sent(liner: LinerSimulator, order: Order, alice: User) -> None:
    VendorAccount.objects.update(encrypted_credentials=secrets.encrypt({"api_key": "wrong-key-of-nobody"}))

    done = edit(Order.objects.select_related("account").get(pk=order.pk), alice, {"title": "No key"})

    assert done.state == State.NOT_SENT
    assert "credentials" in done.explanation
    assert writes(liner) == []


def test_an_order_that_is_gone_is_a_conflict(liner: LinerSimulator, order: Order, alice: User) -> None:
    waiting = accept(order, alice, {"title": "Gone"})
    liner.replace(order.vendor_id, None)

    done = settle_edit(edit=waiting)

    assert done.state == State.CONFLICT
    order.refresh_from_db()
    assert order.gone_at is not None


def test_an_edit_whose_sender_died_while_sending_is_looked_up_and_never_sent_again(
    liner: LinerSimulator, order: Order, alice: User
) -> None:
    waiting = accept(order, alice, {"title": "Who knows"})
    bring(waiting, State.CHECKING, State.SENDING, busy_until=timezone.now())

    done = settle_edit(edit=Edit.objects.get(pk=waiting.pk))

    assert done.state == State.NOT_APPLIED
    assert writes(liner) == []


def test_what_cannot_be_looked_up_stays_unknown_for_a_person(liner: LinerSimulator, order: Order, alice: User) -> None:
    waiting = accept(order, alice, {"title": "Who knows"})
    bring(waiting, State.CHECKING, State.SENDING, State.UNKNOWN)
    liner.fail("404", intent="read", times=None)

    done = settle_edit(edit=Edit.objects.get(pk=waiting.pk))

    assert (done.state, done.next_at) == (State.UNKNOWN, None)
    assert outcome_of([done]) == "unknown"
    assert writes(liner) == []


def test_an_edit_that_somebody_holds_is_left_alone(liner: LinerSimulator, order: Order, alice: User) -> None:
    waiting = accept(order, alice, {"title": "Held"})

    assert claim(waiting.pk) is not None
    assert claim(waiting.pk) is None


def test_an_edit_can_be_taken_back_while_it_is_held(liner: LinerSimulator, order: Order, alice: User) -> None:
    waiting = accept(order, alice, {"title": "Never mind"}, hold_seconds=10)

    assert withdraw_edit(edit=waiting, by=alice)
    assert settle_edit(edit=Edit.objects.get(pk=waiting.pk)).state == State.WITHDRAWN
    assert not withdraw_edit(edit=waiting, by=alice)
    assert writes(liner) == []


def test_an_author_who_was_disabled_meanwhile_sends_nothing(liner: LinerSimulator, order: Order, alice: User) -> None:
    waiting = accept(order, alice, {"title": "Too late"})
    User.objects.filter(pk=alice.pk).update(is_active=False)

    assert settle_edit(edit=waiting).state == State.BLOCKED
    assert writes(liner) == []


def test_cautions_must_be_agreed_to(liner: LinerSimulator, order: Order, alice: User) -> None:
    value = "false" if order.raw["autoDialingEnabled"] else "true"
    draft = draft_changes(order=order, values={"autoDialingEnabled": value}, seen=present(order))

    assert draft.warnings
    with pytest.raises(EditRefused, match="Agree"):
        submit_edit(order=order, author=alice, draft=draft, submit_token="t1", agreed=False)
    assert Edit.objects.count() == 0


def test_an_account_can_require_a_reason(liner: LinerSimulator, order: Order, alice: User) -> None:
    VendorAccount.objects.update(requires_reason=True)
    order = Order.objects.select_related("account").get(pk=order.pk)
    draft = draft_changes(order=order, values={"title": "Why"}, seen=present(order))

    with pytest.raises(EditRefused, match="reason"):
        submit_edit(order=order, author=alice, draft=draft, submit_token="t1", reason="  ")
    (edit,) = submit_edit(order=order, author=alice, draft=draft, submit_token="t1", reason="A typo")
    assert edit.reason == "A typo"


def test_our_own_previous_save_is_never_a_conflict(liner: LinerSimulator, order: Order, alice: User) -> None:
    edit(order, alice, {"title": "First"}, "t1")
    fresh = Order.objects.select_related("account").get(pk=order.pk)

    assert edit(fresh, alice, {"title": "Second"}, "t2").state == State.APPLIED
    assert liner.order(order.vendor_id)["title"] == "Second"


def test_a_last_look_that_saw_nothing_is_made_up_for(
    liner: LinerSimulator, order: Order, alice: User, settings: Settings
) -> None:
    settings.RECHECK_SECONDS = (0.0, 0.0)
    liner.fail("lie", intent="write")
    waiting = accept(order, alice, {"title": "Never there"})
    for _ in settings.RECHECK_SECONDS:
        assert advance_edit(waiting.pk).state == State.UNKNOWN
    liner.fail("401", intent="read")

    unread = advance_edit(waiting.pk)

    assert (unread.state, unread.is_live) == (State.UNKNOWN, True)
    assert unread.next_at is not None
    assert advance_edit(waiting.pk).state == State.NOT_APPLIED


def test_a_vendor_that_cannot_be_read_at_all_is_left_to_a_person(
    liner: LinerSimulator, order: Order, alice: User, settings: Settings
) -> None:
    settings.RECHECK_SECONDS = (0.0, 0.0)
    waiting = accept(order, alice, {"title": "Who knows"})
    liner.fail("drop", intent="write")
    advance_edit(waiting.pk)
    liner.fail(*["401"] * 10, intent="read")

    done = settle_edit(edit=waiting)

    assert (done.state, done.next_at) == (State.UNKNOWN, None)
    assert len([entry for entry in liner.journal.entries if entry.fault.startswith("401")]) == 5


def test_a_refusal_holds_only_where_the_order_is_as_it_was(liner: LinerSimulator, order: Order, alice: User) -> None:
    """Who said no may have changed the order all the same, and somebody else changed it since: nobody can tell."""
    liner.fail("error_applied", intent="write")
    waiting = accept(order, alice, {"title": "Mine"})

    def somebody_else(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.startswith('INSERT INTO "orders_step"') and State.LOOKING in params:
            liner.edit(order.vendor_id, title="Theirs")
        return execute(sql, params, many, context)

    with connection.execute_wrapper(somebody_else):
        done = settle_edit(edit=waiting)

    assert (done.state, done.next_at) == (State.UNKNOWN, None)
    assert "check who changed it" in done.explanation
