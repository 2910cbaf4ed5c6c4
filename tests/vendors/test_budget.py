"""An account's budget at the wire: its rate limit, its pauses and its circuit, as several callers share them."""

import subprocess
import sys
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from email.utils import format_datetime
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from tests.vendors.sandboxes import ROOT
from tests.vendors.wire import Answer, Line, hang_up, reply, serve, whole
from vendors import secrets
from vendors.circuit import FAILURES_TO_OPEN, LONGEST_PAUSE, SECONDS_OPEN, claim_probe, start_afresh
from vendors.connection import check_account
from vendors.errors import AccountRefused, GateClosed, OrderGone, Rejected, Unreachable, VendorError
from vendors.health import accounts_in_trouble, notice_of, use_of_this_day, use_of_this_hour
from vendors.models import AccountHealth, AccountUse, VendorAccount
from vendors.use import write_use
from vendors.vitals import hour_of

pytestmark = pytest.mark.django_db(transaction=True)

SECRET = "canary-key-of-the-budget-4711"
YES = reply(b'{"success":true,"data":{}}')
BUSY = reply(b"{}", "503 Busy")


def account_at(url: str, **columns: Any) -> VendorAccount:
    """An account of Liner's, whose GET and POST need nothing but a key in a header."""
    write_use()  # whatever earlier tests have counted
    return VendorAccount.objects.create(
        vendor="liner",
        name="Liner",
        base_url=url,
        encrypted_credentials=secrets.encrypt({"api_key": SECRET}),
        **columns,
    )


def look(account: VendorAccount, **how: bool) -> Any:
    return account.connect(**how).http.read("GET", "/x/")


def change(account: VendorAccount, **how: bool) -> Any:
    return account.connect().http.write("POST", "/x/", body={}, **how)


def health_of(account: VendorAccount) -> AccountHealth:
    return AccountHealth.objects.get(pk=account.pk)


def break_down(account: VendorAccount) -> None:
    """Call until the circuit is open."""
    for _ in range(FAILURES_TO_OPEN):
        with pytest.raises(Unreachable):
            change(account)
    assert health_of(account).is_open


def let_pass(account: VendorAccount) -> None:
    """As if the time until the next try had passed."""
    AccountHealth.objects.filter(pk=account.pk).update(probe_at=timezone.now() - timedelta(seconds=1))


class Arrivals:
    """Answers, and notes when each request arrived."""

    def __init__(self) -> None:
        self.times: list[float] = []

    def __call__(self, line: Line) -> None:
        self.times.append(time.monotonic())
        line.say(whole(b'{"success":true}'))

    def most_within(self, seconds: float) -> int:
        return max(sum(1 for each in self.times if start <= each < start + seconds) for start in self.times)


# The rate


def test_several_processes_share_one_rate() -> None:
    arrivals = Arrivals()
    with serve(arrivals) as wire:
        account = account_at(wire.url, requests_per_second=Decimal(10), burst=4, reserve_percent=0)
        command = [sys.executable, "-m", "tests.vendors.calling", str(connection.settings_dict["NAME"])]
        processes = [subprocess.Popen([*command, str(account.pk), "12"], cwd=ROOT) for _ in range(2)]
        assert [process.wait(120) for process in processes] == [0, 0]
    assert len(arrivals.times) == 24
    assert arrivals.times[-1] - arrivals.times[0] >= (24 - 4 - 2) / 10  # two may have been late on their way
    assert arrivals.most_within(0.5) <= 4 + 5 + 4


def test_threads_with_connections_of_their_own_share_one_rate() -> None:
    arrivals = Arrivals()
    with serve(arrivals) as wire:
        account = account_at(wire.url, requests_per_second=Decimal(20), burst=2)
        in_threads([lambda: [look(account) for _ in range(5)] for _ in range(4)])
    assert len(arrivals.times) == 20
    assert arrivals.times[-1] - arrivals.times[0] >= (20 - 2 - 2) / 20


def test_an_account_without_a_limit_is_not_slowed_down_and_costs_no_write(
    django_assert_num_queries: Callable[..., Any],
) -> None:
    with serve(YES) as wire:
        account = account_at(wire.url)
        http = account.connect().http
        with django_assert_num_queries(3) as asked:
            for _ in range(3):
                http.read("GET", "/x/")
    assert all(query["sql"].startswith("SELECT") for query in asked.captured_queries)


def test_background_calls_leave_people_their_reserve() -> None:
    with serve(YES) as wire:
        account = account_at(wire.url, requests_per_second=Decimal("0.005"), burst=4, reserve_percent=50)
        for _ in range(2):
            look(account, background=True)
        with pytest.raises(GateClosed, match="budget"):
            look(account, background=True)
        for _ in range(2):
            look(account)
        with pytest.raises(GateClosed, match="budget") as used_up:
            look(account)
    assert len(wire.requests) == 4
    assert not used_up.value.sent
    assert used_up.value.retry_after is not None
    assert 0 < used_up.value.retry_after <= 200


def test_a_bucket_that_has_rested_lets_no_more_out_than_its_burst() -> None:
    with serve(YES) as wire:
        account = account_at(wire.url, requests_per_second=Decimal("0.005"), burst=2)
        look(account)
        AccountHealth.objects.update(full_at=1000.0)  # long ago
        for _ in range(2):
            look(account)
        with pytest.raises(GateClosed):
            look(account)


def test_a_write_that_has_its_turn_is_not_kept_back_any_more() -> None:
    with serve(YES) as wire:
        account = account_at(wire.url, requests_per_second=Decimal("0.005"), burst=1)
        http = account.connect().http
        http.gate.reserve()
        with pytest.raises(GateClosed):
            look(account)
        http.write("POST", "/x/", body={})
        with pytest.raises(GateClosed):
            http.write("POST", "/x/", body={})
    assert len(wire.requests) == 1


def test_what_is_urgent_passes_and_is_paid_for_later() -> None:
    with serve(YES) as wire:
        account = account_at(wire.url, requests_per_second=Decimal("0.005"), burst=1)
        for _ in range(3):
            change(account, urgent=True)
        with pytest.raises(GateClosed) as used_up:
            look(account)
    assert len(wire.requests) == 3
    assert used_up.value.retry_after is not None
    assert used_up.value.retry_after > 400  # not yet paid for: two of 200 s each


# Pauses


@pytest.mark.parametrize("status", ["429 Too Many", "503 Busy"])
@pytest.mark.parametrize("form", ["seconds", "date"])
def test_a_pause_that_a_vendor_asks_for_holds_for_all_callers(status: str, form: str) -> None:
    said = "90" if form == "seconds" else format_datetime(datetime.now(UTC) + timedelta(seconds=90), usegmt=True)
    with serve(reply(b"{}", status, [f"Retry-After: {said}"]), YES) as wire:
        account = account_at(wire.url)
        with pytest.raises(Unreachable):
            change(account)
        with pytest.raises(GateClosed, match="asked for a pause until") as blocked:
            look(account)
        with pytest.raises(GateClosed):
            change(account)
    assert len(wire.requests) == 1
    assert blocked.value.retry_after is not None
    assert 30 < blocked.value.retry_after <= 91
    assert "Edits are held until then." in notice_of(account)


def test_a_short_pause_is_waited_for_by_other_readers() -> None:
    with serve(reply(b"{}", "429 Too Many", ["Retry-After: 1"]), YES) as wire:
        account = account_at(wire.url)
        with pytest.raises(Unreachable):
            change(account)
        began = time.monotonic()
        look(account)
    assert time.monotonic() - began > 0.5
    assert len(wire.requests) == 2


def test_an_absurd_pause_is_not_believed() -> None:
    with serve(reply(b"{}", "429 Too Many", ["Retry-After: 99999999"])) as wire:
        account = account_at(wire.url)
        with pytest.raises(Unreachable):
            change(account)
    until = health_of(account).blocked_until
    assert until is not None
    assert until <= timezone.now() + timedelta(seconds=LONGEST_PAUSE)


def test_too_many_requests_do_not_open_the_circuit() -> None:
    with serve(reply(b"{}", "429 Too Many")) as wire:
        account = account_at(wire.url)
        for _ in range(FAILURES_TO_OPEN + 1):
            with pytest.raises(Unreachable):
                change(account)
    assert len(wire.requests) == FAILURES_TO_OPEN + 1


# The circuit


@pytest.mark.parametrize("answer", [BUSY, hang_up, reply(b"<html>", "502 Bad")])
def test_the_circuit_opens_after_some_failures_in_a_row_and_says_since_when(answer: Answer) -> None:
    with serve(answer) as wire:
        account = account_at(wire.url)
        since = timezone.localtime()
        break_down(account)
        for attempt in (look, change):
            with pytest.raises(GateClosed, match="Liner has not answered since") as closed:
                attempt(account)
            assert not closed.value.sent
            assert closed.value.retry_after is not None
            assert 0 < closed.value.retry_after <= SECONDS_OPEN * 1.1
        assert len(wire.requests) == FAILURES_TO_OPEN
    (trouble,) = accounts_in_trouble()
    assert (trouble.account, trouble.since >= since) == (account, True)
    assert "has not answered since" in trouble.sentence


def test_failures_that_are_not_in_a_row_open_nothing() -> None:
    few = [BUSY] * (FAILURES_TO_OPEN - 1)
    with serve(*few, YES, *few, YES) as wire:
        account = account_at(wire.url)
        for _ in range(2):
            for _ in few:
                with pytest.raises(Unreachable):
                    change(account)
            change(account)
    assert len(wire.requests) == 2 * FAILURES_TO_OPEN
    assert accounts_in_trouble() == []


NO = b'{"success":false,"error":{"message":"no"}}'


@pytest.mark.parametrize(
    "answer", [reply(NO), reply(NO, "400 No"), reply(b"{}", "404 Gone"), reply(b"<html>"), reply(b"{}", "302 There")]
)
def test_an_answer_of_any_kind_opens_nothing(answer: Answer) -> None:
    with serve(answer) as wire:
        account = account_at(wire.url)
        for _ in range(FAILURES_TO_OPEN + 1):
            with pytest.raises((Unreachable, Rejected, OrderGone)):
                change(account)
    assert len(wire.requests) == FAILURES_TO_OPEN + 1


def test_one_read_tries_whether_the_vendor_is_back() -> None:
    reached, answered = threading.Event(), threading.Event()

    def slow(line: Line) -> None:
        reached.set()
        answered.wait(60)
        line.say(whole(b'{"success":true}'))

    with serve(*[BUSY] * FAILURES_TO_OPEN, slow, YES) as wire:
        account = account_at(wire.url)
        break_down(account)
        let_pass(account)
        with pytest.raises(GateClosed):
            change(account)  # a write never tries
        probe = threading.Thread(target=in_thread, args=(lambda: look(account),))
        probe.start()
        assert reached.wait(60)
        with pytest.raises(GateClosed):
            look(account)
        answered.set()
        probe.join(60)
        assert not health_of(account).is_open
        change(account)
        assert len(wire.requests) == FAILURES_TO_OPEN + 2
    assert accounts_in_trouble() == []


def test_of_many_who_could_try_at_once_one_does() -> None:
    answered = threading.Event()
    start = threading.Barrier(6)
    kept_back: list[str] = []

    def slow(line: Line) -> None:
        answered.wait(60)
        line.say(whole(b'{"success":true}'))

    with serve(*[BUSY] * FAILURES_TO_OPEN, slow) as wire:
        account = account_at(wire.url)
        break_down(account)
        let_pass(account)

        def rush() -> None:
            http = VendorAccount.objects.get(pk=account.pk).connect().http
            start.wait(60)
            try:
                http.read("GET", "/x/")
            except GateClosed as closed:
                kept_back.append(str(closed))
            if len(kept_back) == 5:
                answered.set()

        def give_up_waiting() -> None:
            answered.wait(10)
            answered.set()

        in_threads([*[rush] * 6, give_up_waiting])
        assert len(kept_back) == 5
        assert len(wire.requests) == FAILURES_TO_OPEN + 1


def test_of_two_who_saw_the_same_one_tries() -> None:
    account = account_at("https://liner.example.com")
    open_since = timezone.now() - timedelta(minutes=1)
    seen = AccountHealth.objects.create(account=account, failing_since=open_since, probe_at=open_since)
    assert [claim_probe(seen, timezone.now()) for _ in range(2)] == [True, False]


def test_a_try_that_fails_keeps_the_circuit_open_and_is_the_only_one() -> None:
    with serve(BUSY) as wire:
        account = account_at(wire.url)
        break_down(account)
        since = health_of(account).failing_since
        let_pass(account)
        with pytest.raises(Unreachable, match="503"):
            look(account)  # its repeats are kept back
        assert len(wire.requests) == FAILURES_TO_OPEN + 1
    health = health_of(account)
    assert health.failing_since == since
    assert health.probe_at is not None
    assert health.probe_at > timezone.now()


def test_urgent_calls_pass_an_open_circuit_and_do_not_put_the_next_try_off() -> None:
    with serve(BUSY) as wire:
        account = account_at(wire.url)
        break_down(account)
        due = health_of(account).probe_at
        with pytest.raises(Unreachable, match="503"):
            change(account, urgent=True)
        assert len(wire.requests) == FAILURES_TO_OPEN + 1
    assert health_of(account).probe_at == due


def test_a_test_of_the_connection_passes_and_closes_the_circuit() -> None:
    with serve(*[BUSY] * FAILURES_TO_OPEN, reply(b'{"success":true,"data":{"list":[],"total":0}}')) as wire:
        account = account_at(wire.url)
        break_down(account)
        assert check_account(account=account).works
    assert not health_of(account).is_open


def test_starting_afresh_closes_the_circuit() -> None:
    with serve(*[BUSY] * FAILURES_TO_OPEN, YES) as wire:
        account = account_at(wire.url)
        break_down(account)
        start_afresh(account.pk)
        change(account)
        assert len(wire.requests) == FAILURES_TO_OPEN + 1


# What has to be mended


@pytest.mark.parametrize("status", ["401 Who", "403 Not you"])
def test_refused_credentials_are_told_and_open_nothing(status: str) -> None:
    with serve(*[reply(b"{}", status)] * (FAILURES_TO_OPEN + 1), YES) as wire:
        account = account_at(wire.url)
        for _ in range(FAILURES_TO_OPEN + 1):
            with pytest.raises(AccountRefused):
                look(account)
        assert len(wire.requests) == FAILURES_TO_OPEN + 1
        (trouble,) = accounts_in_trouble()
        assert "credentials were not accepted" in trouble.sentence
        look(account)
    assert accounts_in_trouble() == []


def test_an_address_that_cannot_be_called_is_told_and_opens_nothing(settings: Any) -> None:
    settings.ALLOW_PRIVATE_HOSTS = False
    account = account_at("https://127.0.0.1:9")
    for _ in range(FAILURES_TO_OPEN + 1):
        with pytest.raises(Unreachable, match="private address") as wrong:
            look(account)
        assert not wrong.value.down
    (trouble,) = accounts_in_trouble()
    assert "private address" in trouble.sentence
    assert not health_of(account).is_open


def test_disabled_accounts_are_in_no_trouble() -> None:
    with serve(BUSY) as wire:
        account = account_at(wire.url)
        break_down(account)
    VendorAccount.objects.update(enabled=False)
    assert accounts_in_trouble() == []


@pytest.mark.parametrize("status", ["500 Oops", "401 Who", "403 Not you", "200 Yes"])
def test_what_is_remembered_of_a_failure_repeats_nothing_of_the_answer(status: str) -> None:
    told = f'{{"success":false,"error":{{"message":"{SECRET} of Jane Invented"}}}}'.encode()
    with serve(reply(told, status)) as wire:
        account = account_at(wire.url)
        for _ in range(FAILURES_TO_OPEN):
            with pytest.raises(VendorError):
                change(account)
    health = AccountHealth.objects.filter(pk=account.pk).first() or AccountHealth()
    said = [health.last_failure, health.refusal, notice_of(account), *(each.sentence for each in accounts_in_trouble())]
    assert not any(SECRET in each or "Jane" in each for each in said)
    assert bool(health.last_failure) == (status != "200 Yes")


# How much it is used


def test_use_is_counted_hour_by_hour_and_forgotten_after_a_day() -> None:
    with serve(YES, YES, BUSY, YES) as wire:
        account = account_at(wire.url)
        now = timezone.now()
        for hours in (1, 30):
            AccountUse.objects.create(account=account, hour=hour_of(now - timedelta(hours=hours)), calls=100)
        for _ in range(2):
            look(account)
        with pytest.raises(Unreachable):
            change(account)
        change(account)
        day = use_of_this_day(account)
        assert (day.calls, day.failures, day.waits) == (104, 1, 0)
        assert use_of_this_hour(account).calls in {4, 104}  # where the hour has just struck
    assert AccountUse.objects.filter(calls=100).count() == 1
    assert health_of(account).last_ok_at is not None
    assert wire.requests


def test_waits_for_a_turn_are_counted() -> None:
    with serve(YES) as wire:
        account = account_at(wire.url, requests_per_second=Decimal(5), burst=1)
        for _ in range(3):
            look(account)
        assert use_of_this_day(account).waits >= 1
    assert len(wire.requests) == 3


def in_thread(what: Callable[[], Any]) -> None:
    try:
        what()
    finally:
        connection.close()


def in_threads(what: list[Callable[[], Any]]) -> None:
    threads = [threading.Thread(target=in_thread, args=(each,)) for each in what]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
