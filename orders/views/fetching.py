"""Orders that nobody has mirrored yet: asked for by what somebody pasted into the search box."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_POST

from orders.services.fetching import FetchRefused, fetch_order
from orders.views.calling import one_of_few
from orders.views.requests import DeskRequest, needs
from vendors.errors import VendorError
from vendors.models import VendorAccount
from vendors.secrets import SecretUnreadable


@require_POST
@needs("orders.view_order")
def fetch(request: DeskRequest) -> HttpResponse:
    """Ask one account's vendor for the order that `q` names, and open it. Otherwise back to the search, saying why."""
    pasted = request.POST.get("q", "").strip()
    chosen = request.POST.get("account", "")
    account = get_object_or_404(VendorAccount, pk=int(chosen) if chosen.isdecimal() else 0)
    try:
        with one_of_few():
            found = fetch_order(account=account, text=pasted)
        return redirect(found)
    except (FetchRefused, VendorError, SecretUnreadable) as failure:
        messages.warning(request, str(failure))
        return redirect(f"{reverse('orders')}?{urlencode({'q': pasted})}")
