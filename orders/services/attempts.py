"""What is written down of a send: before it leaves, and when its end is known."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from orders.models import Attempt, Edit
from orders.services.transitions import lease_from, move
from orders.states import State
from vendors.contract import Request
from vendors.errors import Answer, Issue
from vendors.rows import insert, update

KEPT_CHARACTERS = 8192  # of an answer's text


def begin_attempt(edit: Edit, request: Request) -> datetime:
    """Write down that the edit is about to leave, and the attempt: both or neither. Returns until when it may."""
    now = timezone.now()
    until = lease_from(now)
    with transaction.atomic():
        move(
            edit,
            State.SENDING,
            busy_until=until,
            payload=dict(request.body),
            method=request.method,
            path=request.path,
            sent_at=now,
            next_at=now,
            sent_revision=edit.order.revision,
        )
        # The first and only one: the database refuses a second of this number.
        insert(Attempt, edit_id=edit.pk, number=1, fence=edit.fence, started_at=now)
    return until


def end_attempt(edit: Edit, result: str, heard: Answer | None, to: State, **columns: Any) -> None:
    """Write down what became of the attempt, and of the edit by it: both or neither. Raises Superseded."""
    with transaction.atomic():
        ended = {
            "finished_at": timezone.now(),
            "result": result,
            "status": heard.status if heard else None,
            "text": heard.text[:KEPT_CHARACTERS] if heard else "",
        }
        update(Attempt, {"edit_id": edit.pk, "finished_at": None}, ended)
        move(edit, to, **columns)


def what_was_said(said: str, message: str, answer: Answer | None, issues: Sequence[Issue] = ()) -> dict[str, object]:
    """What the vendor said, as it is kept: each issue with the field that it names, where it names one."""
    stored: dict[str, object] = {
        "said": said,
        "message": message,
        "status": answer.status if answer else None,
        "text": answer.text[:KEPT_CHARACTERS] if answer else "",
    }
    if issues:
        stored["issues"] = [{"field": issue.field, "text": str(issue)} for issue in issues]
    return stored
