"""How accounts fare, as those who look after them see it: in the admin, and from the command line."""

import re
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission, User
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from tests.orders.papers import words_of
from vendors import secrets
from vendors.accounts import save_account
from vendors.circuit import note_failure
from vendors.health import accounts_in_trouble
from vendors.models import AccountHealth, AccountUse, VendorAccount
from vendors.use import write_use
from vendors.vitals import hour_of

KEY = "canary-key-4711"
LIST = "/admin/vendors/vendoraccount/"
pytestmark = pytest.mark.django_db


@pytest.fixture
def account(db: None) -> VendorAccount:
    write_use()  # whatever earlier tests have counted
    return VendorAccount.objects.create(
        vendor="liner",
        name="RU",
        base_url="https://liner.example.com",
        encrypted_credentials=secrets.encrypt({"api_key": KEY}),
        requests_per_second=Decimal("2.5"),
    )


def signed_in(*permissions: str) -> Client:
    person = User.objects.create_user("-".join(permissions), is_staff=True)
    person.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    client = Client()
    client.force_login(person)
    return client


@pytest.fixture
def ada(db: None) -> Client:
    return signed_in("view_vendoraccount", "change_vendoraccount", "add_vendoraccount")


def break_down(account: VendorAccount) -> None:
    for _ in range(5):
        note_failure(account.pk, "No connection to liner.example.com.")


def page_of(client: Client, account: VendorAccount) -> str:
    return words_of(client.get(f"{LIST}{account.pk}/change/").content.decode())


def test_an_account_that_was_never_called_says_so(ada: Client, account: VendorAccount) -> None:
    assert "Not called yet." in page_of(ada, account)
    assert "Not called yet." in words_of(ada.get(LIST).content.decode())


def test_the_page_of_an_account_tells_its_health_and_use(ada: Client, account: VendorAccount) -> None:
    now = timezone.now()
    AccountHealth.objects.create(account=account, last_ok_at=now - timedelta(minutes=3))
    break_down(account)
    for hours, calls in ((0, 7), (3, 40), (24, 1000)):
        AccountUse.objects.create(
            account=account, hour=hour_of(now - timedelta(hours=hours)), calls=calls, failures=2, waits=1
        )

    said = page_of(ada, account)

    assert "Liner has not answered since" in said
    assert "No connection to liner.example.com." in said
    assert re.search(r"3\sminutes ago", said)
    assert "47, 4 of them not answered, 2 of them after a wait for their turn." in said
    assert "5 of 5 requests could go out at once now." in said
    assert KEY not in said


def test_the_list_of_accounts_tells_how_each_one_fares(
    ada: Client, account: VendorAccount, django_assert_max_num_queries: Any
) -> None:
    break_down(account)
    for number in range(5):
        VendorAccount.objects.create(vendor="liner", name=f"Other {number}", base_url="https://other.example.com")
    with django_assert_max_num_queries(12):
        said = words_of(ada.get(LIST).content.decode())
    assert "Liner has not answered since" in said
    assert said.count("Not called yet.") == 5


def close(client: Client, account: VendorAccount) -> Any:
    return client.post(LIST, {"action": "close_circuits", "_selected_action": [account.pk]}, follow=True)


def test_the_circuit_can_be_closed_by_hand(ada: Client, account: VendorAccount) -> None:
    break_down(account)
    assert accounts_in_trouble()

    said = words_of(close(ada, account).content.decode())

    assert "RU: calls go out again." in said
    assert accounts_in_trouble() == []
    assert "Closed the circuit." in LogEntry.objects.get().change_message


def test_only_those_who_may_change_an_account_close_its_circuit(account: VendorAccount) -> None:
    break_down(account)
    close(signed_in("view_vendoraccount"), account)
    assert accounts_in_trouble()


def test_the_budget_is_set_in_the_admin(ada: Client, account: VendorAccount) -> None:
    sent = {
        "name": "RU",
        "base_url": account.base_url,
        "option_custom_values": "changed",
        "sync_minutes": "15",
        "enabled": "on",
    }
    budget = {"requests_per_second": "0.5", "burst": "3", "reserve_percent": "40", "when_down": "refuse"}
    assert ada.post(f"{LIST}{account.pk}/change/", sent | budget).status_code == 302
    account.refresh_from_db()
    assert account.limit is not None
    assert (account.limit.rate, account.limit.burst, account.limit.reserve) == (0.5, 3, 0.4)
    assert account.when_down == "refuse"


@pytest.mark.parametrize(
    "wrong", [{"requests_per_second": "0"}, {"burst": "0"}, {"reserve_percent": "101"}, {"when_down": "perhaps"}]
)
def test_a_senseless_budget_is_refused(ada: Client, account: VendorAccount, wrong: dict[str, str]) -> None:
    sent = {"name": "RU", "base_url": account.base_url, "option_custom_values": "changed", **wrong}
    answer = ada.post(f"{LIST}{account.pk}/change/", sent)
    assert answer.status_code == 200
    assert re.search('class="errorlist"', answer.content.decode())


def test_new_credentials_start_an_account_afresh(account: VendorAccount) -> None:
    break_down(account)
    save_account(account=account, credentials={"api_key": "another-key-4712"})
    assert accounts_in_trouble() == []


def test_another_name_changes_nothing_about_its_health(account: VendorAccount) -> None:
    break_down(account)
    account.name = "UK"
    save_account(account=account, credentials={"api_key": KEY})
    assert accounts_in_trouble()


def test_the_budget_is_set_from_the_command_line(account: VendorAccount, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("set_account", "RU", "--requests-per-second", "none", "--burst", "8", "--when-down", "refuse")
    assert capsys.readouterr().out.strip() == (
        "Account RU is changed: requests per second, burst, when the vendor is down."
    )
    account.refresh_from_db()
    assert (account.requests_per_second, account.burst, account.when_down) == (None, 8, "refuse")
    call_command("set_account", "RU", "--burst", "8")
    assert "unchanged" in capsys.readouterr().out
    call_command("set_account", "RU", "--requests-per-second", "2.5", "--reserve-percent", "0")
    account.refresh_from_db()
    assert (account.requests_per_second, account.reserve_percent) == (Decimal("2.5"), 0)


@pytest.mark.parametrize(
    ("option", "value"),
    [("--requests-per-second", "0"), ("--requests-per-second", "fast"), ("--burst", "0"), ("--reserve-percent", "101")],
)
def test_a_senseless_budget_is_refused_from_the_command_line(account: VendorAccount, option: str, value: str) -> None:
    with pytest.raises(CommandError) as refused:
        call_command("set_account", "RU", option, value)
    assert refused.value.returncode == 2
    account.refresh_from_db()
    assert (account.requests_per_second, account.burst, account.reserve_percent) == (Decimal("2.5"), 5, 25)
