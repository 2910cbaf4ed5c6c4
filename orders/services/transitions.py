"""The only writer of an edit's state: one conditional update, one step in its history, in one transaction."""

from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from orders.models import Edit, Order, Step
from orders.services import leases
from orders.services.dealing import deal_with_earlier
from orders.states import NEXT, SUCCEEDED, Outcome, State
from vendors.characters import legible
from vendors.rows import insert, read, update

WORDS = frozenset({"explanation", "aftermath"})  # which may hold a vendor's words, with whatever is in them
TRIES = 5  # to claim an edit that others write to meanwhile; where they all fail, it is due still

# What others may change of an edit that nobody holds. Whoever claims it finds it as it was read.
_TELLING = ("id", "fence", "state", "busy_until", "next_at", "hold")


class Superseded(Exception):
    """Somebody else has taken the edit on in the meantime; whoever meets this writes nothing more about it."""


class InFlight(Exception):
    """Another edit of the same order is being sent or still unknown."""


def lease_from(now: datetime) -> datetime:
    """Until when whoever takes an edit on now may be at work on it; afterwards others may take it on."""
    return now + leases.length()


def claim(edit_id: int, *, now: datetime | None = None) -> Edit | None:
    """Take the edit on if it is due and nobody holds it. None where there is nothing to do.

    Where whoever held it before never let it go, that is counted in `takeovers`.
    """
    now = now or timezone.now()
    for _ in range(TRIES):
        edit = read(Edit, edit_id, "order", "account")
        if edit is None or not _is_due(edit, now):
            return None
        as_read = {name: getattr(edit, name) for name in _TELLING}
        claimed = {
            "fence": edit.fence + 1,
            "busy_until": lease_from(now),
            "takeovers": edit.takeovers + 1 if edit.busy_until else 0,
        }
        if update(Edit, as_read, claimed):
            for name, value in claimed.items():
                setattr(edit, name, value)
            edit.order.account = edit.account
            return edit
    return None


def _is_due(edit: Edit, now: datetime) -> bool:
    is_free = edit.busy_until is None or edit.busy_until < now
    return is_free and edit.is_live and edit.next_at is not None and edit.next_at <= now


def move(edit: Edit, to: State, *, note: str = "", release: bool = False, **columns: Any) -> None:
    """Bring the edit to another state, with these columns, and write it down; `release` lets others take it on.

    While the vendor's lock is still to be given back the edit stays ours, until `let_go`.
    Raises Superseded where the edit is no longer ours or no longer where we left it, InFlight where another edit of
    the same order is under way.
    """
    if to not in NEXT.get(State(edit.state), frozenset()) and to != edit.state:
        raise AssertionError(f"An edit cannot go from {edit.state} to {to}.")
    now = timezone.now()
    note = legible(note)
    columns |= {name: legible(columns[name]) for name in WORDS & set(columns)}
    if to != edit.state:
        columns["takeovers"] = 0
    if to in Outcome.values and to != State.UNKNOWN:
        columns |= {"concluded_at": now, "next_at": None}
        release = True
    if release and not edit.hold:
        columns["busy_until"] = None
    try:
        # Where another edit may be in flight, the database is asked; whatever else it refuses takes all with it.
        with transaction.atomic(savepoint=to == State.CHECKING):
            _update(edit, {"state": to, **columns})
            insert(Step, edit_id=edit.pk, at=now, state=to, note=note)
            if to in {State.APPLIED, State.ECHOED}:
                update(Order, {"id": edit.order_id}, {"edited_at": now})
            if to in SUCCEEDED:
                deal_with_earlier(edit=edit, landed=columns.get("landed") or edit.landed, at=now)
    except IntegrityError as wrong:
        if to != State.CHECKING:
            raise
        raise InFlight from wrong
    edit.state = to
    for name, value in columns.items():
        setattr(edit, name, value)


def let_go(edit: Edit) -> None:
    """Let others take the edit on, where it is still ours."""
    Edit.objects.filter(pk=edit.pk, fence=edit.fence).update(busy_until=None)
    edit.busy_until = None


def note_on(edit: Edit, **columns: Any) -> None:
    """Write columns of an edit that we hold, without changing its state. Raises Superseded."""
    _update(edit, columns)
    for name, value in columns.items():
        setattr(edit, name, value)


def _update(edit: Edit, columns: dict[str, Any]) -> None:
    if not update(Edit, {"id": edit.pk, "fence": edit.fence, "state": edit.state}, columns):
        raise Superseded
