"""What `manage.py check` asks of the vendors, the accounts and the environment they run in."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django import forms
from django.apps import AppConfig
from django.conf import settings
from django.core import checks
from django.core.checks import CheckMessage, Error, Tags, register
from django.core.exceptions import ValidationError
from django.db import connections

from vendors.contract import Vendor
from vendors.models import VendorAccount
from vendors.registry import VENDORS
from vendors.secrets import SecretUnreadable

Apps = Sequence[AppConfig] | None


@register("vendors")
def check_declarations(app_configs: Apps, **kwargs: Any) -> list[CheckMessage]:
    """Every vendor declares credentials and options that forms, command line and storage can handle."""
    return [
        Error(f"{vendor.label}: {problem}", obj=vendor, id="vendors.E001")
        for vendor in VENDORS.values()
        for problem in problems_of(vendor)
    ]


@register("vendors", deploy=True)
def check_private_hosts(app_configs: Apps, **kwargs: Any) -> list[CheckMessage]:
    """In production no account may point into the private network."""
    if not settings.ALLOW_PRIVATE_HOSTS:
        return []
    return [
        checks.Warning(
            "ALLOW_PRIVATE_HOSTS is on: an account may reach every machine of the private network, without encryption.",
            hint="Set ALLOW_PRIVATE_HOSTS=false; it is meant for demonstrations and tests.",
            id="vendors.W001",
        )
    ]


@register(Tags.database, "vendors")
def check_accounts(app_configs: Apps, databases: Sequence[str] | None, **kwargs: Any) -> list[CheckMessage]:
    """Every stored account is of a known vendor, and its credentials can be decrypted. Asks the database."""
    return [message for alias in databases or [] for message in _problems_of_accounts(alias)]


def problems_of(vendor: type[Vendor]) -> Iterator[str]:
    """What is wrong with the credentials and options a vendor declares, in sentences."""
    if not vendor.credentials:
        yield "it declares no credentials."
    for name, field in vendor.credentials.items():
        if not name.isidentifier() or not isinstance(field, forms.CharField):
            yield f"the credential {name!r} has to be named like a variable and be a text field."
    for name, field in vendor.declared_options.items():
        if not name.isidentifier() or not isinstance(field, forms.Field):
            yield f"the option {name!r} has to be named like a variable and be a form field."
        elif isinstance(field, forms.BooleanField) and field.required:
            yield f"the option {name!r} could never be off: say required=False."
        else:
            yield from _problems_of_default(name, field)


def _problems_of_default(name: str, field: forms.Field) -> Iterator[str]:
    try:
        kept = json.loads(json.dumps(field.initial)) == field.initial
        if not kept or field.clean(field.initial) != field.initial:
            yield f"the option {name!r} does not read its own default, {field.initial!r}, as the same value."
    except (ValidationError, TypeError, ValueError):
        yield f"the option {name!r} has no default, or one that it would itself refuse: {field.initial!r}."


def _problems_of_accounts(alias: str) -> Iterator[CheckMessage]:
    table = VendorAccount._meta.db_table
    if table not in connections[alias].introspection.table_names():
        return  # before the first migration there is nothing to look at
    accounts: Mapping[int, VendorAccount] = VendorAccount.objects.using(alias).defer("pick_lists").in_bulk()
    for account in accounts.values():
        if account.vendor not in VENDORS:
            yield Error(
                f"The account {account.name} is of the vendor {account.vendor!r}, which is not known here.",
                hint="Delete the account, or run the version of Amend that knows this vendor.",
                id="vendors.E002",
            )
        try:
            _ = account.credentials
        except SecretUnreadable as failure:
            yield Error(
                f"The credentials of the account {account.name} cannot be used.", hint=str(failure), id="vendors.E003"
            )
