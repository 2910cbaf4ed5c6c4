"""One order, and one edit of it, as people see them."""

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import trigger_client_event

from orders import services
from orders.models import Edit, Order
from orders.presentation import Card, News, card_of, hides_documents, news_of, pretty, reason_for_all, sections_of
from orders.services.syncing import last_complete_pass
from orders.states import LIVE
from orders.views.calling import one_of_few
from orders.views.requests import DeskRequest, needs, wants_fragment
from vendors.errors import VendorError
from vendors.health import notice_of
from vendors.rows import read
from vendors.secrets import SecretUnreadable

LATEST = 30  # edits in an order's timeline; the history has them all


@require_safe
@needs("orders.view_order")
def order(request: DeskRequest, pk: int) -> HttpResponse:
    """The page of an order. `?edit=` names the edit whose outcome stands at its top."""
    found = find_order(pk)
    vendor = found.account.adapter()
    context = {
        **heading_of(found),
        **memory_of(found, request),
        "closed": reason_for_all(order=found, vendor=vendor),
        "sections": sections_of(order=found, vendor=vendor, person=request.user),
        "document": _document_of(found, request),
        "cards": [card_of(each, request.user) for each in _told_of(found, request.GET.get("edit", ""))],
        "chosen": request.GET.get("edit", ""),
    }
    return render(request, "orders/order.html", context)


@require_POST
@needs("orders.view_order")
def look(request: DeskRequest, pk: int) -> HttpResponse:
    """Read this order from its vendor now, and show it. Where that fails, the page says why and stays as it was."""
    found = find_order(pk)
    vendor = found.account.vendor_label
    if not found.account.enabled:
        messages.warning(request, f"{found.account.name} is disabled, so the order was not read again.")
        return redirect(found)
    try:
        with one_of_few():
            now = services.look_again(order=found)
    except (VendorError, SecretUnreadable) as failure:
        messages.warning(request, f"The order could not be read from {vendor}. {failure}")
    else:
        said = "nothing has changed" if now.digest == found.digest else "it has changed"
        messages.success(request, f"Read from {vendor} just now: {said}.")
    return redirect(found)


@require_safe
@needs("orders.view_order")
def edit(request: DeskRequest, pk: int) -> HttpResponse:
    """One edit: as a page, or for a page that waits, its card alone (204 where it still says the same as `?stamp=`).

    Asking changes nothing: workers send edits, whether anybody looks or not.
    """
    found = get_object_or_404(Edit.objects.select_related("order", "account"), pk=pk)
    card = card_of(found, request.user)
    if not (wants_fragment(request) and "stamp" in request.GET):
        return render(request, "orders/edit.html", _context_of(found, request) | {"card": card})
    if request.GET["stamp"] == card.stamp:
        return HttpResponse(status=204)
    answer = render(request, f"orders/edit.html#{'card' if card.polls else 'settled'}", {"card": card})
    return answer if card.polls else trigger_client_event(answer, "settled", after="swap")


def find_order(pk: int) -> Order:
    """The order with its account. Raises Http404."""
    found = read(Order, pk, "account")
    if found is None:
        raise Http404
    return found


def heading_of(found: Order) -> dict[str, Any]:
    """What the head of every page of an order needs."""
    passed = last_complete_pass(found.account_id)
    return {
        "order": found,
        "vendor": found.account.vendor_label,
        "seen_at": max(found.seen_at, passed) if passed and not found.gone_at else found.seen_at,
        "obstacle": obstacle_to_editing(found),
        "down": notice_of(found.account),
    }


def memory_of(found: Order, request: DeskRequest) -> dict[str, Any]:
    """What the timeline beside an order needs: its latest edits, what the vendor changed, whether there is more."""
    edits = list(_edits_of(found).order_by("-created_at", "-id")[: LATEST + 1])
    cards = [card_of(each, request.user) for each in edits[:LATEST]]
    news = news_of(order=found, vendor=found.account.adapter(), person=request.user, edits=edits)
    timeline: list[Card | News] = sorted([*cards, *news], key=lambda entry: entry.at, reverse=True)
    return {"timeline": timeline, "more": len(edits) > LATEST}


def obstacle_to_editing(found: Order) -> str:
    """Why nothing of this order can be edited at all, or ""."""
    vendor = found.account.vendor_label
    if found.gone_at is not None:
        return f"{vendor} does not list this order any more, so it cannot be edited. What it last showed is kept here."
    if not found.account.enabled:
        return f"The account {found.account.name} is disabled, so its orders can neither be read again nor edited."
    return ""


def number_in(text: str) -> int:
    """The number of a row as an address gives it; 0, which no row has, for anything else."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else 0


def _edits_of(found: Order) -> Any:
    edits = Edit.objects.filter(order=found).select_related("order", "account")
    return edits.prefetch_related("reverted_by")


def _told_of(found: Order, chosen: str) -> Sequence[Edit]:
    """The edits whose cards stand at the top: the chosen one with its fellows, and whatever is under way."""
    of_order = _edits_of(found).order_by("part", "id")
    picked = of_order.filter(pk=number_in(chosen)).first()
    fellows = list(of_order.filter(submit_token=picked.submit_token)) if picked else []
    under_way = of_order.filter(state__in=LIVE).exclude(pk__in=[each.pk for each in fellows])
    return [*fellows, *under_way]


def _document_of(found: Order, request: DeskRequest) -> str | None:
    """The raw document as text; None where it is kept from this person."""
    hidden = hides_documents(found.account.adapter(), found.raw, request.user)
    return None if hidden else pretty(found.raw)


def _context_of(found: Edit, request: DeskRequest) -> dict[str, Any]:
    """What the page of one edit tells beyond its card: the call, the answer, and each step on the way."""
    hidden = hides_documents(found.account.adapter(), found.order.raw, request.user)
    return heading_of(found.order) | {
        "hidden": hidden,
        "payload": "" if hidden or found.payload is None else pretty(found.payload),
        "steps": found.steps.order_by("id"),
        "attempts": found.attempts.order_by("number"),
    }
