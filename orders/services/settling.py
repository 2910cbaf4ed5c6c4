"""See edits through to their end: those that are due, those that were begun and left, one that is waited for."""

import time

from django.db.models import Q
from django.utils import timezone

from orders.models import Edit
from orders.services.holding import release_left_holds
from orders.services.sending import advance_edit
from orders.states import LIVE
from vendors.use import write_use


def advance_due_edits(*, limit: int = 100) -> int:
    """Take on every edit that is due and that nobody holds, then give back locks that ended edits left behind.

    Returns how many edits were taken on.
    """
    now = timezone.now()
    due = (
        Edit.objects.filter(Q(busy_until=None) | Q(busy_until__lt=now), state__in=LIVE, next_at__lte=now)
        .order_by("next_at")
        .values_list("pk", flat=True)[:limit]
    )
    edits = list(due)
    for edit_id in edits:
        advance_edit(edit_id)
    release_left_holds()
    write_use()
    return len(edits)


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
