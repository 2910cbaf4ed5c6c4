"""Deal with edits that came to nothing: by hand, or by a later edit that brought about what they had wanted."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.utils import timezone

from orders.models import Edit
from orders.states import FELL_THROUGH

MISSED = {"no", "other"}  # what a look at the order said of a field that did not land


def answers_for(*, edit: Edit, person: User) -> bool:
    """Whether this person may take the edit further: its author or a supervisor, either of whom may edit orders."""
    is_theirs = person.pk == edit.author_id or person.has_perm("orders.view_history")
    return is_theirs and person.has_perm("orders.edit_order")


def deal_with_edit(*, edit: Edit, by: User) -> bool:
    """Note that somebody saw to an edit that came to nothing. False where there is nothing (more) to deal with."""
    waiting = Edit.objects.filter(pk=edit.pk, state__in=FELL_THROUGH, dealt_with_at=None)
    return bool(waiting.update(dealt_with_at=timezone.now(), dealt_with_by=by))


def deal_with_earlier(*, edit: Edit, landed: Mapping[str, Any] | None, at: datetime) -> None:
    """An edit has succeeded: earlier ones of its order that came to nothing are dealt with, as far as it covers them.

    It does where every field that the earlier one had wanted is among those that landed now.
    """
    brought = {name for name in edit.changes if (landed or {}).get(name, {}).get("landed") not in MISSED}
    earlier = Edit.objects.filter(order=edit.order_id, state__in=FELL_THROUGH, dealt_with_at=None, pk__lt=edit.pk)
    covered = [pk for pk, changes in earlier.values_list("pk", "changes") if brought.issuperset(changes)]
    if covered:
        Edit.objects.filter(pk__in=covered, dealt_with_at=None).update(dealt_with_at=at, dealt_with_by=edit.author_id)
