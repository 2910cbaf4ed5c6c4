"""Every address of the desk, asked for in every role: what each may, and what is refused."""

import re

import pytest
from django.contrib.auth.models import User
from django.test import Client

from orders.models import Edit
from orders.states import State
from orders.urls import urlpatterns
from tests.orders.rows import make_account, make_edit, make_order
from vendors import secrets

pytestmark = pytest.mark.django_db

ROLES = ("nobody", "other agent", "author", "supervisor", "administrator")
FOR_MACHINES = "hook"

# By name of the address and method: the answer to each of ROLES, in that order.
ANSWERS: dict[tuple[str, str], tuple[int, int, int, int, int]] = {
    ("orders", "get"): (403, 200, 200, 200, 200),
    ("fetch", "post"): (403, 404, 404, 404, 404),
    ("order", "get"): (403, 200, 200, 200, 200),
    ("edit_order", "get"): (403, 200, 200, 200, 403),
    ("edit_order", "post"): (403, 409, 409, 409, 403),
    ("look", "post"): (403, 302, 302, 302, 302),
    ("edit", "get"): (403, 200, 200, 200, 200),
    ("withdraw", "post"): (403, 403, 303, 303, 303),
    ("resolve", "post"): (403, 302, 302, 302, 403),
    ("revert", "get"): (403, 403, 200, 200, 403),
    ("revert", "post"): (403, 403, 302, 302, 403),
    ("deal", "post"): (403, 403, 302, 302, 403),
    ("accounts", "get"): (403, 200, 200, 200, 200),
    ("sync", "post"): (403, 403, 403, 302, 302),
    ("attention", "get"): (403, 200, 200, 200, 200),
    ("preferences", "get"): (200, 200, 200, 200, 200),
    ("preferences", "post"): (302, 302, 302, 302, 302),
    ("history", "get"): (403, 403, 403, 200, 200),
    ("export", "get"): (403, 403, 403, 200, 200),
    ("order_workbook", "post"): (403, 403, 403, 302, 302),
    ("exports", "get"): (403, 403, 403, 200, 200),
    ("download", "get"): (403, 403, 403, 404, 404),
}


@pytest.fixture
def people(alice: User, bob: User, sam: User, ada: User) -> dict[str, User]:
    nobody = User.objects.create_user("nobody")
    return dict(zip(ROLES, (nobody, bob, alice, sam, ada), strict=True))


@pytest.fixture
def edit(alice: User) -> Edit:
    account = make_account(encrypted_credentials=secrets.encrypt({"api_key": "of-nobody"}))
    account.base_url = "http://127.0.0.1:9"  # where nobody listens
    account.save()
    return make_edit(make_order(account), alice, State.APPLIED)


def address(name: str, edit: Edit) -> str:
    route = next(str(pattern.pattern) for pattern in urlpatterns if pattern.name == name)
    route = route.replace("<slug:kind>", "csv")
    keys = {"orders": edit.order_id, "accounts": edit.account_id}
    return "/" + re.sub(r"<int:pk>", str(keys.get(route.partition("/")[0], edit.pk)), route)


def test_every_address_is_in_the_table() -> None:
    assert {name for name, _ in ANSWERS} == {pattern.name for pattern in urlpatterns} - {FOR_MACHINES}


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize(("name", "method"), ANSWERS, ids=lambda value: value)
def test_each_role_is_answered_as_it_may_be(
    edit: Edit, people: dict[str, User], name: str, method: str, role: str
) -> None:
    client = Client()
    client.force_login(people[role])

    answer = getattr(client, method)(address(name, edit))

    assert answer.status_code == ANSWERS[name, method][ROLES.index(role)]


@pytest.mark.parametrize("name", ["fetch", "look", "withdraw", "resolve", "deal", "sync", "order_workbook"])
def test_what_changes_something_takes_a_post(edit: Edit, people: dict[str, User], name: str) -> None:
    client = Client()
    client.force_login(people["supervisor"])

    assert client.get(address(name, edit)).status_code == 405
