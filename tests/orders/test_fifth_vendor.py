"""A fifth vendor is its own folder and one line in the registry: everything else already works for it."""

import json
import re
from collections.abc import Iterator

import pytest
import responses
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from requests import PreparedRequest

from orders.models import Edit, Order
from orders.services import sync_account
from orders.states import State
from tests.orders.papers import Form
from tests.vendors.toy.vendor import Toy
from vendors import secrets
from vendors.models import VendorAccount
from vendors.registry import VENDORS

pytestmark = pytest.mark.django_db

SHOP = "https://shop.invalid"


@pytest.fixture(autouse=True)
def _one_line_in_the_registry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(VENDORS, Toy.slug, Toy)


@pytest.fixture
def shop() -> Iterator[dict[str, dict[str, object]]]:
    """The shop's orders, over the wire."""
    orders: dict[str, dict[str, object]] = {
        "T-1": {"id": "T-1", "note": "blue kite", "pieces": 1, "status": "open"},
        "T-2": {"id": "T-2", "note": "red kite", "pieces": 2, "status": "shipped"},
    }

    def change(request: PreparedRequest) -> tuple[int, dict[str, str], str]:
        changes = json.loads(request.body or "{}")
        if changes.get("pieces", 0) > 9:
            return 422, {}, '{"no": "Nine pieces at most."}'
        orders["T-1"].update(changes)
        return 204, {}, ""

    def show(request: PreparedRequest) -> tuple[int, dict[str, str], str]:
        return 200, {}, json.dumps(orders[str(request.url).rpartition("/")[2]])

    with responses.RequestsMock(assert_all_requests_are_fired=False) as wire:
        wire.add_callback("GET", f"{SHOP}/orders", lambda _: (200, {}, json.dumps(list(orders.values()))))
        wire.add_callback("GET", re.compile(f"{SHOP}/orders/T-[12]$"), show)
        wire.add_callback("PATCH", f"{SHOP}/orders/T-1", change)
        yield orders


@pytest.fixture
def toys(shop: object) -> VendorAccount:
    account = VendorAccount.objects.create(
        vendor="toy", name="Toys", base_url=SHOP, encrypted_credentials=secrets.encrypt({"key": "toy-key-0001"})
    )
    assert sync_account(account=account).error == ""
    return account


def send(client: Client, order: Order, **typed: str) -> Edit:
    """Type, review and send, as a browser without JavaScript does."""
    url = reverse("edit_order", args=[order.pk])
    form = Form(client.get(url).content.decode(), url)
    review = client.post(url, form.post("review", **typed))
    sheet = Form(review.content.decode(), url)
    assert client.post(url, sheet.post("send")).status_code == 303
    return Edit.objects.latest("id")


def test_its_orders_are_listed_and_shown(client: Client, alice: User, toys: VendorAccount) -> None:
    client.force_login(alice)

    assert "blue kite" in client.get(reverse("orders")).content.decode()
    shipped = Order.objects.get(vendor_id="T-2")
    page = client.get(shipped.get_absolute_url()).content.decode()
    assert page.count("The parcel has left.") == 1  # said once, for the whole order
    assert reverse("edit_order", args=[shipped.pk]) not in page


def test_its_orders_are_edited(
    client: Client, alice: User, toys: VendorAccount, shop: dict[str, dict[str, object]]
) -> None:
    client.force_login(alice)

    done = send(client, Order.objects.get(vendor_id="T-1"), note="green kite")

    assert (done.state, done.payload) == (State.APPLIED, {"note": "green kite"})
    assert shop["T-1"]["note"] == "green kite"


def test_its_administrator_gets_its_own_fields(client: Client, ada: User, toys: VendorAccount) -> None:
    client.force_login(ada)

    page = client.get(reverse("admin:vendors_vendoraccount_change", args=[toys.pk])).content.decode()

    assert "toy-key-0001" not in page
    assert "Key" in page
