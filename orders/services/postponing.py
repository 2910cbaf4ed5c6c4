"""What waits for its vendor: edits that did not leave, and looks at those whose answer was lost.

Nothing of an edit that waits here has left, and it is as far as it was before anybody took it on: the whole sequence
begins again, with the order read anew. So it can neither be sent twice nor over what others changed meanwhile.
"""

import random
from datetime import datetime, timedelta

from django.conf import settings
from django.utils import timezone

from orders.models import Edit
from orders.services.holding import ASKED
from orders.services.transitions import move, note_on
from orders.states import State
from vendors.circuit import clock, reason_closed
from vendors.contract import Vendor
from vendors.errors import GateClosed, Unreachable
from vendors.models import WhenDown
from vendors.vitals import read_health

SHORTEST = 1.0  # seconds between two tries of an edit
LONGEST = 60.0
LONGEST_REST = timedelta(minutes=30)  # of an edit that no worker takes on, or that waits for the call before it
LONGEST_OUTAGE = timedelta(hours=24)  # after which a look that is kept back counts like one that failed


def put_off(edit: Edit, failure: Unreachable) -> bool:
    """Let the edit wait until its vendor is back, where its account wants that. False where it has to end now.

    Raises Superseded. An edit whose lock may have been granted without our knowing does not wait: the order would
    stay locked for as long.
    """
    now = timezone.now()
    if edit.account.when_down != WhenDown.HOLD or edit.hold == ASKED or now >= given_up_at(edit):
        return False
    columns = {
        "explanation": f"{failure.message} Nothing has been sent.",
        "next_at": min(now + _pause(edit, failure, now), given_up_at(edit)),
    }
    if was_put_off(edit) and edit.state == State.ACCEPTED:
        note_on(edit, busy_until=None, **columns)  # nothing was tried: no step to tell of
    else:
        move(edit, State.ACCEPTED, note=failure.message, release=True, **columns)
    return True


def was_put_off(edit: Edit) -> bool:
    """Whether an edit that has not been sent yet waits for its vendor: no other one has anything to explain."""
    return edit.state in {State.ACCEPTED, State.CHECKING} and bool(edit.explanation)


def given_up_at(edit: Edit) -> datetime:
    """Until when an edit waits for its vendor. Nobody should find a change made that they have long forgotten."""
    return edit.created_at + timedelta(seconds=settings.GIVE_UP_SECONDS)


def is_given_up(edit: Edit) -> bool:
    """Whether an edit of which nothing has left yet has waited as long as it may: for its vendor, or for anybody."""
    last = given_up_at(edit) if was_put_off(edit) else _forgotten_at(edit)
    return edit.state in {State.ACCEPTED, State.CHECKING} and timezone.now() >= last


def _forgotten_at(edit: Edit) -> datetime:
    """Until when an edit waits for a worker, or for the call before it."""
    return edit.created_at + max(timedelta(seconds=settings.GIVE_UP_SECONDS), LONGEST_REST)


def words_for_giving_up(edit: Edit) -> str:
    """What is said of an edit that waited in vain."""
    if not was_put_off(edit):
        return f"Nobody could take it on until {clock(_forgotten_at(edit))}. Nothing was sent."
    last = edit.explanation.removesuffix("Nothing has been sent.").strip()
    return f"{last} It was tried until {clock(given_up_at(edit))}. Nothing was sent."


def reason_to_wait(edit: Edit) -> GateClosed | None:
    """Why no call about this edit would go out now, without making one. One query."""
    return reason_closed(read_health(edit.account_id), edit.account.vendor_label, timezone.now())


def knock(edit: Edit, vendor: Vendor) -> None:
    """Before an order is locked at a vendor that was down, see whether it is back. Raises VendorError."""
    if vendor.holds and read_health(edit.account_id).is_open:
        vendor.ping()


def postpone_look(edit: Edit, closed: GateClosed) -> bool:
    """Look later at an edit whose answer was lost, without counting this look: nobody was asked. False after a day."""
    now = timezone.now()
    if edit.sent_at is not None and now - edit.sent_at > LONGEST_OUTAGE:
        return False
    next_at = now + _pause(edit, closed, now)
    if edit.state == State.UNKNOWN:
        note_on(edit, busy_until=None, next_at=next_at)
    else:
        words = f"{closed.message} So nobody has seen yet what became of the edit."
        move(edit, State.UNKNOWN, explanation=words, note=words, next_at=next_at, release=True)
    return True


def _pause(edit: Edit, failure: Unreachable, now: datetime) -> timedelta:
    """As long as the gate says, else the longer the longer it has taken already, with jitter either way."""
    if failure.retry_after is not None:
        seconds = max(failure.retry_after, SHORTEST) * random.uniform(1.0, 1.2)  # noqa: S311 - not a secret
    else:
        waited = (now - edit.created_at).total_seconds() / 2
        seconds = min(max(waited, SHORTEST), LONGEST) * random.uniform(0.5, 1.5)  # noqa: S311 - not a secret
    return timedelta(seconds=seconds)
