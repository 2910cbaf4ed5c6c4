"""What `make run` fills an empty desk with: three people, and an account at each simulated vendor."""

import secrets
from dataclasses import dataclass

from django.contrib.auth.models import Group, User
from django.db import transaction

from vendors.accounts import merge_credentials, save_account
from vendors.hosts import origin_of
from vendors.models import VendorAccount
from vendors.sandbox.simulator import Simulator

HOST = "127.0.0.1"
PEOPLE = {"alice": "agent", "sam": "supervisor", "ada": "administrator"}
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # none that is taken for another


@dataclass(frozen=True, kw_only=True)
class Person:
    """Somebody who can sign in. `password` is "" for one who was there before: nobody can tell it any more."""

    name: str
    role: str
    password: str = ""


@transaction.atomic
def create_people() -> list[Person]:
    """The people of the demo, each with a random password where they had to be created."""
    return [_person(name, role) for name, role in PEOPLE.items()]


def set_up_account(*, simulator: Simulator) -> VendorAccount | None:
    """The account at this running simulator, created where there is none, moved where it listens on another port.

    An account that leads anywhere else is not touched: None where such a one has the name already.
    """
    accounts = VendorAccount.objects.filter(vendor=simulator.slug)
    account = next((each for each in accounts if origin_of(each.base_url)[:2] == ("http", HOST)), None)
    if account is None:
        if VendorAccount.objects.filter(name=simulator.label).exists():
            return None
        account = VendorAccount(vendor=simulator.slug, name=simulator.label, options=dict(simulator.options))
    credentials = merge_credentials(account=account, base_url=simulator.url, given=simulator.credentials)
    account.base_url = simulator.url
    save_account(account=account, credentials=credentials, via="by the demo")
    return account


def _person(name: str, role: str) -> Person:
    if User.objects.filter(username=name).exists():
        return Person(name=name, role=role)
    password = "-".join("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(4))
    person = User.objects.create_user(name, password=password, first_name=name.title())
    person.groups.add(Group.objects.get(name=role))
    person.is_staff = role == "administrator"  # may enter the admin; what for, the group says
    person.save()
    return Person(name=name, role=role, password=password)
