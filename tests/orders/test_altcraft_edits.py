"""Edits of a vendor that never shows what was written: from the desk to the simulator and back, over real HTTP."""

import json
import re
import uuid
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import User
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from orders.models import Edit, Order
from orders.presentation.document import sent_of
from orders.services import (
    advance_due_edits,
    draft_changes,
    look_again,
    resolve_edit,
    settle_edit,
    submit_edit,
    sync_account,
)
from orders.services.drafting import present
from orders.services.remembering import last_sent
from orders.services.reporting import outcome_of
from orders.services.submitting import EditRefused, OrderBusy
from orders.states import State
from tests.orders.papers import words_of
from vendors import secrets
from vendors.altcraft.sandbox import AltcraftSimulator
from vendors.altcraft.sandbox.world import order_id
from vendors.altcraft.vendor import Altcraft
from vendors.models import VendorAccount
from vendors.registry import VENDORS
from vendors.sandbox.server import Server

pytestmark = pytest.mark.django_db(transaction=True)

ONE, THREE, SHARED, ODD = (order_id(number) for number in (1, 2, 5, 7))
FIRST, SECOND, THIRD = (f"lines.line_0{number}.status" for number in (1, 2, 3))


@pytest.fixture
def altcraft(monkeypatch: pytest.MonkeyPatch) -> Iterator[AltcraftSimulator]:
    """Altcraft with twenty orders, over real HTTP."""
    monkeypatch.setitem(VENDORS, "altcraft", Altcraft)
    simulator = AltcraftSimulator(seed=3, size=20)
    with Server([simulator]) as server:
        yield simulator
    assert not server.errors, server.errors[0]


@pytest.fixture
def shop(db: None, altcraft: AltcraftSimulator) -> VendorAccount:
    """An account at Altcraft with its orders."""
    account = VendorAccount.objects.create(
        vendor="altcraft",
        name="Shop",
        base_url=altcraft.url,
        options=dict(altcraft.options),
        encrypted_credentials=secrets.encrypt(altcraft.credentials),
    )
    run = sync_account(account=account)
    assert (run.error, run.problems, run.seen) == ("", [], 20)
    return account


def find(vendor_id: str) -> Order:
    return Order.objects.select_related("account").get(vendor_id=vendor_id)


def accept(order: Order, author: User, values: Mapping[str, Any]) -> list[Edit]:
    draft = draft_changes(order=order, values=values, seen=present(order))
    assert draft.errors == {}
    return submit_edit(order=order, author=author, draft=draft, submit_token=uuid.uuid4().hex, agreed=True)


def edit(order: Order, author: User, values: Mapping[str, Any]) -> list[Edit]:
    settled = [settle_edit(edit=each, seconds=5) for each in accept(order, author, values)]
    return [Edit.objects.get(pk=each.pk) for each in settled]


def writes(altcraft: AltcraftSimulator) -> list[Any]:
    return [entry for entry in altcraft.journal.entries if entry.intent == "write"]


def command(
    capsys: pytest.CaptureFixture[str], vendor_id: str, changes: Mapping[str, Any], *more: str
) -> tuple[int, dict[str, Any]]:
    """Exit code of `edit_order`, and what it printed."""
    code: int | str | None = 0
    arguments = ["edit_order", "Shop", vendor_id, "--changes", json.dumps(changes), "--user", "alice", "--json", *more]
    try:
        call_command(*arguments)
    except SystemExit as end:
        code = end.code
    return int(code or 0), json.loads(capsys.readouterr().out)


def page(person: User, order: Order, form: bool = False) -> str:
    client = Client()
    client.force_login(person)
    answer = client.get(f"/orders/{order.pk}/edit/" if form else f"/orders/{order.pk}/")
    assert answer.status_code == 200
    return words_of(answer.content.decode())


# What is mirrored


def test_ids_keep_their_zeros_and_their_letters(shop: VendorAccount) -> None:
    ids = set(Order.objects.values_list("vendor_id", flat=True))
    assert {"0001234009", "заказ-14", "000001-26"} <= ids
    assert find("0001234009").raw["total_price"].isdecimal()


def test_an_order_that_did_not_change_is_not_written_again(shop: VendorAccount) -> None:
    run = sync_account(account=shop)
    assert (run.seen, run.added, run.changed, run.failed) == (20, 0, 0, 0)


# One line


def test_a_line_gets_its_status_and_the_answer_is_all_that_confirms_it(
    altcraft: AltcraftSimulator, shop: VendorAccount, alice: User
) -> None:
    (done,) = edit(find(ONE), alice, {FIRST: "delivered"})

    (sent,) = writes(altcraft)
    assert sent.path == "/api/v1.1/market/orders/update_order_line_status"
    assert json.loads(sent.body) == {
        "order_external_id": ONE,
        "order_line_external_id": "line_01",
        "status_external_id": "delivered",
        "token": "(blanked)",
    }
    assert done.payload == {key: value for key, value in json.loads(sent.body).items() if key != "token"}
    assert done.state == State.ECHOED
    assert done.landed == {FIRST: {"landed": "not shown", "now": ""}}
    assert "does not show this value" in done.explanation
    assert altcraft.order(ONE)["lines"][0]["status"] == "delivered"
    assert altcraft.lists()["messages"] == {ONE: 1}


def test_the_command_line_says_echoed_and_ends_well(
    altcraft: AltcraftSimulator, shop: VendorAccount, alice: User, capsys: pytest.CaptureFixture[str]
) -> None:
    code, result = command(capsys, ONE, {FIRST: "at_point"}, "--confirm")
    assert (code, result["outcome"]) == (0, "echoed")
    assert result["edits"][0]["landed"] == {FIRST: "not shown"}
    assert result["edits"][0]["answer"]["echoed"] == [FIRST]
    assert altcraft.order(ONE)["lines"][0]["status"] == "at_point"


def test_nothing_is_sent_before_somebody_agreed_to_a_message_to_the_customer(
    altcraft: AltcraftSimulator, shop: VendorAccount, alice: User, capsys: pytest.CaptureFixture[str]
) -> None:
    code, result = command(capsys, ONE, {FIRST: "delivered"})
    assert (code, result["outcome"]) == (1, "blocked")
    assert "may send the customer a message" in result["explanation"]
    draft = draft_changes(order=find(ONE), values={FIRST: "delivered"}, seen=present(find(ONE)))
    with pytest.raises(EditRefused, match="Agree to this first"):
        submit_edit(order=find(ONE), author=alice, draft=draft, submit_token="t" * 20)
    assert (writes(altcraft), Edit.objects.count()) == ([], 0)


@pytest.mark.parametrize("word", ["paid", "part_refunded", "in_process", "beamed_up", 7, None, ["delivered"]])
def test_what_is_no_status_of_a_line_is_never_sent(
    altcraft: AltcraftSimulator, shop: VendorAccount, alice: User, capsys: pytest.CaptureFixture[str], word: Any
) -> None:
    code, result = command(capsys, ONE, {FIRST: word}, "--confirm")
    assert (code, result["outcome"]) == ((0, "no_change") if word is None else (1, "blocked"))
    assert writes(altcraft) == []


def test_the_same_status_again_is_sent_again_because_nobody_can_see_it_is_there(
    altcraft: AltcraftSimulator, shop: VendorAccount, alice: User
) -> None:
    for _ in range(2):
        (done,) = edit(find(ONE), alice, {FIRST: "delivered"})
        assert done.state == State.ECHOED
    assert len(writes(altcraft)) == 2


def test_what_the_line_did_to_its_order_is_told(altcraft: AltcraftSimulator, shop: VendorAccount, alice: User) -> None:
    altcraft.set(line_moves_order="all_delivered")
    altcraft.edit(ONE, status="paid")
    look_again(order=find(ONE))
    (done,) = edit(find(ONE), alice, {FIRST: "delivered"})
    assert done.state == State.ECHOED
    assert "from “paid” to “delivered”" in done.aftermath


# Several lines


def test_lines_are_sent_one_by_one_in_the_order_given(
    altcraft: AltcraftSimulator, shop: VendorAccount, alice: User
) -> None:
    done = edit(find(THREE), alice, {SECOND: "delivered", FIRST: "canceled", THIRD: "0001"})

    sent = [json.loads(entry.body)["order_line_external_id"] for entry in writes(altcraft)]
    assert sent == ["line_02", "line_01", "line_03"]
    assert [each.state for each in done] == [State.ECHOED] * 3
    assert [each.part for each in done] == [0, 1, 2]
    assert [line["status"] for line in altcraft.order(THREE)["lines"]] == ["canceled", "delivered", "0001"]


def test_a_refused_line_stops_those_after_it(
    altcraft: AltcraftSimulator, shop: VendorAccount, alice: User, capsys: pytest.CaptureFixture[str]
) -> None:
    del altcraft.statuses["lost"]
    code, result = command(capsys, THREE, {FIRST: "delivered", SECOND: "lost", THIRD: "delivered"}, "--confirm")

    assert (code, result["outcome"]) == (1, "refused")
    assert [each["outcome"] for each in result["edits"]] == ["echoed", "refused", "withdrawn"]
    assert "Status not found" in result["explanation"]
    assert len(writes(altcraft)) == 2


@pytest.mark.parametrize("fault", ["drop:before", "drop:after"])
def test_a_line_of_which_nobody_knows_stops_those_after_it(
    altcraft: AltcraftSimulator, shop: VendorAccount, alice: User, capsys: pytest.CaptureFixture[str], fault: str
) -> None:
    altcraft.fail(fault, intent="write")
    code, result = command(capsys, THREE, {FIRST: "delivered", SECOND: "delivered", THIRD: "delivered"}, "--confirm")

    assert (code, result["outcome"]) == (3, "unknown")
    assert [each["outcome"] for each in result["edits"]] == ["unknown", "withdrawn", "withdrawn"]
    assert len(writes(altcraft)) == 1


def test_a_line_whose_forerunner_failed_is_taken_back_whoever_finds_it(
    altcraft: AltcraftSimulator, shop: VendorAccount, alice: User
) -> None:
    """A process may end between the two: the first call is refused, and nobody tells the second one."""
    first, second = accept(find(THREE), alice, {FIRST: "delivered", SECOND: "delivered"})
    Edit.objects.filter(pk=first.pk).update(state=State.CHECKING)
    Edit.objects.filter(pk=first.pk).update(state=State.REFUSED, next_at=None, concluded_at=timezone.now())

    advance_due_edits()

    second.refresh_from_db()
    assert (second.state, second.explanation) == (State.WITHDRAWN, "Part 1 of the same submission was refused.")
    assert writes(altcraft) == []


# Nobody knows


LOST = [
    "drop:before",
    "drop:after",
    "refused:after",
    "cut:after",
    "html:after",
    "html_502:before",
    "500:after",
    "503:before",
    "429:before",
    "302:after",
    "empty:after",
    "list:after",
    "error_as_text:after",
    "error_as_boolean:after",
    "no_error:after",
    "no_echo:after",
    "other_order:after",
    "other_line:after",
    "other_status:after",
]


@pytest.mark.parametrize("fault", LOST)
def test_an_answer_that_proves_nothing_leaves_the_edit_to_a_person(
    altcraft: AltcraftSimulator, shop: VendorAccount, alice: User, capsys: pytest.CaptureFixture[str], fault: str
) -> None:
    altcraft.fail(fault, intent="write")

    code, result = command(capsys, ONE, {FIRST: "delivered"}, "--confirm")

    assert (code, result["outcome"]) == (3, "unknown")
    assert result["edits"][0]["outcome"] == "unknown"
    assert "check it in its own panel" in result["explanation"]
    done = Edit.objects.get()
    assert (done.state, done.next_at, done.concluded_at) == (State.UNKNOWN, None, None)
    assert len(writes(altcraft)) == 1


@pytest.mark.parametrize("fault", ["drop:before", "drop:after"])
def test_nothing_is_ever_sent_again_by_itself(
    altcraft: AltcraftSimulator, shop: VendorAccount, alice: User, bob: User, fault: str
) -> None:
    altcraft.fail(fault, intent="write")
    (lost,) = edit(find(ONE), alice, {FIRST: "delivered"})

    for _ in range(3):
        assert advance_due_edits() == 0
        assert settle_edit(edit=lost, seconds=1).state == State.UNKNOWN
        sync_account(account=shop)
        look_again(order=find(ONE))
        page(alice, find(ONE))
    with pytest.raises(OrderBusy, match="alice"):
        accept(find(ONE), bob, {FIRST: "delivered"})

    lost.refresh_from_db()
    assert (lost.state, lost.next_at) == (State.UNKNOWN, None)
    assert len(writes(altcraft)) == 1
    assert altcraft.order(ONE)["_messages"] == (1 if fault == "drop:after" else 0)
    assert "Look in Altcraft’s own panel" in page(alice, find(ONE))


@pytest.mark.parametrize(("applied", "sent"), [(True, "delivered"), (False, "new")])
def test_a_person_who_looked_settles_it_and_only_then_somebody_may_send_again(
    altcraft: AltcraftSimulator, shop: VendorAccount, alice: User, sam: User, applied: bool, sent: str
) -> None:
    edit(find(ONE), alice, {FIRST: "new"})
    altcraft.fail("drop:after" if applied else "drop:before", intent="write")
    (lost,) = edit(find(ONE), alice, {FIRST: "delivered"})

    resolve_edit(edit=lost, by=sam, applied=applied, note="Seen in the panel.")

    assert lost.state == (State.APPLIED if applied else State.NOT_APPLIED)
    assert (last_sent(find(ONE))[FIRST].text, last_sent(find(ONE))[FIRST].is_unknown) == (sent, False)
    (again,) = edit(find(ONE), alice, {FIRST: "refunded"})
    assert again.state == State.ECHOED
    assert len(writes(altcraft)) == 3


def test_an_answer_about_another_line_says_that_it_does_not_match(
    altcraft: AltcraftSimulator, shop: VendorAccount, alice: User
) -> None:
    altcraft.fail("other_line:after", intent="write")
    (done,) = edit(find(ONE), alice, {FIRST: "delivered"})
    assert "does not match: it speaks of another line" in done.answer["message"]
    assert done.explanation.startswith("The answer does not match")


def test_a_no_that_was_applied_all_the_same_is_told_as_a_no(
    altcraft: AltcraftSimulator, shop: VendorAccount, alice: User
) -> None:
    altcraft.fail("error_applied", intent="write")
    (done,) = edit(find(ONE), alice, {FIRST: "delivered"})
    assert done.state == State.REFUSED


# Where Altcraft shows the status after all


def test_a_shown_status_settles_a_lost_answer_by_looking(
    altcraft: AltcraftSimulator, shop: VendorAccount, alice: User
) -> None:
    altcraft.set(line_status="shown")
    look_again(order=find(ONE))
    was = find(ONE).raw["lines"][0]["status"]
    wanted = "canceled" if was != "canceled" else "new"
    altcraft.fail("drop:after", intent="write")
    (applied,) = edit(find(ONE), alice, {FIRST: wanted})
    assert (applied.state, applied.landed[FIRST]["landed"]) == (State.APPLIED, "yes")

    altcraft.fail("drop:before", intent="write")
    (missed,) = edit(find(ONE), alice, {FIRST: was})
    assert missed.state == State.NOT_APPLIED


def test_a_shown_status_that_is_wanted_already_is_not_sent(
    altcraft: AltcraftSimulator, shop: VendorAccount, alice: User, capsys: pytest.CaptureFixture[str]
) -> None:
    altcraft.set(line_status="shown")
    order = look_again(order=find(ONE))
    code, result = command(capsys, ONE, {FIRST: order.raw["lines"][0]["status"]}, "--confirm")
    assert (code, result["outcome"], writes(altcraft)) == (0, "no_change", [])


# Refusals, locks, absences


@pytest.mark.parametrize("failure_http", ["200", "same", "400"])
def test_a_refusal_is_told_in_altcrafts_words(
    altcraft: AltcraftSimulator, shop: VendorAccount, alice: User, failure_http: str
) -> None:
    altcraft.set(failure_http=failure_http)
    altcraft.edit(ONE, **{"lines.0.external_id": "line_99"})
    altcraft.set(lag_ms=60_000)
    altcraft.edit(ONE, **{"lines.0.external_id": "line_98"})
    look_again(order=find(ONE))
    (done,) = edit(find(ONE), alice, {"lines.line_99.status": "delivered"})
    assert done.state == State.REFUSED
    assert "Order line not found" in done.explanation
    assert done.answer["issues"] == [{"field": "lines.line_99.status", "text": "Order line not found [400]"}]


def test_a_token_that_may_only_read_is_refused(altcraft: AltcraftSimulator, shop: VendorAccount, alice: User) -> None:
    altcraft.set(rights="read_only")
    (done,) = edit(find(ONE), alice, {FIRST: "delivered"})
    assert done.state == State.REFUSED
    assert "No access" in done.explanation
    assert altcraft.order(ONE)["_messages"] == 0


def test_wrong_credentials_send_nothing(altcraft: AltcraftSimulator, shop: VendorAccount, alice: User) -> None:
    shop.encrypted_credentials = secrets.encrypt({"token": "a-token-that-was-withdrawn"})
    shop.save()
    (done,) = edit(find(ONE), alice, {FIRST: "delivered"})
    assert done.state == State.NOT_SENT
    assert "Invalid token" in done.explanation
    assert "a-token-that-was-withdrawn" not in json.dumps([done.explanation, done.answer])
    assert writes(altcraft) == []


def test_an_order_that_is_gone_is_not_edited(altcraft: AltcraftSimulator, shop: VendorAccount, alice: User) -> None:
    (waiting,) = accept(find(ONE), alice, {FIRST: "delivered"})
    altcraft.replace(ONE, None)
    done = settle_edit(edit=waiting)
    assert done.state == State.CONFLICT
    assert "The order is gone" in done.explanation
    assert find(ONE).gone_at is not None
    assert writes(altcraft) == []


def test_a_line_that_is_gone_is_not_edited(altcraft: AltcraftSimulator, shop: VendorAccount, alice: User) -> None:
    (waiting,) = accept(find(THREE), alice, {SECOND: "delivered"})
    altcraft.edit(THREE, lines=altcraft.order(THREE)["lines"][:1])
    done = settle_edit(edit=waiting)
    assert done.state == State.CONFLICT
    assert f"no longer has the field {SECOND}" in done.explanation
    assert writes(altcraft) == []


def test_a_status_that_the_account_no_longer_names_is_blocked_before_it_is_sent(
    altcraft: AltcraftSimulator, shop: VendorAccount, alice: User
) -> None:
    (waiting,) = accept(find(ONE), alice, {FIRST: "at_point"})
    shop.options = {"line_statuses": []}
    shop.save()
    done = settle_edit(edit=waiting)
    assert done.state == State.BLOCKED
    assert "“at_point” is no line status of this account" in done.explanation
    assert writes(altcraft) == []


def test_odd_ids_of_lines_reach_altcraft_as_they_are(
    altcraft: AltcraftSimulator, shop: VendorAccount, alice: User
) -> None:
    names = [f"lines.{line}.status" for line in ("007", "a.b.status", "line 1", "линия")]
    done = edit(find(ODD), alice, dict.fromkeys(names, "refunded"))
    assert [each.state for each in done] == [State.ECHOED] * 4
    assert {line["status"] for line in altcraft.order(ODD)["lines"]} == {"refunded"}


# What the pages say of it


def test_a_line_that_nobody_sent_anything_for_is_said_not_to_be_shown(shop: VendorAccount, alice: User) -> None:
    said = page(alice, find(ONE))
    assert "not shown by Altcraft" in said
    assert "sent from here" not in said
    assert last_sent(find(ONE)) == {}


def test_the_page_and_the_form_say_what_was_last_sent_and_never_what_is_so_now(
    altcraft: AltcraftSimulator, shop: VendorAccount, alice: User, bob: User
) -> None:
    edit(find(THREE), bob, {FIRST: "new"})
    edit(find(THREE), alice, {FIRST: "delivered", SECOND: "canceled"})
    altcraft.edit(THREE, **{"lines.0.status": "refunded"})

    for form in (False, True):
        said = page(alice, find(THREE), form=form)
        body, _, _ = said.partition("Timeline")
        assert re.search(r"last sent from here: delivered , by alice, \d+ s ago", body)
        assert re.search(r"last sent from here: canceled , by alice, \d+ s ago", body)
        assert body.count("sent from here") == 2
        assert "bob" not in body
        assert "current status" not in said.lower()


def test_the_age_of_what_was_sent_is_that_of_its_sending(
    altcraft: AltcraftSimulator, shop: VendorAccount, alice: User
) -> None:
    edit(find(ONE), alice, {FIRST: "delivered"})
    with time_machine.travel(timezone.now() + timedelta(minutes=3, seconds=5)):
        assert "last sent from here: delivered , by alice, 3 min ago" in page(alice, find(ONE))


def test_what_may_have_been_sent_is_said_to_be_unknown(
    altcraft: AltcraftSimulator, shop: VendorAccount, alice: User
) -> None:
    edit(find(ONE), alice, {FIRST: "new"})
    altcraft.fail("drop:after", intent="write")
    edit(find(ONE), alice, {FIRST: "delivered"})
    said = page(alice, find(ONE))
    assert re.search(r"sent from here: delivered , by alice, \d+ s ago , outcome unknown", said)
    assert "last sent from here" not in said


def test_a_refusal_or_a_call_that_never_left_is_not_what_was_last_sent(
    altcraft: AltcraftSimulator, shop: VendorAccount, alice: User
) -> None:
    edit(find(ONE), alice, {FIRST: "delivered"})
    altcraft.fail("error_applied", intent="write")
    edit(find(ONE), alice, {FIRST: "canceled"})
    shop.encrypted_credentials = secrets.encrypt({"token": "a-token-that-was-withdrawn"})
    shop.save()
    edit(find(ONE), alice, {FIRST: "refunded"})

    sent = last_sent(find(ONE))[FIRST]
    assert (sent.text, sent.by, sent.is_unknown) == ("delivered", "alice", False)


def test_remembering_takes_one_query_and_none_where_everything_is_shown(
    altcraft: AltcraftSimulator, shop: VendorAccount, alice: User, django_assert_num_queries: Any
) -> None:
    for status in ("new", "processing", "delivered"):
        edit(find(THREE), alice, {FIRST: status, SECOND: status})
    order = find(THREE)
    with django_assert_num_queries(1):
        assert {name: sent.text for name, sent in last_sent(order).items()} == {
            FIRST: "delivered",
            SECOND: "delivered",
        }
    altcraft.set(line_status="shown")
    order = look_again(order=order)
    entries = order.account.adapter().shown(order.raw)
    with django_assert_num_queries(0):
        assert sent_of(order, entries) == {}


def test_a_submission_of_which_nobody_knows_is_unknown_as_a_whole(
    altcraft: AltcraftSimulator, shop: VendorAccount, alice: User
) -> None:
    altcraft.fail("drop:after", intent="write")
    done = edit(find(THREE), alice, {FIRST: "delivered", SECOND: "delivered"})
    assert outcome_of(done) == "unknown"
    assert [each.state for each in done] == [State.UNKNOWN, State.WITHDRAWN]
    assert done[1].explanation == "Part 1 of the same submission was unknown."
