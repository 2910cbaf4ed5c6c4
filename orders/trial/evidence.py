"""What is known after a trial: the simulators' journal, which is the truth, and the desk's rows, which are judged.

Rows are read as they lie in the tables: nothing that words an outcome for people takes part.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from orders.models import Attempt, Edit, Revision, Step
from orders.trial.wishes import Wish, is_at, stands_in

Entry = Mapping[str, Any]  # of a simulator's journal, as JSON


@dataclass(frozen=True, kw_only=True)
class Vendors:
    """What the simulators say. `journals` are by vendor; `locks` are orders locked for the desk, as in "caliq 7"."""

    journals: Mapping[str, Sequence[Entry]]
    locks: Sequence[str] = ()

    def writes(self) -> list[tuple[str, Entry]]:
        """Every call that asked for a change, with its vendor."""
        return [(slug, entry) for slug, entries in self.journals.items() for entry in entries if _is_write(entry)]

    def changes(self, slug: str, order: str) -> list[Entry]:
        """Everything that changed this order, whoever did it, in the order of its effect."""
        found = [entry for entry in self.journals[slug] if entry["order"] == order and entry["changes"]]
        return sorted(found, key=lambda entry: entry["applied"] or entry["received"])


@dataclass(kw_only=True)
class Row:
    """One edit of the desk, with what it was to do and what really happened because of it."""

    id: int
    token: str
    vendor: str
    order: str
    author: str
    state: str
    names: Sequence[str]
    said: str
    landed: Mapping[str, str]
    aftermath: str
    waits: bool
    hold: str
    concluded: float | None
    attempts: Sequence[tuple[float, str]]
    steps: Sequence[tuple[float, str]]
    wish: Wish | None = None
    writes: list[Entry] = field(default_factory=list)

    @property
    def called(self) -> str:
        return f"edit {self.id} ({self.vendor} {self.order}, {self.token})"

    def landings(self, name: str) -> list[Entry]:
        """The writes by which this field really became what was wanted."""
        targets = self.wish.of([name]) if self.wish else []
        return [
            entry
            for entry in self.writes
            for target in targets
            if any(is_at(path, target.places) for path in entry["changes"])
        ]

    def since_checking(self) -> float:
        """When the order was asked for last before it was written to."""
        return max((at for at, state in self.steps if state == "checking"), default=0.0)


def read_rows(wishes: Iterable[Wish], vendors: Vendors) -> tuple[list[Row], list[tuple[str, Entry]]]:
    """Every edit with the writes that are its own, and the writes that are nobody's."""
    by_token = {wish.token: wish for wish in wishes}
    rows = [_row(edit, by_token) for edit in _edits()]
    _give_steps(rows)
    by_order: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        by_order.setdefault((row.vendor, row.order), []).append(row)
    nobodys = []
    for slug, entry in vendors.writes():
        owners = [row for row in by_order.get((slug, entry["order"]), []) if _is_by(row, entry)]
        if owners:
            owners[-1].writes.append(
                entry
            )  # what earlier edits brought may be repeated in a body, the newest is asked for
        else:
            nobodys.append((slug, entry))
    return rows, nobodys


def credited() -> Iterable[tuple[str, str, int | None, Any, Any]]:
    """Every change of a document that the desk saw: vendor, order, the edit that it is credited to, before, after."""
    kept: dict[int, list[Any]] = {}
    columns = ("order_id", "order__account__vendor", "order__vendor_id", "edit_id", "raw", "order__raw")
    for found in Revision.objects.order_by("order_id", "number").values_list(*columns):
        kept.setdefault(found[0], []).append(found)
    for revisions in kept.values():
        for at, (_, slug, order, edit, raw, now) in enumerate(revisions):
            after = revisions[at + 1][4] if at + 1 < len(revisions) else now
            yield slug, order, edit, raw, after


def _edits() -> Iterable[Mapping[str, Any]]:
    columns = ("id", "submit_token", "account__vendor", "order__vendor_id", "author__username", "state", "changes")
    more = ("answer", "landed", "aftermath", "next_at", "hold", "concluded_at")
    return list(Edit.objects.order_by("id").values(*columns, *more))


def _row(edit: Mapping[str, Any], wishes: Mapping[str, Wish]) -> Row:
    return Row(
        id=edit["id"],
        token=edit["submit_token"],
        vendor=edit["account__vendor"],
        order=edit["order__vendor_id"],
        author=edit["author__username"],
        state=edit["state"],
        names=list(edit["changes"]),
        said=str((edit["answer"] or {}).get("said", "")),
        landed={name: each["landed"] for name, each in (edit["landed"] or {}).items()},
        aftermath=edit["aftermath"],
        waits=edit["next_at"] is not None,
        hold=edit["hold"],
        concluded=_seconds(edit["concluded_at"]),
        attempts=[],
        steps=[],
        wish=wishes.get(edit["submit_token"]),
    )


def _give_steps(rows: Sequence[Row]) -> None:
    steps: dict[int, list[tuple[float, str]]] = {}
    for edit, at, state in Step.objects.order_by("id").values_list("edit_id", "at", "state"):
        steps.setdefault(edit, []).append((at.timestamp(), state))
    attempts: dict[int, list[tuple[float, str]]] = {}
    for edit, at, result in Attempt.objects.order_by("id").values_list("edit_id", "started_at", "result"):
        attempts.setdefault(edit, []).append((at.timestamp(), result))
    for row in rows:
        row.steps, row.attempts = steps.get(row.id, []), attempts.get(row.id, [])


def _is_by(row: Row, entry: Entry) -> bool:
    return row.wish is not None and any(stands_in(target, entry["body"]) for target in row.wish.of(row.names))


def _is_write(entry: Entry) -> bool:
    return bool(entry["kind"] == "call" and entry["intent"] == "write")


def _seconds(at: datetime | None) -> float | None:
    return at.timestamp() if at else None
