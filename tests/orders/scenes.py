"""One edit of one vendor's order, made again and again: what the sweeps break in every way there is.

What came of it is read from the simulator alone, never from the desk.
"""

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from django.contrib.auth.models import User

from orders.models import Edit, Order
from orders.services import advance_due_edits, draft_changes, look_again, resolve_edit, submit_edit
from orders.services.drafting import present
from orders.states import LIVE, State
from tests.orders.cases import Case, open_case
from tests.orders.cases_applied import SEVERAL_FIELDS
from tests.orders.cases_stopped import REFUSED
from tests.orders.dying import PASSES
from tests.orders.moments import let_time_pass, quiesce
from vendors.lia.sandbox.identity import DENIED
from vendors.lia.sandbox.world import order_id
from vendors.sandbox.journal import Entry
from vendors.sandbox.simulator import Simulator

# An edit that Lia makes and answers by cancelling the order.
CANCELING = Case(
    vendor="lia",
    order=order_id(1),
    typed={"customer_name": "Elis Ventania", "customer_document": DENIED},
    stored=[{"customer_name": "Elis Ventania", "customer_document": DENIED}],
)
TAKEN: Mapping[str, Case] = {case.vendor: case for case in SEVERAL_FIELDS} | {"lia_canceling": CANCELING}
TURNED_DOWN: Mapping[str, Case] = {f"{case.vendor}_refused": case for case in REFUSED}
CASES = {**TAKEN, **TURNED_DOWN}


@dataclass
class Scene:
    """The order of a case at its simulator and in the mirror, and the state of both to which each round returns."""

    simulator: Simulator
    case: Case
    author: User
    order: Order = field(init=False)
    rounds: int = field(default=0, init=False)
    seen: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        if self.case.vendor == "liner":
            self.simulator.edit("1002", code="taken-already")
        self.order = open_case(self.simulator, self.case)
        self.first = copy.deepcopy(self.simulator.order(self.case.order))

    @property
    def shows_fields(self) -> bool:
        """Whether reading the order tells if an edit has arrived."""
        return self.case.vendor != "altcraft"

    def begin(self) -> list[Edit]:
        """Put the order back as it was, let the desk know, and accept the edit anew."""
        self.simulator.faults.clear()
        self._settle_by_hand()
        self.simulator.replace(self.case.order, copy.deepcopy(self.first))
        order = look_again(order=Order.objects.select_related("account").get(pk=self.order.pk))
        draft = draft_changes(order=order, values=self.case.typed, seen=present(order))
        assert draft.errors == {}
        self.rounds += 1
        self.seen = len(self.simulator.journal.entries)
        return submit_edit(
            order=order, author=self.author, draft=draft, submit_token=f"round {self.rounds}", agreed=True
        )

    def recover(self, edits: Sequence[Edit]) -> list[Edit]:
        """What workers do once nobody holds the edits any more. Returns them as they are then."""
        keys = [edit.pk for edit in edits]
        quiesce(self.simulator.url)
        for _ in range(PASSES):
            let_time_pass()
            if not advance_due_edits():
                break
            quiesce(self.simulator.url)
        return list(Edit.objects.filter(pk__in=keys).select_related("order", "account").order_by("part"))

    def calls(self) -> list[Entry]:
        """The changes that were asked of the vendor in this round."""
        return self.simulator.journal.since(self.seen, intent="write")

    def arrived(self) -> dict[str, bool]:
        """Field name -> whether the order at the vendor has the value that was asked for."""
        document = self.simulator.order(self.case.order)
        wanted = [leaf for stored in self.case.stored for leaf in stored.items()]
        if not wanted:
            return dict.fromkeys(self.case.typed, False)
        return {name: _at(document, path) == value for name, (path, value) in zip(self.case.typed, wanted, strict=True)}

    def _settle_by_hand(self) -> None:
        for edit in Edit.objects.filter(order=self.order, state__in=LIVE):
            assert (edit.state, edit.next_at) == (State.UNKNOWN, None), f"{edit.state} is left over"
            resolve_edit(edit=edit, by=self.author, applied=False, note="Looked in its panel.")


def _at(document: object, path: str) -> object:
    for step in path.split("."):
        document = document[int(step)] if isinstance(document, list) else document[step]  # type: ignore[index]
    return document
