"""kill -9 at every moment of an edit, at every vendor, whatever it answers: nothing is lost, doubled or misreported.

The moments are those of `tests.orders.moments`. Each is met by a process of its own; N grows until one gets through.
"""

from collections.abc import Callable, Iterator

import pytest
from django.contrib.auth.models import User
from django.db import connection

from tests.orders.dying import Dying, dying_processes
from tests.orders.judging import complaints
from tests.orders.scenes import CASES, TAKEN, Scene
from tests.orders.sleeping import fail_at
from vendors.management.commands.sandbox import simulators
from vendors.sandbox.server import Server

pytestmark = pytest.mark.django_db(transaction=True)

# The answer to the first call. Each stands for its kind: all faults there are stand in the fault matrix.
ANSWERS = (
    "yes",
    "drop",  # before anything is changed
    "drop:after",
    "late",
    "lie",
    "error_applied",
    "partly",
    "html:after",
    "500:after",
    "401",
)
SECOND = ("slow:after,drop", "slow:after,500:after", "slow:after,error_applied")  # to the second of two calls
LIES = ("lie", "error_applied")  # a yes or a no that only a look can contradict
LEAST = 8  # moments of the shortest edit
MOST = 200


def sweeps() -> list[tuple[str, str]]:
    """Every case with every answer; what a vendor refuses by itself needs no fault."""
    taken = [(name, answer) for name in TAKEN for answer in ANSWERS]
    second = [("altcraft", answer) for answer in SECOND]
    return [*taken, *second, *((name, "yes") for name in CASES if name not in TAKEN)]


@pytest.fixture(scope="module")
def dying(django_db_setup: None) -> Iterator[Dying]:
    """Where the sequence runs and dies. One process for all sweeps: its children do not know of each other."""
    with dying_processes(str(connection.settings_dict["NAME"])) as process:
        yield process


@pytest.fixture
def server() -> Iterator[Server]:
    """Every vendor with few orders: most are read through their list."""
    with Server(simulators(size=8)) as server:
        yield server
    assert not server.errors, server.errors[0]


@pytest.mark.parametrize(("name", "answer"), sweeps())
def test_a_crash_at_any_moment_is_recovered_from(
    dying: Dying,
    server: Server,
    alice: User,
    name: str,
    answer: str,
    record_property: Callable[[str, object], None],
) -> None:
    case = CASES[name]
    scene = Scene(server[case.vendor], case, alice)
    lies = any(each.startswith(LIES) for each in answer.split(","))
    for moment in range(1, MOST):
        edits = scene.begin()
        if answer != "yes":
            scene.simulator.fail(*answer.split(","), intent="write", seconds=0.02 if answer == "late" else 0)

        died = dying.work(moment=moment, vendor=scene.simulator.url)
        done = scene.recover(edits)

        wrong = complaints(scene, done, lies=lies)
        assert not wrong, f"{name}, {answer}, {'dead at' if died else 'alive after'} moment {moment}: {wrong}"
        if not died:
            break
    assert LEAST < moment < MOST - 1
    record_property("crashes", moment - 1)


@pytest.mark.parametrize("answer", ["yes", "drop:after"])
@pytest.mark.parametrize("name", TAKEN)
def test_an_error_of_our_own_at_any_moment_is_survived(server: Server, alice: User, name: str, answer: str) -> None:
    """The same moments, but the worker lives on, and tidies up behind itself."""
    case = CASES[name]
    scene = Scene(server[case.vendor], case, alice)
    for moment in range(1, MOST):
        edits = scene.begin()
        if answer != "yes":
            scene.simulator.fail(answer, intent="write")

        failed = fail_at(moment)
        done = scene.recover(edits)

        assert complaints(scene, done) == [], f"{name}, {answer}, failed at moment {moment}"
        if not failed:
            break
    assert LEAST < moment < MOST - 1
