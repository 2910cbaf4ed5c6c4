"""The vendor's lock on an order while an edit is made: asked for on record, stored before use, always given back."""

import structlog
from django.conf import settings
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from orders.models import Edit
from orders.services.opening import IsOpen
from orders.services.pausing import Key, Pauses
from orders.services.transitions import Superseded, lease_from, note_on
from orders.states import State
from vendors.contract import Vendor
from vendors.errors import AccountRefused, GateClosed, Issue, OrderGone, Rejected, Unreachable, VendorError
from vendors.secrets import SecretUnreadable
from vendors.transport import begun_before

log = structlog.get_logger(__name__)

NEEDED = (State.ACCEPTED, State.CHECKING, State.SENDING, State.LOOKING)  # whoever takes the edit on sees to its lock
ASKED = "asked"  # on record before the vendor is asked: from then on the order may be locked by us

FIRST_PAUSE = 2.0  # seconds after which a lock is tried again that was not given back; then twice as many, and so on
LONGEST_PAUSE = 300.0
LONGEST_OF_ACCOUNT = 30.0  # where its vendor cannot be reached
AT_ONCE = 100  # locks that are given back in one pass
MOST_LEFT = 10_000  # locks that are looked at for those that are due

left_locks = Pauses[tuple[int, str]]()  # by the edit's key and what it has on record: another lock is another matter
away_accounts = Pauses[int]()  # by the account's key


def take_hold(*, edit: Edit, vendor: Vendor) -> None:
    """Lock the order at its vendor, where the vendor wants that. The id is in `edit.hold`, and stored, before any use.

    Raises VendorError where the lock is not to be had. A lost answer is asked for once more: whoever holds the order
    now may be ourselves.
    """
    if not vendor.holds:
        return
    asked_before = edit.hold == ASKED
    if edit.hold and not asked_before:
        _give_back_earlier(edit, vendor)
    until = lease_from(timezone.now())
    note_on(edit, hold=ASKED, busy_until=until)
    try:
        with begun_before(until):
            hold = _ask(edit, vendor)
    except AccountRefused:
        raise  # no word about the lock: it stays on record as asked for
    except Unreachable as lost:
        if not lost.sent and not asked_before:
            note_on(edit, hold="")
        raise
    except VendorError as refusal:
        if asked_before:
            raise Rejected([_perhaps_ours(refusal)], answer=refusal.answer) from refusal
        note_on(edit, hold="")
        raise
    try:
        note_on(edit, hold=hold)
    except Superseded:
        _give_back_unrecorded(edit, vendor, hold)
        raise


def release_hold(*, edit: Edit, vendor: Vendor) -> None:
    """Give the lock back. A failure changes nothing about the edit: the id stays on record and is tried again."""
    if edit.hold in {"", ASKED}:
        return
    try:
        _give_back(edit, vendor)
    except VendorError as failure:
        log.warning("hold_not_released", edit=edit.pk, reason=type(failure).__name__)


def release_left_holds() -> int:
    """Give back every lock that an edit has on record and needs no more. Returns how many were given back.

    An edit whose answer was lost needs it no more either: it is only looked at from then on. One that waits for its
    vendor asks for a new one. Of a vendor that cannot be reached, one lock is enough to find that out. What fails is
    tried again later and later: while somebody there has locked the order, each question is one in vain.
    """
    released = 0
    away: set[int] = set()
    for edit in _due(_left()):
        if edit.account_id in away:
            continue
        lock = edit.pk, edit.hold
        _begin_pause(left_locks, lock, LONGEST_PAUSE)  # before the try: whatever it meets, others have their turn
        try:
            released += _release_left(edit)
        except (VendorError, SecretUnreadable) as failure:
            log.warning("hold_not_released", edit=edit.pk, reason=type(failure).__name__)
            if isinstance(failure, Unreachable) and failure.down:
                away.add(edit.account_id)
                _begin_pause(away_accounts, edit.account_id, LONGEST_OF_ACCOUNT)
                continue
        else:
            left_locks.forget(lock)
        away_accounts.forget(edit.account_id)
    return released


def _left() -> QuerySet[Edit]:
    """The edits that have a lock on record that they need no more, but for those whose vendor is away."""
    now = timezone.now()
    idle = Q(busy_until=None) | Q(busy_until__lt=now)
    unneeded = ~Q(state__in=NEEDED) | (Q(state=State.ACCEPTED, next_at__gt=now) & ~Q(hold=ASKED))
    left = Edit.objects.filter(IsOpen(), idle, unneeded).exclude(hold="")
    return left.exclude(account_id__in=away_accounts.running())


def _due(left: QuerySet[Edit]) -> list[Edit]:
    """Those of them whose pause is over, so many as are tried at once."""
    paused = left_locks.running()
    # In the order of the index of open edits, or SQLite would walk through all that ever were.
    locks = left.order_by("-created_at", "-id").values_list("pk", "hold")[:MOST_LEFT]
    due = [lock[0] for lock in locks if lock not in paused]
    if not due:
        return []
    return list(left.filter(pk__in=due[:AT_ONCE]).select_related("order", "account").order_by("pk"))


def _begin_pause(pauses: Pauses[Key], what: Key, longest: float) -> None:
    """The pauses are made for a vendor that may still lock an order a minute later; a faster one is asked sooner."""
    quiet = float(settings.QUIET_SECONDS)
    pauses.begin(what, first=min(FIRST_PAUSE, quiet), longest=min(longest, 5 * quiet))


def _release_left(edit: Edit) -> bool:
    """Whether the lock of this edit was given back. One process at a time tries: each question may lock the order."""
    until = lease_from(timezone.now())
    unchanged = Edit.objects.filter(pk=edit.pk, fence=edit.fence, state=edit.state, busy_until=edit.busy_until)
    if not unchanged.update(fence=F("fence") + 1, busy_until=until):
        return False
    edit.fence += 1
    try:
        with begun_before(until):
            vendor = edit.account.connect()
            if edit.hold == ASKED:
                _adopt(edit, vendor)
            _give_back(edit, vendor)
    except Superseded:
        return False
    except OrderGone:
        _put_on_record(edit, "")
    finally:
        Edit.objects.filter(pk=edit.pk, fence=edit.fence).update(busy_until=None)
    return True


def _give_back(edit: Edit, vendor: Vendor) -> None:
    """Raises VendorError where the order may still be locked: the id stays on record."""
    try:
        vendor.release(edit.order.vendor_id, edit.hold)
    except OrderGone:
        pass  # and its lock with it
    except VendorError as failure:
        if failure.lock:
            _put_on_record(edit, failure.lock)
        raise
    _put_on_record(edit, "")


def _give_back_unrecorded(edit: Edit, vendor: Vendor, hold: str) -> None:
    """Give back a lock that came when the edit was no longer ours: nobody else knows its id."""
    try:
        vendor.release(edit.order.vendor_id, hold)
    except VendorError as failure:
        log.warning("hold_not_released", edit=edit.pk, reason=type(failure).__name__)
        _leave_on_record(edit, failure.lock or hold)


def _leave_on_record(edit: Edit, hold: str) -> None:
    """For whoever gives back what is left. Not where somebody asks for a lock just now: they are told of this one.

    An order has one lock. Another one on record is the same, or is gone already and about to be forgotten.
    """
    Edit.objects.filter(pk=edit.pk).exclude(hold=ASKED).update(hold=hold)


def _give_back_earlier(edit: Edit, vendor: Vendor) -> None:
    """Give back what whoever began this edit before us has left behind. Raises Unreachable where that fails."""
    try:
        _give_back(edit, vendor)
    except GateClosed:
        raise
    except VendorError as failure:
        words = f"{vendor.label} did not take back the lock that an earlier try had left behind."
        down = isinstance(failure, Unreachable) and failure.down
        raise Unreachable(words, sent=False, answer=failure.answer, down=down) from failure


def _put_on_record(edit: Edit, lock: str) -> None:
    """This lock, or none, in place of the one on record, unless somebody else has changed that meanwhile."""
    Edit.objects.filter(pk=edit.pk, hold=edit.hold).update(hold=lock)
    edit.hold = lock


def _ask(edit: Edit, vendor: Vendor) -> str:
    try:
        return vendor.take(edit.order.vendor_id)
    except Unreachable as lost:
        if not lost.sent:
            raise
    try:
        return vendor.take(edit.order.vendor_id)
    except Rejected as refusal:
        raise Unreachable(str(_perhaps_ours(refusal)), sent=True, answer=refusal.answer) from refusal
    except (Unreachable, AccountRefused) as failure:
        raise Unreachable(failure.message, sent=True, answer=failure.answer) from failure


def _adopt(edit: Edit, vendor: Vendor) -> None:
    """Nobody knows whether our request for the lock was granted. Asking again tells: a grant is then given back.

    Raises Superseded where the answer came so late that somebody else has seen to it: the lock may be theirs by now.
    """
    hold = vendor.take(edit.order.vendor_id)
    if not Edit.objects.filter(pk=edit.pk, hold=ASKED).update(hold=hold):
        _leave_on_record(edit, hold)  # it is theirs, or was granted after they had given back their own
        raise Superseded
    edit.hold = hold


def _perhaps_ours(refusal: VendorError) -> Issue:
    return Issue(message=f"{refusal.message} The order may be locked by our own request, whose answer was lost.")
