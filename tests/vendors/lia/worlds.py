"""Lia's simulator over real HTTP, and an account at it, as fixtures."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User

from orders.models import Order
from orders.services import sync_account
from vendors import secrets
from vendors.lia.sandbox import LiaSimulator
from vendors.lia.vendor import Lia
from vendors.models import VendorAccount
from vendors.registry import VENDORS
from vendors.sandbox.server import Server


@pytest.fixture
def alice(db: None) -> User:
    """Somebody who may edit orders, and never signs in."""
    alice = User.objects.create(username="alice")
    alice.user_permissions.add(Permission.objects.get(codename="edit_order"))
    return alice


@pytest.fixture
def lia_simulator(monkeypatch: pytest.MonkeyPatch) -> Iterator[LiaSimulator]:
    """Lia with twelve orders, which takes any part of a customer and analyses at once."""
    monkeypatch.setitem(VENDORS, "lia", Lia)
    simulator = LiaSimulator(seed=3, size=12)
    simulator.set(required="partial", analysis_ms=0)
    with Server([simulator]) as server:
        yield simulator
    assert not server.errors, server.errors[0]


@pytest.fixture
def lia_account(db: None, lia_simulator: LiaSimulator) -> VendorAccount:
    """An account at Lia that may list orders, of which nothing is mirrored yet."""
    return VendorAccount.objects.create(
        vendor="lia",
        name="Lia",
        base_url=lia_simulator.url,
        options={"list_orders": True},
        encrypted_credentials=secrets.encrypt(lia_simulator.credentials),
    )


@pytest.fixture
def lia_mirrored(lia_account: VendorAccount) -> VendorAccount:
    """The same account with its orders."""
    run = sync_account(account=lia_account)
    assert (run.error, run.problems) == ("", [])
    return lia_account


def set_option(account: VendorAccount, **options: Any) -> None:
    account.options = {**account.options, **options}
    account.save()


def find_order(account: VendorAccount, vendor_id: str) -> Order:
    return Order.objects.select_related("account").get(account=account, vendor_id=vendor_id)
