"""What needs a person: edits that came to nothing, that nobody can settle or takes on, locks left behind, accounts.

An edit is on the list for one matter at a time, and leaves it by one plain rule: one that came to nothing (refused,
blocked, conflict, not sent, not applied) when somebody says that it is done, or when a later edit of the same order
succeeds with at least the same fields; one that is unknown when somebody has settled it; one that is stuck when it
is taken on; a lock when it is given back, or when somebody says that they saw to it at the vendor.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import cache
from typing import Any

from django.contrib.auth.models import User
from django.db import connection, transaction
from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.db.models.lookups import LessThan
from django.utils import timezone

from orders.models import Edit, Step, SyncRun
from orders.services.holding import ASKED, NEEDED
from orders.services.opening import IsOpen
from orders.states import FELL_THROUGH, LIVE, State
from vendors.health import trouble_of
from vendors.models import VendorAccount

STUCK_AFTER = timedelta(minutes=2)  # past due
LOCK_AFTER = timedelta(minutes=1)  # after the end of its edit
ASKED_AFTER = timedelta(minutes=5)  # of a lock that was asked for, and nobody knows whether it was granted
MOST_COUNTED = 99

_NOBODY = -1
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)
# The rules of `_trouble_of`, for the database.
_ACCOUNT_IN_TROUBLE = Q(enabled=True) & (
    Q(health__probe_at__isnull=False) | Q(health__refused_since__isnull=False) | Q(sync_error__gt="")
)


class Matter(StrEnum):
    """Why an edit needs a person."""

    UNKNOWN = "unknown"
    STUCK = "stuck"
    LOCK = "lock"
    FELL_THROUGH = "fell through"


@dataclass(frozen=True)
class AccountTrouble:
    """An account that does not work, since when, and what was said."""

    account: VendorAccount
    since: datetime
    words: str


def edits_needing_a_person(*, person: User, everybody: bool, now: datetime | None = None) -> QuerySet[Edit]:
    """This person's edits, or everybody's, that wait for a person to do something. Walks a partial index alone."""
    edits = Edit.objects.filter(IsOpen(), _needing_a_person(now or timezone.now()))
    return edits if everybody else edits.filter(author=person)


def matter_of(edit: Edit, now: datetime) -> Matter | None:
    """Why this edit needs a person, the most pressing first; None where it does not."""
    if edit.needs_settling:
        return Matter.UNKNOWN
    if edit.state in LIVE and edit.next_at and edit.next_at < now - STUCK_AFTER and not _is_held(edit, now):
        return Matter.STUCK
    if lock_left_since(edit, now) is not None:
        return Matter.LOCK
    return Matter.FELL_THROUGH if edit.state in FELL_THROUGH and edit.dealt_with_at is None else None


def lock_left_since(edit: Edit, now: datetime) -> datetime | None:
    """Since when a vendor's lock may be left behind by an edit that needs it no more; None where that is not so."""
    if not edit.hold or edit.state in NEEDED:
        return None
    since = edit.concluded_at or edit.sent_at or edit.created_at
    return since if since < now - (ASKED_AFTER if edit.hold == ASKED else LOCK_AFTER) else None


def forget_hold(*, edit: Edit, by: User) -> bool:
    """Take a lock that an edit left off the record, on the word of somebody who saw to it at the vendor.

    False where there is none (any more), or where the edit still needs it.
    """
    now = timezone.now()
    idle = Q(busy_until=None) | Q(busy_until__lt=now)
    left = Edit.objects.filter(idle, pk=edit.pk, hold=edit.hold).exclude(hold="").exclude(state__in=NEEDED)
    with transaction.atomic():
        forgotten = left.update(hold="")
        if forgotten:
            note = f"{by.get_username()} saw to the lock at {edit.account.vendor_label}."
            Step.objects.create(edit=edit, at=now, state=edit.state, note=note)
    return bool(forgotten)


def accounts_in_trouble() -> list[AccountTrouble]:
    """Every enabled account that is known not to work, each once, by name. One query."""
    return [trouble for account in _accounts().order_by("name") if (trouble := _trouble_of(account)) is not None]


def count_attention(*, person: User, everybody: bool) -> str:
    """How much needs this person, in words: "" for nothing, "99+" for more than that. One query, however much it is.

    Accounts count where everybody's edits do.
    """
    sql, marked = _counting(connection.vendor, everybody)
    with connection.cursor() as cursor:
        cursor.execute(sql, _unmarked(marked, person=person, now=timezone.now()))
        found: int = cursor.fetchone()[0]
    return "" if not found else f"{MOST_COUNTED}+" if found > MOST_COUNTED else str(found)


def _accounts() -> QuerySet[VendorAccount]:
    """All accounts, each with what `_trouble_of` has to know."""
    finished = SyncRun.objects.filter(account=OuterRef("pk"), finished_at__isnull=False).order_by("-started_at")
    return (
        VendorAccount.objects.select_related("health")
        .defer("pick_lists", "encrypted_credentials")
        .annotate(
            sync_error=Subquery(finished.values("error")[:1]), synced_at=Subquery(finished.values("finished_at")[:1])
        )
    )


def _trouble_of(account: Any) -> AccountTrouble | None:
    """What is wrong with an account of `_accounts`, the most pressing first."""
    trouble = trouble_of(account)
    if trouble is not None:
        return AccountTrouble(account, trouble.since, trouble.sentence)
    if account.enabled and account.sync_error:
        return AccountTrouble(account, account.synced_at, f"Its last sync ended with an error: {account.sync_error}")
    return None


@cache
def _counting(_vendor: str, everybody: bool) -> tuple[str, Sequence[Any]]:
    """The statement that counts, with marks in its parameters.

    Every page asks it, and to put it together anew would take longer than to find and show a page of orders.
    """
    nobody = User(pk=_NOBODY)
    # In the order of the page: otherwise SQLite may think of another index.
    edits = edits_needing_a_person(person=nobody, everybody=everybody, now=_NEVER).order_by("-created_at", "-id")
    counted: list[QuerySet[Any]] = [edits.values("pk")[: MOST_COUNTED + 1]]
    if everybody:
        counted.append(_accounts().filter(_ACCOUNT_IN_TROUBLE).order_by().values("pk"))
    parts = [query.query.get_compiler(connection=connection).as_sql() for query in counted]
    sql = " + ".join(f"(SELECT COUNT(*) FROM ({statement}) AS counted)" for statement, _ in parts)  # noqa: S608
    return f"SELECT {sql}", [value for _, values in parts for value in values]


def _unmarked(marked: Sequence[Any], *, person: User, now: datetime) -> list[Any]:
    """The parameters with this person and this moment in the places of nobody and never."""
    stored = connection.ops.adapt_datetimefield_value
    ages = (timedelta(), STUCK_AFTER, LOCK_AFTER, ASKED_AFTER)
    meant: dict[Any, Any] = {stored(_NEVER - age): stored(now - age) for age in ages} | {_NOBODY: person.pk}
    return [meant.get(value, value) for value in marked]


def _needing_a_person(now: datetime) -> Q:
    """The rules of `matter_of`, for the database."""
    waiting = Q(state=State.UNKNOWN, next_at=None)
    nobody_has_it = Q(busy_until=None) | Q(busy_until__lt=now)
    stuck = nobody_has_it & Q(state__in=LIVE, next_at__lt=now - STUCK_AFTER)
    fell_through = Q(state__in=FELL_THROUGH, dealt_with_at=None)
    return waiting | stuck | fell_through | _lock_left(now)


def _lock_left(now: datetime) -> Q:
    """The rules of `lock_left_since`."""
    granted = ~Q(hold=ASKED) & _ended_before(now - LOCK_AFTER)
    asked = Q(hold=ASKED) & _ended_before(now - ASKED_AFTER)
    return ~Q(hold="") & ~Q(state__in=NEEDED) & (granted | asked)


def _ended_before(moment: datetime) -> Q:
    return Q(LessThan(Coalesce("concluded_at", "sent_at", "created_at"), moment))


def _is_held(edit: Edit, now: datetime) -> bool:
    return edit.busy_until is not None and edit.busy_until >= now
