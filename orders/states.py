"""The states of an edit, the words for them, and which may follow which."""

from django.db import models


class State(models.TextChoices):
    """Where an edit is. The second half are outcomes: once there, an edit stays there."""

    ACCEPTED = "accepted", "waiting to be sent"
    CHECKING = "checking", "being checked against the vendor"
    SENDING = "sending", "being sent"
    LOOKING = "looking", "answered, looking at the order"
    UNKNOWN = "unknown", "unknown"

    APPLIED = "applied", "applied"
    ECHOED = "echoed", "confirmed by the answer only"
    NO_CHANGE = "no_change", "nothing to change"
    REFUSED = "refused", "refused"
    BLOCKED = "blocked", "blocked by a rule"
    CONFLICT = "conflict", "conflict"
    NOT_SENT = "not_sent", "not sent"
    NOT_APPLIED = "not_applied", "not applied"
    WITHDRAWN = "withdrawn", "taken back"


class Outcome(models.TextChoices):
    """What came of an edit, as people and programs read it. Unknown is an outcome that may still settle."""

    APPLIED = "applied", "Applied"
    ECHOED = "echoed", "Confirmed by the answer only"
    NO_CHANGE = "no_change", "Nothing to change"
    REFUSED = "refused", "Refused"
    BLOCKED = "blocked", "Blocked"
    CONFLICT = "conflict", "Conflict"
    NOT_SENT = "not_sent", "Not sent"
    NOT_APPLIED = "not_applied", "Not applied"
    UNKNOWN = "unknown", "Unknown"
    WITHDRAWN = "withdrawn", "Taken back"


BY_HAND = "Settled by hand:"  # how the explanation of an edit begins that a person has settled

IN_FLIGHT = (State.CHECKING, State.SENDING, State.LOOKING, State.UNKNOWN)  # at most one of these per order
LIVE = (State.ACCEPTED, *IN_FLIGHT)

SUCCEEDED = (State.APPLIED, State.ECHOED, State.NO_CHANGE)  # the order is as it was wanted
FELL_THROUGH = (
    State.REFUSED,
    State.BLOCKED,
    State.CONFLICT,
    State.NOT_SENT,
    State.NOT_APPLIED,
)  # ended, without effect
MAY_NEED_A_PERSON = (*LIVE, *FELL_THROUGH)

_AFTER_LOOKING = {State.APPLIED, State.ECHOED, State.REFUSED, State.NOT_APPLIED, State.UNKNOWN}

# Nothing leads from SENDING back to SENDING: an edit whose answer was lost is never sent again.
NEXT: dict[State, frozenset[State]] = {
    State.ACCEPTED: frozenset({State.CHECKING, State.WITHDRAWN, State.NOT_SENT, State.BLOCKED}),
    State.CHECKING: frozenset(
        {
            State.ACCEPTED,
            State.SENDING,
            State.NO_CHANGE,
            State.BLOCKED,
            State.CONFLICT,
            State.REFUSED,
            State.NOT_SENT,
        }
    ),
    State.SENDING: frozenset({State.LOOKING, State.UNKNOWN, State.NOT_SENT}),
    State.LOOKING: frozenset(_AFTER_LOOKING),
    State.UNKNOWN: frozenset(_AFTER_LOOKING),
}
