"""The command line: the same service as the pages, for people and for programs."""

import json
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.core.management.base import CommandError

from orders.models import Edit, Order
from vendors.liner.sandbox import LinerSimulator
from vendors.models import VendorAccount

pytestmark = pytest.mark.django_db(transaction=True)


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, Any]:
    """Exit code, and what was printed as JSON."""
    code: int | str | None = 0
    try:
        call_command(*arguments)
    except SystemExit as end:
        code = end.code
    return int(code or 0), json.loads(capsys.readouterr().out)


def edit(capsys: pytest.CaptureFixture[str], order: Order, changes: object, *more: str) -> tuple[int, Any]:
    command = ["edit_order", "Liner", order.vendor_id, "--changes", json.dumps(changes), "--user", "alice", "--json"]
    return run(capsys, *command, *more)


def test_sync_reports_what_it_saw(capsys: pytest.CaptureFixture[str], account: VendorAccount) -> None:
    code, (report,) = run(capsys, "sync", "--json")

    assert code == 0
    assert report["account"] == "Liner"
    assert report["seen"] == report["added"] == report["total"] == Order.objects.count()


def test_sync_fails_where_a_vendor_does(
    capsys: pytest.CaptureFixture[str], account: VendorAccount, liner: LinerSimulator
) -> None:
    liner.fail("500", times=None)

    code, (report,) = run(capsys, "sync", "Liner", "--json")

    assert code == 1
    assert report["error"]


def test_sync_of_an_unknown_account_is_wrong_usage(account: VendorAccount) -> None:
    with pytest.raises(CommandError, match="no account named Linr") as wrong:
        call_command("sync", "Linr")
    assert wrong.value.returncode == 2


def test_an_edit_prints_what_was_sent_and_what_came_of_it(
    capsys: pytest.CaptureFixture[str], order: Order, alice: User
) -> None:
    code, result = edit(capsys, order, {"title": "New", "leadsPriority": 9}, "--reason", "a typo")

    assert code == 0
    assert result["outcome"] == "applied"
    (one,) = result["edits"]
    assert one["outcome"] == "applied"
    assert one["changes"] == {
        "title": [order.raw["title"], "New"],
        "leadsPriority": [order.raw["leadsPriority"], 9],
    }
    assert one["payload"] == {"title": "New", "leadsPriority": 9}
    assert one["landed"] == {"title": "yes", "leadsPriority": "yes"}
    assert one["answer"]["status"] == 200
    assert one["aftermath"] == ""
    assert Edit.objects.get(pk=one["id"]).reason == "a typo"


def test_an_edit_without_a_change_leaves_no_trace(
    capsys: pytest.CaptureFixture[str], order: Order, alice: User, liner: LinerSimulator
) -> None:
    calls = len(liner.journal.entries)

    assert edit(capsys, order, {"title": order.raw["title"]}) == (
        0,
        {"outcome": "no_change", "explanation": "Nothing would change.", "edits": []},
    )
    assert Edit.objects.count() == 0
    assert len(liner.journal.entries) == calls


@pytest.mark.parametrize(
    ("changes", "names"),
    [
        ({"titel": "x"}, "titel"),
        ({"status": "done"}, "status"),
        ({"leadsPriority": "many"}, "leadsPriority"),
        ({"callSchedule": [["25:00", "09:00"]]}, "callSchedule"),
        ({"callSchedule": 7}, "callSchedule"),
        ({"agentUserIds": {"a": 1}}, "agentUserIds"),
        ({"title": "a\u0000b"}, "title"),
    ],
)
def test_wrong_values_are_blocked_and_named(
    capsys: pytest.CaptureFixture[str], order: Order, alice: User, changes: object, names: str
) -> None:
    code, result = edit(capsys, order, changes)

    assert (code, result["outcome"], result["edits"]) == (1, "blocked", [])
    assert names in result["explanation"]
    assert Edit.objects.count() == 0


def test_cautions_need_a_confirmation(
    capsys: pytest.CaptureFixture[str], order: Order, alice: User, liner: LinerSimulator
) -> None:
    other = not order.raw["autoDialingEnabled"]

    code, result = edit(capsys, order, {"autoDialingEnabled": other})
    assert (code, result["outcome"]) == (1, "blocked")

    code, result = edit(capsys, order, {"autoDialingEnabled": other}, "--confirm")
    assert (code, result["outcome"]) == (0, "applied")
    assert liner.order(order.vendor_id)["autoDialingEnabled"] is other


def test_a_dry_run_sends_nothing(
    capsys: pytest.CaptureFixture[str], order: Order, alice: User, liner: LinerSimulator
) -> None:
    calls = len(liner.journal.entries)

    code, result = edit(capsys, order, {"title": "New"}, "--dry-run")

    assert code == 0
    assert result["calls"] == [
        {
            "changes": {"title": [order.raw["title"], "New"]},
            "method": "POST",
            "path": f"/v2/order/update/{order.vendor_id}/",
            "payload": {"title": "New"},
        }
    ]
    assert len(liner.journal.entries) == calls


def test_one_that_may_not_edit_is_wrong_usage(order: Order, ada: User) -> None:
    with pytest.raises(CommandError, match="ada may not edit") as wrong:
        call_command("edit_order", "Liner", order.vendor_id, "--changes", "{}", "--user", "ada")
    assert wrong.value.returncode == 2


def test_changes_that_are_no_json_are_wrong_usage(order: Order, alice: User) -> None:
    with pytest.raises(CommandError, match="--changes") as wrong:
        call_command("edit_order", "Liner", order.vendor_id, "--changes", "{title}", "--user", "alice")
    assert wrong.value.returncode == 2


def test_the_history_says_who_changed_what_and_why(
    capsys: pytest.CaptureFixture[str], order: Order, alice: User
) -> None:
    edit(capsys, order, {"title": "First"}, "--reason", "customer called", "--ticket", "T-1")
    edit(capsys, Order.objects.get(pk=order.pk), {"title": "Second"})

    code, entries = run(capsys, "history", "--account", "Liner", "--order", order.vendor_id, "--json")

    assert code == 0
    assert [entry["changes"]["title"][1] for entry in entries] == ["Second", "First"]
    assert (entries[1]["author"], entries[1]["reason"], entries[1]["ticket"]) == ("alice", "customer called", "T-1")
    assert run(capsys, "history", "--order", "no-such-order", "--json") == (0, [])


def test_the_history_for_people_is_text(capsys: pytest.CaptureFixture[str], order: Order, alice: User) -> None:
    edit(capsys, order, {"title": "First"})

    call_command("history")

    printed = capsys.readouterr().out
    assert "alice Liner" in printed
    assert f"Title: {order.raw['title']} → First" in printed
