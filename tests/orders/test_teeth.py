"""Whether the trial's checker has teeth: every planted bug is caught, and the same scene without it passes.

This is the one place where tests patch the desk's own insides: they are the bugs.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from orders.services import sync_account
from tests.orders.teeth import bugs, scenarios
from tests.orders.teeth.scene import Scene, before, writes_step
from vendors.caliq.sandbox import CaliqSimulator
from vendors.lia.sandbox import LiaSimulator
from vendors.liner.sandbox import LinerSimulator
from vendors.sandbox.server import Server
from vendors.sandbox.simulator import Simulator

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.once]


@dataclass(frozen=True)
class Tooth:
    """A bug, the scene in which it does harm, and what the checker has to call that."""

    bug: Callable[[pytest.MonkeyPatch], None]
    scenario: Callable[[Scene], None]
    found: str
    vendor: str = "liner"

    def __str__(self) -> str:
        return self.bug.__name__


TEETH = (
    Tooth(bugs.resend_after_takeover, scenarios.the_worker_dies_with_the_answer, "sent_twice"),
    Tooth(bugs.retry_what_is_unknown, scenarios.the_answer_is_lost, "sent_twice"),
    Tooth(bugs.retry_a_broken_connection, scenarios.the_connection_is_reset, "sent_twice"),
    Tooth(bugs.trust_an_answer_that_says_yes, scenarios.the_vendor_lies, "wrong"),
    Tooth(bugs.trust_an_answer_that_says_no, scenarios.the_vendor_says_403_and_changes_all_the_same, "wrong"),
    Tooth(bugs.look_only_once, scenarios.the_effect_comes_late, "wrong"),
    Tooth(bugs.record_the_attempt_after_the_send, scenarios.a_slow_vendor, "unrecorded"),
    Tooth(bugs.write_history_in_a_second_transaction, scenarios.the_worker_dies_before_the_history_knows, "unwritten"),
    Tooth(bugs.ask_for_no_fence, scenarios.another_sends_meanwhile_and_dies, "wrong"),
    Tooth(bugs.send_however_late, scenarios.a_stopped_worker_wakes, "wrong"),
    Tooth(bugs.keep_the_lock_in_mind_only, scenarios.the_worker_dies_under_a_lock, "locks", "caliq"),
    Tooth(bugs.give_no_lock_back, scenarios.a_locked_order_is_refused, "locks", "caliq"),
    Tooth(bugs.send_what_the_form_showed, scenarios.somebody_changes_the_house_number, "untouched", "lia"),
    Tooth(bugs.count_no_tokens, scenarios.the_form_is_sent_again, "nobodys"),
    Tooth(bugs.follow_redirects, scenarios.the_vendor_points_elsewhere, "sent_twice"),
    Tooth(bugs.wait_for_each_byte_anew, scenarios.the_answer_drips, "overdue"),
    Tooth(bugs.ask_for_leave_only_once, scenarios.the_author_is_dismissed, "barred"),
    Tooth(bugs.let_everybody_send_at_once, scenarios.two_people_send_at_once, "overlapping"),
    Tooth(bugs.credit_what_is_found_to_the_vendor, scenarios.nothing_special, "credited"),
)
ORDERS = {"liner": "1002", "caliq": "70001", "lia": "0a11ce00-0000-4000-8000-000000000001"}
SIMULATORS: dict[str, type[Simulator]] = {"liner": LinerSimulator, "caliq": CaliqSimulator, "lia": LiaSimulator}


@pytest.fixture
def stage(alice: User, monkeypatch: pytest.MonkeyPatch, settings: Settings) -> Iterator[Callable[[Tooth], Scene]]:
    """Sets the scene for a tooth."""
    settings.LEASE_SECONDS = 1
    settings.RECHECK_SECONDS = (0.0, 0.0)
    servers = []

    def build(tooth: Tooth) -> Scene:
        simulator = SIMULATORS[tooth.vendor](seed=3, size=30)
        if tooth.vendor == "lia":
            simulator.set(analysis_ms=0)
        server = Server([simulator])
        server.start()
        servers.append(server)
        return Scene(simulator, alice, monkeypatch, ORDERS[tooth.vendor])

    yield build
    bugs.restore_the_constraint()
    for server in servers:
        server.stop()
        assert not server.errors, server.errors[0]


@pytest.mark.parametrize("tooth", TEETH, ids=str)
def test_the_desk_as_it_is_passes(stage: Callable[[Tooth], Scene], tooth: Tooth) -> None:
    scene = stage(tooth)
    tooth.scenario(scene)

    report = scene.verdict()

    assert report.violations == []
    assert report.counts["edits"] == 1


@pytest.mark.parametrize("tooth", TEETH, ids=str)
def test_the_bug_is_caught(stage: Callable[[Tooth], Scene], monkeypatch: pytest.MonkeyPatch, tooth: Tooth) -> None:
    scene = stage(tooth)
    tooth.bug(monkeypatch)
    tooth.scenario(scene)

    report = scene.verdict()

    assert report.counts[tooth.found], f"{report.violations} {report.outcomes}"
    assert not report.passed


@pytest.mark.parametrize("vendor", ["liner", "caliq"])
@pytest.mark.parametrize("lag", [60, 0.000_001])
def test_a_false_no_is_excused_if_the_look_came_before_readers_were_shown_the_effect(
    stage: Callable[[Tooth], Scene], monkeypatch: pytest.MonkeyPatch, vendor: str, lag: float
) -> None:
    """However late it was written down what had been seen: the worker may have stood still in between."""
    scene = stage(Tooth(bugs.retry_what_is_unknown, scenarios.nothing_special, "", vendor))
    scene.lag = lag
    scene.simulator.set(lag_ms=60_000)
    scene.simulator.fail("error_applied", intent="write", path="OrderEdit" if vendor == "caliq" else "")
    edit = scene.accept(scenarios.NUMBER if vendor == "caliq" else scenarios.TITLE)
    with before(writes_step("looking"), partial(monkeypatch.setattr, timezone, "now", _an_hour_later)):
        scene.advance(edit)

    report = scene.verdict()

    assert report.outcomes["refused"] == 1
    assert (report.counts["misled"], report.counts["wrong"]) == ((1, 0) if lag > 1 else (0, 1))


@pytest.mark.parametrize("bug", [None, bugs.believe_vendors_to_send_markup])
def test_a_vendors_markup_is_text_unless_it_is_believed(
    stage: Callable[[Tooth], Scene],
    monkeypatch: pytest.MonkeyPatch,
    client: Client,
    bug: Callable[[pytest.MonkeyPatch], None] | None,
) -> None:
    scene = stage(TEETH[0])
    scene.simulator.change(scene.vendor_id, {"serviceTitle": "<b id=hostile>"})
    scene.recover()
    sync_account(account=scene.order.account)
    client.force_login(scene.author)
    if bug:
        bug(monkeypatch)

    page = client.get(scene.order.get_absolute_url()).content.decode()

    assert bug or "&lt;b id=hostile&gt;" in page
    assert ("<b id=hostile>" in page) == (bug is not None)


def _an_hour_later() -> datetime:
    return datetime.now(UTC) + timedelta(hours=1)
