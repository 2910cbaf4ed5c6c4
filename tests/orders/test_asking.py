"""An order that is not mirrored is asked for from the search box, by what somebody pasted there."""

from collections.abc import Iterator

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from orders.models import Order
from vendors import secrets
from vendors.caliq.sandbox import CaliqSimulator
from vendors.models import VendorAccount
from vendors.sandbox.server import Server

pytestmark = pytest.mark.django_db


@pytest.fixture
def caliq() -> Iterator[CaliqSimulator]:
    simulator = CaliqSimulator(seed=3, size=12)
    with Server([simulator]) as server:
        yield simulator
    assert not server.errors


@pytest.fixture
def wholesale(caliq: CaliqSimulator) -> VendorAccount:
    return VendorAccount.objects.create(
        vendor="caliq",
        name="Wholesale",
        base_url=caliq.url,
        encrypted_credentials=secrets.encrypt(caliq.credentials),
    )


def test_what_looks_like_an_id_can_be_asked_for(
    client: Client, alice: User, caliq: CaliqSimulator, wholesale: VendorAccount
) -> None:
    client.force_login(alice)
    pasted = next(iter(caliq.orders))

    page = client.get(reverse("orders"), {"q": pasted}).content.decode()
    assert "Wholesale</button>" in page

    opened = client.post(reverse("fetch"), {"q": pasted, "account": wholesale.pk})
    order = Order.objects.get()
    assert order.vendor_id == pasted
    assert opened["Location"] == order.get_absolute_url()


def test_what_the_vendor_does_not_know_is_said_and_the_search_stays(
    client: Client, alice: User, caliq: CaliqSimulator, wholesale: VendorAccount
) -> None:
    client.force_login(alice)

    back = client.post(reverse("fetch"), {"q": "99999999", "account": wholesale.pk}, follow=True)

    assert back.request["QUERY_STRING"] == "q=99999999"
    assert "99999999" in back.content.decode()
    assert "Caliq" in back.content.decode()
    assert Order.objects.count() == 0


def test_a_name_is_not_offered_as_an_id(client: Client, alice: User, wholesale: VendorAccount) -> None:
    client.force_login(alice)

    assert "Wholesale</button>" not in client.get(reverse("orders"), {"q": "Harbour"}).content.decode()


def test_nonsense_is_no_error_page(client: Client, alice: User, wholesale: VendorAccount) -> None:
    client.force_login(alice)

    assert client.post(reverse("fetch"), {"q": "x", "account": "'"}).status_code == 404
    assert client.get(reverse("fetch")).status_code == 405
