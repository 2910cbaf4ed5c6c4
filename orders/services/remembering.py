"""What was last sent from here, for fields that a vendor takes and never shows again."""

from dataclasses import dataclass
from datetime import datetime

from orders.models import Edit, Order
from orders.states import State

# After these a value is at the vendor, or (unknown) may be there.
_ARRIVED = (State.APPLIED, State.ECHOED, State.UNKNOWN)
_MISSED = {"no", "other"}  # what a look at the order said of a field that did not land


@dataclass(frozen=True, kw_only=True)
class LastSent:
    """The newest value of a field that was sent from here: in words, by whom, when, and what came of it.

    It says what was sent, never what the order has now: anybody may have changed it at the vendor since.
    """

    text: str
    by: str
    at: datetime
    state: State

    @property
    def is_unknown(self) -> bool:
        """Whether nobody knows if it arrived."""
        return self.state == State.UNKNOWN


def last_sent(order: Order) -> dict[str, LastSent]:
    """By field name the newest value that an edit brought to the vendor, or may have. Takes one query."""
    sent = Edit.objects.filter(order=order, state__in=_ARRIVED, sent_at__isnull=False).order_by("-sent_at", "-id")
    found: dict[str, LastSent] = {}
    for changes, landed, by, at, state in sent.values_list("changes", "landed", "author_name", "sent_at", "state"):
        for name, change in changes.items():
            if at is not None and (landed or {}).get(name, {}).get("landed") not in _MISSED:
                found.setdefault(name, LastSent(text=str(change["new_text"]), by=by, at=at, state=State(state)))
    return found
