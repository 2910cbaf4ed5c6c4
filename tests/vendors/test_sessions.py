"""Reads of an account go over one connection for each thread, as long as it is fresh; and nothing is remembered."""

import threading

import pytest

from tests.vendors.wire import Wire, reply, serve
from vendors import secrets, sessions
from vendors.models import VendorAccount

pytestmark = pytest.mark.django_db

YES = b'{"success": true, "data": []}'
COOKIE = reply(YES, headers=["Set-Cookie: session=canary; Path=/"])


def account_at(wire: Wire, name: str = "Liner") -> VendorAccount:
    return VendorAccount.objects.create(
        vendor="liner", name=name, base_url=wire.url, encrypted_credentials=secrets.encrypt({"api_key": "key"})
    )


def read(account: VendorAccount) -> None:
    """As one piece of work does it: connected anew."""
    account.connect().http.read("GET", "/x/")


def test_reads_of_an_account_share_a_connection() -> None:
    with serve(reply(YES)) as wire:
        account = account_at(wire)
        for _ in range(3):
            read(account)
        assert (wire.connections, len(wire.requests)) == (1, 3)
        read(account_at(wire, "Other"))
        assert wire.connections == 2


def test_every_thread_has_its_own() -> None:
    with serve(reply(YES)) as wire:
        http = account_at(wire).connect().http
        http.read("GET", "/x/")
        thread = threading.Thread(target=http.read, args=("GET", "/x/"))
        thread.start()
        thread.join()
        assert (wire.connections, len(wire.requests)) == (2, 2)


def test_a_connection_that_has_rested_too_long_is_not_used_again(monkeypatch: pytest.MonkeyPatch) -> None:
    with serve(reply(YES)) as wire:
        account = account_at(wire)
        read(account)
        monkeypatch.setattr(sessions, "LONGEST_REST", 0.0)
        read(account)
        assert wire.connections == 2


def test_a_connection_that_was_closed_meanwhile_costs_no_read() -> None:
    with serve(reply(YES, keep=False), reply(YES)) as wire:
        account = account_at(wire)
        read(account)
        read(account)
        assert (wire.connections, len(wire.requests)) == (2, 2)


def test_what_a_vendor_wants_remembered_is_forgotten() -> None:
    with serve(COOKIE) as wire:
        account = account_at(wire)
        read(account)
        read(account)
        assert "ookie" not in wire.requests[1].head
