"""The HTTP client at the wire: real sockets, bad servers, and what it says about what happened."""

import gzip
import json
import socket
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
from pytest_django import Settings

from tests.vendors.wire import Wire, certificate, hang_up, reply, serve, whole
from vendors.errors import AccountRefused, Issue, OrderGone, Rejected, Unreachable, VendorError
from vendors.gate import OpenGate
from vendors.http import LONGEST_WAIT, SHOWN_CHARACTERS, WRITE_CAP, Http
from vendors.transport import begun_before

CANARY = "canary/key+0123456789"
HOST = "api.vendor.example"
SOON = 5  # seconds, of a call with half a second, to a server that takes ten


@pytest.fixture
def closed_port() -> Iterator[int]:
    """A port that refuses connections: taken, and not listened to."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]


# Reads are repeated, writes never


@pytest.mark.parametrize("status", ["429 Too Many", "500 Oops", "502 Bad", "503 Busy", "504 Late"])
def test_a_read_is_repeated(status: str) -> None:
    with serve(reply(b"{}", status), reply(b'{"a":1}')) as wire:
        assert Http(base_url=wire.url).read("GET", "/x/") == {"a": 1}
    assert len(wire.requests) == 2


@pytest.mark.parametrize("status", ["429 Too Many", "500 Oops", "502 Bad", "503 Busy", "504 Late"])
def test_a_write_is_never_repeated(status: str) -> None:
    with serve(reply(b"{}", status), reply(b'{"a":1}')) as wire, pytest.raises(Unreachable) as lost:
        Http(base_url=wire.url).write("POST", "/x/", body={})
    assert lost.value.sent
    assert len(wire.requests) == 1


def test_a_write_that_would_begin_too_late_does_not_leave() -> None:
    with serve(reply()) as wire:
        with begun_before(datetime.now(UTC)), pytest.raises(Unreachable) as late:
            Http(base_url=wire.url).write("POST", "/x/", body={})
        assert not late.value.sent
        with begun_before(datetime.now(UTC) + timedelta(minutes=1)):
            Http(base_url=wire.url).write("POST", "/y/", body={})
    assert [line.head.split()[1] for line in wire.requests] == ["/y/"]


def test_a_read_is_tried_three_times_and_no_more() -> None:
    with serve(reply(b"", "503 Busy")) as wire, pytest.raises(Unreachable, match="503"):
        Http(base_url=wire.url).read("GET", "/x/")
    assert len(wire.requests) == 3


def test_a_read_by_post_is_repeated_with_its_body() -> None:
    """Whether something is a read is the caller's intent, not the method."""
    with serve(hang_up, reply()) as wire:
        Http(base_url=wire.url).read("POST", "/x/", body={"id": 7})
    assert [json.loads(line.body) for line in wire.requests] == [{"id": 7}, {"id": 7}]


@pytest.mark.parametrize("status", ["400 No", "401 Who", "403 Not you", "404 Gone", "422 Wrong"])
def test_a_read_that_cannot_get_better_is_not_repeated(status: str) -> None:
    with serve(reply(b"{}", status)) as wire, pytest.raises((Unreachable, AccountRefused, OrderGone)):
        Http(base_url=wire.url).read("GET", "/x/")
    assert len(wire.requests) == 1


def test_a_read_whose_tries_took_too_long_is_not_begun_again() -> None:
    def slow(line: Any) -> None:
        time.sleep(0.6)
        line.say(whole(b"{}", "503 Busy"))

    with serve(slow) as wire, pytest.raises(Unreachable):
        Http(base_url=wire.url, read_patience=0.7).read("GET", "/x/")
    assert len(wire.requests) == 1


def test_a_write_travels_over_a_connection_of_its_own() -> None:
    """A broken keep-alive could make a write look unsent."""
    with serve(reply()) as wire:
        http = Http(base_url=wire.url)
        http.read("GET", "/a/")
        http.read("GET", "/b/")
        assert wire.connections == 1
        http.write("POST", "/c/", body={})
        http.write("POST", "/d/", body={})
        assert wire.connections == 3


# Redirects


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "303 See", "307 Temporary", "308 Permanent"])
@pytest.mark.parametrize("write", [False, True])
def test_a_redirect_is_never_followed(status: str, write: bool) -> None:
    with serve(reply(b"{}", status, ["Location: /elsewhere/"])) as wire:
        http = Http(base_url=wire.url)
        with pytest.raises(Unreachable, match="redirect") as no:
            http.write("POST", "/x/", body={}) if write else http.read("GET", "/x/")
    assert no.value.sent
    assert no.value.answer is not None
    assert [line.head.split()[1] for line in wire.requests] == ["/x/"]


# Secrets


def test_a_secret_of_the_body_is_added_last_and_cannot_be_overwritten() -> None:
    with serve(reply()) as wire:
        Http(base_url=wire.url, secret={"apiKey": CANARY}).write("POST", "/x/", body={"a": 1, "b": 2})
        Http(base_url=wire.url, secret={"apiKey": CANARY}).write("POST", "/x/", body={"apiKey": "forged"})
    first, second = (json.loads(line.body) for line in wire.requests)
    assert list(first.items()) == [("a", 1), ("b", 2), ("apiKey", CANARY)]
    assert second == {"apiKey": CANARY}


@pytest.mark.parametrize(
    "repeated", [CANARY, CANARY.replace("/", "\\/"), "canary%2Fkey%2B0123456789"], ids=["plain", "json", "url"]
)
@pytest.mark.parametrize("where", ["headers", "bearer", "secret"])
def test_a_secret_that_a_vendor_repeats_is_in_no_answer_error_or_repr(repeated: str, where: str) -> None:
    def check(status: int, body: Any) -> None:
        if not body["ok"]:
            raise Rejected([Issue(message=f"{body['said']} is no good", detail=body["said"])])

    carried: dict[str, Any] = {
        "headers": {"headers": {"X-Api-Key": CANARY}},
        "bearer": {"headers": {"Authorization": f"Bearer {CANARY}"}},
        "secret": {"secret": {"token": CANARY}},
    }[where]
    yes, no = (f'{{"ok":{ok},"said":"{repeated}"}}'.encode() for ok in ("true", "false"))
    with serve(reply(yes), reply(no)) as wire:
        http = Http(base_url=wire.url, check=check, **carried)
        answer, _ = http.write("POST", "/x/", body={})
        with pytest.raises(Rejected) as refused:
            http.write("POST", "/x/", body={})
    assert "[redacted]" in answer.text
    assert "[redacted]" in refused.value.message
    said = [answer.text, repr(answer), repr(http), str(refused.value), repr(refused.value), repr(refused.value.issues)]
    assert refused.value.answer is not None
    said.append(refused.value.answer.text)
    for each in said:
        assert CANARY not in each
        assert repeated not in each


def test_a_secret_across_the_end_of_what_is_kept_is_not_kept_in_half() -> None:
    body = b'{"a":"' + b"x" * (SHOWN_CHARACTERS - 10) + CANARY.encode() + b'"}'
    with serve(reply(body)) as wire:
        answer, _ = Http(base_url=wire.url, headers={"X-Api-Key": CANARY}).write("POST", "/x/", body={})
    assert "canary" not in answer.text
    assert len(answer.text) == SHOWN_CHARACTERS


def test_an_answer_is_kept_without_characters_that_do_harm() -> None:
    with serve(reply(b'{"a":"\\u0000"}\x00\x1b[31m', "500 Oops")) as wire, pytest.raises(Unreachable) as failed:
        Http(base_url=wire.url).write("POST", "/x/", body={})
    assert failed.value.answer is not None
    assert "\0" not in failed.value.answer.text
    assert "\x1b" not in failed.value.answer.text


# Where calls may go


def test_a_private_address_is_refused_before_anything_is_sent(settings: Settings) -> None:
    settings.ALLOW_PRIVATE_HOSTS = False
    with serve(reply()) as wire:
        for host in ("127.0.0.1", "localhost", "[::1]", "10.1.2.3", "169.254.169.254", "[::ffff:127.0.0.1]"):
            with pytest.raises(Unreachable, match="private address") as refused:
                Http(base_url=f"https://{host}:{wire.port}").write("POST", "/x/", body={})
            assert not refused.value.sent
    assert wire.connections == 0


def test_only_https_is_called_unless_private_hosts_are_allowed(settings: Settings) -> None:
    settings.ALLOW_PRIVATE_HOSTS = False
    with serve(reply()) as wire, pytest.raises(Unreachable, match="https") as refused:
        Http(base_url=wire.url).write("POST", "/x/", body={})
    assert not refused.value.sent
    assert wire.connections == 0


def test_the_environment_has_no_say(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, closed_port: int) -> None:
    """No proxy, and no password file."""
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login mallory password canary")
    monkeypatch.setenv("NETRC", str(netrc))
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{closed_port}")
    with serve(reply()) as wire:
        Http(base_url=wire.url).write("POST", "/x/", body={})
    assert "authorization" not in wire.requests[0].head.lower()


# Sent, or not sent


def test_a_refused_connection_is_not_sent(closed_port: int) -> None:
    with pytest.raises(Unreachable, match="No connection") as failed:
        Http(base_url=f"http://127.0.0.1:{closed_port}").write("POST", "/x/", body={})
    assert not failed.value.sent


def test_a_host_that_does_not_exist_is_not_sent() -> None:
    with pytest.raises(Unreachable, match="no host named") as failed:
        Http(base_url="http://nobody.invalid").write("POST", "/x/", body={})
    assert not failed.value.sent


def test_a_server_without_tls_is_not_sent() -> None:
    with serve(reply(), greeting=whole(b"", "400 No")) as wire:
        https = wire.url.replace("http:", "https:")
        with pytest.raises(Unreachable, match="encryption") as failed:
            Http(base_url=https).write("POST", "/x/", body={})
    assert not failed.value.sent
    assert wire.requests == []


def test_a_certificate_that_nobody_vouches_for_is_not_sent(tmp_path: Path) -> None:
    tls, _ = certificate(tmp_path, "localhost")
    with serve(reply(), tls=tls) as wire, pytest.raises(Unreachable, match="certificate") as failed:
        Http(base_url=f"https://localhost:{wire.port}").write("POST", "/x/", body={})
    assert not failed.value.sent
    assert wire.requests == []


def test_credentials_that_http_cannot_carry_are_not_sent() -> None:
    with serve(reply()) as wire:
        for key in ("ключ", "a\nb"):
            with pytest.raises(Unreachable, match="credentials") as failed:
                Http(base_url=wire.url, headers={"X-Api-Key": key}).write("POST", "/x/", body={})
            assert not failed.value.sent
    assert wire.requests == []


def test_a_connection_dropped_after_the_request_may_have_been_sent() -> None:
    with serve(hang_up) as wire, pytest.raises(Unreachable) as failed:
        Http(base_url=wire.url).write("POST", "/x/", body={})
    assert failed.value.sent
    assert len(wire.requests) == 1


def test_an_answer_cut_short_may_have_been_sent() -> None:
    def cut(line: Any) -> None:
        line.say(whole(b'{"ok":true}')[:-4])
        hang_up(line)

    with serve(cut) as wire, pytest.raises(Unreachable) as failed:
        Http(base_url=wire.url).write("POST", "/x/", body={})
    assert failed.value.sent


# In one piece


@pytest.mark.parametrize("writes", [True, False], ids=["write", "read"])
def test_a_request_leaves_in_one_piece(writes: bool) -> None:
    """Whoever is stopped in the middle of one would send the rest when it wakes."""
    received: list[bytes] = []

    def listen(listener: socket.socket) -> None:
        line, _ = listener.accept()
        with line:
            received.append(line.recv(65536))
            line.sendall(whole(b'{"ok":true}'))

    with socket.create_server(("127.0.0.1", 0)) as listener:
        vendor = threading.Thread(target=listen, args=(listener,))
        vendor.start()
        http = Http(base_url=f"http://127.0.0.1:{listener.getsockname()[1]}", secret={"key": "of nobody"})
        (http.write if writes else http.read)("POST", "/x/", body={"title": "Doors"})
        vendor.join()

    head, _, body = received[0].partition(b"\r\n\r\n")
    assert b"Content-Length: %d" % len(body) in head
    assert b"Doors" in body


# Deadline and cap


BODY = b'{"ok":true,"padding":"' + b"x" * 200 + b'"}'
DRIPPED = {
    "headers": lambda line: line.drip(whole(BODY), 0.05),
    "body": lambda line: (line.say(whole(BODY)[:-200]), line.drip(whole(BODY)[-200:], 0.05)),
    "body of a closing connection": lambda line: (
        line.say(whole(BODY, keep=False)[:-200]),
        line.drip(whole(BODY, keep=False)[-200:], 0.05),
    ),
    "body without a length": lambda line: (line.say(b"HTTP/1.1 200 OK\r\n\r\n"), line.drip(BODY, 0.05)),
    "chunks": lambda line: (
        line.say(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"),
        line.drip(b"1\r\nx\r\n" * 40, 0.05),
    ),
    "nothing": lambda line: time.sleep(10),
}


@pytest.mark.parametrize("what", DRIPPED)
def test_a_write_ends_at_its_deadline_whatever_is_dripped(what: str) -> None:
    """A read timeout does not bound an answer that comes byte by byte."""
    with serve(DRIPPED[what]) as wire:
        began = time.monotonic()
        with pytest.raises(Unreachable, match=r"within 0\.5 s") as late:
            Http(base_url=wire.url, patience=0.5).write("POST", "/x/", body={})
        assert time.monotonic() - began < SOON
    assert late.value.sent


def test_a_read_ends_at_its_deadline() -> None:
    with serve(DRIPPED["headers"]) as wire:
        began = time.monotonic()
        with pytest.raises(Unreachable, match=r"within 0\.5 s"):
            Http(base_url=wire.url, read_patience=0.5).read("GET", "/x/")
        assert time.monotonic() - began < SOON
    assert len(wire.requests) == 1


def test_a_slow_answer_within_the_deadline_is_an_answer() -> None:
    with serve(lambda line: line.drip(whole(b'{"ok":true}'), 0.005)) as wire:
        assert Http(base_url=wire.url, patience=5).write("POST", "/x/", body={})[1] == {"ok": True}


@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gzip"])
def test_an_answer_larger_than_the_cap_is_not_read_out(packed: bool) -> None:
    body = b'"' + b"x" * (WRITE_CAP * 20) + b'"'
    answer = reply(gzip.compress(body), headers=["Content-Encoding: gzip"]) if packed else reply(body)
    with serve(answer) as wire, pytest.raises(Unreachable, match="larger than") as failed:
        Http(base_url=wire.url).write("POST", "/x/", body={})
    assert failed.value.sent


# Retry-After


def test_a_read_waits_as_long_as_retry_after_says() -> None:
    with serve(reply(b"", "429 Slow down", ["Retry-After: 2"]), reply()) as wire:
        began = time.monotonic()
        Http(base_url=wire.url).read("GET", "/x/")
        assert time.monotonic() - began >= 2
    assert len(wire.requests) == 2


def test_retry_after_may_be_a_date() -> None:
    when = format_datetime(datetime.now(UTC) + timedelta(seconds=40), usegmt=True)
    with serve(reply(b"", "503 Busy", [f"Retry-After: {when}"])) as wire, pytest.raises(Unreachable) as busy:
        Http(base_url=wire.url).read("GET", "/x/")
    assert busy.value.retry_after == pytest.approx(40, abs=3)
    assert LONGEST_WAIT < 35
    assert len(wire.requests) == 1, "longer than a read waits by itself"


@pytest.mark.parametrize("senseless", ["soon", "-5", "", "Wed, 99 Foo 2026"])
def test_a_senseless_retry_after_is_ignored(senseless: str) -> None:
    with serve(reply(b"", "429 Slow down", [f"Retry-After: {senseless}"]), reply()) as wire:
        Http(base_url=wire.url).read("GET", "/x/")
    assert len(wire.requests) == 2


def test_a_write_told_to_slow_down_says_how_long() -> None:
    with serve(reply(b"", "429 Slow down", ["Retry-After: 7"])) as wire, pytest.raises(Unreachable) as busy:
        Http(base_url=wire.url).write("POST", "/x/", body={})
    assert busy.value.retry_after == 7
    assert len(wire.requests) == 1


# Verdicts


def test_an_answer_without_a_body_is_none() -> None:
    with serve(reply(b"", "204 Nothing")) as wire:
        assert Http(base_url=wire.url).read("GET", "/x/") is None


@pytest.mark.parametrize("body", [b"<html>", b'{"a":', b"NaN", b'{"a":1,"a":2}', b"[" * 100_000, b"\xff\xfe{}"])
def test_a_yes_that_is_not_json_is_no_answer(body: bytes) -> None:
    with serve(reply(body)) as wire, pytest.raises(Unreachable, match="not JSON") as failed:
        Http(base_url=wire.url).write("POST", "/x/", body={})
    assert failed.value.sent
    assert failed.value.answer is not None


def test_the_vendors_own_verdict_comes_before_that_of_http() -> None:
    def check(status: int, body: Any) -> None:
        raise Rejected([Issue(message=f"no ({status})")])

    with serve(reply(b"{}", "422 Wrong")) as wire, pytest.raises(Rejected, match=r"no \(422\)") as refused:
        Http(base_url=wire.url, check=check).write("POST", "/x/", body={})
    assert refused.value.answer is not None
    assert refused.value.answer.status == 422


@pytest.mark.parametrize(
    ("status", "error"),
    [("401 Who", AccountRefused), ("403 Not you", AccountRefused), ("404 Gone", OrderGone), ("409 Hm", Unreachable)],
)
def test_where_the_vendor_is_silent_the_verdict_of_http_holds(status: str, error: type[Exception]) -> None:
    with serve(reply(b"{}", status)) as wire, pytest.raises(error):
        Http(base_url=wire.url).write("POST", "/x/", body={})


# Over TLS, to a host that is taken for a public one: as in production


@pytest.fixture
def public(settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    """Serve as a public https host. The address filter and the authorities are other people's code, and told so."""
    settings.ALLOW_PRIVATE_HOSTS = False
    tls, authority = certificate(tmp_path, HOST)
    monkeypatch.setattr("requests_hardened.ip_filter_adapter.filter_host", lambda *given, **more: "127.0.0.1")
    monkeypatch.setattr("requests.adapters.DEFAULT_CA_BUNDLE_PATH", str(authority))
    return tls


def _https(wire: Wire) -> str:
    return f"https://{HOST}:{wire.port}"


def test_a_public_host_is_reached_over_tls_under_its_own_name(public: Any) -> None:
    with serve(reply(), tls=public) as wire:
        assert Http(base_url=_https(wire)).write("POST", "/x/", body={"a": 1})[1] == {"ok": True}
    assert f"host: {HOST}:{wire.port}" in wire.requests[0].head.lower()


def test_what_is_dropped_over_tls_may_have_been_sent(public: Any) -> None:
    with serve(hang_up, tls=public) as wire, pytest.raises(Unreachable) as failed:
        Http(base_url=_https(wire)).write("POST", "/x/", body={})
    assert failed.value.sent
    assert len(wire.requests) == 1


def test_a_kept_connection_that_is_closed_under_a_read_is_no_failure_over_tls(public: Any) -> None:
    class Told(OpenGate):
        def leave(self, failure: VendorError | None, pause: float | None) -> None:
            assert failure is None

    with serve(reply(), hang_up, reply(), tls=public) as wire:
        http = Http(base_url=_https(wire), gate=Told())
        for _ in range(3):
            assert http.read("GET", "/x/") == {"ok": True}
    assert (wire.connections, len(wire.requests)) == (2, 4)


@pytest.mark.parametrize("what", DRIPPED)
def test_the_deadline_holds_over_tls(public: Any, what: str) -> None:
    with serve(DRIPPED[what], tls=public) as wire:
        began = time.monotonic()
        with pytest.raises(Unreachable, match=r"within 0\.5 s") as late:
            Http(base_url=_https(wire), patience=0.5).write("POST", "/x/", body={})
        assert time.monotonic() - began < SOON
    assert late.value.sent


def test_every_thread_reads_over_a_connection_of_its_own() -> None:
    with serve(reply()) as wire:
        http = Http(base_url=wire.url)
        for _ in range(2):
            http.read("GET", "/x/")
        assert wire.connections == 1
        others = [threading.Thread(target=http.read, args=("GET", "/x/")) for _ in range(2)]
        for thread in others:
            thread.start()
        for thread in others:
            thread.join()
    assert (wire.connections, len(wire.requests)) == (3, 4)
