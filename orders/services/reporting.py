"""An edit as plain data, for programs: the one form in which the command line prints it."""

from collections.abc import Sequence
from typing import Any

from orders.models import Edit
from orders.states import Outcome, State


def outcome_of(edits: Sequence[Edit]) -> str:
    """The word for a whole submission: of its calls, the first outcome that is no success, else the success.

    Calls that were never made because an earlier one failed say nothing of their own.
    """
    words = [edit.state for edit in edits if edit.state != State.WITHDRAWN] or [State.NOT_SENT]
    good = [Outcome.APPLIED, Outcome.ECHOED, Outcome.NO_CHANGE]
    for word in words:
        if word not in good:
            return Outcome.UNKNOWN if word not in Outcome.values else str(Outcome(word))
    return next(str(word.value) for word in good if word in words)


def edit_as_data(edit: Edit) -> dict[str, Any]:
    """An edit with what was asked, what was sent, what was said, and what is known to have come of it."""
    return {
        "id": edit.pk,
        "outcome": edit.state,
        "changes": {name: [change["old"], change["new"]] for name, change in edit.changes.items()},
        "payload": edit.payload,
        "answer": edit.answer,
        "landed": {name: each["landed"] for name, each in (edit.landed or {}).items()},
        "aftermath": edit.aftermath,
        "explanation": edit.explanation,
        "reverts": edit.reverts_id,
    }


def history_entry(edit: Edit) -> dict[str, Any]:
    """An edit as a line of the history: also by whom, when, where and why."""
    return {
        "at": edit.created_at.isoformat(),
        "author": edit.author_name,
        "account": edit.account.name,
        "order": edit.order.vendor_id,
        "number": edit.order.number,
        "reason": edit.reason,
        "ticket": edit.ticket,
        "sent_at": edit.sent_at.isoformat() if edit.sent_at else None,
        "concluded_at": edit.concluded_at.isoformat() if edit.concluded_at else None,
        **edit_as_data(edit),
    }
