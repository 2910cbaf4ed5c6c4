"""What every request passes through."""

import re
from typing import Any

import pytest
import structlog
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.urls import reverse

from config.middleware import request_id, sign_in_for_htmx

HTMX = {"HX-Request": "true"}


def test_every_answer_carries_an_id_of_its_own_that_its_log_lines_carry_too(rf: RequestFactory) -> None:
    bound = []

    def page(request: HttpRequest) -> HttpResponse:
        bound.append(structlog.contextvars.get_contextvars()["request_id"])
        return HttpResponse()

    answers = [request_id(page)(rf.get("/"))["X-Request-Id"] for _ in range(2)]
    assert answers == bound
    assert answers[0] != answers[1]
    assert re.fullmatch("[0-9a-f]{32}", answers[0])
    assert "request_id" not in structlog.contextvars.get_contextvars()


def test_an_id_from_outside_is_not_taken_over(rf: RequestFactory) -> None:
    answer = request_id(lambda request: HttpResponse())(rf.get("/", headers={"X-Request-Id": "forged"}))
    assert answer["X-Request-Id"] != "forged"


@pytest.mark.django_db
def test_pages_are_kept_out_of_every_cache(client: Client) -> None:
    answer = client.get(reverse("sign_in"))
    assert "no-store" in answer["Cache-Control"]
    assert "HX-Request" in answer["Vary"]
    assert "Cookie" in answer["Vary"]


@pytest.mark.django_db
def test_pages_carry_a_strict_content_security_policy(client: Client) -> None:
    policy = client.get(reverse("sign_in"))["Content-Security-Policy"]
    for directive in ("default-src 'none'", "script-src 'self'", "style-src 'self'", "frame-ancestors 'none'"):
        assert directive in policy
    assert "unsafe" not in policy


@pytest.mark.django_db
def test_a_page_without_a_session_leads_to_sign_in(client: Client) -> None:
    answer = client.get(reverse("orders"), {"q": "1001"})
    assert answer.status_code == 302
    assert answer["Location"] == f"{reverse('sign_in')}?next=/%3Fq%3D1001"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("current", "back"),
    [
        ("http://testserver/orders/7/?tab=raw#x", "%2Forders%2F7%2F%3Ftab%3Draw"),
        ("https://evil.example.com/orders/7/", "%2F"),
        ("", "%2F"),
    ],
)
def test_a_fragment_without_a_session_sends_the_whole_page_to_sign_in(client: Client, current: str, back: str) -> None:
    answer = client.get(reverse("orders"), headers={**HTMX, "HX-Current-URL": current})
    assert answer.status_code == 401
    assert answer["HX-Redirect"] == f"{reverse('sign_in')}?next={back}"
    assert answer.content == b""


@pytest.mark.parametrize("answer", [HttpResponse("fine"), HttpResponse(status=302, headers={"Location": "/orders/7/"})])
def test_other_answers_to_a_fragment_are_left_alone(rf: RequestFactory, answer: HttpResponse) -> None:
    assert sign_in_for_htmx(lambda request: answer)(rf.get("/", headers=HTMX)) is answer


@pytest.mark.django_db
def test_an_error_page_shows_neither_what_was_typed_nor_the_values_of_variables(rf: RequestFactory) -> None:
    from django.views.debug import ExceptionReporter

    secret = "-".join(["canary", "4711"])  # put together, for the page shows the lines of this file
    request: Any = rf.post("/", {"credential_api_key": secret})
    request.user = User()
    try:
        customer = " ".join(["Joana", "Exemplo"])
        raise ValueError(len(customer))
    except ValueError as failure:
        reporter = ExceptionReporter(request, ValueError, failure, failure.__traceback__)
    page = reporter.get_traceback_html()
    assert "ValueError" in page
    assert "credential_api_key" in page
    assert secret not in page
    assert customer not in page
