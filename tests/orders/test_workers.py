"""Whether anybody does the background work, and who is told so."""

from datetime import timedelta

import pytest
import time_machine
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from orders.models import Order, Worker
from orders.services.workers import KEPT, SILENCE, Attendance, anybody_works, forget_dead_workers, living
from orders.states import State
from tests.orders.papers import words_of
from tests.orders.rows import make_account, make_edit, make_order

pytestmark = pytest.mark.django_db

NOBODY = "Nothing is being sent: no worker is running. An administrator starts it with manage.py work."


def silent_for(how_long: timedelta) -> None:
    Worker.objects.update(seen_at=timezone.now() - how_long)


def test_a_worker_is_alive_from_its_beginning_to_its_end() -> None:
    attendance = Attendance("database")
    attendance.begin()
    assert living() == {attendance.name}
    attendance.end()
    assert not anybody_works()


def test_a_worker_that_falls_silent_is_dead_until_it_speaks_again() -> None:
    attendance = Attendance("database")
    attendance.begin()
    silent_for(SILENCE + timedelta(seconds=1))
    assert not anybody_works()
    attendance.beat()
    assert anybody_works()


def test_a_worker_that_was_forgotten_is_back_with_its_next_beat() -> None:
    attendance = Attendance("database")
    attendance.begin()
    silent_for(KEPT + timedelta(hours=1))
    assert forget_dead_workers() == 1
    attendance.beat()
    assert living() == {attendance.name}


@pytest.mark.parametrize("hours", [1, -1])
def test_a_worker_whose_clock_is_wrong_does_not_begin(hours: int) -> None:
    with (
        time_machine.travel(timezone.now() + timedelta(hours=hours), tick=True),
        pytest.raises(CommandError, match="3600 seconds apart"),
    ):
        call_command("work", "--once")
    assert not anybody_works()


def test_monitoring_is_told(client: Client, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        call_command("check_workers")
    assert end.value.code == 1
    assert "nothing is sent" in capsys.readouterr().err
    assert client.get("/healthz").json() == {"ok": True, "worker": False}

    Attendance("celery").begin()
    call_command("check_workers")
    assert "celery: alive" in capsys.readouterr().out
    assert client.get("/healthz").json() == {"ok": True, "worker": True}


@pytest.fixture
def waiting(alice: User) -> Order:
    """An order with an edit that has been due for a while."""
    order = make_order(make_account())
    now = timezone.now()
    make_edit(order, alice, State.ACCEPTED, at=now, next_at=now - timedelta(seconds=30))
    return order


def page(order: Order, person: User) -> str:
    client = Client()
    client.force_login(person)
    return words_of(client.get(f"/orders/{order.pk}/").content.decode())


def test_a_page_that_waits_says_that_there_is_no_worker(waiting: Order, alice: User) -> None:
    assert NOBODY in page(waiting, alice)
    Attendance("database").begin()
    assert NOBODY not in page(waiting, alice)
    assert "A worker takes it on next." in page(waiting, alice)


def test_an_edit_on_hold_lacks_no_worker(waiting: Order, alice: User) -> None:
    waiting.edits.update(next_at=timezone.now() + timedelta(seconds=5))
    assert NOBODY not in page(waiting, alice)
