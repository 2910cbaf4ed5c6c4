"""The same ways of an edit at each of the four vendors: from the command line to its simulator, over real HTTP."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command

from orders.models import Edit, Order
from tests.orders.cases import Case, body_of, open_case, stored_by, writes
from tests.orders.cases_applied import A_GROUP, ONE_FIELD, SEVERAL_FIELDS
from tests.orders.cases_stopped import CAUTIONED, REFUSED, RULED_OUT
from tests.vendors.sandboxes import sandbox as sandbox
from vendors import secrets
from vendors.sandbox.server import Server
from vendors.sandbox.simulator import Simulator

pytestmark = pytest.mark.django_db(transaction=True)

WITHDRAWN_KEY = "a-key-that-was-withdrawn"

# What somebody else does to the order between the last look at it and the edit, and what becomes of the edit.
MEANWHILE: Mapping[str, tuple[Mapping[str, Any], str, str]] = {
    "liner": ({"title": "Theirs"}, "conflict", "changed in the meantime: Title"),
    "caliq": ({"_lines.0.QtyInWarehouse": 1}, "blocked", "being picked or packed"),
    "altcraft": ({"lines": []}, "conflict", "no longer has the field"),
    "lia": ({"status": "canceled"}, "blocked", "this one is canceled"),
}


def each(*cases: Case) -> pytest.MarkDecorator:
    """The test once for every case, under the vendor's name."""
    return pytest.mark.parametrize("case", cases, ids=lambda case: f"{case.vendor}-{case.order[-5:]}")


def edit(capsys: pytest.CaptureFixture[str], order: Order, case: Case, *more: str) -> tuple[int, Any]:
    """Exit code of `edit_order`, and what it printed as JSON."""
    command = ["edit_order", order.account.name, order.vendor_id, "--changes", json.dumps(case.typed)]
    code: int | str | None = 0
    try:
        call_command(*command, "--user", "alice", "--json", *more)
    except SystemExit as end:
        code = end.code
    return int(code or 0), json.loads(capsys.readouterr().out)


def assert_locked_and_unlocked(simulator: Simulator, case: Case, times: int = 1) -> None:
    """Caliq alone has locks: each was taken before the write and given back after it, and none is left."""
    if case.vendor != "caliq":
        return
    assert simulator.lists()["locks"] == {}
    about = [entry.intent for entry in simulator.journal.since(order=case.order) if entry.intent in {"lock", "write"}]
    assert about == (["lock", "write", "lock"] if writes(simulator) else ["lock", "lock"]) * times


def bodies(simulator: Simulator) -> Sequence[Any]:
    return [body_of(entry) for entry in writes(simulator)]


@each(*ONE_FIELD, *SEVERAL_FIELDS, *A_GROUP)
def test_what_changed_reaches_the_vendor_and_nothing_else(
    capsys: pytest.CaptureFixture[str], sandbox: Server, alice: User, case: Case
) -> None:
    simulator = sandbox[case.vendor]
    order = open_case(simulator, case)

    code, result = edit(capsys, order, case, "--confirm", "--reason", "customer called", "--ticket", "48213")

    outcome, landed = case.ends
    assert (code, result["outcome"]) == (0, outcome), result["explanation"]
    assert [done["outcome"] for done in result["edits"]] == [outcome] * len(case.calls)
    assert [done["payload"] for done in result["edits"]] == list(case.calls)
    assert [done["answer"]["status"] for done in result["edits"]] == [200] * len(case.calls)
    assert {name: how for done in result["edits"] for name, how in done["landed"].items()} == dict.fromkeys(
        case.typed, landed
    )
    assert {done["aftermath"] for done in result["edits"]} == {""}
    assert bodies(simulator) == list(case.calls)
    assert [stored_by(entry) for entry in writes(simulator)] == list(case.stored)
    assert {entry.order for entry in writes(simulator)} <= {case.order, ""}
    assert_locked_and_unlocked(simulator, case)
    assert set(Edit.objects.values_list("reason", "ticket")) == {("customer called", "48213")}


@each(*ONE_FIELD, *SEVERAL_FIELDS, *A_GROUP)
def test_the_same_edit_again_changes_nothing_and_writes_nothing(
    capsys: pytest.CaptureFixture[str], sandbox: Server, alice: User, case: Case
) -> None:
    simulator = sandbox[case.vendor]
    order = open_case(simulator, case)
    edit(capsys, order, case, "--confirm")
    calls = len(writes(simulator))

    code, result = edit(capsys, order, case, "--confirm")

    if case.vendor == "altcraft":  # which shows no status, so nobody knows that it is so already
        assert (code, result["outcome"], len(writes(simulator))) == (0, "echoed", 2 * calls)
    else:
        assert (code, result["outcome"], len(writes(simulator))) == (0, "no_change", calls)


@each(*REFUSED)
def test_a_refusal_is_told_in_the_vendors_words(
    capsys: pytest.CaptureFixture[str], sandbox: Server, alice: User, case: Case
) -> None:
    simulator = sandbox[case.vendor]
    if case.vendor == "liner":
        simulator.edit("1002", code="taken-already")
    order = open_case(simulator, case)
    before = simulator.order(case.order)

    code, result = edit(capsys, order, case, "--confirm")

    (done,) = result["edits"]
    assert (code, result["outcome"], done["outcome"]) == (1, "refused", "refused"), result["explanation"]
    assert case.words in result["explanation"]
    assert done["payload"] == case.calls[0]
    assert set(done["landed"].values()) == {"not shown" if case.vendor == "altcraft" else "no"}
    assert bodies(simulator) == list(case.calls)
    assert not any(entry.changed for entry in writes(simulator))
    assert simulator.order(case.order) == before
    assert_locked_and_unlocked(simulator, case)


@each(*RULED_OUT)
def test_what_a_rule_forbids_never_leaves(
    capsys: pytest.CaptureFixture[str], sandbox: Server, alice: User, case: Case
) -> None:
    simulator = sandbox[case.vendor]
    order = open_case(simulator, case)
    known = len(simulator.journal.entries)

    code, result = edit(capsys, order, case, "--confirm")

    assert (code, result["outcome"], result["edits"]) == (1, "blocked", [])
    assert case.words in result["explanation"]
    assert len(simulator.journal.entries) == known
    assert not Edit.objects.exists()


@each(*CAUTIONED)
def test_a_caution_nobody_agreed_to_holds_the_edit_back(
    capsys: pytest.CaptureFixture[str], sandbox: Server, alice: User, case: Case
) -> None:
    simulator = sandbox[case.vendor]
    order = open_case(simulator, case)
    known = len(simulator.journal.entries)

    code, result = edit(capsys, order, case)
    assert (code, result["outcome"], result["edits"]) == (1, "blocked", [])
    assert "Agree to this first" in result["explanation"]
    assert case.words in result["explanation"]
    assert len(simulator.journal.entries) == known

    code, result = edit(capsys, order, case, "--confirm")
    assert (code, result["outcome"]) == (0, case.ends[0])
    assert bodies(simulator) == list(case.calls)
    assert [stored_by(entry) for entry in writes(simulator)] == list(case.stored)


@each(*ONE_FIELD)
def test_what_others_did_meanwhile_is_seen_before_anything_is_sent(
    capsys: pytest.CaptureFixture[str], sandbox: Server, alice: User, case: Case
) -> None:
    """What the mirror says is old by then: the order is read again first."""
    simulator = sandbox[case.vendor]
    order = open_case(simulator, case)
    changes, outcome, words = MEANWHILE[case.vendor]
    simulator.change(case.order, changes)

    code, result = edit(capsys, order, case, "--confirm")

    (done,) = result["edits"]
    assert (code, result["outcome"], done["landed"], done["payload"]) == (1, outcome, {}, None)
    assert words in result["explanation"]
    assert writes(simulator) == []
    assert_locked_and_unlocked(simulator, case)


@each(*(case for case in ONE_FIELD if case.vendor != "caliq"))
def test_an_order_that_is_gone_is_said_to_be_gone(
    capsys: pytest.CaptureFixture[str], sandbox: Server, alice: User, case: Case
) -> None:
    simulator = sandbox[case.vendor]
    order = open_case(simulator, case)
    simulator.replace(case.order, None)

    code, result = edit(capsys, order, case, "--confirm")

    (done,) = result["edits"]
    assert (code, result["outcome"], done["landed"], done["payload"]) == (1, "conflict", {}, None)
    assert "The order is gone" in result["explanation"]
    assert Order.objects.get(pk=order.pk).gone_at is not None
    assert writes(simulator) == []


@each(*(case for case in ONE_FIELD if case.vendor == "caliq"))
def test_caliq_does_not_lock_an_order_that_is_gone_and_reading_it_says_why(
    capsys: pytest.CaptureFixture[str], sandbox: Server, alice: User, case: Case
) -> None:
    """Caliq does not document what a lock of an unknown order answers, so it is no proof that the order is gone."""
    simulator = sandbox[case.vendor]
    order = open_case(simulator, case)
    simulator.replace(case.order, None)

    code, result = edit(capsys, order, case, "--confirm")

    (done,) = result["edits"]
    assert (code, result["outcome"], done["landed"], done["payload"]) == (1, "conflict", {}, None)
    assert "The order is gone" in result["explanation"]
    assert writes(simulator) == []
    assert simulator.lists()["locks"] == {}
    assert Order.objects.get(pk=order.pk).gone_at is not None


@each(*ONE_FIELD)
def test_with_wrong_credentials_nothing_is_sent(
    capsys: pytest.CaptureFixture[str], sandbox: Server, alice: User, case: Case
) -> None:
    simulator = sandbox[case.vendor]
    order = open_case(simulator, case)
    order.account.encrypted_credentials = secrets.encrypt(dict.fromkeys(simulator.credentials, WITHDRAWN_KEY))
    order.account.save()

    code, result = edit(capsys, order, case, "--confirm")

    (done,) = result["edits"]
    assert (code, result["outcome"], done["landed"], done["payload"]) == (1, "not_sent", {}, None), result[
        "explanation"
    ]
    assert "Nothing was sent" in result["explanation"]
    assert WITHDRAWN_KEY not in json.dumps(result)
    assert Order.objects.get(pk=order.pk).gone_at is None
    assert writes(simulator) == []
    if case.vendor == "caliq":
        assert simulator.lists()["locks"] == {}
