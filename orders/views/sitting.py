"""One person at one order's form: what they saw, what they typed, and what its pages show of that."""

import hashlib
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.core.exceptions import PermissionDenied

from orders import services
from orders.forms import EditForm, ReviewForm, Typed, values_of
from orders.models import Edit, Order
from orders.presentation import contrast, hides_documents, may_see, pretty
from orders.presentation.document import brief
from orders.presentation.outcome import CAN_BE_MADE_AGAIN
from orders.services import Draft, Seen
from orders.services.drafting import present
from orders.services.reverting import chosen_values, may_revert
from orders.states import LIVE, State
from orders.views.order import heading_of, memory_of, number_in
from orders.views.requests import DeskRequest

_TOKEN = re.compile(r"[\w-]{16,64}", re.ASCII)


@dataclass
class Sitting:
    """One person at one order's form: what they saw, what they typed, and what came of that.

    `seen_token` is what the next page says they saw; `shown` are the values that stand in its inputs, `words` those
    of our own inputs where none have arrived.
    """

    request: DeskRequest
    order: Order
    typed: Typed
    seen: Seen
    seen_token: str
    draft: Draft
    shown: Mapping[str, Any] = field(default_factory=dict)
    words: Mapping[str, str] = field(default_factory=dict)

    def own(self, name: str) -> str:
        """One of our own inputs: as it arrived, else as an earlier edit had it."""
        return self.typed.own(name) or self.words.get(name, "")

    @cached_property
    def reverts(self) -> Edit | None:
        """The edit of this order that the form puts back, None where it does not."""
        number = number_in(self.own("reverts"))
        return Edit.objects.filter(pk=number, order=self.order).first() if number else None

    @property
    def token(self) -> str:
        """The number of this form, kept from its first page to its last."""
        token = self.typed.own("token")
        return token if _TOKEN.fullmatch(token) else ""


def sit_down(
    request: DeskRequest, order: Order, shown: Mapping[str, Any], words: Mapping[str, str] | None = None
) -> Sitting:
    """A form over the order as it is now; `words` are those of an earlier edit for our own inputs."""
    token = services.sign_seen(order=order, user=request.user)
    return Sitting(
        request, order, Typed(request.POST), present(order), token, Draft(present(order)), shown, words or {}
    )


def taken_over(request: DeskRequest, order: Order) -> tuple[dict[str, Any], dict[str, str]]:
    """The values and the words of the edit that `?from=` names, those of its values that `?mine=` names.

    With them come the values of the calls behind it that were taken back with it. `?revert=` puts an edit back instead.
    """
    if request.GET.get("revert"):
        return put_back(request, order)
    number = number_in(request.GET.get("from", ""))
    earlier = Edit.objects.filter(pk=number, order=order, state__in=CAN_BE_MADE_AGAIN).first()
    if earlier is None:
        return {}, {}
    behind = Edit.objects.filter(submit_token=earlier.submit_token, part__gt=earlier.part, state=State.WITHDRAWN)
    values: dict[str, Any] = {}
    for edit in behind.order_by("part"):
        edit.order = order
        values |= values_of(edit=edit, person=request.user)
    earlier.order = order
    values |= values_of(edit=earlier, person=request.user, only=request.GET.getlist("mine") or None)
    return values, {"reason": earlier.reason, "ticket": earlier.ticket, "reverts": _still_reverted(earlier, request)}


def _still_reverted(edit: Edit, request: DeskRequest) -> str:
    """The number of the edit that this one was to revert, "" where it reverts none or not for this person."""
    reverted = edit.reverts
    return str(reverted.pk) if reverted and may_revert(edit=reverted, person=request.user) else ""


def put_back(request: DeskRequest, order: Order) -> tuple[dict[str, Any], dict[str, str]]:
    """The values that the edit `?revert=` had found in the fields that `?field=` names, as far as they can go back.

    Raises PermissionDenied for whoever may not revert it.
    """
    edit = Edit.objects.filter(pk=number_in(request.GET["revert"]), order=order).first()
    if edit is None or not may_revert(edit=edit, person=request.user):
        raise PermissionDenied("Only its author or a supervisor can revert an edit, and only one that was applied.")
    edit.order = order
    vendor = order.account.adapter()
    values = chosen_values(edit=edit, vendor=vendor, names=request.GET.getlist("field"))
    fields = vendor.fields(order.raw)
    seen = {name: value for name, value in values.items() if may_see(request.user, fields[name].personal)}
    return seen, {"reverts": str(edit.pk)}


def sent_before(sitting: Sitting) -> Edit | None:
    """What this very form has already become, where a second click finds the order changed by the first."""
    mine = Edit.objects.filter(order=sitting.order, author=sitting.request.user, submit_token=sitting.token)
    return mine.order_by("part").first() if sitting.token else None


def form_of(sitting: Sitting) -> dict[str, Any]:
    """What the form's page shows: the inputs, and the timeline beside them."""
    order = sitting.order
    form = EditForm(
        order=order,
        person=sitting.request.user,
        raw=sitting.seen.raw,
        shown=sitting.shown,
        errors=sitting.draft.errors,
    )
    own = {name: sitting.own(name) for name in ReviewForm.base_fields}
    return {**heading_of(order), **memory_of(order, sitting.request), **_kept(sitting), **own, "form": form}


def review_of(sitting: Sitting) -> dict[str, Any]:
    """What the review shows: old and new, the exact requests, the warnings. Raises ValueError, ValidationError."""
    order, draft = sitting.order, sitting.draft
    vendor = order.account.adapter()
    previews = services.preview_draft(order=order, draft=draft)
    hidden = hides_documents(vendor, order.raw, sitting.request.user)
    own = {name: sitting.typed.own(name) for name in ReviewForm.base_fields}
    return {
        **heading_of(order),
        **_kept(sitting),
        "changes": [(each, contrast(each.old_text, each.new_text)) for changes, _ in previews for each in changes],
        "calls": [(call, *(("", "") if hidden else (brief(call.body), pretty(call.body)))) for _, call in previews],
        "warnings": draft.warnings,
        "agreement": agreement(draft),
        "agreed": sitting.typed.own("agree") == agreement(draft),
        "asked": ReviewForm(order=order, initial=own),
        "carried": sitting.typed.carried(vendor.fields(sitting.seen.raw), draft.changes),
        "moved": sitting.seen.digest != order.digest,
    }


def agreement(draft: Draft) -> str:
    """What a tick agrees to: these very warnings, and no others that may have come since."""
    return hashlib.sha256("\n".join(draft.warnings).encode()).hexdigest()[:16]


def _kept(sitting: Sitting) -> dict[str, Any]:
    """What both pages carry on, and whether an edit of this order is under way, whoever made it."""
    return {
        "seen_token": sitting.seen_token,
        "submit_token": sitting.token or secrets.token_urlsafe(24),
        "reverts": sitting.reverts,
        "busy": Edit.objects.filter(order=sitting.order, state__in=LIVE).order_by("id").first(),
    }
