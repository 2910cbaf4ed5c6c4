"""Which edit reverts which, in words that claim no more than what came of it."""

from collections.abc import Sequence
from dataclasses import dataclass

from orders.models import Edit
from orders.services.dealing import MISSED
from orders.services.reverting import REVERTIBLE
from orders.states import LIVE, State

SAYS_NOTHING = (State.WITHDRAWN, State.NO_CHANGE)  # a revert that never left, or that had nothing to do


@dataclass(frozen=True)
class Relation:
    """Another edit that this one has to do with: `before` it, its number, `after` it."""

    before: str
    edit_id: int
    after: str = ""


def relations_of(edit: Edit) -> Sequence[Relation]:
    """What an edit reverts, and what reverts it. Reads `reverted_by` of edits that were applied alone."""
    found = [] if edit.reverts_id is None else [Relation(_forward(State(edit.state)), edit.reverts_id)]
    if edit.state in REVERTIBLE:
        later = sorted(edit.reverted_by.all(), key=lambda each: each.pk)
        found += [_backward(edit, each) for each in later if each.state not in SAYS_NOTHING]
    return found


def _forward(state: State) -> str:
    if state in REVERTIBLE:
        return "Reverts"
    return "Is to revert" if state in LIVE else "Was to revert"


def _backward(edit: Edit, later: Edit) -> Relation:
    state = State(later.state)
    if state in REVERTIBLE:
        landed = later.landed or {}
        got = {name for name in later.changes if landed.get(name, {}).get("landed") not in MISSED}
        return Relation("Reverted by" if got.issuperset(edit.changes) else "Reverted in part by", later.pk)
    return Relation("To be reverted by" if state in LIVE else "Was to be reverted by", later.pk, f": {state.label}")
