"""Where vendors deliver to. Whoever calls is nobody until the signature is checked, and is told next to nothing."""

import structlog
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_variables

from orders.services import receive_delivery
from vendors.errors import SignatureWrong
from vendors.models import VendorAccount
from vendors.secrets import SecretUnreadable

LARGEST_BODY = 1024 * 1024  # bytes

log = structlog.get_logger(__name__)


@csrf_exempt
@login_not_required
@sensitive_variables("body")
def hook(request: HttpRequest, vendor: str, token: str) -> HttpResponse:
    """Take in one delivery for the account that this address belongs to.

    200 taken in or known already; 401 wrong signature; 404 no such address; 405 not a method this vendor uses;
    413 too large; 503 the account's credentials cannot be read. No answer has a body.
    """
    account = VendorAccount.objects.filter(vendor=vendor, hook_token=token, enabled=True).defer("pick_lists").first()
    if account is None or not account.delivers_by:
        return HttpResponse(status=404)
    if request.method not in account.delivers_by:
        return HttpResponse(status=405, headers={"Allow": ", ".join(sorted(account.delivers_by))})
    body = request.read(LARGEST_BODY + 1)
    if len(body) > LARGEST_BODY:
        return HttpResponse(status=413)
    try:
        receive_delivery(account=account, headers=request.headers, body=body)
    except SignatureWrong:
        log.warning("delivery_not_signed", account=account.pk)
        return HttpResponse(status=401)
    except SecretUnreadable:
        log.exception("delivery_not_checked", account=account.pk)
        return HttpResponse(status=503)
    return HttpResponse(status=200)
