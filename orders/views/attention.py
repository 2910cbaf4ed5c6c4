"""What needs a person, and the one button that takes it off the list."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from orders.attention import MINE, list_attention
from orders.models import Edit
from orders.services.attending import Matter, forget_hold
from orders.services.dealing import answers_for, deal_with_edit
from orders.views.requests import DeskRequest, needs, wants_fragment

TOO_LATE = "Somebody has seen to this already."


@require_safe
@needs("orders.view_order")
def attention(request: DeskRequest) -> HttpResponse:
    """A page of what needs a person: an agent's own edits; everybody's, and the accounts, for supervisors."""
    listed = list_attention(asked=request.GET, person=request.user)
    template = "orders/attention.html#results" if wants_fragment(request) else "orders/attention.html"
    return render(request, template, {"attention": listed})


@require_POST
@needs("orders.edit_order")
def deal(request: DeskRequest, pk: int) -> HttpResponse:
    """Say that an edit, or with `matter` the lock that it left, has been seen to. HTMX gets the line that remains."""
    found = Edit.objects.select_related("order", "account").defer("order__raw")
    edit = get_object_or_404(found, pk=pk)
    if not answers_for(edit=edit, person=request.user):
        raise PermissionDenied(f"Only {edit.author_name} or a supervisor can say that this edit is dealt with.")
    is_lock = request.POST.get("matter") == Matter.LOCK
    done = forget_hold(edit=edit, by=request.user) if is_lock else deal_with_edit(edit=edit, by=request.user)
    words = f"Edit {edit.pk} of #{edit.order.number} is dealt with." if done else TOO_LATE
    if wants_fragment(request):
        return render(request, "orders/attention.html#dealt", {"words": words, "edit": edit})
    (messages.success if done else messages.warning)(request, words)
    if request.POST.get("then") == "order":
        return redirect(edit.order)
    here = reverse("attention")
    return redirect(f"{here}?who={MINE}" if request.POST.get("who") == MINE else here)
