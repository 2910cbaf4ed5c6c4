"""The calls of one submission: each is made after the one before it has succeeded, and not where that one has not."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from orders.models import Edit, Step
from orders.states import SUCCEEDED, State

BEHIND_ANOTHER = timedelta(seconds=1)  # how soon an edit that waits behind another one tries again

_ENDS = {State.REFUSED, State.BLOCKED, State.CONFLICT, State.NOT_SENT, State.NOT_APPLIED, State.WITHDRAWN}


def unfinished_before(edit: Edit) -> Edit | None:
    """The first of the earlier calls that has not succeeded (yet)."""
    if not edit.part:
        return None
    before = Edit.objects.filter(submit_token=edit.submit_token, part__lt=edit.part)
    return before.exclude(state__in=SUCCEEDED).order_by("part").first()


def time_behind(earlier: Edit) -> datetime:
    """When an edit behind another one tries again: soon, but not before that one does if it waits for its vendor."""
    soon = timezone.now() + BEHIND_ANOTHER
    return max(soon, earlier.next_at or soon) if earlier.state == State.ACCEPTED else soon


def stops_followers(edit: Edit) -> bool:
    """Whether an edit has come to an end, or has to wait for a person, without success."""
    if edit.state == State.UNKNOWN:
        return edit.next_at is None
    return edit.state in _ENDS


def why_stopped(edit: Edit) -> str:
    """The sentence that later calls end with."""
    return f"Part {edit.part + 1} of the same submission was {State(edit.state).label}."


def withdraw_followers(edit: Edit, why: str) -> None:
    """Take back the later calls of a submission, those that nothing of has left."""
    now = timezone.now()
    for later in Edit.objects.filter(submit_token=edit.submit_token, part__gt=edit.part, state=State.ACCEPTED):
        with transaction.atomic():
            waiting = Edit.objects.filter(pk=later.pk, state=State.ACCEPTED)
            if waiting.update(state=State.WITHDRAWN, concluded_at=now, next_at=None, explanation=why):
                Step.objects.create(edit=later, at=now, state=State.WITHDRAWN, note=why)
