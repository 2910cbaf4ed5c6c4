"""The form of an edit: type, review, send, take back. Every page works without JavaScript, at one address."""

import secrets
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST
from django_htmx.http import HttpResponseClientRedirect

from orders import services, tasks
from orders.forms import ReviewForm, Typed, draft_typed
from orders.models import Edit
from orders.presentation.outcome import may_withdraw
from orders.services import EditRefused, OrderBusy, SeenInvalid, TokenReused
from orders.views.order import find_order, obstacle_to_editing
from orders.views.requests import DeskRequest, needs, wants_fragment
from orders.views.sitting import Sitting, agreement, form_of, review_of, sent_before, sit_down, taken_over

INCOMPLETE = "This form arrived without its own number, so it was not sent. Check it and send it again."


class SeeOther(HttpResponseRedirect):
    status_code = 303


@require_http_methods(["GET", "HEAD", "POST"])
@needs("orders.view_order")
@needs("orders.edit_order")
def edit_order(request: DeskRequest, pk: int) -> HttpResponse:
    """The form of an order (GET; `?from=` and `?revert=` put values of an earlier edit in), its review, its sending."""
    order = find_order(pk)
    obstacle = obstacle_to_editing(order)
    if request.method != "POST":
        return redirect(order) if obstacle else _form(sit_down(request, order, *taken_over(request, order)))
    typed = Typed(request.POST)
    try:
        seen = services.read_seen(token=typed.own("seen"), order=order, user=request.user)
    except SeenInvalid as wrong:
        values = typed.values(order.account.adapter().fields(order.raw))
        return _form(sit_down(request, order, values), alert=str(wrong), status=409)
    draft = draft_typed(order=order, person=request.user, typed=typed, seen=seen)
    values = typed.values(order.account.adapter().fields(seen.raw))
    sitting = Sitting(request, order, typed, seen, typed.own("seen"), draft, values)
    return _form(sitting, alert=obstacle, status=409) if obstacle else _act(sitting)


@require_POST
@needs("orders.edit_order")
def resolve(request: DeskRequest, pk: int) -> HttpResponse:
    """Settle by hand an edit whose outcome no look can tell: `applied` is yes or no, `note` what was seen."""
    edit = get_object_or_404(Edit.objects.select_related("order", "account"), pk=pk)
    if request.POST.get("applied") not in {"yes", "no"}:
        return redirect(edit)
    try:
        services.resolve_edit(
            edit=edit, by=request.user, applied=request.POST["applied"] == "yes", note=request.POST.get("note", "")
        )
    except EditRefused as refusal:
        messages.warning(request, str(refusal))
    return redirect(f"{edit.order.get_absolute_url()}?edit={edit.pk}")


@require_POST
@needs("orders.view_order")
def withdraw(request: DeskRequest, pk: int) -> HttpResponse:
    """Take an edit back before anything of it has left. Its author goes back to the form, with everything kept."""
    edit = get_object_or_404(Edit.objects.select_related("order", "account"), pk=pk)
    if not may_withdraw(edit, request.user):
        raise PermissionDenied(f"Only {edit.author_name} or a supervisor can take this edit back.")
    if not services.withdraw_edit(edit=edit, by=request.user):
        messages.warning(request, "It is too late to take this edit back.")
    elif request.user.pk == edit.author_id and request.user.has_perm("orders.edit_order"):
        messages.success(request, "Taken back: nothing was sent. What you had typed is in the form.")
        return SeeOther(f"{reverse('edit_order', args=[edit.order_id])}?from={edit.pk}")
    return SeeOther(_outcome_url(edit))


def _act(sitting: Sitting) -> HttpResponse:
    action = sitting.typed.own("action")
    draft = sitting.draft
    if action == "send" and (not draft.is_valid or not draft.changes):
        sent = sent_before(sitting)
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
    context = {**form_of(sitting), "alert": alert, "notice": notice}
    return _page(sitting.request, "orders/edit_order.html", "form", context, status)


def _review(
    sitting: Sitting,
    *,
    alert: str = "",
    status: int = 200,
    asked: ReviewForm | None = None,
    token: str = "",
    blocking: Edit | None = None,
) -> HttpResponse:
    """The review; `blocking` is the edit that the alert speaks of, `token` the form's new number."""
    try:
        context = review_of(sitting)
    except (ValueError, ValidationError) as wrong:
        return _form(sitting, alert=str(wrong), status=422)
    context |= (
        {"alert": alert, "blocking": blocking}
        | ({"asked": asked} if asked else {})
        | ({"submit_token": token} if token else {})
    )
    return _page(sitting.request, "orders/review.html", "review", context, status)


def _send(sitting: Sitting) -> HttpResponse:
    """Accept the edits, have a worker send them, and go to where their outcome will be seen."""
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
            agreed=sitting.typed.own("agree") == agreement(draft),
            reverts=sitting.reverts,
        )
    except OrderBusy as wrong:
        return _review(sitting, alert=str(wrong), status=409, asked=asked, blocking=wrong.edit)
    except TokenReused as wrong:
        return _review(sitting, alert=str(wrong), status=409, asked=asked, token=secrets.token_urlsafe(24))
    except EditRefused as wrong:
        return _review(sitting, alert=str(wrong), status=422, asked=asked)
    tasks.wake_edit(edits[0])
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
