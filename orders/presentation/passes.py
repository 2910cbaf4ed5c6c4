"""A pass over an account's orders in words, the same on the page and on the terminal."""

from dataclasses import dataclass

from orders.models import SyncRun
from orders.services.progress import is_running
from orders.templatetags.desk import in_words


@dataclass(frozen=True)
class PassWords:
    """A pass as it is now. `share` is how much of it is done, of 1; None where nobody knows how much there is."""

    is_running: bool
    share: float | None
    read: str  # 1,200 of 30,000
    rate: str  # 640 a second
    left: str  # 2 min left
    found: str  # 3 added, 2 changed, 0 failed


def pass_in_words(run: SyncRun) -> PassWords:
    """What there is to say of it. Pure, but for the clock."""
    left = run.seconds_left
    return PassWords(
        is_running=is_running(run),
        share=min(1.0, run.done / run.total) if run.total else None,
        read=f"{run.done:,} of {run.total:,}" if run.total is not None else f"{run.done:,}",
        rate=f"{run.rate:,.0f} a second" if run.rate >= 1 else f"{run.rate * 60:,.0f} a minute" if run.rate else "",
        left=f"{in_words(left)} left" if left is not None else "",
        found=f"{run.added:,} added, {run.changed:,} changed, {run.failed:,} failed",
    )


def line_of(run: SyncRun) -> str:
    """A pass in one line of a terminal."""
    words = pass_in_words(run)
    parts = [f"{run.account.name}: {words.read} orders", words.rate, words.left, words.found]
    return ", ".join(part for part in parts if part)
