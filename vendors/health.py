"""How accounts fare, in sentences: for the pages of their orders, for those who look after them, for the admin."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q, Sum
from django.utils import timezone

from vendors import use
from vendors.bucket import tokens_left
from vendors.circuit import clock, not_answering, reason_closed
from vendors.models import AccountHealth, AccountUse, VendorAccount, WhenDown
from vendors.vitals import hour_of, read_health


@dataclass(frozen=True, kw_only=True)
class Trouble:
    """An account that somebody should look at: what is wrong, and since when."""

    account: VendorAccount
    sentence: str
    since: datetime


@dataclass(frozen=True, kw_only=True)
class Use:
    """How often an account's vendor was called in some time, how often in vain, how many calls had to wait."""

    calls: int
    failures: int
    waits: int


def accounts_in_trouble() -> list[Trouble]:
    """The enabled accounts whose vendor does not answer or refuses the account, the oldest trouble first. One query."""
    troubled = Q(health__probe_at__isnull=False) | Q(health__refused_since__isnull=False)
    accounts = VendorAccount.objects.filter(troubled, enabled=True).select_related("health").defer("pick_lists")
    troubles = [_trouble(account, account.health) for account in accounts]
    return sorted(troubles, key=lambda trouble: trouble.since)


def trouble_of(account: VendorAccount) -> Trouble | None:
    """What is wrong with an account that was read together with its `health`; None where nothing is."""
    health: AccountHealth | None = getattr(account, "health", None)
    if health is None or not account.enabled or not (health.is_open or health.refused_since):
        return None
    return _trouble(account, health)


def notice_of(account: VendorAccount) -> str:
    """What the pages of this account's orders say of its vendor while it is down or wants a pause, or "". One query."""
    health = read_health(account.pk)
    verb = "refused" if account.when_down == WhenDown.REFUSE else "held"
    if health.is_open:
        return f"{not_answering(health, account.vendor_label, timezone.now()).message} Edits are {verb} until it does."
    closed = reason_closed(health, account.vendor_label, timezone.now())
    return f"{closed.message} Edits are {verb} until then." if closed else ""


def state_of(account: VendorAccount, health: AccountHealth | None) -> str:
    """How the account fares, in a sentence."""
    if health is None:
        return "Not called yet."
    if health.is_open or health.refused_since is not None:
        return _trouble(account, health).sentence
    closed = reason_closed(health, account.vendor_label, timezone.now())
    if closed is not None:
        return closed.message
    if health.failures:
        return (
            f"The last {health.failures} calls were not answered." if health.failures > 1 else "The last call failed."
        )
    return "Answers." if health.last_ok_at else "Not called yet."


def use_since(account: VendorAccount, moment: datetime) -> Use:
    """The account's use in the hour of that moment and those after it. What other processes do writes with delay."""
    use.write_use()
    counted = AccountUse.objects.filter(account=account, hour__gte=hour_of(moment))
    sums = counted.aggregate(calls=Sum("calls"), failures=Sum("failures"), waits=Sum("waits"))
    return Use(**{name: count or 0 for name, count in sums.items()})


def use_of_this_hour(account: VendorAccount) -> Use:
    """The account's use since the last full hour."""
    return use_since(account, timezone.now())


def use_of_this_day(account: VendorAccount) -> Use:
    """The account's use in this hour and the 23 before it."""
    return use_since(account, timezone.now() - timedelta(hours=23))


def budget_left(account: VendorAccount) -> str:
    """How many requests could go out at once now, in words."""
    if account.limit is None:
        return "No limit is set."
    return f"{tokens_left(account.pk, account.limit):.0f} of {account.limit.burst} requests could go out at once now."


def _trouble(account: VendorAccount, health: AccountHealth) -> Trouble:
    now = timezone.now()
    if health.is_open:
        since = health.failing_since or now
        words = f"{not_answering(health, account.vendor_label, now).message} {health.last_failure}"
    else:
        since = health.refused_since or now
        words = f"To be mended, since {clock(since)}: {health.refusal}"
    return Trouble(account=account, sentence=words.strip(), since=since)
