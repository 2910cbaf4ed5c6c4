"""Every fault of the simulators, at every vendor, before and after the effect, against what `required` demands."""

import re
from collections.abc import Iterator

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils.html import strip_tags

from orders.models import Edit
from orders.states import State
from tests.orders.judging import complaints
from tests.orders.required import AT_VENDOR, FAULTS, Required, moments_of, required_of
from tests.orders.scenes import TAKEN, Scene
from vendors.management.commands.sandbox import simulators
from vendors.registry import VENDORS
from vendors.sandbox.faults import ALL
from vendors.sandbox.server import Server

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.once]

NAMES = {simulator.slug: simulator.faults.names for simulator in simulators(size=1)}
SECONDS = {"timeout": 0.05, "late": 1.0, "slow": 0.0}


def cells() -> Iterator[tuple[str, str, bool]]:
    """Vendor, fault as it is written, and whether the order is changed."""
    for vendor, names in NAMES.items():
        for name in names:
            for written, changed in moments_of(vendor, name):
                yield vendor, written, changed


@pytest.fixture
def server() -> Iterator[Server]:
    """Every vendor with few orders: most are read through their list."""
    with Server(simulators(size=8)) as server:
        yield server
    assert not server.errors, server.errors[0]


def test_every_fault_of_every_vendor_has_a_required_outcome() -> None:
    assert set(FAULTS) == set(ALL)
    assert set(AT_VENDOR) == set(NAMES) == set(VENDORS)
    for vendor, names in NAMES.items():
        assert set(names) == set(FAULTS) | set(AT_VENDOR[vendor])


@pytest.mark.parametrize(("vendor", "fault", "changed"), list(cells()))
def test_a_fault_comes_to_what_is_required(
    server: Server, alice: User, client: Client, vendor: str, fault: str, changed: bool
) -> None:
    scene = Scene(server[vendor], TAKEN[vendor], alice)
    edits = scene.begin()
    name = fault.partition(":")[0]
    scene.simulator.fail(fault, intent="write", seconds=SECONDS.get(name))

    done = scene.recover(edits)

    edit, required = done[0], required_of(vendor, name, changed=changed)
    assert edit.outcome == required.outcome, edit.explanation
    assert scene.calls()[0].changed is changed
    assert complaints(scene, done, lies=name in {"lie", "error_applied"} or not scene.shows_fields) == []
    assert_history(edit, required)
    client.force_login(alice)
    page = client.get(edit.order.get_absolute_url(), {"edit": edit.pk}).content.decode()
    assert_reads(page, edit, required)


def assert_history(edit: Edit, required: Required) -> None:
    """The steps and the attempt."""
    steps = [State(each) for each in edit.steps.order_by("id").values_list("state", flat=True)]
    assert steps == [State.ACCEPTED, State.CHECKING, State.SENDING, *required.steps]
    (attempt,) = edit.attempts.all()
    assert attempt.result == required.attempt


def assert_reads(page: str, edit: Edit, required: Required) -> None:
    """The head of the card on the order's page, and the way on that a person has where the desk has none."""
    (head,) = re.findall(rf'<h2 id="card-{edit.pk}-verb">(.*?)</h2>', page, re.DOTALL)
    said = " ".join(strip_tags(head).split())
    wanted = required.reads.format(vendor=edit.account.vendor_label)
    assert re.match(".*".join(map(re.escape, wanted.split("…"))), said), said
    assert ("What you saw there" in page) is required.needs_person
