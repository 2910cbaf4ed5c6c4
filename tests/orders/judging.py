"""Whether what the desk says of its edits is true: judged by the simulator's journal and by the rows alone."""

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise

from orders.models import Edit, Revision
from orders.services.holding import ASKED
from orders.states import LIVE, NEXT, State
from tests.orders.cases import body_of
from tests.orders.scenes import Scene
from vendors.sandbox.journal import Entry

SENT = {State.SENDING, State.LOOKING, State.UNKNOWN, State.APPLIED, State.ECHOED, State.NOT_APPLIED}
UNTOUCHED = {State.REFUSED, State.BLOCKED, State.CONFLICT, State.NOT_SENT, State.NOT_APPLIED, State.WITHDRAWN}


def complaints(scene: Scene, edits: Sequence[Edit], *, lies: bool = False) -> list[str]:
    """Everything that is wrong with these edits, now that they have come to rest; [] where all is well.

    `lies` says that the vendor said yes or no against the truth, which nobody can find out where it shows no fields.
    """
    calls = scene.calls()
    ours = [_calls_of(edit, calls) for edit in edits]
    found = [] if sum(map(len, ours)) == len(calls) else ["a call belongs to no edit"]
    for edit, own in zip(edits, ours, strict=True):
        about = f"part {edit.part} ({edit.state}: {edit.explanation})"
        wrong = [*_about_calls(edit, own), *_about_truth(scene, edit, own, lies), *_about_history(edit)]
        found += [f"{about}: {each}" for each in wrong]
    return found + list(_about_locks(scene, edits))


def _calls_of(edit: Edit, calls: Sequence[Entry]) -> list[Entry]:
    return [entry for entry in calls if edit.payload is not None and _carries(entry, edit)]


def _carries(entry: Entry, edit: Edit) -> bool:
    return bool(body_of(entry) == edit.payload)


def _about_calls(edit: Edit, calls: Sequence[Entry]) -> Iterator[str]:
    if len(calls) > 1:
        yield f"sent {len(calls)} times"
    if sum(entry.changed for entry in calls) > 1:
        yield "it took effect twice"
    if edit.attempts.count() < len(calls):
        yield "sent without an attempt on record"


def _about_truth(scene: Scene, edit: Edit, calls: Sequence[Entry], lies: bool) -> Iterator[str]:
    arrived = {name: here for name, here in scene.arrived().items() if name in edit.changes}
    took_effect = any(entry.changed for entry in calls)
    if edit.state in LIVE and (edit.next_at is not None or edit.state != State.UNKNOWN):
        yield "it has not come to rest"
    if not scene.shows_fields:
        yield from _about_what_is_never_shown(edit, took_effect, lies)
        return
    if edit.state == State.UNKNOWN:
        yield "it can be read, and nobody knows"
    if (edit.state == State.APPLIED) != any(arrived.values()):
        yield f"at the vendor it is {arrived}"
    if edit.state == State.APPLIED:
        landed = {name: each["landed"] == "yes" for name, each in (edit.landed or {}).items()}
        if landed != arrived:
            yield f"it says {landed}, and at the vendor it is {arrived}"
    if Revision.objects.filter(edit=edit).exists() != took_effect:
        yield "the change of the order is put down to somebody else"


def _about_what_is_never_shown(edit: Edit, took_effect: bool, lies: bool) -> Iterator[str]:
    if edit.state in {State.APPLIED, State.NOT_APPLIED}:
        yield "nobody can know that"
    if edit.state == State.ECHOED and not (took_effect or lies):
        yield "it did not take effect"
    if edit.state in UNTOUCHED and took_effect and not lies:
        yield "it took effect"
    if edit.state == State.UNKNOWN and edit.sent_at is None:
        yield "it never left"


def _about_history(edit: Edit) -> Iterator[str]:
    steps = [State(state) for state in edit.steps.order_by("id").values_list("state", flat=True)]
    often = Counter(steps)
    if not steps or (steps[0], steps[-1]) != (State.ACCEPTED, edit.state) or often[State.ACCEPTED] > 1:
        yield f"its history is {steps}"
    if any(after != before and after not in NEXT.get(before, ()) for before, after in pairwise(steps)):
        yield f"its history jumps: {steps}"
    if often[State.SENDING] != (edit.sent_at is not None) or (edit.sent_at is None and SENT & set(steps)):
        yield f"its history and its time of sending differ: {steps}"
    if edit.attempts.count() != often[State.SENDING]:
        yield f"{edit.attempts.count()} attempts are on record, and it was sent {often[State.SENDING]} times"
    if edit.attempts.filter(finished_at=None).exists():
        yield "an attempt has no end"
    if edit.state not in LIVE and (edit.concluded_at is None or often[State(edit.state)] != 1):
        yield f"it was concluded {often[State(edit.state)]} times, at {edit.concluded_at}"
    if edit.state not in LIVE and not edit.explanation and edit.state != State.APPLIED:
        yield "nobody is told why"


def _about_locks(scene: Scene, edits: Sequence[Edit]) -> Iterator[str]:
    """A lock that is held has to be on record as possibly ours, and one on record by its number must be gone."""
    if not scene.simulator.lists().get("locks"):
        if any(edit.hold not in {"", ASKED} for edit in edits):
            yield "a lock that is gone is on record"
    elif not any(edit.hold == ASKED for edit in edits):
        yield "a lock is left, and nobody knows of it"
