"""An account's circuit: after some calls in a row without an answer the vendor counts as down, and is left in peace.

Every change is one conditional update, so that processes on several machines share what each of them has found out.
"""

import random
from datetime import datetime, timedelta

import structlog
from django.db.models import Case, F, Q, Value, When
from django.db.models.functions import Coalesce
from django.utils import timezone

from vendors.errors import GateClosed
from vendors.vitals import AccountHealth, ensure_health, read_health

log = structlog.get_logger(__name__)

FAILURES_TO_OPEN = 5  # calls in a row that were not answered, whoever made them
SECONDS_OPEN = 30.0  # until one read tries again, give or take a tenth
LONGEST_PAUSE = 600.0  # seconds of Retry-After that are believed
LONGEST_TEXT = 300  # characters


def reason_closed(health: AccountHealth, vendor: str, now: datetime) -> GateClosed | None:
    """Why no call to this account's vendor goes out now, or None where one would, if only to try."""
    if health.probe_at is not None and health.probe_at > now:
        return not_answering(health, vendor, now)
    if health.blocked_until is not None and health.blocked_until > now:
        words = f"{vendor} asked for a pause until {clock(health.blocked_until, seconds=True)}."
        return GateClosed(words, retry_after=(health.blocked_until - now).total_seconds())
    return None


def not_answering(health: AccountHealth, vendor: str, now: datetime) -> GateClosed:
    """The words for an open circuit. Waiting alone does not close it: somebody has to try."""
    wait = ((health.probe_at or now) - now).total_seconds()
    words = f"{vendor} has not answered since {clock(health.failing_since or now)}."
    return GateClosed(words, retry_after=max(wait, 1.0), passing=False)


def claim_probe(health: AccountHealth, now: datetime) -> bool:
    """Be the one who tries whether the vendor is back. Whoever dies over it leaves the next try to others."""
    due = AccountHealth.objects.filter(pk=health.account_id, probe_at=health.probe_at)
    return bool(due.update(probe_at=_next_probe(now)))


def note_failure(account_id: int, why: str) -> None:
    """The vendor did not answer a call. The circuit opens with the last of several in a row, and stays open."""
    now = timezone.now()
    # An open circuit keeps its next try: whoever tries moves it on before, and those who pass anyway do not count.
    opens = When(failures__gte=FAILURES_TO_OPEN - 1, probe_at=None, then=Value(_next_probe(now)))
    probe_at = Case(opens, default=F("probe_at"))
    _write(
        account_id,
        failures=F("failures") + 1,
        failing_since=Coalesce("failing_since", Value(now)),
        probe_at=probe_at,
        last_failure_at=now,
        last_failure=why[:LONGEST_TEXT],
    )
    if read_health(account_id).failures == FAILURES_TO_OPEN:
        log.warning("circuit_opened", account=account_id, reason=why)


def note_refusal(account_id: int, why: str, *, answered: bool) -> None:
    """The account has to be mended: its credentials are refused, or its address is one that cannot be called."""
    now = timezone.now()
    text = why[:LONGEST_TEXT]
    alive = _ALIVE if answered else {}
    since = Coalesce("refused_since", Value(now))
    _write(account_id, refused_since=since, refusal=text, last_failure_at=now, last_failure=text, **alive)


def note_answer(account_id: int) -> None:
    """The vendor answered after it had not, or accepted what it had refused: all is well again."""
    troubled = AccountHealth.objects.filter(pk=account_id).exclude(failures=0, probe_at=None, refused_since=None)
    if troubled.update(**_ALIVE, refused_since=None, refusal="", last_ok_at=timezone.now()):
        log.info("account_well_again", account=account_id)


def note_pause(account_id: int, seconds: float) -> None:
    """The vendor asked to be left in peace for so long. A longer pause that it asked for before still holds."""
    until = timezone.now() + timedelta(seconds=min(seconds, LONGEST_PAUSE))
    ensure_health(account_id)
    shorter = Q(blocked_until=None) | Q(blocked_until__lt=until)
    AccountHealth.objects.filter(shorter, pk=account_id).update(blocked_until=until)


def start_afresh(account_id: int) -> None:
    """Forget every trouble and fill the budget up: somebody says that things have changed."""
    AccountHealth.objects.filter(pk=account_id).update(
        **_ALIVE, refused_since=None, refusal="", blocked_until=None, full_at=0
    )


def clock(moment: datetime, *, seconds: bool = False) -> str:
    """A moment as sentences say it: the time, with the day where it is not today's."""
    local = timezone.localtime(moment)
    time = f"{local:%H:%M:%S}" if seconds else f"{local:%H:%M}"
    return time if local.date() == timezone.localdate() else f"{time} on {local.day} {local:%B}"


_ALIVE = {"failures": 0, "failing_since": None, "probe_at": None}


def _next_probe(now: datetime) -> datetime:
    return now + timedelta(seconds=SECONDS_OPEN * random.uniform(0.9, 1.1))  # noqa: S311 - jitter, not a secret


def _write(account_id: int, **columns: object) -> None:
    if not AccountHealth.objects.filter(pk=account_id).update(**columns):
        ensure_health(account_id)
        AccountHealth.objects.filter(pk=account_id).update(**columns)
