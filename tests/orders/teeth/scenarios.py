"""What happens to an order: each a scene in which one careless line of the desk would do harm."""

import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace

from django.db import connections

from orders.models import Edit
from orders.services import EditRefused, advance_due_edits, submit_edit
from orders.services.drafting import Draft, present
from orders.trial.fields import Target
from tests.orders.teeth.scene import (
    Killed,
    Scene,
    before,
    begins_attempt,
    concludes_attempt,
    looks_up_what_was_read,
    writes_step,
)
from vendors.liner.vendor import Liner

TITLE = Target(name="title", value="Wish e000001x", places=("title",), marks=("e000001x",))
PROMPT = Target(name="aiModePrompt", value="Wish e000002x", places=("aiModePrompt",), marks=("e000002x",))
NUMBER = Target(name="CustomerPONumber", value="e000001x", places=("CustomerPONo",), marks=("e000001x",))
STREET = Target(name="address.street", value="Rua e000001x", places=("address.street",), marks=("e000001x",))


def nothing_special(scene: Scene) -> None:
    scene.advance(scene.accept(TITLE))
    scene.recover()


def two_people_send_at_once(scene: Scene) -> None:
    """Two forms for one order, at a vendor that takes its time."""
    scene.simulator.set(latency_ms=200)
    edits = [scene.accept(TITLE)]
    with suppress(EditRefused):
        edits.append(scene.accept(PROMPT))

    def advance(edit: Edit) -> None:
        try:
            scene.advance(edit)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(advance, edits))
    scene.recover()


def a_slow_vendor(scene: Scene) -> None:
    scene.simulator.set(latency_ms=100)
    nothing_special(scene)


def the_worker_dies_with_the_answer(scene: Scene) -> None:
    edit = scene.accept(TITLE)
    with scene.dying(concludes_attempt):
        assert scene.advance(edit) is None
    scene.recover()


def the_answer_is_lost(scene: Scene) -> None:
    scene.simulator.fail("drop:after", intent="write")
    nothing_special(scene)


def the_connection_is_reset(scene: Scene) -> None:
    scene.simulator.fail("refused:after", intent="write")
    nothing_special(scene)


def the_vendor_lies(scene: Scene) -> None:
    scene.simulator.fail("lie", intent="write")
    nothing_special(scene)


def the_vendor_says_403_and_changes_all_the_same(scene: Scene) -> None:
    scene.simulator.fail("403:after", intent="write")
    nothing_special(scene)


def the_effect_comes_late(scene: Scene) -> None:
    """After the first look and before the last."""
    scene.simulator.fail("late", intent="write", seconds=0.5)
    scene.advance(scene.accept(TITLE))
    advance_due_edits()
    scene.recover()


def the_worker_dies_before_the_history_knows(scene: Scene) -> None:
    edit = scene.accept(TITLE)
    with scene.dying(writes_step("applied")):
        assert scene.advance(edit) is None
    scene.recover()


def another_sends_meanwhile_and_dies(scene: Scene) -> None:
    """The first is stopped until its lease is over, once it has read the order; the second sends and dies."""
    edit = scene.accept(TITLE)

    def another() -> None:
        scene.run_out()
        with scene.dying(concludes_attempt), suppress(Killed):
            scene.advance(edit)

    with before(looks_up_what_was_read, another):
        scene.advance(edit)
    scene.recover()


def a_stopped_worker_wakes(scene: Scene) -> None:
    """It is stopped between its record and its first byte, until others have given the edit up."""
    edit = scene.accept(TITLE)

    def others() -> None:
        time.sleep(1.1)
        scene.recover()

    with before(begins_attempt, others):
        scene.advance(edit)
    scene.recover()


def the_worker_dies_under_a_lock(scene: Scene) -> None:
    edit = scene.accept(NUMBER)
    with scene.dying(concludes_attempt):
        assert scene.advance(edit) is None
    scene.recover()


def a_locked_order_is_refused(scene: Scene) -> None:
    scene.simulator.fail("drop", path="OrderEdit")
    scene.advance(scene.accept(NUMBER))
    scene.recover()


def somebody_changes_the_house_number(scene: Scene) -> None:
    """Between the form and the send, at the vendor. The address is sent whole."""
    seen = present(scene.order)
    edit = scene.accept(STREET, seen)
    scene.simulator.change(scene.vendor_id, {"address.number": "77 b"})
    scene.advance(edit)
    scene.recover()


def the_form_is_sent_again(scene: Scene) -> None:
    order, seen = scene.order, present(scene.order)
    edit = scene.accept(TITLE, seen)
    scene.advance(edit)
    scene.recover()
    again = Draft(seen, changes={TITLE.name: TITLE.value})
    with suppress(EditRefused):
        submit_edit(order=order, author=scene.author, draft=again, submit_token=scene.wishes[0].token, agreed=True)
    scene.recover()


def the_vendor_points_elsewhere(scene: Scene) -> None:
    here = f"{scene.simulator.url}/v2/order/update/{scene.vendor_id}/"
    scene.simulator.fail("307", intent="write", location=here)
    nothing_special(scene)


def the_answer_drips(scene: Scene) -> None:
    """A byte now and then: no single read takes long, and the whole takes for ever."""
    connect = Liner.connect
    scene.monkeypatch.setattr(Liner, "connect", lambda self, **how: replace(connect(self, **how), patience=0.5))
    scene.patience = 4.0
    scene.simulator.fail("slow:after", intent="write", seconds=0.04)
    nothing_special(scene)


def the_author_is_dismissed(scene: Scene) -> None:
    edit = scene.accept(TITLE)
    type(scene.author).objects.filter(pk=scene.author.pk).update(is_active=False)
    scene.barred[scene.author.username] = time.time()
    time.sleep(0.01)
    scene.advance(edit)
    scene.recover()
