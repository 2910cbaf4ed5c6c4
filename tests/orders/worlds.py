"""The people and the vendor that tests of the desk share, as fixtures: alice the agent, sam, ada, and Liner."""

from collections.abc import Iterator

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client

from orders.models import Order
from orders.services import sync_account
from vendors import secrets
from vendors.liner.sandbox import LinerSimulator
from vendors.models import VendorAccount
from vendors.sandbox.server import Server

PASSWORD = "a password long enough for anybody"


def make_person(name: str, role: str, *, is_staff: bool = False) -> User:
    """Somebody in the group of that role."""
    person = User.objects.create_user(name, password=PASSWORD, is_staff=is_staff)
    group, is_new = Group.objects.get_or_create(name=role)
    if is_new:
        restore_roles()
    person.groups.add(group)
    return person


def restore_roles() -> None:
    """The roles again: a test over real connections ends with an emptied database, and a migration made them."""
    from importlib import import_module

    from django.apps import apps
    from django.db import connection

    with connection.schema_editor() as editor:
        for migration in ("0002_roles", "0008_exports_of_the_history"):
            import_module(f"orders.migrations.{migration}").make_roles(apps, editor)


def signed_in(person: User) -> Client:
    """A browser of this person's."""
    client = Client()
    client.force_login(person)
    return client


@pytest.fixture
def alice(db: None) -> User:
    return make_person("alice", "agent")


@pytest.fixture
def bob(db: None) -> User:
    return make_person("bob", "agent")


@pytest.fixture
def sam(db: None) -> User:
    return make_person("sam", "supervisor")


@pytest.fixture
def ada(db: None) -> User:
    return make_person("ada", "administrator", is_staff=True)


@pytest.fixture
def liner() -> Iterator[LinerSimulator]:
    """Liner with thirty orders, over real HTTP."""
    simulator = LinerSimulator(seed=3, size=30)
    with Server([simulator]) as server:
        yield simulator
    assert not server.errors, server.errors[0]


@pytest.fixture
def account(db: None, liner: LinerSimulator) -> VendorAccount:
    """An account at Liner of which nothing is mirrored yet."""
    return VendorAccount.objects.create(
        vendor="liner",
        name="Liner",
        base_url=liner.url,
        encrypted_credentials=secrets.encrypt(liner.credentials),
    )


@pytest.fixture
def mirrored(account: VendorAccount) -> VendorAccount:
    """The same account with its orders."""
    run = sync_account(account=account)
    assert run.error == ""
    return account


@pytest.fixture
def order(mirrored: VendorAccount) -> Order:
    return Order.objects.select_related("account").filter(account=mirrored).order_by("id")[4]
