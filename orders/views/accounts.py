"""All accounts: how far each one's copy is, while it is made and afterwards."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from orders.listing import accounts_in_words
from orders.presentation.passes import latest_passes
from orders.views.requests import DeskRequest, needs, wants_fragment


@require_safe
@needs("orders.view_order")
def accounts(request: DeskRequest) -> HttpResponse:
    """The accounts with their latest passes, or for HTMX what has changed of them."""
    passes = latest_passes()
    rows = [(account, passes.latest.get(account.pk)) for account in accounts_in_words()]
    page = "orders/accounts.html#news" if wants_fragment(request) else "orders/accounts.html"
    return render(request, page, {"rows": rows, "any_running": passes.any_running})
