"""The desk of a trial: an empty database, a few people, and an account at every simulator."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.contrib.auth.models import Group, User
from django.core.management import call_command
from django.db import connection

from orders.models import Edit, Order
from orders.services import sync_account
from orders.trial.fields import STATUSES
from vendors import secrets
from vendors.management.commands.sandbox import simulators
from vendors.models import VendorAccount
from vendors.sandbox.remote import Remote

AGENTS = ("ann", "ben", "cleo")
LEAVER = "dan"  # who may no longer edit from the middle of the trial on


class NotEmpty(Exception):
    """There is something in the database already: a trial would bury it under its own."""


def prepare(remotes: Mapping[str, Remote], *, switches: Mapping[str, Mapping[str, Any]]) -> None:
    """Make the tables, the people and the accounts, and mirror all orders. Raises NotEmpty."""
    if connection.introspection.table_names():
        raise NotEmpty("The database is not empty.")
    call_command("migrate", interactive=False, verbosity=0)
    agents = Group.objects.get(name="agent")
    for name in (*AGENTS, LEAVER):
        User.objects.create_user(name).groups.add(agents)
    for slug, remote in remotes.items():
        remote.set(**switches.get(slug, {}))
        sync_account(account=_account(slug, remote))
    if (mirrored := set(_slugs(Order.objects.all()))) != set(remotes):
        raise AssertionError(f"Not every vendor's orders could be mirrored, only those of {mirrored}.")


def dismiss(name: str) -> None:
    """Let somebody edit nothing from now on."""
    User.objects.filter(username=name).update(is_active=False)


def concluded() -> int:
    """How many edits have an outcome."""
    return Edit.objects.exclude(concluded_at=None).count()


def clean() -> bool:
    """Whether no edit is under way any more, but those that wait for a person, and no lock is on record."""
    under_way = Edit.objects.filter(concluded_at=None).exclude(state="unknown", next_at=None)
    return not under_way.exists() and not Edit.objects.exclude(hold="").exists()


def _account(slug: str, remote: Remote) -> VendorAccount:
    kind = next(type(each) for each in simulators(size=0) if each.slug == slug)
    options = dict(kind.options)
    if slug == "altcraft":
        own = [{"id": status, "name": status, "type": "in_process"} for status in STATUSES]
        options["line_statuses"] = [*options["line_statuses"], *own]
        for status in own:
            remote.act("add_status", **status)
    return VendorAccount.objects.create(
        vendor=slug,
        name=slug,
        base_url=remote.url,
        options=options,
        encrypted_credentials=secrets.encrypt(kind.credentials),
    )


def _slugs(orders: Any) -> Iterable[str]:
    return orders.values_list("account__vendor", flat=True).distinct()  # type: ignore[no-any-return]
