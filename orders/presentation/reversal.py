"""What putting an edit back would mean, field by field, as one person may see it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import User

from orders.models import Edit
from orders.presentation.contrast import Contrast, Piece, contrast, marked
from orders.presentation.document import may_see
from orders.services.remembering import LastSent
from orders.services.reverting import Reversal, reversals_of
from vendors.circuit import clock

MOST_SHOWN = 400  # characters of a value that stands beside others
NOT_YOURS = "You may not see personal data, so you cannot put it back either."


@dataclass(frozen=True, kw_only=True)
class ReversalRow:
    """One field: what it would go back to and from, what the order has today, and whether it can be chosen.

    `chosen` says whether it is so from the start; `theirs` is empty where the order has what the edit gave it. `by`,
    `edit` and `at` say who changed it since, as in a `Dispute`.
    """

    name: str
    label: str
    back: Contrast
    theirs: Sequence[Piece]
    is_conflict: bool
    is_shown: bool
    sent: LastSent | None
    obstacle: str
    masked: bool
    chosen: bool
    by: str = ""
    edit: int | None = None
    at: str = ""


def rows_of(*, edit: Edit, person: User) -> list[ReversalRow]:
    """The fields of the edit, in the order in which it had them."""
    vendor = edit.order.account.adapter()
    return [_row(each, masked=not may_see(person, each.is_personal)) for each in reversals_of(edit=edit, vendor=vendor)]


def _row(each: Reversal, *, masked: bool) -> ReversalRow:
    obstacle = NOT_YOURS if masked else each.obstacle
    by, at = (each.trace["by"], each.trace["at"]) if each.trace else ("", "")
    return ReversalRow(
        name=each.name,
        label=each.label,
        back=contrast("", "") if masked else contrast(each.ours, each.before),
        theirs=() if masked else _shortened(marked(each.theirs, each.ours)),
        is_conflict=each.is_conflict,
        is_shown=each.is_shown,
        sent=None if masked else each.sent,
        obstacle=obstacle,
        masked=masked,
        chosen=not obstacle and each.is_plain,
        by=by,
        edit=each.trace["edit"] if each.trace else None,
        at=clock(datetime.fromisoformat(at), seconds=bool(by)) if at else "",
    )


def _shortened(pieces: Sequence[Piece]) -> Sequence[Piece]:
    """The first characters of a long value."""
    found: list[Piece] = []
    left = MOST_SHOWN
    for piece in pieces:
        if left <= 0:
            return [*found, Piece("same", "…")]
        found.append(Piece(piece.kind, piece.text[:left]))
        left -= len(piece.text)
    return found
