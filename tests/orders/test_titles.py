"""Titles that are a customer's name: shown, found and exported only for those who may see personal data."""

import html
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.test import Client

from orders.models import Order
from orders.services import sync_account
from orders.states import State
from tests.orders.rows import make_account, make_edit, make_order
from tests.orders.worlds import signed_in
from vendors import secrets
from vendors.lia.sandbox import LiaSimulator
from vendors.models import VendorAccount
from vendors.sandbox.server import Server

pytestmark = pytest.mark.django_db


@pytest.fixture
def order(db: None, sam: User) -> Iterator[Order]:
    """An order of Lia's, as it was mirrored, with an edit that came to nothing."""
    simulator = LiaSimulator(seed=3, size=5)
    with Server([simulator]):
        account = VendorAccount.objects.create(
            vendor="lia",
            name="Courses",
            options={"list_orders": True},
            base_url=simulator.url,
            encrypted_credentials=secrets.encrypt(simulator.credentials),
        )
        sync_account(account=account)
        order = Order.objects.select_related("account").exclude(title="").order_by("pk").first()
        assert order is not None
        make_edit(order, sam, State.REFUSED)
        yield order


@pytest.fixture
def desk(sam: User) -> Client:
    return signed_in(sam)


@pytest.fixture
def blind(desk: Client, sam: User) -> Client:
    """The same person, who may not see personal data."""
    Group.objects.get(name="supervisor").permissions.remove(Permission.objects.get(codename="view_personal"))
    return desk


def said(client: Client, order: Order) -> dict[str, str]:
    """What each page, and each file, says where this order is on it."""
    edit = order.edits.get()
    addresses = {
        "list": "/",
        "order": f"/orders/{order.pk}/",
        "form": f"/orders/{order.pk}/edit/",
        "edit": f"/edits/{edit.pk}/",
        "history": "/history/",
        "attention": "/attention/",
        "csv": "/history/export/csv/",
        "json": "/history/export/json/",
    }
    answers = {name: client.get(address) for name, address in addresses.items()}
    assert {answer.status_code for answer in answers.values()} == {200}
    return {name: _text(answer, is_json=name == "json") for name, answer in answers.items()}


def _text(answer: Any, *, is_json: bool) -> str:
    text = (b"".join(answer.streaming_content) if answer.streaming else answer.content).decode()
    return json.dumps(json.loads(text), ensure_ascii=False) if is_json else html.unescape(text)


def test_a_customers_name_is_seen_by_those_who_may(desk: Client, order: Order) -> None:
    assert [page for page, text in said(desk, order).items() if order.title not in text] == []


def test_a_customers_name_is_seen_by_nobody_else(blind: Client, order: Order) -> None:
    pages = said(blind, order)

    assert [page for page, text in pages.items() if order.title in text] == []
    assert [page for page, text in pages.items() if "•••" not in text] == []


def test_an_order_is_not_found_by_a_name_that_is_not_shown(desk: Client, blind: Client, order: Order) -> None:
    shown = f'href="/orders/{order.pk}/"'

    assert shown not in blind.get(f"/?q={quote(order.title)}").content.decode()
    assert shown in blind.get(f"/?q={quote(order.vendor_id)}").content.decode()


def test_an_order_is_found_by_a_name_that_is_shown(desk: Client, order: Order) -> None:
    assert f'href="/orders/{order.pk}/"' in desk.get(f"/?q={quote(order.title)}").content.decode()


def test_titles_of_campaigns_are_for_everybody(blind: Client) -> None:
    order = make_order(make_account(), title="Windows in the west")

    assert "Windows in the west" in blind.get("/").content.decode()
    assert "Windows in the west" in blind.get(f"/orders/{order.pk}/").content.decode()
