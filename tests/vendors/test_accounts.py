"""Accounts: what may be entered, what is kept, and what trying one finds out."""

import re
import socket
from datetime import date
from typing import Any

import pytest
import responses
from django import forms
from django.core.exceptions import ValidationError
from pytest_django import Settings

from tests.vendors.guarded import Guarded
from vendors.accounts import merge_credentials, read_options, save_account
from vendors.checks import check_accounts, check_declarations, check_private_hosts, problems_of
from vendors.connection import Cause, check_account
from vendors.hosts import read_base_url
from vendors.models import VendorAccount
from vendors.registry import VENDORS
from vendors.sandbox.server import Server
from vendors.secrets import encrypt

KEY = "canary-key-4711"
OTHER_FIELD_KEY = "YW5vdGhlci1rZXktb2YtdGhlLXRlc3RzLTMyYnl0ZXM="


def liner(name: str = "Liner · RU", base_url: str = "https://liner.example.com", **rest: Any) -> VendorAccount:
    account = VendorAccount(vendor="liner", name=name, base_url=base_url, **rest)
    save_account(account=account, credentials={"api_key": KEY})
    return account


@pytest.fixture
def public(settings: Settings) -> None:
    """As in production: https and public hosts only."""
    settings.ALLOW_PRIVATE_HOSTS = False


def resolve(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> None:
    """Let every host name resolve to these addresses."""
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 443)) for address in addresses]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **kwargs: found)


@pytest.fixture
def guarded(monkeypatch: pytest.MonkeyPatch) -> VendorAccount:
    monkeypatch.setitem(VENDORS, "guarded", Guarded)
    account = VendorAccount(vendor="guarded", name="G", base_url="https://sandbox.example.com")
    account.encrypted_credentials = encrypt({"token": "sandbox_1", "old_token": "sandbox_0"})
    return account


# The base URL


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("https://93.184.215.14", "https://93.184.215.14"),
        ("  https://93.184.215.14/  ", "https://93.184.215.14"),
        ("HTTPS://93.184.215.14:443/External_API/v1//", None),
        ("https://93.184.215.14:443/external_api/v1/", "https://93.184.215.14/external_api/v1"),
        ("https://93.184.215.14:8443/", "https://93.184.215.14:8443"),
        ("https://[2606:2800:21f:cb07:6820:80da:af6b:8b2c]/v1", "https://[2606:2800:21f:cb07:6820:80da:af6b:8b2c]/v1"),
    ],
)
@pytest.mark.usefixtures("public")
def test_a_base_url_is_kept_in_one_form(typed: str, kept: str | None) -> None:
    if kept is None:
        with pytest.raises(ValidationError):
            read_base_url(typed)
    else:
        assert read_base_url(typed) == kept


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "10.1.2.3",
        "192.168.0.9",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",  # noqa: S104 - to be refused
        "2130706433",
        "0x7f.1",
        "[::1]",
        "[::ffff:10.0.0.1]",
        "[fe80::1]",
        "[fd00::7]",
        "[64:ff9b::a00:1]",
        "224.0.0.1",
    ],
)
@pytest.mark.usefixtures("public")
def test_a_private_address_is_refused_however_it_is_written(host: str) -> None:
    with pytest.raises(ValidationError, match="private address"):
        read_base_url(f"https://{host}/v1")


@pytest.mark.usefixtures("public")
def test_one_private_address_among_many_is_enough_to_refuse_a_host(monkeypatch: pytest.MonkeyPatch) -> None:
    resolve(monkeypatch, "93.184.215.14", "10.0.0.5")
    with pytest.raises(ValidationError, match=r"two-faced\.example\.com is at 10\.0\.0\.5"):
        read_base_url("https://two-faced.example.com")


@pytest.mark.usefixtures("public")
def test_a_host_that_does_not_exist_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*args: Any, **kwargs: Any) -> Any:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with pytest.raises(ValidationError, match=r"There is no host named nowhere\.example\.com"):
        read_base_url("https://nowhere.example.com")


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("http://93.184.215.14", "begin with https://"),
        ("ftp://93.184.215.14", "begin with https://"),
        ("93.184.215.14", "begin with https://"),
        ("https://", "names no host"),
        ("https://93.184.215.14:0", "names no host"),
        ("https://93.184.215.14:99999", "no address"),
        ("https://[::1", "no address"),
        ("https://alice:secret@93.184.215.14", "user name and password"),
        ("https://93.184.215.14?key=1", "from [?] or # on"),
        ("https://93.184.215.14/#", "from [?] or # on"),
        ("https://93.184.215.14\\@evil.example.com", "backslashes"),
        ("https://93.184.215.14/a b", "without spaces"),
        ("https://93.184.215.14/v1/../admin", "without //"),
    ],
)
@pytest.mark.usefixtures("public")
def test_what_is_no_base_url_is_refused_with_a_reason(typed: str, said: str) -> None:
    with pytest.raises(ValidationError, match=said) as refused:
        read_base_url(typed)
    assert "secret" not in str(refused.value)


def test_the_demonstration_may_use_http_and_private_hosts_without_looking_them_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", None)
    assert read_base_url("http://LOCALHOST:8001/liner/") == "http://localhost:8001/liner"


# Credentials and options


@pytest.mark.django_db
def test_an_empty_credential_means_unchanged() -> None:
    account = liner()
    assert merge_credentials(account=account, base_url=account.base_url, given={"api_key": ""}) == {"api_key": KEY}
    assert merge_credentials(account=account, base_url=account.base_url, given={}) == {"api_key": KEY}


@pytest.mark.django_db
@pytest.mark.parametrize(
    "elsewhere", ["https://liner.example.org", "http://liner.example.com", "https://liner.example.com:8443"]
)
def test_credentials_are_not_carried_to_another_host(elsewhere: str) -> None:
    with pytest.raises(ValidationError) as refused:
        merge_credentials(account=liner(), base_url=elsewhere, given={"api_key": ""})
    assert "credentials belong to their host" in refused.value.message_dict["api_key"][0]
    assert KEY not in str(refused.value)


@pytest.mark.django_db
def test_credentials_stay_with_another_path_of_their_host() -> None:
    kept = merge_credentials(account=liner(), base_url="https://liner.example.com/elsewhere", given={})
    assert kept == {"api_key": KEY}


@pytest.mark.django_db
def test_credentials_that_cannot_be_decrypted_are_asked_for_again(settings: Settings) -> None:
    account = liner()
    settings.FIELD_ENCRYPTION_KEYS = [OTHER_FIELD_KEY]
    with pytest.raises(ValidationError, match="cannot be decrypted"):
        merge_credentials(account=account, base_url=account.base_url, given={})
    again = merge_credentials(account=account, base_url=account.base_url, given={"api_key": "new"})
    assert again == {"api_key": "new"}


def test_a_missing_or_unknown_credential_is_named() -> None:
    new = VendorAccount(vendor="liner")
    with pytest.raises(ValidationError, match="Enter the API key"):
        merge_credentials(account=new, base_url="https://liner.example.com", given={})
    with pytest.raises(ValidationError, match=r"no credential of this name\. It has api_key") as refused:
        merge_credentials(account=new, base_url="https://liner.example.com", given={"token": KEY})
    assert list(refused.value.message_dict) == ["token"]
    assert KEY not in str(refused.value)


def test_an_optional_credential_can_be_removed_and_a_required_one_cannot(guarded: VendorAccount) -> None:
    left = merge_credentials(account=guarded, base_url=guarded.base_url, given={"old_token": None})
    assert left == {"token": "sandbox_1"}
    with pytest.raises(ValidationError, match="Enter the Token"):
        merge_credentials(account=guarded, base_url=guarded.base_url, given={"token": None})


@pytest.mark.parametrize(
    ("given", "merged"),
    [
        ({"token": "sandbox_2"}, {"token": "sandbox_2", "old_token": "sandbox_1"}),
        ({"token": "sandbox_1"}, {"token": "sandbox_1", "old_token": "sandbox_0"}),
        ({"token": "sandbox_2", "old_token": "sandbox_x"}, {"token": "sandbox_2", "old_token": "sandbox_x"}),
        ({"token": "sandbox_2", "old_token": None}, {"token": "sandbox_2"}),
    ],
)
def test_a_changed_credential_is_kept_where_the_vendor_has_a_place_for_the_previous_one(
    guarded: VendorAccount, given: dict[str, str | None], merged: dict[str, str]
) -> None:
    assert merge_credentials(account=guarded, base_url=guarded.base_url, given=given) == merged


def test_a_vendor_can_object_to_credentials_at_a_host(guarded: VendorAccount) -> None:
    with pytest.raises(ValidationError) as refused:
        merge_credentials(account=guarded, base_url=guarded.base_url, given={"token": "production_2"})
    assert refused.value.message_dict == {"token": ["This is a production token, and the host is a sandbox."]}


def test_options_are_read_by_the_fields_that_the_vendor_declares(guarded: VendorAccount) -> None:
    given = {"limit": "25", "strict": "true", "parts": ["a", "b"]}
    assert read_options(vendor=Guarded, given=given) == {"limit": 25, "strict": True, "parts": ["a", "b"]}
    assert read_options(vendor=Guarded, given={"limit": None}) == {"limit": 10}


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("limit", "many", "whole number"),
        ("limit", 0, "greater than or equal to 1"),
        ("strict", "perhaps", "true or false"),
        ("parts", ["a", "z"], "It can be: a, b"),
        ("colour", "red", "Guarded has no option of this name. It has limit, strict, parts"),
    ],
)
def test_a_wrong_option_is_named_with_what_is_wrong_with_it(name: str, value: Any, said: str) -> None:
    with pytest.raises(ValidationError, match=said) as refused:
        read_options(vendor=Guarded, given={name: value})
    assert list(refused.value.message_dict) == [name]


# Saving, and the history of it


@pytest.mark.django_db
def test_saving_says_what_changed_and_nothing_where_nothing_did() -> None:
    account = liner()
    assert save_account(account=account, credentials={"api_key": KEY}) == []
    account.enabled, account.base_url = False, "https://liner.example.com/v1"
    assert save_account(account=account, credentials={"api_key": KEY}) == ["base URL", "enabled"]
    assert save_account(account=account, credentials={"api_key": "another"}) == ["credentials"]
    assert VendorAccount.objects.get().credentials == {"api_key": "another"}
    assert VendorAccount.objects.get().history.count() == 3


@pytest.mark.django_db
def test_an_option_set_to_its_default_is_no_change() -> None:
    account = liner()
    account.options = {"custom_values": "changed"}
    assert save_account(account=account, credentials={"api_key": KEY}) == []


@pytest.mark.django_db
def test_the_history_says_that_credentials_changed_and_never_to_what() -> None:
    account = liner()
    save_account(account=account, credentials={"api_key": "another-canary"}, via="from the command line")
    latest = account.history.first()
    assert latest.history_change_reason == "credentials changed, from the command line"
    assert {"encrypted_credentials", "pick_lists"}.isdisjoint(field.name for field in latest._meta.fields)
    rows = str(list(account.history.values()))
    assert "canary" not in rows
    assert account.encrypted_credentials not in rows


@pytest.mark.django_db
def test_saving_does_not_undo_pick_lists_that_were_refreshed_meanwhile() -> None:
    liner()
    opened = VendorAccount.objects.get()
    VendorAccount.objects.update(pick_lists={"agents": [{"value": 1, "label": "Nina"}]})
    opened.enabled = False
    save_account(account=opened, credentials={"api_key": KEY})
    assert VendorAccount.objects.get().pick_lists == {"agents": [{"value": 1, "label": "Nina"}]}


# Trying a connection

LINER = re.compile(r"https://liner\.example\.com/v\d/.*")  # whatever the vendor's adapter asks for
NO_ORDERS = {"success": True, "message": "", "data": {"list": [], "next": 0, "total": 0}}


@pytest.mark.django_db
@responses.activate
def test_a_connection_that_works_says_so() -> None:
    responses.get(LINER, json=NO_ORDERS)
    finding = check_account(account=liner())
    assert finding.works
    assert finding.text == "The connection works: liner.example.com accepted the API key."
    assert responses.calls[0].request.headers["X-Api-Key"] == KEY


@pytest.mark.django_db
@pytest.mark.parametrize("status", [401, 403])
@responses.activate
def test_a_wrong_key_is_told_without_repeating_it(status: int) -> None:
    responses.get(LINER, status=status, json={"success": False, "message": f"Key {KEY} is not valid", "data": {}})
    finding = check_account(account=liner())
    assert finding.cause is Cause.KEY
    assert finding.text.startswith("Wrong API key: liner.example.com answered, but does not accept it.")
    assert KEY not in finding.text


@pytest.mark.django_db
@responses.activate
def test_a_wrong_path_is_told() -> None:
    responses.get(re.compile(r"https://liner\.example\.com/wrong/.*"), status=404, body="<h1>Not Found</h1>")
    finding = check_account(account=liner(base_url="https://liner.example.com/wrong"))
    assert finding.cause is Cause.PATH
    assert "liner.example.com answered, but has no Liner API under /wrong (HTTP 404)" in finding.text


@pytest.mark.django_db
@pytest.mark.parametrize(
    "answer",
    [
        {"body": "<h1>Welcome</h1>"},
        {"json": {"hello": "world"}},
        {"status": 302, "headers": {"Location": "https://liner.example.com/login"}},
    ],
)
@responses.activate
def test_a_server_that_is_not_the_vendors_is_told(answer: dict[str, Any]) -> None:
    responses.get(LINER, **answer)
    finding = check_account(account=liner())
    assert finding.cause is Cause.PATH
    assert "not as Liner does" in finding.text


@pytest.mark.django_db
def test_a_wrong_host_is_told_and_nothing_was_sent() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
        finding = check_account(account=liner(base_url=f"http://127.0.0.1:{port}"))
    assert finding.cause is Cause.HOST
    assert finding.text.startswith(f"Wrong host: No connection to 127.0.0.1:{port}.")


@pytest.mark.django_db
@pytest.mark.usefixtures("public")
def test_a_host_that_became_private_after_it_was_saved_is_not_called() -> None:
    finding = check_account(account=liner(base_url="https://127.0.0.1"))
    assert finding.cause is Cause.HOST
    assert "private address" in finding.text


@pytest.mark.django_db
@responses.activate
def test_a_vendor_in_trouble_is_no_wrong_configuration() -> None:
    responses.get(LINER, status=503, body="maintenance", headers={"Retry-After": "60"})
    finding = check_account(account=liner())
    assert finding.cause is Cause.VENDOR
    assert "The configuration may be right; try again." in finding.text


@pytest.mark.django_db
def test_an_account_without_readable_credentials_is_not_tried(settings: Settings) -> None:
    empty = VendorAccount.objects.create(vendor="liner", name="empty", base_url="https://liner.example.com")
    assert check_account(account=empty).text == "No API key is stored for empty. Enter it first."
    account = liner()
    settings.FIELD_ENCRYPTION_KEYS = [OTHER_FIELD_KEY]
    finding = check_account(account=account)
    assert finding.cause is Cause.KEY
    assert "cannot be decrypted" in finding.text


@pytest.mark.django_db
def test_the_simulator_is_told_apart_from_a_wrong_key_and_a_wrong_path(sandbox: Server) -> None:
    known = sandbox["liner"]
    account = VendorAccount(vendor="liner", name="simulated", base_url=known.url)
    save_account(account=account, credentials=known.credentials)
    assert check_account(account=account).works
    save_account(account=account, credentials={"api_key": "not-the-key"})
    assert check_account(account=account).cause is Cause.KEY
    account.base_url += "/elsewhere"
    save_account(account=account, credentials=known.credentials)
    assert check_account(account=account).cause is Cause.PATH


# System checks


def test_the_vendors_declare_what_forms_and_storage_can_handle() -> None:
    assert check_declarations(None) == []


def test_a_careless_declaration_is_found() -> None:
    class Careless(Guarded):
        credentials = {"api-key": forms.CharField(), "port": forms.IntegerField()}
        declared_options = {
            "never_off": forms.BooleanField(initial=True),
            "no_default": forms.IntegerField(),
            "wrong_default": forms.ChoiceField(choices=[("a", "A")], initial="b"),
            "unstorable": forms.DateField(initial=date(2026, 1, 1)),
        }

    assert len(list(problems_of(Careless))) == 6
    assert not list(problems_of(Guarded))


def test_private_hosts_are_a_warning_in_production(settings: Settings) -> None:
    assert [message.id for message in check_private_hosts(None)] == ["vendors.W001"]
    settings.ALLOW_PRIVATE_HOSTS = False
    assert check_private_hosts(None) == []


@pytest.mark.django_db
def test_accounts_that_cannot_be_used_are_named_by_the_system_check(settings: Settings) -> None:
    liner(name="lost key")
    settings.FIELD_ENCRYPTION_KEYS = [OTHER_FIELD_KEY]
    liner(name="fine")
    VendorAccount.objects.create(vendor="gone", name="lost vendor", base_url="https://x.example.com")
    found = check_accounts(None, databases=["default"])
    assert {message.id for message in found} == {"vendors.E002", "vendors.E003"}
    assert "lost vendor" in found[1].msg
    assert "lost key" in found[0].msg
    assert check_accounts(None, databases=None) == []
