"""Settle by hand what no look can settle: somebody looked in the vendor's own panel, and answers for what they saw."""

from typing import Any

from django.contrib.auth.models import User
from django.utils import timezone

from orders.models import Edit
from orders.services.submitting import EditRefused
from orders.services.transitions import Superseded, move
from orders.states import BY_HAND, State

LONGEST_NOTE = 300  # characters


def resolve_edit(*, edit: Edit, by: User, applied: bool, note: str) -> Edit:
    """Conclude an unknown edit that waits for a person. Nothing is sent. Returns it as it is then, dealt with.

    `note` says what was seen and where. Raises EditRefused where there is nothing to settle or no note.
    """
    said = note.strip()
    if not said:
        raise EditRefused("Say what you saw, and where: the history keeps it.")
    if len(said) > LONGEST_NOTE:
        raise EditRefused(f"The note is longer than {LONGEST_NOTE} characters.")
    if edit.state != State.UNKNOWN or edit.next_at is not None:
        raise EditRefused("This edit does not wait for a person: it has settled, or the desk is still looking.")
    word = "applied" if applied else "not applied"
    explanation = f"{BY_HAND} {by.get_username()} found it {word}. {said}"
    columns: dict[str, Any] = {} if applied else {"dealt_with_at": timezone.now(), "dealt_with_by_id": by.pk}
    try:
        move(
            edit, State.APPLIED if applied else State.NOT_APPLIED, explanation=explanation, note=explanation, **columns
        )
    except Superseded as wrong:
        raise EditRefused("Somebody else has settled this edit in the meantime.") from wrong
    return edit
