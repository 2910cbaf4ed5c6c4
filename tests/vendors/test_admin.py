"""Accounts in the admin: who gets in, what the form asks for, and that no page and no log shows a secret."""

import logging
import re
from collections.abc import Iterator
from typing import Any

import pytest
import responses
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse

from tests.vendors.guarded import Guarded
from vendors.accounts import save_account
from vendors.models import VendorAccount
from vendors.registry import VENDORS

KEY = "canary-key-4711"
URL = "https://liner.example.com"
LIST = "/admin/vendors/vendoraccount/"
NEW = f"{LIST}add/?vendor=liner"
pytestmark = pytest.mark.django_db


@pytest.fixture
def ada(client: Client) -> Client:
    """Ada may configure accounts, by permission alone."""
    person = User.objects.create_user("ada")
    person.user_permissions.set(Permission.objects.filter(content_type__app_label="vendors"))
    client.force_login(person)
    return client


@pytest.fixture
def account() -> VendorAccount:
    account = VendorAccount(vendor="liner", name="Liner · RU", base_url=URL)
    save_account(account=account, credentials={"api_key": KEY})
    return account


@pytest.fixture(autouse=True)
def no_page_and_no_log_shows_a_secret(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    """Every answer and every log line of this file is searched for the canary."""
    pages: list[bytes] = []
    ask = Client.request

    def noting(self: Client, **request: Any) -> Any:
        answer = ask(self, **request)
        pages.append(answer.content + str(answer.headers).encode())
        return answer

    monkeypatch.setattr(Client, "request", noting)
    caplog.set_level(logging.DEBUG)
    yield
    assert not any(KEY.encode() in page for page in pages)
    assert KEY not in caplog.text
    assert KEY not in str(list(LogEntry.objects.values()))


def page_of(account: VendorAccount) -> str:
    return f"{LIST}{account.pk}/change/"


def form(account: VendorAccount | None = None, **changes: str) -> dict[str, str]:
    """What a browser sends for an account's form."""
    filled = {
        "name": account.name if account else "Liner · RU",
        "base_url": account.base_url if account else URL,
        "credential_api_key": "" if account else KEY,
        "option_custom_values": "changed",
        "sync_minutes": "15",
        "enabled": "on",
        "_save": "Save",
    }
    return {name: value for name, value in (filled | changes).items() if value is not None}


def said(answer: Any) -> list[str]:
    return [str(message) for message in answer.context["messages"]]


# Who gets in


def test_a_stranger_is_sent_to_the_one_page_to_sign_in_at(client: Client) -> None:
    answer = client.get(LIST, follow=True)
    assert answer.redirect_chain[-1][0] == f"{reverse('sign_in')}?next={LIST}"


@pytest.mark.parametrize("permissions", [[], ["view_vendoraccount"], ["add_vendoraccount"], ["delete_vendoraccount"]])
def test_whoever_may_not_change_accounts_does_not_get_in(
    client: Client, account: VendorAccount, permissions: list[str]
) -> None:
    agent = User.objects.create_user("bob", is_staff=True)
    agent.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    client.force_login(agent)
    for address in (LIST, NEW, f"{LIST}add/", page_of(account), f"{page_of(account)[:-7]}history/", "/admin/"):
        assert client.get(address, follow=True).status_code == 403, address
    assert client.post(f"{LIST}{account.pk}/test/", follow=True).status_code == 403


def test_whoever_may_change_accounts_and_not_add_them_cannot_add_one(client: Client) -> None:
    person = User.objects.create_user("eve")
    person.user_permissions.set(Permission.objects.filter(codename="change_vendoraccount"))
    client.force_login(person)
    assert client.get(LIST).status_code == 200
    assert client.get(f"{LIST}add/").status_code == 403
    assert client.post(NEW, form()).status_code == 403


# Adding


def test_the_vendor_is_chosen_first_by_a_link(ada: Client) -> None:
    page = ada.get(f"{LIST}add/").content.decode()
    assert '<a href="?vendor=liner">Liner</a>' in page
    assert "credential_" not in page
    assert ada.get(f"{LIST}add/?vendor=nonsense").content.decode().count("?vendor=liner") == 1


def test_the_form_asks_for_what_the_vendor_declares(ada: Client) -> None:
    page = ada.get(NEW).content.decode()
    box = re.search(r'<input[^>]*name="credential_api_key"[^>]*>', page)
    assert box
    assert 'type="password"' in box[0]
    assert 'autocomplete="off"' in box[0]
    assert "Not set." in page
    assert re.search(r'<option value="changed" selected>', page)


def test_an_address_cannot_fill_the_form_in(ada: Client) -> None:
    assert "evil" not in ada.get(f"{NEW}&base_url=https://evil.example.com&name=evil").content.decode()


def test_an_account_is_added(ada: Client) -> None:
    answer = ada.post(NEW, form(option_custom_values="whole", base_url=f"{URL}/"), follow=True)
    assert "was added successfully" in said(answer)[0]
    account = VendorAccount.objects.get()
    assert (account.vendor, account.base_url, account.enabled, account.requires_reason) == ("liner", URL, True, False)
    assert account.credentials == {"api_key": KEY}
    assert account.options == {"custom_values": "whole"}
    assert account.history.get().history_user.username == "ada"


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("base_url", "https://alice:pw@liner.example.com", "Leave user name and password out"),
        ("base_url", "ftp://liner.example.com", "has to begin with"),
        ("credential_api_key", "", "Enter the API key."),
        ("option_custom_values", "some", "Select a valid choice"),
        ("name", "", "This field is required."),
    ],
)
def test_what_is_wrong_is_said_beside_its_field(ada: Client, field: str, value: str, message: str) -> None:
    answer = ada.post(NEW, form() | {field: value})
    assert message in answer.context["adminform"].form.errors[field][0]
    assert not VendorAccount.objects.exists()


def test_a_name_is_given_once(ada: Client, account: VendorAccount) -> None:
    assert "already exists" in ada.post(NEW, form()).content.decode()


# Changing


def test_a_stored_credential_is_shown_as_set_and_an_empty_box_keeps_it(ada: Client, account: VendorAccount) -> None:
    page = ada.get(page_of(account)).content.decode()
    assert re.search(r"Set on \d{1,2} \w+ \d{4} — leave empty to keep it\.", page)
    assert not re.search(r'<input[^>]*name="credential_api_key"[^>]*value=', page)
    answer = ada.post(page_of(account), form(account, name="Liner · UK"), follow=True)
    assert "was changed successfully" in said(answer)[0]
    account.refresh_from_db()
    assert account.name == "Liner · UK"
    assert account.credentials == {"api_key": KEY}


def test_a_new_credential_replaces_the_old_and_the_history_says_so(ada: Client, account: VendorAccount) -> None:
    ada.post(page_of(account), form(account, credential_api_key="another-canary"))
    account.refresh_from_db()
    assert account.credentials == {"api_key": "another-canary"}
    page = ada.get(f"{LIST}{account.pk}/history/").content.decode()
    assert "credentials changed" in page
    assert "account created" in page
    assert "ada" in page
    assert "another-canary" not in page
    assert "API key" in LogEntry.objects.get().get_change_message()


def test_another_host_asks_for_the_credentials_again_beside_their_field(ada: Client, account: VendorAccount) -> None:
    changed = form(account, base_url="https://liner.example.org")
    errors = ada.post(page_of(account), changed).context["adminform"].form.errors
    assert "credentials belong to their host" in errors["credential_api_key"][0]
    account.refresh_from_db()
    assert account.base_url == URL
    assert ada.post(page_of(account), changed | {"credential_api_key": KEY}).status_code == 302
    account.refresh_from_db()
    assert account.base_url == "https://liner.example.org"


def test_an_optional_credential_is_removed_by_a_tick(ada: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(VENDORS, "guarded", Guarded)
    assert "remove_credential_" not in ada.get(f"{LIST}add/?vendor=guarded").content.decode()
    account = VendorAccount(vendor="guarded", name="G", base_url="https://sandbox.example.com")
    save_account(account=account, credentials={"token": KEY, "old_token": KEY})
    page = ada.get(page_of(account)).content.decode()
    assert re.findall(r'name="(remove_\w+)"', page) == ["remove_credential_old_token"]
    sent = {"name": "G", "base_url": account.base_url, "option_limit": "5", "option_parts": ["a", "b"]}
    sent["sync_minutes"] = "15"
    assert ada.post(page_of(account), sent | {"remove_credential_old_token": "on"}).status_code == 302
    account.refresh_from_db()
    assert account.credentials == {"token": KEY}
    assert account.options == {"limit": 5, "strict": False, "parts": ["a", "b"]}


def test_the_vendor_cannot_be_changed(ada: Client, account: VendorAccount) -> None:
    ada.post(page_of(account) + "?vendor=caliq", form(account, vendor="caliq"))
    account.refresh_from_db()
    assert account.vendor == "liner"


def test_saving_without_a_change_is_no_event(ada: Client, account: VendorAccount) -> None:
    ada.post(page_of(account), form(account))
    assert account.history.count() == 1


def test_an_old_state_has_no_form_of_its_own(ada: Client, account: VendorAccount) -> None:
    version = account.history.get().pk
    answer = ada.get(f"{LIST}{account.pk}/history/{version}/", follow=True)
    assert answer.redirect_chain[-1][0] == "/admin/"
    assert "doesn’t exist" in said(answer)[0]


def test_an_account_of_an_unknown_vendor_is_listed_and_explained(ada: Client, account: VendorAccount) -> None:
    VendorAccount.objects.update(vendor="gone")
    answer = ada.get(page_of(account), follow=True)
    assert "of the vendor 'gone', which this version does not know" in said(answer)[0]
    assert answer.redirect_chain[-1][0] == LIST


def test_an_account_whose_vendor_delivers_shows_where_to(
    ada: Client, account: VendorAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "/hooks/" not in ada.get(page_of(account)).content.decode()
    monkeypatch.setattr(account.vendor_class, "delivers_by", frozenset({"POST"}))
    assert f"http://testserver/hooks/liner/{account.hook_token}/" in ada.get(page_of(account)).content.decode()


# Testing the connection

LINER = re.compile(rf"{URL}/v\d/.*")
NO_ORDERS = {"success": True, "message": "", "data": {"list": [], "next": 0, "total": 0}}
REFUSAL = {"success": False, "message": f"Key {KEY} is not valid", "data": {}}


@responses.activate
def test_the_button_tests_what_is_saved(ada: Client, account: VendorAccount) -> None:
    page = ada.get(page_of(account)).content.decode()
    assert f'<form method="post" action="{LIST}{account.pk}/test/">' in page
    responses.get(LINER, json=NO_ORDERS)
    answer = ada.post(f"{LIST}{account.pk}/test/", follow=True)
    assert said(answer) == ["Liner · RU: The connection works: liner.example.com accepted the API key."]
    assert answer.redirect_chain[-1][0] == page_of(account)


@responses.activate
def test_a_link_tests_nothing(ada: Client, account: VendorAccount) -> None:
    assert ada.get(f"{LIST}{account.pk}/test/").status_code == 405


@responses.activate
def test_saving_and_testing_are_one_press(ada: Client, account: VendorAccount) -> None:
    responses.get(LINER, status=401, json=REFUSAL)
    answer = ada.post(page_of(account), form(account, name="Liner · UK", _test="Save and test"), follow=True)
    assert said(answer)[0] == "The account Liner · UK is saved."
    assert said(answer)[1].startswith("Liner · UK: Wrong API key: liner.example.com answered")
    added = ada.post(NEW, form(_test="Save and test"), follow=True)
    assert said(added)[0] == "The account Liner · RU is saved."
    assert added.redirect_chain[-1][0] == page_of(VendorAccount.objects.get(name="Liner · RU"))


@responses.activate
def test_the_list_tests_every_chosen_account(ada: Client, account: VendorAccount) -> None:
    other = VendorAccount(vendor="liner", name="Liner · UK", base_url=f"{URL}/wrong")
    save_account(account=other, credentials={"api_key": KEY})
    responses.get(LINER, json=NO_ORDERS)
    responses.get(re.compile(rf"{URL}/wrong/.*"), status=404, body="Not Found")
    chosen = {"action": "check_connections", "_selected_action": [account.pk, other.pk]}
    works, wrong = said(ada.post(LIST, chosen, follow=True))
    assert works.startswith("Liner · RU: The connection works")
    assert wrong.startswith("Liner · UK: Wrong path: liner.example.com answered, but has no Liner API under /wrong")


# Content security


def test_the_pages_hold_nothing_inline(ada: Client, account: VendorAccount) -> None:
    for address in (LIST, f"{LIST}add/", NEW, page_of(account), f"{LIST}{account.pk}/history/", "/admin/"):
        answer = ada.get(address)
        page = answer.content.decode()
        assert "script-src 'self'" in answer["Content-Security-Policy"]
        assert not re.search(r"<style|<[^>]+\s(style|on[a-z]+)=", page), address
        assert not re.search(r"<script(?![^>]*\ssrc=)", page), address
