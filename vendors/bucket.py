"""An account's rate limit, one for all processes: a bucket of tokens that fills up at a steady rate.

It is kept as a single number, the moment at which it will be full again. Taking a token moves that moment on, which
one conditional update does: nobody reads first, nobody locks, and it does not matter whose clock is wrong, because
the database's own is asked.
"""

from dataclasses import dataclass
from typing import Any

from django.db.models import F, FloatField, Func, Value
from django.db.models.functions import Greatest

from vendors.vitals import AccountHealth, ensure_health


class Clock(Func):
    """Seconds since 1970, by the database's clock."""

    arity = 0
    output_field = FloatField()

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        template = "EXTRACT(EPOCH FROM CLOCK_TIMESTAMP())::double precision"
        return self.as_sql(compiler, connection, template=template, **context)

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        template = "((julianday('now') - 2440587.5) * 86400.0)"
        return self.as_sql(compiler, connection, template=template, **context)


@dataclass(frozen=True, kw_only=True)
class Limit:
    """`rate` requests a second, `burst` at once. `reserve` is the share of the burst, 0 to 1, that is for people."""

    rate: float
    burst: int
    reserve: float = 0.0

    @property
    def interval(self) -> float:
        """Seconds in which one token comes."""
        return 1 / self.rate

    def room(self, *, background: bool) -> float:
        """How many seconds a bucket may be from full, for one more token to be there for whoever asks."""
        kept = self.burst * self.reserve if background else 0.0
        return (self.burst - 1 - kept) * self.interval


def take_token(account_id: int, limit: Limit, *, background: bool) -> float:
    """Take a token. Returns 0.0 where there was one, else in how many seconds there may be."""
    room = limit.room(background=background)
    if _spend(account_id, limit, full_at__lte=Clock() + Value(room)):
        return 0.0
    missing = _seconds_from_full(account_id)
    if missing is None:
        ensure_health(account_id)
        return take_token(account_id, limit, background=background)
    return max(missing - room, 0.001)


def spend_token(account_id: int, limit: Limit) -> None:
    """Take a token that is perhaps not there: whoever comes next waits the longer."""
    if not _spend(account_id, limit):
        ensure_health(account_id)
        _spend(account_id, limit)


def tokens_left(account_id: int, limit: Limit) -> float:
    """How many requests could go out now, at once."""
    missing = max(0.0, _seconds_from_full(account_id) or 0.0)
    return max(0.0, limit.burst - missing * limit.rate)


def _spend(account_id: int, limit: Limit, **conditions: Any) -> bool:
    rows = AccountHealth.objects.filter(pk=account_id, **conditions)
    return bool(rows.update(full_at=Greatest("full_at", Clock()) + Value(limit.interval)))


def _seconds_from_full(account_id: int) -> float | None:
    """None where there is no row."""
    rows = AccountHealth.objects.filter(pk=account_id).annotate(missing=F("full_at") - Clock())
    return rows.values_list("missing", flat=True).first()
