"""One person at one order's form: what they saw, what they typed, and what its pages show of that."""

import hashlib
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from orders import services
from orders.forms import EditForm, ReviewForm, Typed, values_of
from orders.models import Edit, Order
from orders.presentation import contrast, hides_documents, pretty
from orders.presentation.document import brief
from orders.presentation.outcome import CAN_BE_MADE_AGAIN
from orders.services import Draft, Seen
from orders.services.drafting import present
from orders.states import LIVE
from orders.views.order import heading_of, memory_of, number_in
from orders.views.requests import DeskRequest

_TOKEN = re.compile(r"[\w-]{16,64}", re.ASCII)


@dataclass
class Sitting:
    """One person at one order's form: what they saw, what they typed, and what came of that.

    `seen_token` is what the next page says they saw; `shown` are the values that stand in its inputs.
    """

    request: DeskRequest
    order: Order
    typed: Typed
    seen: Seen
    seen_token: str
    draft: Draft
    shown: Mapping[str, Any] = field(default_factory=dict)

    @property
    def token(self) -> str:
        """The number of this form, kept from its first page to its last."""
        token = self.typed.own("token")
        return token if _TOKEN.fullmatch(token) else ""


def sit_down(request: DeskRequest, order: Order, shown: Mapping[str, Any]) -> Sitting:
    """A form over the order as it is now."""
    token = services.sign_seen(order=order, user=request.user)
    return Sitting(request, order, Typed(request.POST), present(order), token, Draft(present(order)), shown)


def taken_over(request: DeskRequest, order: Order) -> dict[str, Any]:
    """The values of the edit that `?from=` names, or those of them that `?mine=` names."""
    number = number_in(request.GET.get("from", ""))
    earlier = Edit.objects.filter(pk=number, order=order, state__in=CAN_BE_MADE_AGAIN).first()
    if earlier is None:
        return {}
    earlier.order = order
    return values_of(edit=earlier, person=request.user, only=request.GET.getlist("mine") or None)


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
    own = {name: sitting.typed.own(name) for name in ReviewForm.base_fields}
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
        "busy": Edit.objects.filter(order=sitting.order, state__in=LIVE).order_by("id").first(),
    }
