"""What has to come of every fault there is: the outcome, what the agent reads, what the history shows.

A fault of a call that changes an order is one of a few kinds, by what the desk can know of it. `LOST`: nothing that
the vendor documents came back. `NO`, `YES`: it did. Whether the order was changed is another matter, which the
moment of the fault decides, and which only a look can tell. Where a vendor does not show what was changed (Altcraft),
nobody can, and a person is asked.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from orders.states import Outcome, State

NOT_SHOWN = frozenset({"altcraft"})  # vendors that never show what an edit of this suite changes
LOST, NO, YES, PART = "lost", "no", "yes", "part"


@dataclass(frozen=True, kw_only=True)
class Required:
    """What an edit comes to. `reads` is the head of its card, `steps` are those after it was sent."""

    outcome: Outcome
    reads: str
    steps: tuple[State, ...]
    attempt: str
    needs_person: bool = False


# (kind, whether the order was changed) -> what is required where a look shows it, and where none does.
SEEN: Mapping[tuple[str, bool], Required] = {
    (LOST, True): Required(
        outcome=Outcome.APPLIED,
        reads="Applied. No answer came, but the change is there",
        steps=(State.UNKNOWN, State.APPLIED),
        attempt="unknown",
    ),
    (LOST, False): Required(
        outcome=Outcome.NOT_APPLIED,
        reads="Not applied: … does not show the change. You can make the edit again.",
        steps=(State.UNKNOWN, State.UNKNOWN, State.NOT_APPLIED),
        attempt="unknown",
    ),
    (NO, True): Required(
        outcome=Outcome.APPLIED,
        reads="Applied. {vendor} reported an error, but the change is there.",
        steps=(State.LOOKING, State.APPLIED),
        attempt="refused",
    ),
    (NO, False): Required(
        outcome=Outcome.REFUSED,
        reads="Refused by {vendor}: …",
        steps=(State.LOOKING, State.REFUSED),
        attempt="refused",
    ),
    (YES, True): Required(
        outcome=Outcome.APPLIED, reads="Applied.", steps=(State.LOOKING, State.APPLIED), attempt="accepted"
    ),
    (YES, False): Required(
        outcome=Outcome.NOT_APPLIED,
        reads="Not applied: {vendor} does not show the change although it said yes. You can make the edit again.",
        steps=(State.LOOKING, State.UNKNOWN, State.NOT_APPLIED),
        attempt="accepted",
    ),
    (PART, True): Required(
        outcome=Outcome.APPLIED,
        reads="Applied in part: …",
        steps=(State.LOOKING, State.UNKNOWN, State.APPLIED),
        attempt="accepted",
    ),
}
_NOBODY_KNOWS = Required(
    outcome=Outcome.UNKNOWN,
    reads="Unknown. … {vendor} does not show this value: check it in its own panel.",
    steps=(State.UNKNOWN, State.UNKNOWN),
    attempt="unknown",
    needs_person=True,
)
_REFUSED = Required(
    outcome=Outcome.REFUSED, reads="Refused by {vendor}: …", steps=(State.LOOKING, State.REFUSED), attempt="refused"
)
_ECHOED = Required(
    outcome=Outcome.ECHOED,
    reads="Confirmed by the answer only. {vendor} said yes and does not show this value.",
    steps=(State.LOOKING, State.ECHOED),
    attempt="accepted",
)
UNSEEN: Mapping[str, Required] = {LOST: _NOBODY_KNOWS, NO: _REFUSED, YES: _ECHOED, PART: _ECHOED}

# Every fault of `vendors.sandbox.faults`, by its kind at every vendor.
FAULTS: Mapping[str, str] = {
    "refused": LOST,
    "drop": LOST,
    "timeout": LOST,
    "late": LOST,
    "429": LOST,
    "429_date": LOST,
    "401": NO,
    "403": NO,
    "404": NO,
    "500": LOST,
    "502": LOST,
    "503": LOST,
    "504": LOST,
    "html": LOST,
    "html_502": LOST,
    "cut": LOST,
    "cut_plain": LOST,
    "list": LOST,
    "string": LOST,
    "null": LOST,
    "number": LOST,
    "nan": LOST,
    "deep": LOST,
    "empty": LOST,
    "301": LOST,
    "302": LOST,
    "307": LOST,
    "slow": YES,
    "huge": LOST,
    "bomb": LOST,
    "wrong_type": YES,
    "lie": YES,
    "error_applied": NO,
    "partly": PART,
}

# Where a vendor's documents make something else of a fault, and the faults that one vendor alone has.
AT_VENDOR: Mapping[str, Mapping[str, str]] = {
    "liner": {"no_success": LOST, "success_as_text": LOST, "no_without_words": NO, "no_data": YES},
    "caliq": {"404": LOST},  # it has no 404 for orders: the address is wrong, or something stands before it
    "altcraft": {
        "error_as_text": LOST,
        "error_as_boolean": LOST,
        "no_error": LOST,
        "no_echo": LOST,
        "other_order": LOST,
        "other_line": LOST,
        "other_status": LOST,
    },
    "lia": {"429": NO, "429_date": NO},  # a 4xx that it may mean as its no; a look has to agree
}

# Faults that say themselves whether the order is changed.
ALWAYS: Mapping[str, bool] = {"late": True, "lie": False, "error_applied": True, "partly": True}
# Caliq's lock is given back as soon as an answer is lost, so what would arrive late is turned away.
OF_ITSELF: Mapping[str, Mapping[str, bool]] = {"caliq": {**ALWAYS, "late": False}}


def kind_of(vendor: str, fault: str) -> str:
    """The kind of a fault at a vendor. Raises KeyError for one that nobody has thought about yet."""
    return AT_VENDOR.get(vendor, {}).get(fault) or FAULTS[fault]


def moments_of(vendor: str, fault: str) -> list[tuple[str, bool]]:
    """The fault as it is written, and whether the order is changed: before the effect and after it, where both are."""
    always = OF_ITSELF.get(vendor, ALWAYS)
    return [(fault, always[fault])] if fault in always else [(f"{fault}:before", False), (f"{fault}:after", True)]


def required_of(vendor: str, fault: str, *, changed: bool) -> Required:
    """What has to come of a fault of the call that changes an order."""
    kind = kind_of(vendor, fault)
    return UNSEEN[kind] if vendor in NOT_SHOWN else SEEN[kind, changed]
