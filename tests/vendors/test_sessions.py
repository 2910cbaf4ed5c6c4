"""Reads of an account go over one connection for each thread, as long as it is fresh; and nothing is remembered."""

import socket
import struct
import threading

import pytest
from django.utils import timezone

from tests.vendors.wire import Answer, Line, Wire, hang_up, reply, serve, whole
from vendors import secrets, sessions
from vendors.health import use_since
from vendors.models import VendorAccount
from vendors.vitals import read_health

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


def reset(line: Line) -> None:
    """No answer: the connection is torn down."""
    line.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    line.sock.close()


def half_an_answer(close: Answer) -> Answer:
    def say(line: Line) -> None:
        line.say(whole(YES)[:-5])
        close(line)

    return say


def failures_of(account: VendorAccount) -> tuple[int, int]:
    """How many failures its circuit has seen since the last answer, and how many its use has counted."""
    return read_health(account.pk).failures, use_since(account, timezone.now()).failures


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


@pytest.mark.parametrize("close", [hang_up, reset])
def test_a_kept_connection_that_is_closed_under_a_read_is_no_failure(close: Answer) -> None:
    with serve(reply(YES), close, reply(YES)) as wire:
        account = account_at(wire)
        read(account)
        read(account)
        assert (wire.connections, len(wire.requests)) == (2, 3)
        assert failures_of(account) == (0, 0)
        read(account)
        assert wire.connections == 2


def test_a_new_connection_that_breaks_is_a_failure_even_where_it_follows_a_kept_one() -> None:
    with serve(reply(YES), hang_up, hang_up, reply(YES)) as wire:
        account = account_at(wire)
        read(account)
        read(account)
        assert (wire.connections, len(wire.requests)) == (3, 4)
        assert use_since(account, timezone.now()).failures == 1


def test_a_first_connection_that_breaks_is_a_failure() -> None:
    with serve(hang_up, reply(YES)) as wire:
        account = account_at(wire)
        read(account)
        assert (wire.connections, len(wire.requests)) == (2, 2)
        assert use_since(account, timezone.now()).failures == 1


@pytest.mark.parametrize("close", [hang_up, reset])
def test_an_answer_that_breaks_off_is_a_failure_over_a_kept_connection_too(close: Answer) -> None:
    with serve(reply(YES), half_an_answer(close), reply(YES)) as wire:
        account = account_at(wire)
        read(account)
        read(account)
        assert (wire.connections, len(wire.requests)) == (2, 3)
        assert use_since(account, timezone.now()).failures == 1


def test_what_a_vendor_wants_remembered_is_forgotten() -> None:
    with serve(COOKIE) as wire:
        account = account_at(wire)
        read(account)
        read(account)
        assert "ookie" not in wire.requests[1].head
