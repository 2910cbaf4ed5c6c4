"""Credentials at rest: encrypted, readable with older keys, and nowhere else to be found."""

from io import StringIO

import pytest
from cryptography.fernet import Fernet
from django.core.management import CommandError, call_command
from django.db import connection
from pytest_django import Settings

from vendors.accounts import save_account
from vendors.models import VendorAccount
from vendors.secrets import SecretUnreadable, decrypt, encrypt, reencrypt

CANARY = {"api_key": "canary-4711-ключ"}
OLD, NEW = Fernet.generate_key().decode(), Fernet.generate_key().decode()


def saved(name: str) -> VendorAccount:
    account = VendorAccount(vendor="liner", name=name, base_url="https://liner.example.com")
    save_account(account=account, credentials=CANARY)
    return account


def rotate() -> str:
    said = StringIO()
    call_command("rotate_secrets", stdout=said)
    return said.getvalue().strip()


def test_what_is_encrypted_is_read_back_and_shows_nothing() -> None:
    stored = encrypt(CANARY)
    assert decrypt(stored) == CANARY
    assert "canary" not in stored
    assert stored != encrypt(CANARY)
    assert decrypt("") == {}


def test_an_older_key_still_decrypts_and_the_newest_encrypts(settings: Settings) -> None:
    settings.FIELD_ENCRYPTION_KEYS = [OLD]
    stored = encrypt(CANARY)
    settings.FIELD_ENCRYPTION_KEYS = [NEW, OLD]
    assert decrypt(stored) == CANARY
    again = reencrypt(stored)
    settings.FIELD_ENCRYPTION_KEYS = [NEW]
    assert decrypt(again) == CANARY
    with pytest.raises(SecretUnreadable, match="Put the old key back behind the new one"):
        decrypt(stored)


@pytest.mark.parametrize("stored", ["f1:", "f1:nonsense", "plain text", '{"api_key": "x"}'])
def test_what_was_tampered_with_is_unreadable(stored: str) -> None:
    with pytest.raises(SecretUnreadable):
        decrypt(stored)


@pytest.mark.django_db
def test_rotation_puts_everything_under_the_newest_key(settings: Settings) -> None:
    settings.FIELD_ENCRYPTION_KEYS = [OLD]
    saved("one")
    saved("two")
    VendorAccount.objects.create(vendor="liner", name="bare", base_url="https://liner.example.com")
    settings.FIELD_ENCRYPTION_KEYS = [NEW, OLD]
    assert rotate() == "2 re-encrypted, 1 without credentials, 0 unreadable, 0 changed in the meantime."
    settings.FIELD_ENCRYPTION_KEYS = [NEW]
    assert [account.credentials for account in VendorAccount.objects.order_by("name")] == [{}, CANARY, CANARY]
    assert rotate().startswith("2 re-encrypted")


@pytest.mark.django_db
def test_rotation_names_what_it_cannot_read_and_does_the_rest(settings: Settings) -> None:
    settings.FIELD_ENCRYPTION_KEYS = [OLD]
    lost = saved("lost")
    settings.FIELD_ENCRYPTION_KEYS = [NEW]
    fine = saved("fine")
    with pytest.raises(CommandError, match="decrypts the credentials of: lost"):
        rotate()
    fine.refresh_from_db()
    assert fine.credentials == CANARY
    assert VendorAccount.objects.get(name="lost").encrypted_credentials == lost.encrypted_credentials


@pytest.mark.django_db
def test_rotation_is_no_change_of_the_configuration() -> None:
    account = saved("one")
    rotate()
    assert account.history.count() == 1
    assert VendorAccount.objects.get().credentials_set_at == account.credentials_set_at


@pytest.mark.django_db
def test_no_column_of_any_table_holds_a_credential() -> None:
    account = saved("one")
    save_account(account=account, credentials={"api_key": "canary-second"})
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names():
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")  # noqa: S608 - our own tables
            assert "canary" not in str(cursor.fetchall()), table
