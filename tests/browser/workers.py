"""A worker beside the browser, in a thread of the test: what `manage.py work` does for edits that are due."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import connection

from orders.services import advance_due_edits
from orders.services.workers import Attendance


@contextmanager
def working() -> Iterator[None]:
    """Due edits are taken on until the block ends."""
    stop = threading.Event()

    def work() -> None:
        attendance = Attendance("test")
        attendance.begin()
        try:
            while not stop.wait(0.1):
                attendance.beat()
                advance_due_edits()
        finally:
            attendance.end()
            connection.close()

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


@pytest.fixture
def worker(live_server: object) -> Iterator[None]:
    """There is a worker for as long as the test runs."""
    with working():
        yield
