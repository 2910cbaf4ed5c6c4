"""The form of an edit: type, review, send, take back. Every page works without JavaScript, at one address."""

import hashlib
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST
from django_htmx.http import HttpResponseClientRedirect

from orders import services
from orders.forms import EditForm, ReviewForm, Typed, draft_typed, values_of
from orders.models import Edit, Order
from orders.presentation import contrast, hides_documents, pretty
from orders.presentation.document import brief
from orders.presentation.outcome import CAN_BE_MADE_AGAIN, may_withdraw
from orders.services import Draft, EditRefused, OrderBusy, Seen, SeenInvalid, TokenReused
from orders.services.drafting import present
from orders.states import LIVE, State
from orders.views.order import find_order, heading_of, memory_of, obstacle_to_editing
from orders.views.requests import DeskRequest, needs, wants_fragment

SUCCEEDED = {State.APPLIED, State.ECHOED, State.NO_CHANGE}
INCOMPLETE = "This form arrived without its own number, so it was not sent. Check it and send it again."
_TOKEN = re.compile(r"[\w-]{16,64}", re.ASCII)


class SeeOther(HttpResponseRedirect):
    status_code = 303


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


@require_http_methods(["GET", "HEAD", "POST"])
@needs("orders.view_order")
@needs("orders.edit_order")
def edit_order(request: DeskRequest, pk: int) -> HttpResponse:
    """The form of an order (GET; `?from=` takes over the values of an earlier edit), its review, and its sending."""
    order = find_order(pk)
    obstacle = obstacle_to_editing(order)
    if request.method != "POST":
        return redirect(order) if obstacle else _form(_sit_down(request, order, _taken_over(request, order)))
    typed = Typed(request.POST)
    try:
        seen = services.read_seen(token=typed.own("seen"), order=order, user=request.user)
    except SeenInvalid as wrong:
        values = typed.values(order.account.adapter().fields(order.raw))
        return _form(_sit_down(request, order, values), alert=str(wrong), status=409)
    draft = draft_typed(order=order, person=request.user, typed=typed, seen=seen)
    values = typed.values(order.account.adapter().fields(seen.raw))
    sitting = Sitting(request, order, typed, seen, typed.own("seen"), draft, values)
    return _form(sitting, alert=obstacle, status=409) if obstacle else _act(sitting)


@require_POST
@needs("orders.view_order")
def withdraw(request: DeskRequest, pk: int) -> HttpResponse:
    """Take an edit back before anything of it has left, and show what came of that."""
    edit = get_object_or_404(Edit.objects.select_related("order", "account"), pk=pk)
    if not may_withdraw(edit, request.user):
        raise PermissionDenied(f"Only {edit.author_name} or a supervisor can take this edit back.")
    if not services.withdraw_edit(edit=edit, by=request.user):
        messages.warning(request, "It is too late to take this edit back.")
    return SeeOther(_outcome_url(edit))


def _sit_down(request: DeskRequest, order: Order, shown: Mapping[str, Any]) -> Sitting:
    """A form over the order as it is now."""
    token = services.sign_seen(order=order, user=request.user)
    return Sitting(request, order, Typed(request.POST), present(order), token, Draft(present(order)), shown)


def _act(sitting: Sitting) -> HttpResponse:
    action = sitting.typed.own("action")
    draft = sitting.draft
    if action == "send" and (not draft.is_valid or not draft.changes):
        sent = _sent_before(sitting)
        if sent is not None:
            return _go_to(sitting, sent)
    if not draft.is_valid:
        return _form(sitting, status=422)
    if action == "back":
        return _form(sitting)
    if not draft.changes:
        return _form(sitting, notice="Nothing is changed, so there is nothing to send.")
    return _send(sitting) if action == "send" else _review(sitting)


def _form(sitting: Sitting, *, alert: str = "", notice: str = "", status: int = 200) -> HttpResponse:
    order, request = sitting.order, sitting.request
    form = EditForm(
        order=order,
        person=request.user,
        raw=sitting.seen.raw,
        shown=sitting.shown,
        errors=sitting.draft.errors,
    )
    context = {
        **heading_of(order),
        **memory_of(order, request),
        "form": form,
        "alert": alert,
        "notice": notice,
        "seen_token": sitting.seen_token,
        "submit_token": sitting.token or secrets.token_urlsafe(24),
        "reason": sitting.typed.own("reason"),
        "ticket": sitting.typed.own("ticket"),
        "busy": _busy(order),
    }
    return _page(request, "orders/edit_order.html", "form", context, status)


def _review(
    sitting: Sitting, *, alert: str = "", status: int = 200, asked: ReviewForm | None = None, token: str = ""
) -> HttpResponse:
    order, request, draft = sitting.order, sitting.request, sitting.draft
    try:
        previews = services.preview_draft(order=order, draft=draft)
    except (ValueError, ValidationError) as wrong:
        return _form(sitting, alert=str(wrong), status=422)
    fields = order.account.adapter().fields(sitting.seen.raw)
    hidden = hides_documents(order.account.adapter(), order.raw, request.user)
    context = heading_of(order) | {
        "changes": [
            (change, contrast(change.old_text, change.new_text)) for changes, _ in previews for change in changes
        ],
        "calls": [
            (call, brief(call.body), pretty(call.body)) if not hidden else (call, "", "") for _, call in previews
        ],
        "warnings": draft.warnings,
        "agreement": _agreement(draft),
        "agreed": sitting.typed.own("agree") == _agreement(draft),
        "asked": asked
        or ReviewForm(order=order, initial={name: sitting.typed.own(name) for name in ReviewForm.base_fields}),
        "carried": sitting.typed.carried(fields, draft.changes),
        "alert": alert,
        "moved": sitting.seen.digest != order.digest,
        "seen_token": sitting.seen_token,
        "submit_token": token or sitting.token or secrets.token_urlsafe(24),
        "busy": _busy(order),
    }
    return _page(request, "orders/review.html", "review", context, status)


def _send(sitting: Sitting) -> HttpResponse:
    """Accept the edits, take each as far as it goes now, and go to the outcome."""
    order, request, draft = sitting.order, sitting.request, sitting.draft
    asked = ReviewForm(order=order, data=request.POST)
    if not asked.is_valid():
        return _review(sitting, status=422, asked=asked)
    if not sitting.token:
        return _review(sitting, alert=INCOMPLETE, status=422, asked=asked)
    try:
        edits = services.submit_edit(
            order=order,
            author=request.user,
            draft=draft,
            submit_token=sitting.token,
            reason=asked.cleaned_data["reason"],
            ticket=asked.cleaned_data["ticket"],
            agreed=sitting.typed.own("agree") == _agreement(draft),
        )
    except OrderBusy as wrong:
        return _review(sitting, alert=str(wrong), status=409, asked=asked)
    except TokenReused as wrong:
        return _review(sitting, alert=str(wrong), status=409, asked=asked, token=secrets.token_urlsafe(24))
    except EditRefused as wrong:
        return _review(sitting, alert=str(wrong), status=422, asked=asked)
    for edit in edits:
        if services.advance_edit(edit.pk).state not in SUCCEEDED:
            break
    return _go_to(sitting, edits[0])


def _page(request: DeskRequest, template: str, part: str, context: dict[str, Any], status: int) -> HttpResponse:
    """The whole page, or for HTMX the part of it that changes."""
    name = f"{template}#{part}" if wants_fragment(request) else template
    return render(request, name, context, status=status)


def _go_to(sitting: Sitting, edit: Edit) -> HttpResponse:
    url = _outcome_url(edit)
    return HttpResponseClientRedirect(url) if wants_fragment(sitting.request) else SeeOther(url)


def _outcome_url(edit: Edit) -> str:
    return f"{edit.order.get_absolute_url()}?edit={edit.pk}"


def _taken_over(request: DeskRequest, order: Order) -> dict[str, Any]:
    """The values of the edit that `?from=` names, or those of them that `?mine=` names."""
    number = request.GET.get("from", "")
    if not (number.isascii() and number.isdecimal()):
        return {}
    earlier = Edit.objects.filter(pk=int(number), order=order, state__in=CAN_BE_MADE_AGAIN).first()
    if earlier is None:
        return {}
    earlier.order = order
    return values_of(edit=earlier, person=request.user, only=request.GET.getlist("mine") or None)


def _sent_before(sitting: Sitting) -> Edit | None:
    """What this very form has already become, where a second click finds the order changed by the first."""
    mine = Edit.objects.filter(order=sitting.order, author=sitting.request.user, submit_token=sitting.token)
    return mine.order_by("part").first() if sitting.token else None


def _busy(order: Order) -> Edit | None:
    """An edit of this order that is under way, whoever made it."""
    return Edit.objects.filter(order=order, state__in=LIVE).order_by("id").first()


def _agreement(draft: Draft) -> str:
    """What a tick agrees to: these very warnings, and no others that may have come since."""
    return hashlib.sha256("\n".join(draft.warnings).encode()).hexdigest()[:16]
