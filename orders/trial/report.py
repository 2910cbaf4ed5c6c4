"""The verdict of a trial in numbers, and every contradiction in a sentence."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

# What must not happen, not once.
FORBIDDEN: Mapping[str, str] = {
    "applied_twice": "applied twice",
    "sent_twice": "sent twice",
    "lost": "lost",
    "wrong": "wrongly reported",
    "credited": "credited to somebody else",
    "untold": "unknown although the vendor shows it",
    "stuck": "stuck",
    "locks": "locks left",
    "overlapping": "overlapping writes",
    "unrecorded": "writes without a committed attempt",
    "unwritten": "states that the history does not tell",
    "nobodys": "writes that nobody asked for",
    "untouched": "untouched fields changed",
    "barred": "sent for somebody who may no longer edit",
    "overdue": "calls beyond their deadline",
}
COUNTED: Mapping[str, str] = {
    "edits": "edits",
    "sent": "sent",
    "applied": "applied once",
    "unknown": "still unknown",
    "hidden": "  … because the vendor does not show the field",
    "overwritten": "  … because somebody else changed the field since",
    "gone": "  … because the order is gone",
    "misled": "told as the vendor told it, which did not show the truth either",
    "unseen": "changes by others between look and send, overwritten unseen",
}
LEAST_SENT = 0.6  # of all edits: a trial in which little is sent shows little
JUDGED_FROM = 200  # edits, below which that share is left to chance


@dataclass
class Report:
    """Counts by the names above, and sentences about what must not happen."""

    counts: Counter[str] = field(default_factory=Counter)
    outcomes: Counter[str] = field(default_factory=Counter)
    violations: list[str] = field(default_factory=list)

    def accuse(self, what: str, sentence: str) -> None:
        """Count one of FORBIDDEN, and say which."""
        assert what in FORBIDDEN, what
        self.counts[what] += 1
        self.violations.append(f"{FORBIDDEN[what]}: {sentence}")

    @property
    def share_sent(self) -> float:
        return self.counts["sent"] / self.counts["edits"] if self.counts["edits"] else 0.0

    @property
    def passed(self) -> bool:
        """Whether nothing happened that must not, and enough did happen."""
        enough = self.share_sent >= LEAST_SENT or self.counts["edits"] < JUDGED_FROM
        return enough and not any(self.counts[what] for what in FORBIDDEN)

    def lines(self) -> Iterator[str]:
        """The table, a line for each count, and at most fifty violations."""
        for name, words in COUNTED.items():
            share = f"  ({self.share_sent:.0%})" if name == "sent" else ""
            yield f"{self.counts[name]:7}  {words}{share}"
        for name, words in FORBIDDEN.items():
            yield f"{self.counts[name]:7}  {words}{'  ← must be 0' if self.counts[name] else ''}"
        yield "outcomes: " + ", ".join(f"{count} {state}" for state, count in self.outcomes.most_common())
        yield from (f"  {violation}" for violation in self.violations[:50])

    def as_data(self) -> dict[str, Any]:
        """The same for programs."""
        return {
            "passed": self.passed,
            "counts": {name: self.counts[name] for name in (*COUNTED, *FORBIDDEN)},
            "outcomes": dict(self.outcomes),
            "violations": self.violations,
        }
