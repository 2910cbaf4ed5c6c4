"""All orders: search, filters, pages."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe
from django_htmx.http import push_url, replace_url

from orders.lines import order_rows
from orders.listing import list_orders
from orders.services.fetching import accounts_to_ask
from orders.views.requests import DeskRequest, needs, wants_fragment


@require_safe
@needs("orders.view_order")
def orders(request: DeskRequest) -> HttpResponse:
    """The list, or for HTMX its results alone. Typing, and "more", make no new entry in the browser's history."""
    listing = list_orders(asked=request.GET, user=request.user)
    context: dict[str, Any] = {
        "listing": listing,
        "rows": order_rows(listing.rows),
        "filters": listing.filters,
        "find_text": listing.filters.chosen.get("q", ""),
    }
    if not listing.rows:
        context["askable"] = accounts_to_ask(text=context["find_text"])
    if not wants_fragment(request):
        return render(request, "orders/list.html", context)
    response = render(request, "orders/list.html#results", context)
    same_entry = request.htmx.trigger_name == "q" or not listing.is_first
    return (replace_url if same_entry else push_url)(response, request.path + listing.address.removeprefix("."))
