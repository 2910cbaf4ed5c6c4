"""See edits through to their end: those that are due, those that were begun and left, one that is waited for."""

import time
from collections.abc import Collection
from datetime import timedelta

from django.db.models import Q
from django.utils import timezone

from orders.models import Edit
from orders.services.holding import release_left_holds
from orders.services.sending import advance_edit
from orders.states import LIVE, SUCCEEDED, State
from vendors.rows import first, update
from vendors.use import write_use


def due_edits(
    *, limit: int, of_others_than: Collection[int] = (), patience: timedelta = timedelta()
) -> list[tuple[int, int]]:
    """The edits that are due and that nobody holds, oldest first: each with its account, but for those accounts.

    With `patience` those that were never taken on are left for so long to the task that was made for each of them.
    """
    now = timezone.now()
    free = Q(busy_until=None) | Q(busy_until__lt=now)
    left = Q(fence__gt=0) | Q(next_at__lte=now - patience)
    due = Edit.objects.filter(free, left, state__in=LIVE, next_at__lte=now).exclude(account_id__in=of_others_than)
    return list(due.order_by("next_at").values_list("pk", "account_id")[:limit])


def advance_due_edits(*, limit: int = 100) -> int:
    """Take on every edit that is due and that nobody holds, then give back locks that ended edits left behind.

    Returns how many edits were taken on.
    """
    edits = due_edits(limit=limit)
    for edit_id, _ in edits:
        advance_edit(edit_id)
    release_left_holds()
    write_use()
    return len(edits)


def advance_submission(edit_id: int) -> Edit:
    """Take the edit on, and then the later calls of its submission for as long as each succeeds. Returns the last."""
    edit = advance_edit(edit_id)
    while edit.state in SUCCEEDED:
        later = {"submit_token": edit.submit_token, "part": edit.part + 1, "state": State.ACCEPTED}
        found = first(Edit, "id", later)
        if found is None:
            break
        update(Edit, {**later, "busy_until": None}, {"next_at": timezone.now()})
        edit = advance_edit(found)
    return edit


def settle_edit(*, edit: Edit, seconds: float = 86_400) -> Edit:
    """Take the edit on until it has settled, needs a person, or the time is up. Returns it as it is then."""
    until = time.monotonic() + seconds
    while edit.is_live and edit.next_at is not None and time.monotonic() < until:
        wait = (edit.next_at - timezone.now()).total_seconds()
        if edit.busy_until and edit.busy_until > timezone.now():
            wait = max(wait, 0.2)
        if wait > 0:
            time.sleep(min(wait, 1.0))
        edit = advance_edit(edit.pk)
    return edit
