"""Every fault of the simulators while an order is read: before a change goes out, and when its effect is looked for."""

from collections.abc import Iterator, Mapping

import pytest
from django.contrib.auth.models import User

from orders.services import advance_edit
from orders.states import State
from tests.orders.judging import complaints
from tests.orders.moments import Moments
from tests.orders.scenes import TAKEN, Scene
from tests.orders.test_fault_matrix import NAMES, SECONDS
from vendors import http
from vendors.management.commands.sandbox import simulators
from vendors.sandbox.server import Server

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.once]

SUCCESS = {State.APPLIED, State.ECHOED}
HARMLESS = {"slow", "wrong_type", "lie", "partly"}  # the true answer comes through
HARMLESS_AT: Mapping[str, set[str]] = {
    "altcraft": {"no_echo", "other_order", "other_line", "other_status"},  # of which a list has nothing
}
# What is more than an answer that is of no use: a vendor's own word that it will not, or that the order is gone.
SAID: Mapping[tuple[str, str], State] = {
    ("lia", "404"): State.CONFLICT,
    ("altcraft", "404"): State.REFUSED,
    ("liner", "error_applied"): State.REFUSED,
    ("liner", "no_without_words"): State.REFUSED,
    ("altcraft", "error_applied"): State.REFUSED,
}
WHILE_LOOKING = ("drop", "500", "html", "list", "401", "404")


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """Every vendor with few orders; a read is repeated without a pause, because the fault lasts."""
    monkeypatch.setattr(http, "READ_PAUSES", (0.0, 0.0))
    with Server(simulators(size=8)) as server:
        yield server
    assert not server.errors, server.errors[0]


@pytest.mark.parametrize(("vendor", "fault"), [(vendor, name) for vendor, names in NAMES.items() for name in names])
def test_what_cannot_be_read_first_is_never_sent(server: Server, alice: User, vendor: str, fault: str) -> None:
    scene = Scene(server[vendor], TAKEN[vendor], alice)
    edits = scene.begin()
    scene.simulator.fail(fault, intent="read", times=None, seconds=SECONDS.get(fault, 0))

    done = scene.recover(edits)

    if fault in HARMLESS | HARMLESS_AT.get(vendor, set()):
        assert done[0].state in SUCCESS, done[0].explanation
    else:
        assert done[0].state == SAID.get((vendor, fault), State.NOT_SENT), done[0].explanation
        assert scene.calls() == []
        assert not done[0].steps.filter(state=State.SENDING).exists()
    assert complaints(scene, done) == []


@pytest.mark.parametrize("fault", WHILE_LOOKING)
@pytest.mark.parametrize("vendor", sorted(NAMES))
def test_what_cannot_be_looked_at_is_unknown_until_it_can(server: Server, alice: User, vendor: str, fault: str) -> None:
    scene = Scene(server[vendor], TAKEN[vendor], alice)
    edits = scene.begin()

    def break_reading(number: int) -> None:
        if scene.calls() and not scene.simulator.faults.rules:
            scene.simulator.fail(fault, intent="read", times=None)

    with Moments(break_reading):
        edit = advance_edit(edits[0].pk)

    assert edit.state == State.UNKNOWN
    assert edit.next_at is not None
    scene.simulator.faults.clear()
    done = scene.recover(edits)
    assert done[0].state in SUCCESS
    assert complaints(scene, done) == []


@pytest.mark.parametrize("vendor", ["liner", "caliq"])
def test_what_can_never_be_looked_at_is_for_a_person(server: Server, alice: User, vendor: str) -> None:
    scene = Scene(server[vendor], TAKEN[vendor], alice)
    edits = scene.begin()

    def break_reading(number: int) -> None:
        if scene.calls() and not scene.simulator.faults.rules:
            scene.simulator.fail("html", intent="read", times=None)  # an answer, so no outage

    with Moments(break_reading):
        advance_edit(edits[0].pk)

    for _ in range(3):  # what could not be seen is made up for
        (done,) = scene.recover(edits)
    assert (done.state, done.next_at) == (State.UNKNOWN, None)
    assert "could not be read" in done.explanation
    assert done.hold == ""


@pytest.mark.parametrize("vendor", ["liner", "caliq"])
def test_a_vendor_that_shows_a_change_late_is_believed_late(server: Server, alice: User, vendor: str) -> None:
    """Its readers lag behind: the first look still shows what was."""
    scene = Scene(server[vendor], TAKEN[vendor], alice)
    edits = scene.begin()
    scene.simulator.set(lag_ms=1000)

    advance_edit(edits[0].pk)
    (done,) = scene.recover(edits)

    assert done.state == State.APPLIED
    assert complaints(scene, [done]) == []


def test_a_false_no_is_not_believed_for_the_word_that_the_order_is_gone(server: Server, alice: User) -> None:
    scene = Scene(server["lia"], TAKEN["lia"], alice)
    edits = scene.begin()
    scene.simulator.fail("error_applied", intent="write")

    def break_reading(number: int) -> None:
        if scene.calls():
            scene.simulator.faults.clear()
            scene.simulator.fail("404", intent="read", times=None)

    with Moments(break_reading):
        edit = advance_edit(edits[0].pk)

    assert edit.state == State.UNKNOWN
    scene.simulator.faults.clear()
    (done,) = scene.recover(edits)
    assert done.state in SUCCESS
    assert complaints(scene, [done]) == []
