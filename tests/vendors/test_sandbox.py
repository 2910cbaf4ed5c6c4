"""The framework of the simulators, shown on a toy vendor over real HTTP."""

import http.client
import json
import random
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from email.utils import parsedate_to_datetime
from typing import Any, ClassVar
from urllib.parse import urlsplit

import pytest
import requests

from tests.patience import eventually
from tests.vendors.sandboxes import ROOT, SandboxProcess
from vendors.registry import VENDORS
from vendors.sandbox.control import is_loopback
from vendors.sandbox.faults import ALL
from vendors.sandbox.messages import Request, Response
from vendors.sandbox.remote import Remote
from vendors.sandbox.server import LARGEST_BODY, Server
from vendors.sandbox.simulator import Order, Simulator
from vendors.sandbox.switches import Switch

TOKEN = "a-token-of-the-toy"


class ToySimulator(Simulator):
    """Orders with a title, a price and lines. POST /<id> updates, GET /<id> reads, /broken has a bug."""

    slug: ClassVar[str] = "toy"
    label: ClassVar[str] = "Toy"
    credentials: ClassVar[dict[str, str]] = {"token": TOKEN}
    switches: ClassVar[dict[str, Switch]] = {
        "answer": Switch(settings=("order", "nothing"), about="what an update answers"),
        "lag_ms": Switch(settings=("0",), number=True, about="lag"),
    }
    stamps: ClassVar[frozenset[str]] = frozenset({"changed_at"})
    secret_keys: ClassVar[tuple[str, ...]] = ("token",)
    notices: list[str]

    def build(self) -> None:
        rng = random.Random(f"{self.slug}:{self.seed}")  # noqa: S311
        self.notices = []
        for number in range(1, self.size + 1):
            self.orders[str(number)] = {
                "id": number,
                "title": f"Order {rng.randrange(1000)}",
                "price": 10,
                "lines": [{"sku": "a", "count": 1}, {"sku": "b", "count": 1}],
                "changed_at": 0,
            }

    def handle(self, request: Request) -> Response:
        if request.path == "/broken":
            raise ZeroDivisionError
        order_id = request.path.strip("/")
        if order_id not in self.orders:
            return self.failure(404, "no such order")
        if request.method == "POST":
            self._update(order_id, request.json())
            if self.switch["answer"] == "nothing":
                return Response(status=204)
        return Response.json(self.seen(order_id))

    def _update(self, order_id: str, body: dict[str, Any]) -> None:
        order = self.orders[order_id]
        before = dict(order)
        raised = body.pop("raise", 0)
        price = order["price"]
        if raised:
            time.sleep(0.001)  # long enough for another thread to come in between, were there no lock
        order |= {key: value for key, value in body.items() if key in order}
        order["price"] = order["price"] if not raised else price + raised
        if order != before:
            self.stamp(order)
            self.later(0.0, lambda: self.notices.append(order_id))

    def order_of(self, request: Request) -> str:
        return request.path.strip("/")

    def failure(self, status: int, message: str) -> Response:
        return Response.json({"oops": message}, status=status)

    def refusal(self, message: str) -> Response:
        return self.failure(409, message)

    def stamp(self, order: Order) -> None:
        order["changed_at"] += 1

    def lag(self) -> float:
        return self.switch.number("lag_ms") / 1000

    def lists(self) -> dict[str, Any]:
        return {"skus": ["a", "b"]}

    def act(self, what: str, **arguments: Any) -> Any:
        if what != "double":
            return super().act(what, **arguments)
        self.edit(arguments["order"], price=20)
        return 20


def is_there(remote: Remote) -> bool:
    try:
        return bool(remote.orders())
    except OSError:
        return False


@pytest.fixture
def server() -> Iterator[Server]:
    with Server([ToySimulator(size=5)]) as server:
        yield server


@pytest.fixture
def toy(server: Server) -> ToySimulator:
    simulator = server["toy"]
    assert isinstance(simulator, ToySimulator)
    return simulator


@pytest.fixture
def session() -> Iterator[requests.Session]:
    with requests.Session() as session:
        session.trust_env = False
        yield session


Post = Callable[..., requests.Response]


@pytest.fixture
def post(session: requests.Session, toy: ToySimulator) -> Post:
    def post(order: int = 1, timeout: float = 5.0, **changes: Any) -> requests.Response:
        return session.post(f"{toy.url}/{order}", json=changes, timeout=timeout, allow_redirects=False)

    return post


# HTTP


def test_one_connection_carries_many_requests(server: Server) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=5)
    connection.connect()
    first_socket = connection.sock
    for method, path, status in (("GET", "/toy/1", 200), ("POST", "/toy/2", 200), ("GET", "/toy/99", 404)):
        connection.request(method, path, body=b"{}" if method == "POST" else None)
        answer = connection.getresponse()
        answer.read()
        assert answer.status == status
        assert connection.sock is first_socket
    connection.close()


def test_an_answer_without_a_body_keeps_the_connection_in_step(server: Server, toy: ToySimulator) -> None:
    toy.set(answer="nothing")
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=5)
    connection.request("POST", "/toy/1", body=b'{"price": 3}')
    with connection.getresponse() as empty:
        assert (empty.status, empty.read(), empty.getheader("Content-Length")) == (204, b"", None)
    connection.request("HEAD", "/toy/1")
    with connection.getresponse() as head:
        assert (head.status, head.read()) == (200, b"")
    connection.request("GET", "/toy/1")
    with connection.getresponse() as answer:
        assert json.load(answer)["price"] == 3
    connection.close()


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ("Transfer-Encoding: chunked", 411),
        ("Content-Length: many", 400),
        (f"Content-Length: {LARGEST_BODY + 1}", 413),
    ],
)
def test_a_body_that_cannot_be_read_is_refused_and_the_connection_closed(
    server: Server, headers: str, status: int
) -> None:
    with socket.create_connection(("127.0.0.1", server.port), timeout=5) as connection:
        connection.sendall(f"POST /toy/1 HTTP/1.1\r\nHost: localhost\r\n{headers}\r\n\r\n".encode())
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    assert answer.startswith(b"HTTP/1.1 %d " % status)


def test_a_slug_that_nobody_has_is_not_found(server: Server, session: requests.Session) -> None:
    assert session.get(f"{server.url}/other/1").status_code == 404


def test_paths_are_percent_decoded_and_kept_as_they_came(toy: ToySimulator, session: requests.Session) -> None:
    assert session.get(f"{toy.url}/%C3%A9?x=%20").status_code == 404
    entry = toy.journal.entries[0]
    assert (entry.order, entry.path) == ("é", "/%C3%A9?x=%20")


def test_any_method_reaches_the_simulator(toy: ToySimulator, session: requests.Session) -> None:
    session.request("BREW", f"{toy.url}/1")
    assert toy.journal.entries[0].method == "BREW"


def test_concurrent_requests_do_not_see_each_other_at_work(toy: ToySimulator) -> None:
    def raise_often() -> None:
        with requests.Session() as session:
            session.trust_env = False
            for _ in range(10):
                session.post(f"{toy.url}/1", json={"raise": 1}, timeout=5)

    threads = [threading.Thread(target=raise_often) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert toy.order(1)["price"] == 10 + 80
    assert [entry.id for entry in toy.journal.entries] == list(range(1, 81))


def test_a_request_takes_a_few_milliseconds(toy: ToySimulator, session: requests.Session) -> None:
    def duration() -> float:
        begun = time.perf_counter()
        session.get(f"{toy.url}/1")
        return time.perf_counter() - begun

    assert min(duration() for _ in range(30)) < 0.030  # a delayed acknowledgement would cost each of them 40 ms


def test_a_bug_in_a_simulator_is_a_500_and_is_kept(server: Server, session: requests.Session) -> None:
    assert session.get(f"{server['toy'].url}/broken").status_code == 500
    assert "ZeroDivisionError" in server.errors[0]


def test_latency_delays_every_answer(toy: ToySimulator, session: requests.Session) -> None:
    toy.set(latency_ms=80)
    assert session.get(f"{toy.url}/1").elapsed.total_seconds() >= 0.08


# Faults


# Those that a client should not read to their end, or that are about more than the moment, have tests of their own.
AT_A_MOMENT = [name for name in ALL if name not in {"huge", "bomb", "late", "lie", "error_applied", "partly"}]


def _outcome(post: Post, **changes: Any) -> requests.Response | None:
    """The answer as far as it can be read, None where none came."""
    try:
        return post(**changes)
    except requests.exceptions.RequestException:
        return None


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("name", AT_A_MOMENT)
def test_a_fault_applies_the_change_only_when_told_so(toy: ToySimulator, post: Post, name: str, moment: str) -> None:
    toy.fail(f"{name}:{moment}", seconds=0.0002)
    _outcome(post, price=7)
    assert toy.order(1)["price"] == (7 if moment == "after" else 10)
    entry = toy.journal.entries[0]
    assert (entry.fault, entry.changed) == (f"{name}:{moment}", moment == "after")
    assert post(price=8).json()["price"] == 8, "the next call is healthy again"


@pytest.mark.parametrize("name", ["refused", "drop", "timeout", "late", "cut"])
def test_without_a_whole_answer_the_client_has_a_broken_connection(toy: ToySimulator, post: Post, name: str) -> None:
    toy.fail(name, seconds=0.01)
    with pytest.raises((requests.ConnectionError, requests.exceptions.ChunkedEncodingError)):
        post(price=7)
    assert toy.journal.entries[0].status == (200 if name == "cut" else 0)


def test_refused_is_a_reset_and_drop_is_an_end(toy: ToySimulator, post: Post) -> None:
    toy.fail("refused", "drop")
    with pytest.raises(requests.ConnectionError, match="ConnectionResetError"):
        post(price=7)
    with pytest.raises(requests.ConnectionError, match="RemoteDisconnected"):
        post(price=7)


def test_timeout_says_nothing_for_so_long(toy: ToySimulator, post: Post) -> None:
    toy.fail("timeout:after", seconds=5)
    with pytest.raises(requests.ReadTimeout):
        post(price=7, timeout=0.1)
    assert toy.order(1)["price"] == 7


def test_late_applies_seconds_after_the_connection_was_lost(toy: ToySimulator, post: Post) -> None:
    toy.fail("late", seconds=1)
    assert _outcome(post, price=7) is None
    assert toy.order(1)["price"] == 10
    assert toy.pending.count == 1
    assert toy.quiesce(0.01) is False
    assert toy.quiesce() is True
    assert toy.order(1)["price"] == 7
    entry = toy.journal.entries[0]
    assert entry.changed
    assert entry.applied is not None
    assert entry.applied - entry.received >= 1


def test_a_late_effect_does_not_reach_into_the_next_world(toy: ToySimulator, post: Post) -> None:
    toy.fail("late", seconds=0.05)
    _outcome(post, price=7)
    toy.reset()
    time.sleep(0.1)
    assert toy.order(1)["price"] == 10


def test_a_late_effect_that_waits_for_its_turn_is_forgotten_too(toy: ToySimulator, post: Post) -> None:
    toy.fail("late", seconds=0.05)
    _outcome(post, price=7)
    with toy.lock:
        time.sleep(0.15)  # its time has come, the lock is ours
        toy.reset()
    time.sleep(0.05)
    assert toy.order(1)["price"] == 10


@pytest.mark.parametrize("status", [401, 403, 404, 429, 500, 502, 503, 504])
def test_statuses_come_in_the_vendors_own_shape(toy: ToySimulator, post: Post, status: int) -> None:
    toy.fail(str(status))
    answer = post(price=7)
    assert answer.status_code == status
    assert set(answer.json()) == {"oops"}


def test_retry_after_comes_in_seconds_or_as_a_date_or_not_at_all(toy: ToySimulator, post: Post) -> None:
    toy.fail("429", "503", retry_after="7")
    assert [post().headers["Retry-After"] for _ in range(2)] == ["7", "7"]
    toy.fail("429_date", retry_after="60")
    date = parsedate_to_datetime(post().headers["Retry-After"])
    assert 55 < date.timestamp() - time.time() < 65
    toy.fail("429", retry_after="")
    assert "Retry-After" not in post().headers
    toy.fail("500")
    assert "Retry-After" not in post().headers


@pytest.mark.parametrize(("name", "body"), [("list", []), ("string", "ok"), ("null", None), ("number", 1)], ids=str)
def test_wrong_shapes_are_json_all_the_same(toy: ToySimulator, post: Post, name: str, body: Any) -> None:
    toy.fail(name)
    answer = post(price=7)
    assert (answer.status_code, answer.json()) == (200, body)


@pytest.mark.parametrize("name", ["html", "html_502", "nan", "deep", "empty", "cut_plain"])
def test_what_is_not_json_cannot_be_read_as_json(toy: ToySimulator, post: Post, name: str) -> None:
    def refuse(constant: str) -> None:
        raise ValueError(constant)

    toy.fail(name)
    answer = post(price=7)
    assert answer.status_code == (502 if name == "html_502" else 200)
    with pytest.raises((ValueError, RecursionError)):
        json.loads(answer.content, parse_constant=refuse)


@pytest.mark.parametrize("status", [301, 302, 307])
def test_redirects_lead_elsewhere(toy: ToySimulator, post: Post, status: int) -> None:
    toy.fail(str(status), location="https://collector.invalid/x")
    answer = post(price=7)
    assert (answer.status_code, answer.headers["Location"]) == (status, "https://collector.invalid/x")


def test_slow_sends_byte_by_byte_headers_too(toy: ToySimulator, server: Server) -> None:
    toy.fail("slow", seconds=0.01)
    with socket.create_connection(("127.0.0.1", server.port), timeout=60) as connection:
        begun, received = time.monotonic(), b""
        connection.sendall(b"GET /toy/1 HTTP/1.1\r\nHost: localhost\r\n\r\n")
        while b"\r\n\r\n" not in received:
            received += connection.recv(1)
        took = time.monotonic() - begun
    assert received.startswith(b"HTTP/1.1")
    assert took >= len(received) * 0.01


def test_a_huge_body_streams_past_any_cap(toy: ToySimulator, session: requests.Session) -> None:
    toy.fail("huge")
    with session.post(f"{toy.url}/1", json={}, stream=True, timeout=5) as answer:
        received = 0
        for chunk in answer.iter_content(65536):
            received += len(chunk)
            if received > 20_000_000:
                break
    assert received > 20_000_000


def test_a_bomb_is_small_on_the_wire_and_large_when_unpacked(toy: ToySimulator, session: requests.Session) -> None:
    toy.fail("bomb:after")
    with session.post(f"{toy.url}/1", json={"price": 7}, stream=True, timeout=5) as answer:
        unpacked = 0
        for chunk in answer.raw.stream(65536, decode_content=True):
            unpacked += len(chunk)
            if unpacked > 20_000_000:
                break
    assert unpacked > 20_000_000
    assert int(answer.headers["Content-Length"]) < 3_000_000
    assert toy.order(1)["price"] == 7


def test_a_wrong_type_is_the_true_answer_under_another_name(toy: ToySimulator, post: Post) -> None:
    toy.fail("wrong_type:after")
    answer = post(price=7)
    assert answer.headers["Content-Type"].startswith("text/html")
    assert answer.json()["price"] == 7


def test_a_lie_says_yes_and_changes_nothing_nor_announces_it(toy: ToySimulator, post: Post) -> None:
    toy.fail("lie")
    assert post(price=7).json()["price"] == 7
    toy.quiesce()
    assert toy.order(1)["price"] == 10
    assert toy.notices == []
    assert not toy.journal.entries[0].changed


def test_error_applied_says_no_in_the_vendors_way_and_changes_all(toy: ToySimulator, post: Post) -> None:
    toy.fail("error_applied")
    answer = post(price=7)
    assert (answer.status_code, set(answer.json())) == (409, {"oops"})
    assert toy.order(1)["price"] == 7
    toy.quiesce()
    assert toy.notices == ["1"]


def test_partly_keeps_every_second_change(toy: ToySimulator, post: Post) -> None:
    toy.fail("partly", "partly")
    post(title="New", price=7)
    assert [toy.order(1)[name] for name in ("title", "price")] == ["New", 10]
    post(order=2, lines=[{"sku": "a", "count": 5}, {"sku": "b", "count": 6}])
    assert [line["count"] for line in toy.order(2)["lines"]] == [5, 1]


def test_faults_come_in_turn_and_then_no_more(toy: ToySimulator, post: Post) -> None:
    toy.fail("500", "429")
    assert [post().status_code for _ in range(3)] == [500, 429, 200]
    toy.fail("503", times=2)
    assert [post().status_code for _ in range(3)] == [503, 503, 200]
    toy.fail("500", times=None)
    assert [post().status_code for _ in range(5)] == [500] * 5
    toy.faults.clear()
    assert post().status_code == 200


@pytest.mark.parametrize("only", [{"order": "2"}, {"method": "post"}, {"path": "/2?"}, {"intent": "write"}])
def test_a_fault_waits_for_the_call_it_is_meant_for(
    toy: ToySimulator, session: requests.Session, only: dict[str, str]
) -> None:
    toy.fail("500", **only)
    assert session.get(f"{toy.url}/1").status_code == 200
    assert session.post(f"{toy.url}/2?x=1", json={}).status_code == 500
    assert session.post(f"{toy.url}/2?x=1", json={}).status_code == 200


def test_chance_is_a_matter_of_seed_order_and_call_number(toy: ToySimulator, post: Post) -> None:
    def faults(seed: int, orders: list[int]) -> dict[int, list[str]]:
        toy.reset()
        toy.fail("500", "404", "lie", chance=0.4, seed=seed)
        for order in orders:
            post(order)
        return {order: [entry.fault for entry in toy.journal.since(order=str(order))] for order in (1, 2)}

    first = faults(7, [1] * 20 + [2] * 20)
    assert first == faults(7, [1, 2] * 20), "whatever comes in between"
    assert first != faults(8, [1] * 20 + [2] * 20)
    drawn = [fault for each in first.values() for fault in each]
    assert 6 <= len([fault for fault in drawn if fault]) <= 26
    assert set(drawn) == {"", "500:before", "404:before", "lie:before"}


@pytest.mark.parametrize("fault", ["explode", "drop:never", ""])
def test_a_fault_that_does_not_exist_is_refused(toy: ToySimulator, fault: str) -> None:
    with pytest.raises(ValueError, match="There is no fault"):
        toy.fail(fault)


def test_a_server_that_is_down_refuses_connections_and_comes_back(server: Server, post: Post) -> None:
    server.down()
    with pytest.raises(requests.ConnectionError, match="Connection refused"):
        post(price=7)
    server.up()
    assert post(price=7).status_code == 200


def test_stopping_ends_hanging_calls_at_once(server: Server, toy: ToySimulator) -> None:
    toy.fail("timeout", seconds=60)
    connection = socket.create_connection(("127.0.0.1", server.port), timeout=5)
    connection.sendall(b"GET /toy/1 HTTP/1.1\r\nHost: localhost\r\n\r\n")
    while not toy.journal.entries:
        time.sleep(0.005)
    begun = time.monotonic()
    server.stop()
    server.stop()
    assert connection.recv(10) == b""
    assert time.monotonic() - begun < 30
    connection.close()


# Journal, lag, switches, reset


def test_the_journal_keeps_bodies_verbatim_but_for_credentials(toy: ToySimulator, session: requests.Session) -> None:
    body = '{ "token" :"somebody\\"s secret", "title": "Ünicode",   "price": 1.50}'
    headers = {"Authorization": "Bearer abc", "X-Api-Key": "def", "X-Trace": f"with {TOKEN}"}
    session.post(f"{toy.url}/1?key={TOKEN}", data=body.encode(), headers=headers)
    entry = toy.journal.entries[0]
    assert entry.body == '{ "token" :"(blanked)", "title": "Ünicode",   "price": 1.50}'
    assert entry.path == "/1?key=(blanked)"
    assert [entry.headers[name] for name in ("authorization", "x-api-key")] == ["(blanked)", "(blanked)"]
    assert entry.headers["x-trace"] == "with (blanked)"


def test_the_journal_says_what_changed_when_and_how_often(toy: ToySimulator, post: Post) -> None:
    title = toy.order(1)["title"]
    post(title="New", price=10)
    post(title="New")
    toy.edit(1, **{"lines.1.count": 4})
    first, second, outside = toy.journal.entries
    assert first.changes == {"title": [title, "New"], "changed_at": [0, 1]}
    assert first.applied is not None
    assert first.answered is not None
    assert first.received <= first.applied <= first.answered
    assert (second.changed, second.changes, second.applied) == (False, {}, None)
    assert (first.number, second.number, first.intent, first.order) == (1, 2, "write", "1")
    assert (outside.kind, outside.changes["lines.1.count"]) == ("edit", [1, 4])
    assert toy.journal.counters["1"] == {"write": 2, "changed": 1}


def test_only_the_vendors_own_stamp_is_no_change(toy: ToySimulator, post: Post) -> None:
    post(changed_at=50)
    assert not toy.journal.entries[0].changed


def test_true_and_one_are_different_values(toy: ToySimulator, post: Post) -> None:
    toy.edit(1, price=1)
    post(price=True)
    assert toy.journal.entries[-1].changes["price"] == [1, True]


def test_lag_shows_readers_what_was_before(toy: ToySimulator, session: requests.Session, post: Post) -> None:
    toy.set(lag_ms=60_000)
    post(price=7)
    assert session.get(f"{toy.url}/1").json()["price"] == 10
    assert toy.order(1)["price"] == 7


def test_lag_ends_by_itself(toy: ToySimulator, session: requests.Session, post: Post) -> None:
    toy.set(lag_ms=150)
    post(price=7)
    assert toy.quiesce()
    assert session.get(f"{toy.url}/1").json()["price"] == 7


def test_lag_does_not_reach_into_the_next_world(toy: ToySimulator, session: requests.Session, post: Post) -> None:
    toy.set(lag_ms=5000)
    post(title="Old")
    toy.reset(seed=2)
    toy.set(lag_ms=5000)
    assert session.get(f"{toy.url}/1").json() == toy.order(1)


@pytest.mark.parametrize("settings", [{"answer": "loud"}, {"volume": "1"}, {"lag_ms": "-1"}, {"lag_ms": "soon"}])
def test_switches_take_only_what_they_declare(toy: ToySimulator, settings: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r"cannot be|no switch"):
        toy.set(**{"answer": "nothing", **settings})
    assert toy.switch["answer"] == "order", "none is set where one is wrong"


def test_reset_begins_anew(toy: ToySimulator, post: Post) -> None:
    before = toy.order(1)
    toy.set(answer="nothing")
    post(price=7)
    toy.fail("500")
    toy.reset()
    assert (toy.order(1), toy.switch["answer"], toy.journal.entries) == (before, "order", [])
    assert toy.journal.counters == {}
    assert post().status_code == 200
    toy.reset(seed=2, size=3)
    assert (toy.order(1)["title"] != before["title"], len(toy.orders)) == (True, 3)


# The control paths


@pytest.fixture
def remote(server: Server) -> Remote:
    return Remote(server.url, "toy")


def test_another_process_can_steer_everything(remote: Remote, post: Post) -> None:
    remote.set(answer="nothing")
    remote.fail("500", order="1")
    assert [post(price=7).status_code for _ in range(2)] == [500, 204]
    remote.change(2, {"lines.0.count": 9})
    remote.delete(3)
    assert remote.act("double", order=4) == 20
    assert remote.order(1)["price"] == 7
    assert remote.order(2)["lines"][0]["count"] == 9
    assert remote.orders() == ["1", "2", "4", "5"]
    assert remote.lists() == {"skus": ["a", "b"]}
    assert remote.quiesce() is True
    assert [entry["kind"] for entry in remote.journal()] == ["call", "call", "edit", "edit", "edit"]
    assert [entry["id"] for entry in remote.journal(1, order="1", intent="write")] == [2]
    assert remote.counters()["1"] == {"write": 2, "changed": 1}
    assert remote.about()["faults"]["happened"] == {"500": 1}
    remote.reset(size=2)
    assert remote.orders() == ["1", "2"]


def test_faults_can_be_cleared_from_outside(remote: Remote, post: Post) -> None:
    remote.fail("500", times=None)
    assert post().status_code == 500
    remote.clear_faults()
    assert post().status_code == 200


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda remote: remote.order(77), "There is no '77'"),
        (lambda remote: remote.set(volume=1), "no switch 'volume'"),
        (lambda remote: remote.fail("explode"), "no fault 'explode'"),
        (lambda remote: remote.fail("500", colour="red"), "colour"),
        (lambda remote: remote.fail(), "at least one fault"),
        (lambda remote: remote.change(1, {"lines.9.count": 1}), "nothing at lines.9.count"),
        (lambda remote: remote.act("explode"), "Nothing called 'explode'"),
        (lambda remote: remote._call("GET", "/nonsense"), "no such path"),
        (lambda remote: remote._call("POST", "/reset", [1]), "a JSON object"),
    ],
)
def test_nonsense_is_refused_with_a_sentence(remote: Remote, call: Callable[[Remote], Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        call(remote)


def test_the_server_can_be_taken_down_from_outside(server: Server, session: requests.Session) -> None:
    assert session.get(f"{server.url}/_sandbox/").json() == {"toy": f"{server.url}/toy"}
    remote = Remote(server.url, "toy")
    remote.down(0.3)
    assert eventually(lambda: not is_there(remote))
    with pytest.raises(requests.ConnectionError):
        session.get(f"{server.url}/toy/1")
    assert eventually(lambda: is_there(remote))
    assert session.get(f"{server.url}/toy/1").status_code == 200


def test_calls_that_hang_do_not_keep_a_server_down(server: Server, toy: ToySimulator) -> None:
    toy.fail("timeout", times=8, seconds=60)
    hanging = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(8)]
    for connection in hanging:
        connection.sendall(b"GET /toy/1 HTTP/1.1\r\nHost: localhost\r\n\r\n")
    assert eventually(lambda: len(toy.journal.entries) == 8)

    server.down_for(0)
    assert eventually(lambda: not is_there(Remote(server.url, "toy")))
    assert eventually(lambda: is_there(Remote(server.url, "toy")), seconds=4)

    for connection in hanging:
        assert connection.recv(10) == b""
        connection.close()


def test_a_server_whose_port_was_taken_meanwhile_comes_back_when_it_is_free(server: Server) -> None:
    remote = Remote(server.url, "toy")
    server.down()
    with socket.create_server(("127.0.0.1", server.port)):
        server.down_for(0)
        time.sleep(0.3)  # it has tried in vain by now
    assert eventually(lambda: is_there(remote))


def test_control_is_for_this_machine_only(server: Server, session: requests.Session) -> None:
    path = f"{server.url}/_sandbox/toy/"
    assert session.get(path, headers={"Host": "rebound.example"}).status_code == 403
    assert session.get(path, headers={"Host": f"localhost:{server.port}"}).status_code == 200
    assert [is_loopback(each) for each in ("127.0.0.1", "::1", "::ffff:127.0.0.1")] == [True, True, True]
    assert [is_loopback(each) for each in ("10.0.0.5", "203.0.113.9", "localhost.example")] == [False] * 3


# The command


def test_every_vendor_of_the_registry_has_a_simulator_with_its_credentials(sandbox: Server) -> None:
    assert set(sandbox.simulators) == set(VENDORS)
    for slug, vendor in VENDORS.items():
        required = {name for name, field in vendor.credentials.items() if field.required}
        assert required <= set(sandbox[slug].credentials) <= set(vendor.credentials)
        assert sandbox[slug].url == f"{sandbox.url}/{slug}"


def test_the_command_serves_every_vendor_until_it_is_told_to_stop(sandbox_process: SandboxProcess) -> None:
    address = urlsplit(sandbox_process.url)
    assert address.hostname == "127.0.0.1"
    assert address.port not in {0, 8001}
    assert '{"api_key": "' in sandbox_process.printed
    assert f"{sandbox_process.url}/liner" in sandbox_process.printed
    assert sandbox_process["liner"].about()["size"] == 130
    assert sandbox_process.stop() == 0
    assert "has stopped" in sandbox_process.printed
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(("127.0.0.1", address.port or 0), timeout=1)


def test_a_port_that_is_taken_is_said_in_a_sentence(server: Server) -> None:
    command = [sys.executable, "manage.py", "sandbox", f"--port={server.port}", "--orders=1"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 1
    assert f"Cannot listen on 127.0.0.1:{server.port}" in done.stderr
    assert "Traceback" not in done.stderr


def test_simulators_do_not_need_django() -> None:
    code = "import sys, vendors.sandbox.server, vendors.liner.sandbox; sys.exit('django' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0
