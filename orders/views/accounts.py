"""All accounts: how far each one's copy is, while it is made and afterwards, and the button that has it made anew."""

from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from orders.listing import accounts_in_words
from orders.presentation.passes import PassWords, latest_passes
from orders.tasks import start_sync
from orders.views.requests import DeskRequest, needs, wants_fragment
from vendors.models import VendorAccount

MAY_SYNC = "orders.view_history"  # whoever answers for everybody's edits


@require_safe
@needs("orders.view_order")
def accounts(request: DeskRequest) -> HttpResponse:
    """The accounts with their latest passes, or for HTMX what has changed of them.

    `asked` is the account that a sync was asked for, and `after` its latest pass at that time.
    """
    passes = latest_passes()
    rows = [(account, passes.latest.get(account.pk)) for account in accounts_in_words()]
    asked, after = request.GET.get("asked", ""), request.GET.get("after", "")
    awaited = next((account.pk for account, words in rows if str(account.pk) == asked and _key(words) == after), None)
    context = {
        "rows": rows,
        "any_running": passes.any_running,
        "awaited": awaited,
        "again": f"?{urlencode({'asked': asked, 'after': after})}" if awaited else "",
        "may_sync": request.user.has_perm(MAY_SYNC),
    }
    page = "orders/accounts.html#news" if wants_fragment(request) else "orders/accounts.html"
    return render(request, page, context)


@require_POST
@needs(MAY_SYNC)
def sync(request: DeskRequest, pk: int) -> HttpResponse:
    """Have a worker mirror the account's orders now. The page then waits for the pass to begin."""
    account = get_object_or_404(VendorAccount.objects.defer("encrypted_credentials", "pick_lists"), pk=pk)
    latest = latest_passes().latest.get(pk)
    here = reverse("accounts")
    if not account.enabled:
        messages.warning(request, f"{account.name} is disabled, so it is not synced.")
    elif latest and latest.is_running:
        messages.info(request, f"{account.name} is being synced already.")
    elif start_sync(account):
        return redirect(f"{here}?{urlencode({'asked': pk, 'after': _key(latest)})}")
    else:
        messages.error(request, f"The sync of {account.name} could not be handed to a worker. Try again in a minute.")
    return redirect(here)


def _key(words: PassWords | None) -> str:
    return str(words.run.pk) if words else ""
