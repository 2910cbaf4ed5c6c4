"""What every request passes through: an id for the logs, no caching of private pages, sign-in for HTMX."""

import uuid
from collections.abc import Callable
from urllib.parse import quote, urlsplit

import structlog
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import resolve_url

Next = Callable[[HttpRequest], HttpResponse]


def request_id(get_response: Next) -> Next:
    """Bind a fresh id to every log line of the request, and send it back so that a person can quote it."""

    def middleware(request: HttpRequest) -> HttpResponse:
        number = uuid.uuid4().hex
        with structlog.contextvars.bound_contextvars(request_id=number):
            response = get_response(request)
        response["X-Request-Id"] = number
        return response

    return middleware


def private_pages(get_response: Next) -> Next:
    """Keep what a signed-in person sees out of every cache."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        response.headers.setdefault("Cache-Control", "no-store, private")
        response["Vary"] = ", ".join(filter(None, [response.get("Vary"), "HX-Request"]))
        return response

    return middleware


def sign_in_for_htmx(get_response: Next) -> Next:
    """Send an HTMX request without a session to the sign-in page, instead of swapping that page into a fragment."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        sign_in = resolve_url(settings.LOGIN_URL)
        is_htmx = request.headers.get("HX-Request") == "true"
        if is_htmx and response.status_code == 302 and response["Location"].startswith(f"{sign_in}?"):
            answer = HttpResponse(status=401)
            answer["HX-Redirect"] = f"{sign_in}?next={_page_of(request)}"
            return answer
        return response

    return middleware


def _page_of(request: HttpRequest) -> str:
    """The page the fragment was asked for from, quoted: where to return to after sign-in."""
    current = urlsplit(request.headers.get("HX-Current-URL", ""))
    if current.netloc != request.get_host():
        return quote("/", safe="")
    return quote(current._replace(scheme="", netloc="", fragment="").geturl(), safe="")
