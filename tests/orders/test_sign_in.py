"""Signing in and out, and what nobody sees without it."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from orders.models import Order
from tests.orders.rows import make_account, make_order
from tests.orders.worlds import PASSWORD

pytestmark = pytest.mark.django_db

OPEN = {"/sign-in/", "/healthz"}
FOR_MACHINES = "/hooks/"  # vendors sign what they send there, and have no session
SIGN_IN = reverse("sign_in")


def addresses(resolver: URLResolver, before: str = "/") -> Iterator[str]:
    """An address for every pattern of the project, with something in the place of each parameter."""
    for pattern in resolver.url_patterns:
        here = before + example(str(pattern.pattern))
        if isinstance(pattern, URLResolver):
            yield from addresses(pattern, here)
        else:
            assert isinstance(pattern, URLPattern)
            yield here


def example(route: str) -> str:
    route = re.sub(r"<(?:int:)\w+>", "1", route)
    route = re.sub(r"<(?:\w+:)?\w+>", "x", re.sub(r"\(\?P<\w+>([\w.]+)[^)]*\)\??", r"\1", route))
    return route.replace(".", "x").strip("^$").replace("\\Z", "").replace("\\", "")


EVERY_ADDRESS = sorted(set(addresses(get_resolver())))
CLOSED = [each for each in EVERY_ADDRESS if each not in OPEN and not each.startswith(FOR_MACHINES)]


def sign_in(client: Client, *, name: str = "alice", password: str = PASSWORD, then: str = "") -> Any:
    return client.post(SIGN_IN, {"username": name, "password": password, "next": then})


def test_the_walk_finds_the_addresses_that_people_use() -> None:
    assert {"/", "/history/", "/orders/1/", "/orders/1/edit/", "/edits/1/withdraw/", "/admin/auth/user/"} <= set(
        EVERY_ADDRESS
    )
    assert len(EVERY_ADDRESS) > 20


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("address", CLOSED)
def test_no_address_answers_without_a_session(client: Client, address: str, method: str) -> None:
    answer = getattr(client, method)(address)
    assert answer.status_code == 302, address
    assert answer.content == b""
    answer = client.get(answer["Location"], follow=True)
    assert answer.request["PATH_INFO"] == SIGN_IN, address
    assert answer.request["QUERY_STRING"].startswith("next=")


@pytest.mark.parametrize("address", [each for each in CLOSED if not each.startswith("/admin/")])
def test_no_fragment_answers_without_a_session(client: Client, address: str) -> None:
    answer = client.get(address, headers={"HX-Request": "true", "HX-Current-URL": "http://testserver/history/"})
    assert answer.status_code == 401, address
    assert answer["HX-Redirect"] == f"{SIGN_IN}?next=%2Fhistory%2F"
    assert answer.content == b""


@pytest.mark.parametrize("address", sorted(OPEN))
def test_sign_in_and_the_health_check_answer_everybody(client: Client, address: str) -> None:
    assert client.get(address).status_code == 200


def test_signing_in_leads_to_the_orders(client: Client, alice: User) -> None:
    answer = sign_in(client)
    assert (answer.status_code, answer["Location"]) == (302, "/")
    assert "alice" in client.get("/").content.decode()


def test_signing_in_leads_to_the_page_that_was_asked_for(client: Client, alice: User) -> None:
    page = client.get(f"{SIGN_IN}?next=/orders/7/").content.decode()
    assert '<input type="hidden" name="next" value="/orders/7/">' in page
    assert sign_in(client, then="/orders/7/")["Location"] == "/orders/7/"


@pytest.mark.parametrize(
    "elsewhere", ["https://evil.example.com/", "//evil.example.com/", "/\\evil.example.com", "javascript:alert(1)"]
)
def test_signing_in_leads_to_no_other_site(client: Client, alice: User, elsewhere: str) -> None:
    assert sign_in(client, then=elsewhere)["Location"] == "/"


def test_a_wrong_password_is_told_without_saying_whether_the_name_exists(client: Client, alice: User) -> None:
    known = sign_in(client, password="not it").content.decode()
    unknown = sign_in(client, name="nobody", password="not it").content.decode()
    for page in (known, unknown):
        assert 'role="alert"' in page
        assert 'aria-invalid="true" aria-describedby="refusal"' in page
        assert "not it" not in page
    error = re.search(r'<p class="error">(.*?)</p>', known)
    assert error
    assert error.group() in unknown
    assert 'value="alice"' in known


def test_an_empty_box_is_told_beside_it(client: Client, db: None) -> None:
    page = sign_in(client, password="").content.decode()
    assert 'id="id_password_error">This field is required.<' in page
    assert 'aria-describedby="id_password_error"' in page


def test_somebody_who_has_left_cannot_sign_in(client: Client, alice: User) -> None:
    User.objects.filter(pk=alice.pk).update(is_active=False)
    assert sign_in(client).status_code == 200
    assert "_auth_user_id" not in client.session


def test_guessing_is_stopped_for_a_while_even_with_the_right_password(
    client: Client, alice: User, bob: User, settings: Any
) -> None:
    for _ in range(settings.AXES_FAILURE_LIMIT - 1):
        assert sign_in(client, password="wrong").status_code == 200
    answer = sign_in(client, password="wrong")
    assert answer.status_code == 429
    page = answer.content.decode()
    assert "Sign-in is paused" in page
    assert "Wait 15 minutes" in page
    assert sign_in(client).status_code == 429
    assert sign_in(Client(), name="bob").status_code == 302


def test_whoever_is_signed_in_is_not_asked_again(client: Client, alice: User) -> None:
    client.force_login(alice)
    assert client.get(f"{SIGN_IN}?next=/orders/7/")["Location"] == "/orders/7/"


def test_signing_out_takes_a_post_and_ends_the_session(client: Client, alice: User) -> None:
    client.force_login(alice)
    assert client.get("/sign-out/").status_code == 405
    assert client.post("/sign-out/")["Location"] == SIGN_IN
    assert client.get("/").status_code == 302


def test_a_form_of_another_session_is_explained(alice: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice)
    answer = client.post("/sign-out/")
    assert answer.status_code == 403
    assert "The form has expired" in answer.content.decode()


def test_a_page_that_is_not_there_says_so(client: Client, alice: User) -> None:
    client.force_login(alice)
    for address in ("/nowhere/", "/orders/999/"):
        answer = client.get(address)
        assert answer.status_code == 404
        assert "Nothing at this address" in answer.content.decode()


def test_an_error_of_the_desk_gives_a_page_that_needs_nothing(
    client: Client, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(**_: Any) -> None:
        raise RuntimeError("canary-4711")

    monkeypatch.setattr("orders.views.listing.list_orders", fail)
    client.force_login(alice)
    client.raise_request_exception = False
    answer = client.get("/")
    page = answer.content.decode()
    assert answer.status_code == 500
    assert "The desk met an error of its own" in page
    assert "canary" not in page
    assert "{" not in page


def test_the_bar_names_only_the_places_that_one_may_enter(alice: User, sam: User, ada: User) -> None:
    all_see = {"/", "/accounts/", "/attention/"}
    places = {alice: all_see, sam: all_see | {"/history/"}, ada: all_see | {"/history/", "/admin/"}}
    for person, expected in places.items():
        client = Client()
        client.force_login(person)
        (nav,) = re.findall(r'<nav class="places".*?</nav>', client.get("/").content.decode(), re.DOTALL)
        assert set(re.findall(r'href="([^"]+)"', nav)) == expected, person
        for place in expected:
            assert client.get(place).status_code == 200, (person, place)


def test_every_page_offers_the_search(client: Client, sam: User) -> None:
    client.force_login(sam)
    order: Order = make_order(make_account())
    for address in ("/", "/history/", order.get_absolute_url()):
        page = client.get(address).content.decode()
        assert '<form id="find" class="find" role="search" action="/" method="get"' in page
