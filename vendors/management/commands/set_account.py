"""`set_account`: create or change an account from the command line. Secrets come in on standard input only."""

import sys
from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.views.decorators.debug import sensitive_variables

from vendors import payloads
from vendors.accounts import merge_credentials, read_options, save_account
from vendors.forms import BUDGET
from vendors.hosts import read_base_url
from vendors.models import VendorAccount, WhenDown
from vendors.registry import VENDORS

FROM_HERE = "from the command line"


class Command(BaseCommand):
    """Repeating a command changes nothing, and says so. Exit code 2 for anything that cannot be saved."""

    help = (
        "Create or change the account NAME. Credentials are never arguments: give --credentials - and write them as"
        ' JSON to standard input, such as {"api_key": "…"}. What is not given stays as it is.'
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", metavar="NAME", help="how agents and commands call the account")
        parser.add_argument("--vendor", help=f"one of: {', '.join(VENDORS)}")
        parser.add_argument("--base-url", metavar="URL", help="where the vendor's API is, https only")
        parser.add_argument("--credentials", metavar="-", help="a hyphen: read them from standard input; null removes")
        parser.add_argument(
            "--option",
            metavar="KEY=VALUE",
            action="append",
            default=[],
            help="an option that the vendor declares; the value may be JSON; null means the default; repeatable",
        )
        parser.add_argument(
            "--sync-minutes", type=int, metavar="N", help="minutes between syncs by themselves; 0: only by hand"
        )
        onoff = parser.add_mutually_exclusive_group()
        onoff.add_argument("--enable", dest="enabled", action="store_true", default=None, help="read and write it")
        onoff.add_argument("--disable", dest="enabled", action="store_false", help="neither read nor write it")
        reason = parser.add_mutually_exclusive_group()
        reason.add_argument("--requires-reason", action="store_true", default=None, help="agents have to say why")
        reason.add_argument("--no-requires-reason", dest="requires_reason", action="store_false")
        rate = parser.add_argument_group("budget")
        rate.add_argument("--requests-per-second", metavar="N", help="how fast it may be called; none: no limit")
        rate.add_argument("--burst", metavar="N", help="how many requests may go out at once after a rest")
        rate.add_argument("--reserve-percent", metavar="N", help="the share of the burst that syncs leave to people")
        rate.add_argument("--when-down", choices=WhenDown.values, help="what becomes of edits while it does not answer")

    @sensitive_variables()
    def handle(self, *args: Any, **given: Any) -> None:
        account = _account(given["name"], given["vendor"])
        base_url = _base_url(account, given["base_url"])
        options = _options(account, given["option"])
        credentials = _credentials(account, base_url, given["credentials"])
        is_new = account.pk is None
        account.base_url, account.options = base_url, options
        for switch in ("enabled", "requires_reason", "sync_minutes"):
            if given[switch] is not None:
                setattr(account, switch, given[switch])
        _set_budget(account, given)
        try:
            account.full_clean(exclude=["options", "encrypted_credentials", "pick_lists"])
        except ValidationError as wrong:
            raise refusal("; ".join(wrong.messages)) from None
        changed = save_account(account=account, credentials=credentials, via=FROM_HERE)
        self.stdout.write(_said(account, changed, is_new))


def refusal(sentence: str) -> CommandError:
    """The error for what the person at the command line has to correct."""
    return CommandError(sentence, returncode=2)


def _account(name: str, vendor: str | None) -> VendorAccount:
    known = f"There are: {', '.join(VENDORS)}."
    if vendor is not None and vendor not in VENDORS:
        raise refusal(f"There is no vendor named {vendor!r}. {known}")
    account = VendorAccount.objects.filter(name=name).first()
    if account is None:
        if vendor is None:
            raise refusal(f"The account {name} does not exist yet: say which --vendor it is of. {known}")
        return VendorAccount(name=name, vendor=vendor)
    if account.vendor not in VENDORS:
        raise refusal(f"The account {name} is of the vendor {account.vendor!r}, which this version does not know.")
    if vendor not in {None, account.vendor}:
        raise refusal(f"{name} is a {account.vendor_label} account and stays one. Choose another name.")
    return account


def _set_budget(account: VendorAccount, given: dict[str, Any]) -> None:
    for name in BUDGET:
        if given[name] is not None:
            field: Any = VendorAccount._meta.get_field(name)
            is_none = name == "requests_per_second" and given[name] == "none"
            try:
                setattr(account, name, None if is_none else field.to_python(given[name]))
            except ValidationError as wrong:
                raise refusal(f"--{name.replace('_', '-')}: {' '.join(wrong.messages)}") from None


def _base_url(account: VendorAccount, given: str | None) -> str:
    if given is None and not account.base_url:
        raise refusal(f"The account {account.name} does not exist yet: say where its API is with --base-url.")
    try:
        return account.base_url if given is None else read_base_url(given)
    except ValidationError as wrong:
        raise refusal(f"--base-url: {' '.join(wrong.messages)}") from None


def _options(account: VendorAccount, given: list[str]) -> dict[str, Any]:
    parsed = dict(_option(text) for text in given)
    try:
        return {**account.options, **read_options(vendor=account.vendor_class, given=parsed)}
    except ValidationError as wrong:
        raise _refusal_by_name("--option", wrong) from None


def _option(text: str) -> tuple[str, Any]:
    name, sign, value = text.partition("=")
    if not sign:
        raise refusal(f"--option {text} has no value: write --option KEY=VALUE.")
    return name, _value(value)


def _value(text: str) -> Any:
    """JSON where it is JSON and more than a number: digits are left to the option's own field."""
    try:
        value = payloads.loads(text)
    except payloads.NotJSON:
        return text
    return value if value is None or isinstance(value, bool | str | list | dict) else text


@sensitive_variables()
def _credentials(account: VendorAccount, base_url: str, given: str | None) -> dict[str, str]:
    if given not in {None, "-"}:
        # What was given may be a secret, so it is not repeated.
        raise refusal("Credentials never go into arguments: write --credentials - and give them on standard input.")
    try:
        entered = _read_credentials() if given else {}
        return merge_credentials(account=account, base_url=base_url, given=entered)
    except ValidationError as wrong:
        raise _refusal_by_name("--credentials", wrong) from None


@sensitive_variables()
def _read_credentials() -> dict[str, str | None]:
    expected = 'Standard input has to be JSON such as {"api_key": "…"}, each value a text'
    try:
        entered = payloads.loads(sys.stdin.read())
    except (payloads.NotJSON, UnicodeDecodeError):
        raise refusal(f"{expected}; what came is not JSON.") from None
    if not isinstance(entered, dict) or not all(value is None or isinstance(value, str) for value in entered.values()):
        raise refusal(f"{expected}.")
    return entered


def _refusal_by_name(argument: str, wrong: ValidationError) -> CommandError:
    return refusal("; ".join(f"{argument} {name}: {' '.join(said)}" for name, said in wrong.message_dict.items()))


def _said(account: VendorAccount, changed: list[str], is_new: bool) -> str:
    if not changed:
        return f"Account {account} is unchanged."
    if is_new:
        return f"Account {account} is created, at {account.base_url}."
    return f"Account {account} is changed: {', '.join(changed)}."
