"""The demo fills an empty desk, may be repeated, and keeps its hands off everything else."""

from collections.abc import Mapping
from typing import Any, ClassVar

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from pytest_django import Settings

from orders.demo import create_people, set_up_account
from vendors.models import VendorAccount
from vendors.sandbox.messages import Request, Response
from vendors.sandbox.simulator import Simulator

pytestmark = pytest.mark.django_db


class Liner(Simulator):
    """As much of a simulator as an account needs."""

    slug: ClassVar[str] = "liner"
    label: ClassVar[str] = "Liner"
    credentials: ClassVar[Mapping[str, str]] = {"api_key": "a-key-of-the-simulator"}

    def build(self) -> None:
        """No orders."""

    def handle(self, request: Request) -> Response:
        raise NotImplementedError

    def failure(self, status: int, message: str) -> Response:
        raise NotImplementedError


def set_up(port: int) -> VendorAccount | None:
    simulator = Liner()
    simulator.url = f"http://127.0.0.1:{port}/liner"
    return set_up_account(simulator=simulator)


def test_people_have_their_role_and_a_password_of_their_own() -> None:
    people = create_people()
    assert {person.name: person.role for person in people} == {
        "alice": "agent",
        "sam": "supervisor",
        "ada": "administrator",
    }
    assert len({person.password for person in people}) == 3
    for person in people:
        user = User.objects.get(username=person.name)
        assert user.check_password(person.password)
        assert [group.name for group in user.groups.all()] == [person.role]
        assert user.is_staff == (person.role == "administrator")
        assert not user.is_superuser


def test_people_who_are_there_keep_what_they_have() -> None:
    first = {person.name: person.password for person in create_people()}
    User.objects.get(username="sam").delete()
    again = {person.name: person.password for person in create_people()}
    assert (again["alice"], again["ada"]) == ("", "")
    assert again["sam"]
    assert User.objects.get(username="alice").check_password(first["alice"])


def test_an_account_is_created_and_stays_the_same() -> None:
    account = set_up(8001)
    assert account is not None
    account.refresh_from_db()
    assert (account.name, account.base_url) == ("Liner", "http://127.0.0.1:8001/liner")
    assert account.credentials == {"api_key": "a-key-of-the-simulator"}
    assert set_up(8001) == account
    assert account.history.count() == 1


def test_an_account_follows_the_simulator_to_another_port() -> None:
    account = set_up(8001)
    assert account is not None
    VendorAccount.objects.update(name="Calls", enabled=False, options={})
    moved = set_up(8011)
    assert moved == account
    account.refresh_from_db()
    assert (account.name, account.enabled, account.base_url) == ("Calls", False, "http://127.0.0.1:8011/liner")
    assert account.credentials == {"api_key": "a-key-of-the-simulator"}


def test_an_account_that_leads_to_the_real_vendor_is_left_alone() -> None:
    real: dict[str, Any] = {"base_url": "https://liner.example.com/v1", "encrypted_credentials": "sealed"}
    VendorAccount.objects.create(vendor="liner", name="Liner", **real)
    assert set_up(8001) is None
    assert VendorAccount.objects.filter(**real).count() == VendorAccount.objects.count() == 1


@pytest.mark.parametrize("setting", [{"SECURE_SSL_REDIRECT": True}, {"ALLOW_PRIVATE_HOSTS": False}])
def test_a_real_desk_gets_no_demo(settings: Settings, setting: dict[str, bool]) -> None:
    for name, value in setting.items():
        setattr(settings, name, value)
    with pytest.raises(CommandError, match="HTTPS=false and ALLOW_PRIVATE_HOSTS=true only"):
        call_command("demo")
    assert not User.objects.exists()


@pytest.mark.parametrize(
    ("ports", "said"),
    [
        ({"port": 0}, "PORT=0 is no port"),
        ({"sandbox_port": 70000}, "SANDBOX_PORT=70000 is no port"),
        ({"port": 8123, "sandbox_port": 8123}, "PORT and SANDBOX_PORT have to differ"),
    ],
)
def test_senseless_ports_are_told(ports: dict[str, int], said: str) -> None:
    with pytest.raises(CommandError, match=said):
        call_command("demo", **{"port": 8000, "sandbox_port": 8001, **ports})
