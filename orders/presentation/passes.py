"""A pass over an account's orders in words, the same on the page and on the terminal."""

from dataclasses import dataclass, field

from django.db.models import OuterRef, Subquery

from orders.models import SyncRun
from orders.services.progress import is_running
from orders.templatetags.desk import in_words
from vendors.models import VendorAccount


@dataclass(frozen=True)
class PassWords:
    """A pass as it is now. `share` is how much of it is done, of 1; None where nobody knows how much there is."""

    run: SyncRun
    is_running: bool
    share: float | None
    read: str  # 1,200 of 30,000 orders
    rate: str  # 640 a second
    left: str  # 2 min left
    found: str  # 3 added, 2 changed, 0 failed

    @property
    def hue(self) -> str:
        """Which hue stands for how it goes, or how it ended."""
        if self.is_running:
            return "waiting"
        if self.run.error or not self.run.finished_at:
            return "refused"
        return "unknown" if self.run.failed else "applied"

    @property
    def is_cut_off(self) -> bool:
        """Whether it stopped without a word, as where its process was killed."""
        return self.run.finished_at is None and not self.is_running

    @property
    def scope(self) -> str:
        """What was asked for, where it was not simply everything."""
        if self.run.since is not None:
            return "only what changed"
        return f"went on after the first {self.run.before:,}" if self.run.before else ""

    @property
    def unlisted(self) -> int:
        """How many problems were counted and not kept."""
        return max(0, self.run.failed - len(self.run.problems))


@dataclass(frozen=True)
class Passes:
    """The latest pass of each account, by the account's key."""

    latest: dict[int, PassWords] = field(default_factory=dict)

    @property
    def any_running(self) -> bool:
        return any(each.is_running for each in self.latest.values())


def latest_passes() -> Passes:
    """The latest passes of all accounts. One query."""
    runs = SyncRun.objects.filter(account=OuterRef("pk")).order_by("-started_at", "-id")
    latest = VendorAccount.objects.order_by().annotate(latest=Subquery(runs.values("pk")[:1])).values("latest")
    found = SyncRun.objects.filter(pk__in=latest).select_related("account")
    return Passes({run.account_id: pass_in_words(run) for run in found})


def pass_in_words(run: SyncRun) -> PassWords:
    """What there is to say of a pass. Pure, but for the clock."""
    left = run.seconds_left
    return PassWords(
        run=run,
        is_running=is_running(run),
        share=min(1.0, run.done / run.total) if run.total else None,
        read=f"{run.done:,} of {run.total:,} orders" if run.total is not None else f"{run.done:,} orders",
        rate=_rate(run.rate),
        left=f"{in_words(left)} left" if left is not None else "",
        found=f"{run.added:,} added, {run.changed:,} changed, {run.failed:,} failed",
    )


def line_of(run: SyncRun) -> str:
    """A pass in one line of a terminal."""
    words = pass_in_words(run)
    return ", ".join(
        part for part in (f"{run.account.name}: {words.read}", words.rate, words.left, words.found) if part
    )


def _rate(rate: float) -> str:
    if rate >= 1:
        return f"{rate:,.0f} a second"
    return f"{rate * 60:.0f} a minute" if rate else ""
