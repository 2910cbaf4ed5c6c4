"""What came of an edit, for the people who wait for it: a verb first, then field by field, then what to do next."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.models import User
from django.utils import timezone

from orders.models import Edit
from orders.presentation.landing import Dispute, FieldOutcome, disputes_of, fields_of
from orders.presentation.relation import Relation, relations_of
from orders.services.concluding import AGAIN
from orders.services.dealing import answers_for
from orders.services.holding import ASKED
from orders.services.postponing import given_up_at, was_put_off
from orders.services.reverting import may_revert
from orders.services.workers import anybody_works
from orders.states import BY_HAND, FELL_THROUGH, State
from orders.templatetags.desk import hue
from vendors.characters import legible
from vendors.circuit import clock

_VERBS = {
    State.ACCEPTED: "Going out.",
    State.CHECKING: "Checking: reading the order before anything is sent.",
    State.SENDING: "Sending.",
    State.LOOKING: "Answered: looking at what the order says now.",
    State.UNKNOWN: "Unknown.",
    State.APPLIED: "Applied.",
    State.ECHOED: "Confirmed by the answer only.",
    State.NO_CHANGE: "Nothing to change.",
    State.REFUSED: "Refused by {vendor}:",
    State.BLOCKED: "Blocked:",
    State.CONFLICT: "Conflict:",
    State.NOT_SENT: "Not sent:",
    State.NOT_APPLIED: "Not applied:",
    State.WITHDRAWN: "Taken back.",
}
PATIENCE = timedelta(seconds=3)  # an edit that is due for longer than this may lack a worker
NO_WORKER = "Nothing is being sent: no worker is running. An administrator starts it with manage.py work."
CAN_BE_MADE_AGAIN = {
    State.REFUSED,
    State.BLOCKED,
    State.CONFLICT,
    State.NOT_SENT,
    State.NOT_APPLIED,
    State.WITHDRAWN,
}


@dataclass(frozen=True, kw_only=True)
class Card:
    """What a page says about one edit. `due` is when it is taken on next; `polls` whether the page is to ask again.

    `waits_for` is what a page that polls waits for, in words. `stamp` changes whenever the card says something else.
    `relations` are the edits that it reverts or is reverted by.
    """

    edit: Edit
    hue: str
    verb: str
    sentence: str
    next_step: str
    fields: Sequence[FieldOutcome]
    disputes: Sequence[Dispute]
    aftermath: str
    due: datetime | None
    polls: bool
    waits_for: str
    can_withdraw: bool
    can_be_made_again: bool
    can_resolve: bool
    can_revert: bool
    can_deal: bool
    stamp: str
    relations: Sequence[Relation]

    @property
    def at(self) -> datetime:
        """When the edit was made."""
        return self.edit.created_at

    @property
    def word(self) -> str:
        """The outcome, or the state, in a word or two."""
        return word_of(self.edit)

    @property
    def waits_for_vendor(self) -> bool:
        """Whether the edit waits for a vendor that is down, and not for its time to be taken back to pass."""
        return self.edit.state == State.ACCEPTED and was_put_off(self.edit)

    @property
    def tells_when(self) -> bool:
        """Whether it says under its heading when something happens next."""
        return self.due is not None and (self.edit.state == State.UNKNOWN or self.waits_for_vendor)

    @property
    def takes_all_back(self) -> bool:
        """Whether taking it back leaves nothing of its submission that would still go out."""
        return self.edit.part == 0

    @property
    def undisputed(self) -> list[FieldOutcome]:
        """The fields of a conflict that only the author of the edit changed."""
        disputed = {each.name for each in self.disputes}
        return [each for each in self.fields if each.name not in disputed]

    @property
    def listed(self) -> list[FieldOutcome]:
        """The fields that stand in the card's own table."""
        return self.undisputed if self.disputes else list(self.fields)

    @property
    def lock_left(self) -> str:
        """That the vendor's lock on the order is still to be given back, or "" where none is."""
        if not self.edit.hold or (self.edit.is_live and self.edit.state != State.UNKNOWN):
            return ""
        vendor = self.edit.account.vendor_label
        if self.edit.hold == ASKED:
            return f"The order may still be locked at {vendor} by a request of ours whose answer was lost."
        return f"The order is still locked at {vendor} by this edit. The desk keeps trying to give the lock back."

    @property
    def remarks(self) -> list[str]:
        """What the vendor objected to or warned of without naming a field of this edit."""
        issues = (self.edit.answer or {}).get("issues", ())
        return [legible(str(issue["text"])) for issue in issues if issue["field"] not in self.edit.changes]

    @property
    def answer_message(self) -> str:
        """What the vendor said, in its words."""
        return legible(str((self.edit.answer or {}).get("message") or ""))

    @property
    def answer_text(self) -> str:
        """The vendor's answer as it came."""
        return legible(str((self.edit.answer or {}).get("text") or ""))


def hue_of(edit: Edit) -> str:
    """The name of the hue that goes with an edit's state: applied, refused, unknown, waiting or none."""
    return "unknown" if in_part(edit) or had_consequences(edit) else hue(edit.state)


def word_of(edit: Edit) -> str:
    """The outcome, or the state, in a word or two."""
    return "applied in part" if in_part(edit) else str(State(edit.state).label)


def in_part(edit: Edit) -> bool:
    """Whether the order shows some of what was asked for and something else for the rest."""
    return landed_in_part(edit.state, edit.landed or {}, edit.explanation)


def had_consequences(edit: Edit) -> bool:
    """Whether more became of the order than was asked for, such as its cancelation: that is no plain yes."""
    return brought_more(edit.state, edit.aftermath)


def landed_in_part(state: str, landed: Mapping[str, Any], explanation: str) -> bool:
    """`in_part`, for what is no model."""
    verdicts = {each["landed"] for each in landed.values()}
    return state == State.APPLIED and bool(verdicts & {"no", "other"}) and not explanation.startswith(BY_HAND)


def brought_more(state: str, aftermath: str) -> bool:
    """`had_consequences`, for what is no model."""
    return state in {State.APPLIED, State.ECHOED} and bool(aftermath)


def card_of(edit: Edit, person: User) -> Card:
    """The card of an edit as this person may see it."""
    vendor = edit.account.vendor_label
    waits_for = _waits_for(edit)
    verb = _verb(edit, vendor)
    return Card(
        edit=edit,
        hue=hue_of(edit),
        verb=verb,
        sentence=_sentence(edit, verb),
        next_step=_next_step(edit, vendor),
        fields=fields_of(edit, person),
        disputes=disputes_of(edit, person),
        aftermath=legible(edit.aftermath),
        due=edit.next_at if edit.state in {State.ACCEPTED, State.UNKNOWN} and not waits_for else None,
        polls=edit.is_live and edit.next_at is not None,
        waits_for=waits_for,
        can_withdraw=edit.state == State.ACCEPTED and may_withdraw(edit, person),
        can_be_made_again=edit.state in CAN_BE_MADE_AGAIN and not edit.found_later and _may_edit(edit, person),
        can_resolve=edit.needs_settling and person.has_perm("orders.edit_order"),
        can_revert=may_revert(edit=edit, person=person) and _may_edit(edit, person),
        can_deal=edit.state in FELL_THROUGH and edit.dealt_with_at is None and answers_for(edit=edit, person=person),
        stamp=_stamp(edit, waits_for),
        relations=relations_of(edit),
    )


def may_withdraw(edit: Edit, person: User) -> bool:
    """Whether this person may take the edit back: its author, or somebody who answers for all of them."""
    return person.pk == edit.author_id or person.has_perm("orders.view_history")


def _verb(edit: Edit, vendor: str) -> str:
    if in_part(edit):
        return "Applied in part:"
    if edit.state == State.APPLIED and had_consequences(edit):
        return "Applied, with consequences:"
    if edit.state == State.ACCEPTED and was_put_off(edit):
        return "Waiting to be sent."
    return _VERBS[State(edit.state)].format(vendor=vendor)


def _sentence(edit: Edit, verb: str) -> str:
    """The explanation, as far as it says more than the verb."""
    if edit.state == State.CHECKING:
        return ""  # what an earlier try met
    said = legible(edit.explanation).strip()
    if edit.found_later:
        said = said.removesuffix(AGAIN).strip()
    plain = {verb.rstrip(".:"), verb.partition(",")[0]}
    return "" if said.rstrip(".") in plain else said.removeprefix("Applied in part: ")


def _next_step(edit: Edit, vendor: str) -> str:
    match edit.state:
        case State.ACCEPTED if was_put_off(edit):
            return f"If it cannot leave until {clock(given_up_at(edit))}, it ends as not sent."
        case State.UNKNOWN if edit.next_at is None:
            return f"Look in {vendor}’s own panel, and say here what you saw. Nothing is sent again by itself."
        case State.UNKNOWN:
            return "Do not make the edit again before this has settled: it may have been applied."
        case State.REFUSED:
            return "Correct the edit, or ask whoever looks after this account."
        case State.CONFLICT:
            if not edit.conflict:
                return ""
            return f"Untick what is to stay as {vendor} has it, then make the edit again over the order as it is now."
        case State.NOT_SENT:
            return "Nothing has changed. You can make the edit again."
        case State.APPLIED if in_part(edit):
            return "Look at what is missing, and make a new edit for it."
        case State.NOT_APPLIED if edit.found_later:
            return (
                f"{vendor} shows the value by now, and no other edit from here explains it: look who made the change."
            )
    return ""


def _may_edit(edit: Edit, person: User) -> bool:
    return edit.order.gone_at is None and edit.account.enabled and person.has_perm("orders.edit_order")


def _waits_for(edit: Edit) -> str:
    """What keeps an edit that is due: a worker is on the way to it, or there is none at all. "" where neither is so."""
    now = timezone.now()
    if not edit.is_live or edit.next_at is None or edit.next_at > now or (edit.busy_until and edit.busy_until > now):
        return ""
    if edit.next_at > now - PATIENCE or anybody_works():
        return "A worker takes it on next." if edit.state == State.ACCEPTED else ""
    return NO_WORKER


def _stamp(edit: Edit, waits_for: str) -> str:
    """An edit that waits behind another one says the same all the while: its card is announced once."""
    tells_time = edit.next_at is not None and (edit.state != State.ACCEPTED or was_put_off(edit))
    due = f"{edit.next_at:%H%M%S}" if tells_time else ""
    return "-".join(
        [edit.state, str(edit.looks), due, "waits" if waits_for else "", "alone" * (waits_for == NO_WORKER)]
    )
