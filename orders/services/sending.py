"""The sequence of an edit, written once for all vendors: check, hold, read, compare, send, look, conclude.

Each effect outside this machine is preceded by a committed record of the intention. Only what provably did not leave
is called not sent; everything unforeseen between the send and its answer is unknown, and is settled by looking.
"""

from contextlib import suppress
from datetime import timedelta

import structlog
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import InterfaceError, OperationalError
from django.utils import timezone

from config.permissions import person_with_permissions
from orders.models import Edit, Order, Revision
from orders.services import leases
from orders.services.attempts import begin_attempt, end_attempt, what_was_said
from orders.services.comparing import applied_since, cleaned_changes, compare_before_sending, saved_values
from orders.services.concluding import conclude_by_looking, wait_or_ask
from orders.services.drafting import Seen
from orders.services.following import (
    BEHIND_ANOTHER,
    stops_followers,
    time_behind,
    unfinished_before,
    why_stopped,
    withdraw_followers,
)
from orders.services.giving_up import give_up, is_deadly
from orders.services.holding import ASKED, release_hold, release_left_holds, take_hold
from orders.services.looking import look_again
from orders.services.postponing import is_given_up, knock, put_off, reason_to_wait, words_for_giving_up
from orders.services.tracing import trace_changes, words_for_conflict
from orders.services.transitions import InFlight, Superseded, claim, lease_from, let_go, move, note_on
from orders.states import State
from vendors.contract import Changes, Raw, Reply, Request, Vendor
from vendors.errors import AccountRefused, Answer, OrderGone, Rejected, Unreachable, VendorError
from vendors.rows import read
from vendors.secrets import SecretUnreadable
from vendors.transport import begun_before

log = structlog.get_logger(__name__)


def advance_edit(edit_id: int) -> Edit:
    """Take the edit as far as it goes now, if it is due and nobody else holds it. Returns it as it is afterwards."""
    edit = claim(edit_id)
    if edit is not None:
        with leases.held(edit):
            is_ours = _advance_or_survive(edit)
        if edit.busy_until is not None:
            let_go(edit)
        if is_ours and not edit.is_live:
            return edit  # it has ended, as nobody but us has written down
    now = read(Edit, edit_id, "order", "account")
    if now is None:
        raise Edit.DoesNotExist(f"There is no edit {edit_id}.")
    return now


def _advance_or_survive(edit: Edit) -> bool:
    """True where the edit was ours to the end."""
    try:
        _advance(edit)
    except Superseded:
        log.info("edit_superseded", edit=edit.pk)
        return False
    except (OperationalError, InterfaceError):
        raise  # the database is away: the row says how far the edit was, for whoever takes it on next
    except Exception as surprise:
        log.exception("edit_failed", edit=edit.pk)
        return _survive(edit, surprise)
    return True


def _advance(edit: Edit) -> None:
    match edit.state:
        case _ if is_deadly(edit):
            give_up(edit)
        case State.ACCEPTED | State.CHECKING:
            _check_and_send(edit)
        case State.SENDING:
            # Whoever began the send did not live to tell. It may have been applied: never send again, look.
            _lose_answer(edit, "The desk stopped while the edit was being sent.")
            let_go(edit)
            release_left_holds()
        case State.LOOKING | State.UNKNOWN:
            conclude_by_looking(edit)
    if stops_followers(edit):
        withdraw_followers(edit, why_stopped(edit))


def _survive(edit: Edit, surprise: Exception) -> bool:
    """An error of our own outside of the send: conclude what is certain, put off what is not. False if not ours."""
    why = f"The desk met an error of its own ({type(surprise).__name__})."
    try:
        if edit.state in {State.ACCEPTED, State.CHECKING}:
            move(edit, State.NOT_SENT, explanation=f"{why} Nothing was sent.")
        elif edit.state == State.SENDING:
            _lose_answer(edit, why)
        elif edit.is_live:
            wait_or_ask(edit, {}, why)
    except Superseded:
        return False
    return True


def _check_and_send(edit: Edit) -> None:
    earlier = unfinished_before(edit)
    if earlier is not None and stops_followers(earlier):
        move(edit, State.WITHDRAWN, explanation=why_stopped(earlier), note=why_stopped(earlier))
        return
    if is_given_up(edit):
        move(edit, State.NOT_SENT, explanation=words_for_giving_up(edit))
        return
    if earlier is not None:
        note_on(edit, busy_until=None, next_at=time_behind(earlier))
        return
    closed = reason_to_wait(edit)
    if closed is not None:
        _conclude_unsent(edit, closed)
        return
    try:
        move(edit, State.CHECKING)
    except InFlight:
        note_on(edit, busy_until=None, next_at=timezone.now() + BEHIND_ANOTHER)
        return
    reason = _reason_not_to_start(edit)
    if reason:
        move(edit, State.BLOCKED, explanation=reason)
        return
    try:
        vendor = edit.account.connect()
        knock(edit, vendor)
        take_hold(edit=edit, vendor=vendor)
        try:
            _read_compare_send(edit, vendor)
        finally:
            _give_back(edit, vendor)
    except SecretUnreadable as wrong:
        move(edit, State.NOT_SENT, explanation=str(wrong))
    except VendorError as failure:
        # Only what happens before the send comes out to here; the lock has been given back by now, or is on record.
        _conclude_unsent(edit, failure)


def _give_back(edit: Edit, vendor: Vendor) -> None:
    """Give the vendor's lock back, if the edit is still ours: whoever has taken it on since sees to that.

    A question about a lock that comes too late could lock the order again.
    """
    if edit.hold in {"", ASKED}:
        return
    until = lease_from(timezone.now())
    with suppress(Superseded):
        note_on(edit, busy_until=until)
        with begun_before(until):
            release_hold(edit=edit, vendor=vendor)


def _reason_not_to_start(edit: Edit) -> str:
    author = person_with_permissions(edit.author_id)
    if author is None or not author.has_perm("orders.edit_order"):
        return f"{edit.author_name} may no longer edit orders."
    if not edit.account.enabled:
        return f"The account {edit.account.name} was disabled before the edit was sent."
    return ""


def _read_compare_send(edit: Edit, vendor: Vendor) -> None:
    """Raises VendorError, before anything is sent."""
    seen = _seen(edit)
    order = edit.order = look_again(order=edit.order, vendor=vendor)
    try:
        changes = cleaned_changes(vendor, order.raw, edit)
        applied = applied_since(edit) if order.digest != seen.digest else []
        own = saved_values(vendor, order.raw, edit, applied)
        compared = compare_before_sending(vendor, seen.raw, order.raw, changes, own)
    except KeyError as gone:
        move(edit, State.CONFLICT, explanation=f"The order no longer has the field {gone.args[0]}.")
        return
    reasons = [vendor.reason_against(order.raw, name) for name in compared.to_send or changes]
    if any(reasons):
        move(edit, State.BLOCKED, explanation=" ".join(dict.fromkeys(filter(None, reasons))))
        return
    if compared.conflicts:
        traces = trace_changes(
            vendor=vendor, order=order, since=edit.base_revision, names=compared.conflicts, applied=applied
        )
        conflict = {name: {**values, **traces[name]} for name, values in compared.conflicts.items()}
        explanation = f"{words_for_conflict(vendor, conflict)} Nothing was sent."
        move(edit, State.CONFLICT, conflict=conflict, explanation=explanation)
        return
    if not compared.to_send:
        move(edit, State.NO_CHANGE, explanation=f"{vendor.label} already has these values. Nothing was sent.")
        return
    _refuse_or_send(edit, vendor, order.raw, compared.to_send)


def _refuse_or_send(edit: Edit, vendor: Vendor, raw: Raw, changes: Changes) -> None:
    new_warnings = [each for each in vendor.warnings_for(raw, changes) if each not in edit.cautions]
    problems = vendor.problems(raw, changes)
    if new_warnings or problems:
        move(edit, State.BLOCKED, explanation=" ".join([*problems.values(), *new_warnings]))
        return
    try:
        request = vendor.request(raw, changes)
    except (ValueError, ValidationError) as wrong:
        move(edit, State.BLOCKED, explanation=str(wrong))
        return
    vendor.http.gate.reserve()  # from here on the desk itself does not keep it back any more
    _send(edit, vendor, request)


def _send(edit: Edit, vendor: Vendor, request: Request) -> None:
    until = begin_attempt(edit, request)
    try:
        with begun_before(until):
            reply = vendor.send(request, edit.hold)
    except Unreachable as failure:
        if failure.sent:
            _lose_answer(edit, failure.message, failure.answer)
        else:
            end_attempt(edit, "not sent", None, State.NOT_SENT, explanation=f"{failure.message} Nothing was sent.")
    except (Rejected, AccountRefused, OrderGone) as refusal:
        stored = what_was_said("no", refusal.message, refusal.answer, getattr(refusal, "issues", ()))
        stored |= {"gone": True} if isinstance(refusal, OrderGone) else {}
        end_attempt(edit, "refused", refusal.answer, State.LOOKING, answer=stored, next_at=timezone.now())
        conclude_by_looking(edit)
    except Exception as surprise:
        log.exception("send_failed", edit=edit.pk)
        _lose_answer(edit, f"The desk met an error of its own while sending ({type(surprise).__name__}).")
    else:
        _accept_answer(edit, reply)


def _accept_answer(edit: Edit, reply: Reply) -> None:
    """The vendor said yes: write it down, then look at the order, because an answer proves nothing."""
    warnings = " ".join(str(issue) for issue in reply.warnings)
    stored = what_was_said("yes", warnings, reply.answer, reply.warnings)
    if reply.echoed:
        stored["echoed"] = sorted(reply.echoed)
    if reply.found and (aftermath := edit.account.adapter().aftermath(edit.order.raw, reply.found.raw)):
        stored["aftermath"] = aftermath  # told where the order itself cannot be read any more
    end_attempt(edit, "accepted", reply.answer, State.LOOKING, answer=stored, next_at=timezone.now())
    conclude_by_looking(edit)


def _lose_answer(edit: Edit, why: str, answer: Answer | None = None) -> None:
    """Nobody knows whether the change was made. Wait until the vendor can no longer apply it, then look."""
    end_attempt(
        edit,
        "unknown",
        answer,
        State.UNKNOWN,
        answer=what_was_said("nothing", why, answer),
        explanation=why,
        next_at=timezone.now() + timedelta(seconds=settings.QUIET_SECONDS),
        release=True,
        note=why,
    )


def _conclude_unsent(edit: Edit, failure: VendorError) -> None:
    """A failure before the send: nothing has left that could change the order."""
    match failure:
        case Unreachable(down=True) if put_off(edit, failure):
            log.info("edit_put_off", edit=edit.pk)
        case OrderGone():
            Order.objects.filter(pk=edit.order_id, gone_at=None).update(gone_at=timezone.now())
            move(edit, State.CONFLICT, explanation=f"{failure.message} The order is gone; nothing was sent.")
        case Rejected():
            move(
                edit,
                State.REFUSED,
                answer=what_was_said("no", failure.message, failure.answer, failure.issues),
                explanation=failure.message,
            )
        case _:
            move(
                edit,
                State.NOT_SENT,
                answer=what_was_said("nothing", failure.message, failure.answer),
                explanation=f"{failure.message} Nothing was sent.",
            )


def _seen(edit: Edit) -> Seen:
    if edit.order.revision == edit.base_revision:
        return Seen(edit.base_revision, edit.base_digest, edit.order.raw)
    kept = Revision.objects.get(order=edit.order_id, number=edit.base_revision)
    return Seen(edit.base_revision, edit.base_digest, kept.raw)
