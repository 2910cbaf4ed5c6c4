"""Accounts from the command line: `set_account` and `check_account`."""

import io
import json
import re
import sys
from typing import Any

import pytest
import responses
from django.core.management import CommandError, call_command

from vendors.models import VendorAccount

KEY = "canary-key-4711"
URL = "https://liner.example.com"
pytestmark = pytest.mark.django_db


class Desk:
    """The command line, with what is written to its standard input."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.monkeypatch = monkeypatch

    def __call__(self, *arguments: str, enters: Any = "") -> str:
        typed = enters if isinstance(enters, str) else json.dumps(enters)
        self.monkeypatch.setattr(sys, "stdin", io.StringIO(typed))
        said = io.StringIO()
        call_command("set_account", *arguments, stdout=said)
        return said.getvalue().strip()

    def refuses(self, *arguments: str, enters: Any = "") -> str:
        with pytest.raises(CommandError) as refused:
            self(*arguments, enters=enters)
        assert refused.value.returncode == 2
        assert KEY not in str(refused.value)
        return str(refused.value)


@pytest.fixture
def set_account(monkeypatch: pytest.MonkeyPatch) -> Desk:
    return Desk(monkeypatch)


NEW = ("RU", "--vendor", "liner", "--base-url", URL, "--credentials", "-")


def test_an_account_is_created_and_repeating_it_changes_nothing(set_account: Desk) -> None:
    assert set_account(*NEW, enters={"api_key": KEY}) == f"Account RU is created, at {URL}."
    assert set_account(*NEW, enters={"api_key": KEY}) == "Account RU is unchanged."
    account = VendorAccount.objects.get()
    assert (account.vendor, account.name, account.base_url, account.enabled) == ("liner", "RU", URL, True)
    assert account.credentials == {"api_key": KEY}
    assert account.history.get().history_change_reason == "account created, from the command line"


def test_only_what_is_given_changes(set_account: Desk) -> None:
    set_account(*NEW, enters={"api_key": KEY})
    assert set_account("RU", "--disable") == "Account RU is changed: enabled."
    assert set_account("RU", "--option", "custom_values=whole") == "Account RU is changed: options."
    assert set_account("RU", "--option", 'custom_values="whole"') == "Account RU is unchanged."
    assert set_account("RU", "--credentials", "-", enters={"api_key": "x"}) == "Account RU is changed: credentials."
    assert set_account("RU", "--enable", "--requires-reason") == "Account RU is changed: requires a reason, enabled."
    assert set_account("RU", "--sync-minutes", "0") == "Account RU is changed: minutes between syncs."
    assert set_account("RU", "--option", "custom_values=null") == "Account RU is changed: options."
    account = VendorAccount.objects.get()
    assert account.enabled
    assert account.requires_reason
    assert account.credentials == {"api_key": "x"}
    assert account.cleaned_options() == {"custom_values": "changed"}


def test_a_secret_as_an_argument_is_refused_and_not_repeated(set_account: Desk) -> None:
    said = set_account.refuses("RU", "--vendor", "liner", "--base-url", URL, "--credentials", KEY)
    assert said.startswith("Credentials never go into arguments")


@pytest.mark.parametrize(
    "enters",
    [f'{{"api_key": "{KEY}"', KEY, f'["{KEY}"]', '{"api_key": 4711}', '{"api_key": "a", "api_key": "b"}', ""],
)
def test_standard_input_has_to_be_json(set_account: Desk, enters: str) -> None:
    assert "Standard input has to be JSON" in set_account.refuses(*NEW, enters=enters)
    assert not VendorAccount.objects.exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["RU"], "does not exist yet: say which --vendor"),
        (["RU", "--vendor", "linear"], "There is no vendor named 'linear'. There are: "),
        (["RU", "--vendor", "liner"], "say where its API is with --base-url"),
        (["RU", "--vendor", "liner", "--base-url", "liner.example.com"], "--base-url: The base URL has to begin with"),
        (["RU", "--vendor", "liner", "--base-url", URL], "--credentials api_key: Enter the API key."),
        ([*NEW, "--option", "colour=red"], "--option colour: Liner has no option of this name. It has custom_values"),
        ([*NEW, "--option", "custom_values=some"], "It can be: changed, whole."),
        ([*NEW, "--option", "custom_values"], "write --option KEY=VALUE"),
        (["x" * 81, *NEW[1:]], "at most 80 characters"),
    ],
)
def test_wrong_usage_is_one_sentence(set_account: Desk, arguments: list[str], said: str) -> None:
    assert said in set_account.refuses(*arguments, enters={"api_key": KEY})
    assert not VendorAccount.objects.exists()


def test_unknown_credentials_are_named_without_their_values(set_account: Desk) -> None:
    said = set_account.refuses(*NEW, enters={"token": KEY})
    assert said == "--credentials token: Liner has no credential of this name. It has api_key."


def test_another_host_asks_for_the_credentials_again(set_account: Desk) -> None:
    set_account(*NEW, enters={"api_key": KEY})
    elsewhere = ("RU", "--base-url", "https://liner.example.org")
    assert "credentials belong to their host" in set_account.refuses(*elsewhere)
    assert VendorAccount.objects.get().base_url == URL
    assert set_account(*elsewhere, "--credentials", "-", enters={"api_key": KEY}) == "Account RU is changed: base URL."


def test_an_account_stays_with_its_vendor(set_account: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    set_account(*NEW, enters={"api_key": KEY})
    VendorAccount.objects.update(vendor="gone")
    assert "which this version does not know" in set_account.refuses("RU", "--disable")
    assert "which this version does not know" in set_account.refuses("RU", "--vendor", "liner")


def test_nothing_that_is_printed_or_logged_holds_a_secret(
    set_account: Desk, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    printed = set_account(*NEW, enters={"api_key": KEY})
    printed += set_account(*NEW, "--disable", enters={"api_key": KEY + "2"})
    assert KEY not in printed + caplog.text + "".join(capsys.readouterr())


# check_account


def check(*names: str) -> str:
    said = io.StringIO()
    try:
        call_command("check_account", *names, stdout=said)
    except CommandError as failure:
        return f"{said.getvalue()}{failure} ({failure.returncode})"
    return said.getvalue()


@responses.activate
def test_connections_are_tried_one_by_one(set_account: Desk) -> None:
    set_account(*NEW, enters={"api_key": KEY})
    orders = {"success": True, "message": "", "data": {"list": [], "next": 0, "total": 0}}
    liner = re.compile(rf"{URL}/.*")
    responses.get(liner, json=orders)
    assert check("RU") == "RU: The connection works: liner.example.com accepted the API key.\n"
    assert check() == check("RU")
    responses.replace("GET", liner, status=401, json={"success": False, "message": "No", "data": {}})
    assert check().startswith("RU: Wrong API key")
    assert check().endswith("1 connection did not work. (1)")
    assert check("UK") == "There is no account named UK. (2)"
    set_account("RU", "--disable")
    assert check() == ""
