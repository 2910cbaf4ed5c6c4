"""How much each account is used: counted in this process, written down every few seconds, hour by hour."""

import atexit
import os
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from django.apps import apps
from django.core.exceptions import ObjectDoesNotExist
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.db.models import F
from django.utils import timezone

from vendors.vitals import AccountHealth, AccountUse, ensure_health, hour_of

log = structlog.get_logger(__name__)

SECONDS_BETWEEN = 5.0  # in which a process writes once
KEPT = timedelta(hours=25)


@dataclass
class _Tally:
    calls: int = 0
    failures: int = 0
    waits: int = 0
    ok_at: datetime | None = None


_lock = threading.Lock()
_tallies: dict[int, _Tally] = {}
_oldest: float | None = None  # when the first call was counted that is not written yet


def count_call(account_id: int, *, answered: bool) -> None:
    """Count a call and whether the vendor answered it."""
    _add(account_id, calls=1, failures=not answered, ok_at=timezone.now() if answered else None)


def count_wait(account_id: int) -> None:
    """Count a call that had to wait for its turn."""
    _add(account_id, waits=1)


def write_use(*, older_than: float = 0.0) -> None:
    """Write down what was counted, if the oldest of it is so many seconds old. What an account left is forgotten."""
    for account_id, tally in _taken(older_than).items():
        try:
            _write(account_id, tally)
        except ObjectDoesNotExist:
            log.info("use_of_no_account", account=account_id)
        except DatabaseError as wrong:  # counting must not get into the way of what is counted
            log.warning("use_not_written", account=account_id, reason=type(wrong).__name__)


def _taken(older_than: float) -> dict[int, _Tally]:
    """What was counted, for whoever asks first."""
    global _oldest
    with _lock:
        if _oldest is None or time.monotonic() - _oldest < older_than:
            return {}
        counted = dict(_tallies)
        _tallies.clear()
        _oldest = None
    return counted


def _add(account_id: int, *, ok_at: datetime | None = None, **counts: int) -> None:
    global _oldest
    with _lock:
        tally = _tallies.setdefault(account_id, _Tally())
        for name, more in counts.items():
            setattr(tally, name, getattr(tally, name) + more)
        tally.ok_at = ok_at or tally.ok_at
        _oldest = _oldest if _oldest is not None else time.monotonic()
    write_use(older_than=SECONDS_BETWEEN)


def _write(account_id: int, tally: _Tally) -> None:
    """Raises ObjectDoesNotExist where the account is gone."""
    _add_to_hour(account_id, tally)
    if tally.ok_at is not None:
        ensure_health(account_id)
        AccountHealth.objects.filter(pk=account_id).update(last_ok_at=tally.ok_at)


def _add_to_hour(account_id: int, tally: _Tally) -> None:
    hour = hour_of(timezone.now())
    rows = AccountUse.objects.filter(account_id=account_id, hour=hour)
    counts = {"calls": tally.calls, "failures": tally.failures, "waits": tally.waits}
    more = {name: F(name) + count for name, count in counts.items()}
    if rows.update(**more):
        return
    apps.get_model("vendors", "VendorAccount").objects.only("pk").get(pk=account_id)
    try:
        with transaction.atomic():
            AccountUse.objects.create(account_id=account_id, hour=hour, **counts)
    except IntegrityError:
        rows.update(**more)  # another process was the first in this hour
    AccountUse.objects.filter(account_id=account_id, hour__lt=hour - KEPT).delete()


def _write_at_exit() -> None:
    with suppress(Exception):  # nobody is left to hear of it
        for account_id, tally in _taken(0.0).items():
            _write(account_id, tally)
        connection.close()


atexit.register(_write_at_exit)
os.register_at_fork(after_in_child=_tallies.clear)
