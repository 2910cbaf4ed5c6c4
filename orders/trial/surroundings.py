"""What goes on around the edits of a trial: other fields, promises, credit, and calls in each other's way."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from orders.trial.evidence import Entry, Row, Vendors, credited
from orders.trial.fields import ASIDE, wishes_in
from orders.trial.report import Report
from orders.trial.wishes import Wish, is_at

NOTHING = (None, "")  # which a vendor may show as one and take as the other


@dataclass(frozen=True, kw_only=True)
class Trial:
    """What was to happen. `accepted` maps a form's token to the number of edits that its author was told of,
    `turned_away` are those that were refused. `barred` maps people to the moment from which they may not edit.
    `lag` are the seconds for which a vendor may show what was before, `patience` those that a call may take.
    """

    wishes: Sequence[Wish]
    accepted: Mapping[str, int] = field(default_factory=dict)
    turned_away: Iterable[str] = ()
    barred: Mapping[str, float] = field(default_factory=dict)
    lag: float = 0.0
    patience: float = 65.0


def judge_bystanders(row: Row, report: Report, vendors: Vendors, trial: Trial) -> None:
    """Fields that the edit did not ask for stay as they are."""
    targets = row.wish.of(row.names) if row.wish else []
    allowed = [*ASIDE[row.vendor], *(place for target in targets for place in (*target.places, *target.aside))]
    for entry in row.writes:
        for path, (was, now) in entry["changes"].items():
            if is_at(path, allowed) or (was in NOTHING and now in NOTHING):
                continue
            since = row.since_checking() - trial.lag
            if any(path in other["changes"] for other in _others_between(vendors, row, since, entry)):
                report.counts["unseen"] += 1
            else:
                report.accuse("untouched", f"{row.called}: {path}")


def _others_between(vendors: Vendors, row: Row, since: float, entry: Entry) -> list[Entry]:
    until = entry["applied"] or entry["received"]
    return [
        other
        for other in vendors.changes(row.vendor, row.order)
        if other["id"] != entry["id"] and since <= (other["applied"] or other["received"]) <= until
    ]


def judge_promises(rows: Sequence[Row], report: Report, trial: Trial) -> None:
    """What people were told to be accepted is there, under their names; what they were refused is not."""
    kept: dict[str, list[Row]] = {}
    for row in rows:
        kept.setdefault(row.token, []).append(row)
        if row.wish is None:
            report.accuse("nobodys", row.called)
        elif row.author != row.wish.author:
            report.accuse("credited", f"{row.called} is said to be of {row.author}, and is of {row.wish.author}")
    for token, edits in trial.accepted.items():
        if len(kept.get(token, [])) != edits:
            report.accuse("lost", f"{token}: {edits} edits were accepted, and {len(kept.get(token, []))} are kept")
    for token in trial.turned_away:
        if token in kept:
            report.accuse("wrong", f"{token} was refused, and is kept as {kept[token][0].called}")


def judge_credit(rows: Sequence[Row], report: Report) -> None:
    """A value that an edit brought to the vendor is seen as that edit's in the order's history.

    Not where the vendor has denied that it changed anything, by what it said and by what it showed then.
    """
    believed = [row for row in rows if row.state != "refused"]
    owners = {(row.vendor, row.order, row.wish.number): row.id for row in believed if row.wish}
    for slug, order, edit, before, after in credited():
        for number in wishes_in(after) - wishes_in(before):
            owner = owners.get((slug, order, number))
            if owner is not None and owner != edit:
                whose = f"edit {edit}" if edit else "the vendor"
                report.accuse("credited", f"edit {owner} of {slug} {order} is taken for a change by {whose}")


def judge_calls(rows: Sequence[Row], report: Report, vendors: Vendors, trial: Trial) -> None:
    """One write at a time for each order, and no call without an end."""
    spans: dict[tuple[str, str], list[tuple[float, float, int]]] = {}
    for row in rows:
        for entry in row.writes:
            end = max(entry["answered"] or 0.0, entry["applied"] or 0.0, entry["received"])
            spans.setdefault((row.vendor, row.order), []).append((entry["received"], end, row.id))
    for (slug, order), found in spans.items():
        found.sort()
        for one, other in pairwise(found):
            if other[0] < one[1] and other[2] != one[2]:
                report.accuse("overlapping", f"edits {one[2]} and {other[2]} at {slug} {order}")
    for slug, entries in vendors.journals.items():
        for entry in entries:
            seconds = (entry["answered"] or 0.0) - entry["received"]
            if entry["kind"] == "call" and seconds > trial.patience:
                what = f"{entry['method']} {entry['path']} for {seconds:.0f} s ({entry['fault'] or 'no fault'})"
                report.accuse("overdue", f"{slug}: {what}")
