"""Which faults met an edit in which state: a trial in which a cell stays empty has not tried that case."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from orders.trial.evidence import Entry, Row, Vendors
from orders.trial.mixture import names_for

STATES: Mapping[str, Sequence[str]] = {
    "write": ("sending",),
    "read": ("checking", "looking", "unknown"),
    "lock": ("checking",),
}


@dataclass
class Coverage:
    """How often each fault met an edit in each state. Cells are (intent, fault, state)."""

    cells: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    known: set[tuple[str, str, str]] = field(default_factory=set)

    @property
    def empty(self) -> list[str]:
        """The cells that were never reached, in words."""
        return [f"{fault} on a {intent} while {state}" for intent, fault, state in sorted(self.known - set(self.cells))]


def cover(rows: Sequence[Row], vendors: Vendors, faults: Mapping[str, Sequence[str]]) -> Coverage:
    """Count. `faults` are the names that each simulator knows.

    A list that is read is about no single order: such a call is counted where all edits of that vendor that could
    have made it are in the same state.
    """
    found = Coverage()
    for slug, known in faults.items():
        mine = [row for row in rows if row.vendor == slug]
        _expect(found, known, locks=any(entry["intent"] == "lock" for entry in vendors.journals[slug]))
        for entry in vendors.journals[slug]:
            if entry["kind"] == "call" and entry["fault"]:
                _count(found, entry, mine)
    return found


def _expect(found: Coverage, known: Sequence[str], *, locks: bool) -> None:
    for intent, states in STATES.items():
        if intent != "lock" or locks:
            found.known |= {(intent, name, state) for name in _written(names_for(intent, known)) for state in states}


def _written(names: Iterable[str]) -> list[str]:
    """As the journal writes them: always with the moment."""
    always = {"error_applied": "after", "partly": "after"}
    return [name if ":" in name else f"{name}:{always.get(name, 'before')}" for name in names]


def _count(found: Coverage, entry: Entry, rows: Sequence[Row]) -> None:
    if entry["intent"] == "write":
        found.cells["write", entry["fault"], "sending"] += 1
        return
    about = [row for row in rows if entry["order"] in {"", row.order}]
    states = {state for row in about if (state := _state_at(row, entry["received"])) in STATES[entry["intent"]]}
    if len(states) == 1:
        found.cells[entry["intent"], entry["fault"], states.pop()] += 1


def _state_at(row: Row, moment: float) -> str:
    """Where an edit was; "" where it was under way no more, or only waited for its next look."""
    at = bisect_right(row.steps, moment, key=lambda step: step[0])
    if at in {0, len(row.steps)}:
        return ""
    state, following = row.steps[at - 1][1], row.steps[at]
    # An edit that is unknown makes no call until shortly before what comes of its next look is written down.
    return "" if state == "unknown" and following[0] - moment > 0.4 else state
