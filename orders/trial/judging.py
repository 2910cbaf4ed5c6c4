"""The verdict: every row of the desk against the simulators' journal, who made a change included."""

from collections.abc import Sequence

from orders.trial.evidence import Entry, Row, Vendors, read_rows
from orders.trial.fields import HIDDEN
from orders.trial.report import Report
from orders.trial.surroundings import Trial, judge_bystanders, judge_calls, judge_credit, judge_promises
from orders.trial.wishes import is_at

UNSENT = {"blocked", "conflict", "not_sent", "withdrawn", "no_change"}
NOT_DONE = {"refused", "not_applied"}
LOOKS = {"looking", "unknown"}  # from then on the order is looked at
COURSE = 25  # events of an order that are told
SAME_MOMENT = 0.005  # seconds between two clocks of one machine


def judge(trial: Trial, vendors: Vendors) -> Report:
    """Compare everything with everything."""
    report = Report()
    rows, nobodys = read_rows(trial.wishes, vendors)
    for slug, entry in nobodys:
        report.accuse("nobodys", f"{slug}: {entry['method']} {entry['path']} at order {entry['order']}")
    for row in rows:
        report.counts["edits"] += 1
        report.outcomes[row.state if row.state != "unknown" or not row.waits else "under way"] += 1
        _judge_sending(row, report, trial)
        _judge_outcome(row, report, vendors, trial)
        judge_bystanders(row, report, vendors, trial)
    judge_promises(rows, report, trial)
    judge_credit(rows, report)
    judge_calls(rows, report, vendors, trial)
    for lock in vendors.locks:
        report.accuse("locks", f"{lock} ({_course_of_lock(lock, rows, vendors)})")
    return report


def _judge_sending(row: Row, report: Report, trial: Trial) -> None:
    """At most once, on record before, and for somebody who may."""
    report.counts["sent"] += bool(row.writes)
    landed = [len(row.landings(name)) for name in row.names]
    report.counts["applied"] += max(landed, default=0) == 1
    if max(landed, default=0) > 1:
        report.accuse("applied_twice", row.called)
    if len(row.writes) > 1:
        report.accuse("sent_twice", f"{row.called}: {len(row.writes)} times")
    for nth, entry in enumerate(row.writes):
        before = [at for at, _ in row.attempts if at <= entry["received"] + SAME_MOMENT]
        if len(before) <= nth:
            report.accuse("unrecorded", row.called)
        if row.since_checking() > trial.barred.get(row.author, float("inf")) + SAME_MOMENT:
            report.accuse("barred", f"{row.called} of {row.author}")


def _judge_outcome(row: Row, report: Report, vendors: Vendors, trial: Trial) -> None:
    done = [name for name in row.names if row.landings(name)]
    wrong = ""
    match row.state:
        case "unknown" if not row.waits:
            _judge_unknown(row, report, vendors)
        case "unknown" | "accepted" | "checking" | "sending" | "looking":
            report.accuse("stuck", f"{row.called} is {row.state}")
        case state if state in UNSENT and row.writes:
            wrong = "was sent"
        case "no_change":
            wrong = "had nothing to change, says the desk, and nobody had made the change"
        case state if state in NOT_DONE and done and not _was_misled(row, report, vendors, trial):
            wrong = f"changed {', '.join(done)}"
        case "echoed" if not done and not _was_misled(row, report, vendors, trial):
            wrong = "changed nothing"
        case "applied":
            wrong = _misreported(row, done, vendors)
    if wrong:
        report.accuse("wrong", f"{row.called} is {row.state}, and {wrong} ({_course_of(row, vendors)})")
    if [state for _, state in row.steps][-1:] != [row.state]:
        report.accuse("unwritten", f"{row.called} is {row.state}")
    if row.hold:
        report.accuse("stuck", f"{row.called} still has a lock on record")
    if row.writes and any(result == "not sent" for _, result in row.attempts[-1:]):
        report.accuse("wrong", f"{row.called}: its attempt is said not to have been sent")
    if row.state == "applied" and not row.aftermath and any(_cancels(entry) for entry in row.writes):
        report.accuse("wrong", f"{row.called} canceled its order, and the desk does not say so")


def _misreported(row: Row, done: Sequence[str], vendors: Vendors) -> str:
    """What is said of single fields and is not so. What somebody else changed since may be said either way."""
    for name in row.names:
        says = row.landed.get(name, "")
        if says == "yes" and name not in done:
            return f"{name} was not changed by it"
        if says in {"no", "other"} and name in done and not _overwritten(row, name, vendors):
            return f"{name} is said not to have been changed, and was"
    return "" if done else "changed nothing"


def _judge_unknown(row: Row, report: Report, vendors: Vendors) -> None:
    """Waiting for a person: only where no look can tell."""
    report.counts["unknown"] += 1
    if row.vendor in HIDDEN:
        report.counts["hidden"] += 1
    elif any(_overwritten(row, name, vendors) for name in row.names):
        report.counts["overwritten"] += 1
    elif any("" in entry["changes"] for entry in vendors.changes(row.vendor, row.order)):
        report.counts["gone"] += 1
    else:
        report.accuse("untold", f"{row.called} ({_course_of(row, vendors)})")


def _was_misled(row: Row, report: Report, vendors: Vendors, trial: Trial) -> bool:
    """Whether the vendor itself said so, and there was nothing better to go by.

    Either it never shows the field, or what it showed when it was looked at was still the state before, as `lag` says.
    """
    answered = all(entry["fault"] and entry["status"] for entry in row.writes)
    lagged = row.said == "no" and trial.lag > 0 and _looked_too_early(row, vendors, trial)
    misled = answered and (row.vendor in HIDDEN or lagged)
    report.counts["misled"] += misled
    return misled


def _looked_too_early(row: Row, vendors: Vendors, trial: Trial) -> bool:
    """Whether the look before the conclusion may have come before readers were shown the effect.

    By the journal alone: how long it took to write down what was seen is no matter. Which of the reads in between was
    the look, it does not say: passes read orders and lists meanwhile, too.
    """
    shown = max((entry["applied"] or 0.0 for entry in row.writes), default=0.0) + trial.lag
    return any(entry["received"] <= shown for entry in _reads_while_looking(row, vendors))


def _reads_while_looking(row: Row, vendors: Vendors) -> list[Entry]:
    """The reads of the order, or of a list, between the last beginning of a look and the conclusion."""
    concluded = row.concluded or 0.0
    began = max((at for at, state in row.steps if state in LOOKS and at <= concluded), default=0.0)
    return [
        entry
        for entry in vendors.journals[row.vendor]
        if entry["kind"] == "call"
        and entry["intent"] == "read"
        and entry["order"] in {"", row.order}
        and began - SAME_MOMENT <= entry["received"] <= concluded + SAME_MOMENT
    ]


def _course_of(row: Row, vendors: Vendors) -> str:
    """What happened to an edit, in seconds after it was first written down, for whoever has to find out why."""
    own = [*row.writes, *_reads_while_looking(row, vendors)]
    happened = [
        *row.steps,
        *((each["received"], f"{each['intent']} {each['fault']}".rstrip() + f" → {each['status']}") for each in own),
        *((each["applied"], "effect") for each in row.writes if each["applied"]),
        *([(row.concluded, "concluded")] if row.concluded else []),
    ]
    began = min((at for at, _ in row.steps), default=0.0)
    return ", ".join(f"{at - began:.3f} {what}" for at, what in sorted(happened))


def _course_of_lock(lock: str, rows: Sequence[Row], vendors: Vendors) -> str:
    """What was asked about the lock of an order and what its edits did last, in seconds before the last of it."""
    slug, _, order = lock.partition(" ")
    asked = [each for each in vendors.journals[slug] if each["intent"] == "lock" and each["order"] == order]
    happened = [
        *((each["received"], f"{each['body'][:60]} {each['fault']} → {each['status']}") for each in asked),
        *(
            (at, f"edit {row.id} {state}")
            for row in rows
            if (row.vendor, row.order) == (slug, order)
            for at, state in row.steps
        ),
    ]
    last = max((at for at, _ in happened), default=0.0)
    return ", ".join(f"{at - last:.3f} {what}" for at, what in sorted(happened)[-COURSE:])


def _overwritten(row: Row, name: str, vendors: Vendors) -> bool:
    """Whether somebody else changed this field after the order was read for the edit."""
    places = [place for target in (row.wish.of([name]) if row.wish else []) for place in target.places]
    mine = {entry["id"] for entry in row.writes}
    return any(
        entry["id"] not in mine
        and (entry["applied"] or entry["received"]) >= row.since_checking() - 1.0
        and any(is_at(path, places) for path in entry["changes"])
        for entry in vendors.changes(row.vendor, row.order)
    )


def _cancels(entry: Entry) -> bool:
    return any(path == "status" and change[1] == "canceled" for path, change in entry["changes"].items())
