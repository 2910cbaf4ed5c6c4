"""What came of an edit that may have had an effect: look at the order, compare, and say so only when it is certain."""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.utils import timezone

from orders.models import Edit, Revision
from orders.services.comparing import NO, NOT_SHOWN, OTHER, YES, cleaned_changes, compare_after_sending, verdicts
from orders.services.looking import look_again
from orders.services.postponing import postpone_look
from orders.services.transitions import move
from orders.states import State
from vendors.contract import Raw, Vendor
from vendors.errors import GateClosed, OrderGone, VendorError
from vendors.secrets import SecretUnreadable

AGAIN = "You can make the edit again."  # said of one that was looked for in vain


def conclude_by_looking(edit: Edit) -> None:
    """Look at the order and conclude the edit, or leave it unknown and say when it is looked at again.

    The order as the vendor's own answer carried it is no look: it may show a change that was never kept.
    """
    before = before_sending(edit)
    try:
        vendor = edit.account.connect()
        order = look_again(order=edit.order, vendor=vendor, edit=edit)
    except OrderGone as gone:
        _judge_gone(edit, gone)
        return
    except (VendorError, SecretUnreadable) as failure:
        if isinstance(failure, GateClosed) and postpone_look(edit, failure):
            return
        wait_or_ask(edit, {}, f"The order could not be read to see what became of the edit: {failure}")
        return
    landed = compare_after_sending(vendor, before, order.raw, cleaned_changes(vendor, before, edit))
    aftermath = vendor.aftermath(before, order.raw)
    _judge(edit, vendor, landed, aftermath)


def _judge_gone(edit: Edit, gone: OrderGone) -> None:
    """There is no order to look at. After a no for that very reason, if it stays so; after anything else it is no sign.

    One look alone is not believed: a vendor that says no to what it does may say as well that there is nothing. After
    a no for another reason the order may have been changed all the same, before it went.
    """
    if _said(edit) == "no" and (edit.answer or {}).get("gone") and not _looks_left(edit):
        move(edit, State.REFUSED, explanation=f"{_message(edit)} The order is gone: {gone.message}")
    else:
        words = "The order is gone, so nobody can see what became of the edit."
        showed = str((edit.answer or {}).get("aftermath", ""))
        wait_or_ask(edit, {}, f"{gone.message} {words} {f'By the answer: {showed}' if showed else ''}".strip())


def _judge(edit: Edit, vendor: Vendor, landed: dict[str, dict[str, str]], aftermath: str) -> None:
    said = _said(edit)
    found = verdicts(landed)
    columns: dict[str, Any] = {"landed": landed, "aftermath": aftermath}
    if found == {NOT_SHOWN}:
        _judge_unseen(edit, vendor, said, columns)
    elif found <= {YES, NOT_SHOWN}:
        move(edit, State.APPLIED, explanation=_applied(vendor, said), **columns)
    elif said == "no" and found <= {NO, NOT_SHOWN}:
        move(edit, State.REFUSED, explanation=_message(edit), **columns)
    elif found <= {NO, NOT_SHOWN}:
        yes = " although it said yes" if said == "yes" else ""
        lost = _message(edit) + " " if said == "nothing" else ""
        _wait_or_settle(edit, columns, f"{lost}{vendor.label} does not show the change{yes}.")
    else:
        _judge_part(edit, vendor, landed, columns)


def _judge_unseen(edit: Edit, vendor: Vendor, said: str, columns: dict[str, Any]) -> None:
    """The vendor never shows these fields: its answer is all there is."""
    echoed = set((edit.answer or {}).get("echoed", ()))
    if said == "yes" and (not echoed or echoed >= set(edit.changes)):
        move(edit, State.ECHOED, explanation=f"{vendor.label} said yes and does not show this value.", **columns)
    elif said == "no":
        move(edit, State.REFUSED, explanation=_message(edit), **columns)
    else:
        why = str((edit.answer or {}).get("message", ""))
        words = f"{why} {vendor.label} does not show this value: check it in its own panel."
        ask_a_person(edit, columns, words.strip())


def _judge_part(edit: Edit, vendor: Vendor, landed: dict[str, dict[str, str]], columns: dict[str, Any]) -> None:
    """Some of it landed, or the order says something that neither was there nor was asked for."""
    if _looks_left(edit):
        _wait(edit, columns, f"{vendor.label} does not show all of the change yet.")
        return
    here, missing, odd = (_labels(edit, landed, verdict) for verdict in (YES, NO, OTHER))
    strange = f"{vendor.label} shows something else for {odd}: check who changed it." if odd else ""
    if here and (_said(edit) != "nothing" or not odd):
        parts = [f"Applied in part: {here}.", f"Not applied: {missing}." if missing else "", strange]
        move(edit, State.APPLIED, explanation=" ".join(filter(None, parts)), **columns)
    else:
        # What stands there now may have been written over ours: that it arrived cannot be told, nor that it did not.
        parts = [strange, f"As asked: {here}." if here else "", f"As before: {missing}." if missing else ""]
        ask_a_person(edit, columns, " ".join(filter(None, parts)))


def _wait_or_settle(edit: Edit, columns: dict[str, Any], why: str) -> None:
    if _looks_left(edit):
        _wait(edit, columns, why)
    else:
        move(edit, State.NOT_APPLIED, explanation=f"{why} {AGAIN}", **columns)


def wait_or_ask(edit: Edit, columns: dict[str, Any], why: str) -> None:
    """Leave the edit unknown: to be looked at again, or where that was done often enough, for a person.

    A look at which nothing could be seen tells nothing. It is made up for, as long as there were not twice as many
    looks as there should be.
    """
    if edit.looks < 2 * len(settings.RECHECK_SECONDS):
        _wait(edit, columns, why)
    else:
        ask_a_person(edit, columns, why)


def _looks_left(edit: Edit) -> bool:
    return edit.looks < len(settings.RECHECK_SECONDS)


def _wait(edit: Edit, columns: dict[str, Any], why: str) -> None:
    pause = timedelta(seconds=settings.RECHECK_SECONDS[min(edit.looks, len(settings.RECHECK_SECONDS) - 1)])
    move(
        edit,
        State.UNKNOWN,
        explanation=why,
        note=why,
        looks=edit.looks + 1,
        next_at=timezone.now() + pause,
        release=True,
        **columns,
    )


def ask_a_person(edit: Edit, columns: dict[str, Any], why: str) -> None:
    """Leave the edit unknown, for a person to settle."""
    move(edit, State.UNKNOWN, explanation=why, note=why, next_at=None, release=True, **columns)


def before_sending(edit: Edit) -> Raw:
    """The document as it was read just before the send."""
    if edit.sent_revision in {None, edit.order.revision}:
        return dict(edit.order.raw)
    kept = Revision.objects.filter(order=edit.order_id, number=edit.sent_revision).first()
    return dict(kept.raw if kept else edit.order.raw)


def _applied(vendor: Vendor, said: str) -> str:
    match said:
        case "yes":
            return "Applied."
        case "no":
            return f"{vendor.label} reported an error, but the change is there."
    return "No answer came, but the change is there: applied."


def _labels(edit: Edit, landed: dict[str, dict[str, str]], verdict: str) -> str:
    """The fields of this verdict, as people call them."""
    return ", ".join(edit.changes[name]["label"] for name, each in landed.items() if each["landed"] == verdict)


def _said(edit: Edit) -> str:
    """What the vendor answered: yes, no or nothing that can be relied on."""
    return str((edit.answer or {}).get("said", "nothing"))


def _message(edit: Edit) -> str:
    return str((edit.answer or {}).get("message", "")) or "Refused without a reason."
