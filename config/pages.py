"""The few pages that belong to no part of the desk: health, and a form whose safety token did not match."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from orders.services.workers import anybody_works


@login_not_required
@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """Say whether the desk and its database answer: 200 or 503; and whether a worker does the background work.

    Without a worker the desk still takes edits in, so that alone is no failure. Nothing more is told to strangers.
    """
    try:
        return JsonResponse({"ok": True, "worker": anybody_works()})
    except Exception:  # noqa: BLE001 - whatever the database says, the answer is the same
        return JsonResponse({"ok": False}, status=503)


@login_not_required
def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Explain a form that was open in another session. Django calls this with its own `reason`."""
    return render(request, "403_csrf.html", status=403)
