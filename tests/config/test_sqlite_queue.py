"""The queue of writers in front of SQLite: in turn, among threads and processes, and never in the way for good."""

import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from django.db import IntegrityError, transaction
from django.db.utils import ConnectionHandler
from pytest_django.plugin import DjangoDbBlocker

from config.sqlite.base import Connection
from config.sqlite.queue import Queue
from tests.patience import eventually

PATIENCE = 20.0  # seconds that nothing here should need
AT_ONCE = 0.01

HOLD = """
import sys
from config.sqlite.queue import Queue
queue = Queue(sys.argv[1])
queue.take()
print("ours", flush=True)
sys.stdin.readline()
queue.give_back()
print("given back", flush=True)
sys.stdin.readline()
"""

FORK = f"""
import os, sys, time
from config.sqlite.queue import Queue, queue_at
parents = queue_at(sys.argv[1])
parents.take()
read, write = os.pipe()
if not os.fork():
    os.close(write)
    os.read(read, 1)  # lives on until the parent has ended
    os._exit(0)
parents.close()  # as at its death
began = time.monotonic()
Queue(sys.argv[1]).take()
print("at once" if time.monotonic() - began < {PATIENCE / 2} else "too late")
"""

WRITE = """
import sys
import django
django.setup()
from tests.config.test_sqlite_queue import write_often
write_often(sys.argv[1], threads=12, times=10)
"""


@pytest.fixture
def path(tmp_path: Path) -> str:
    return str(tmp_path / "queue")


@pytest.fixture
def queue(path: str) -> Iterator[Queue]:
    queue = Queue(path)
    yield queue
    queue.close()


@pytest.fixture
def file(tmp_path: Path, django_db_blocker: DjangoDbBlocker) -> Iterator[str]:
    """A database with one table."""
    file = str(tmp_path / "desk.sqlite3")
    with closing(sqlite3.connect(file)) as database:
        database.execute("PRAGMA journal_mode=WAL")
        database.execute("CREATE TABLE notes (id integer PRIMARY KEY, words text UNIQUE)")
    with django_db_blocker.unblock():
        yield file


def open_database(file: str) -> ConnectionHandler:
    """Connections of a thread's own, as the desk has them."""
    options = {"timeout": 30, "transaction_mode": "IMMEDIATE"}
    return ConnectionHandler({"default": {"ENGINE": "config.sqlite", "NAME": file, "OPTIONS": options}})


def write_often(file: str, *, threads: int, times: int) -> None:
    """As many threads write that often, each in transactions that take their time."""

    def write(thread: int) -> None:
        handler = open_database(file)
        try:
            for number in range(times):
                with handler["default"].cursor() as cursor:
                    cursor.execute("BEGIN IMMEDIATE")
                    cursor.execute("INSERT INTO notes (words) VALUES (%s)", [f"{os.getpid()} {thread} {number}"])
                    time.sleep(0.001)
                    handler["default"].connection.commit()
        finally:
            handler.close_all()

    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(write, range(threads)))


@contextmanager
def another_process(path: str) -> Iterator["subprocess.Popen[str]"]:
    """One whose turn it is, until it reads a line."""
    command = [sys.executable, "-c", HOLD, path]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert read_line(process) == "ours\n"
            yield process
        finally:
            process.kill()


def read_line(process: "subprocess.Popen[str]") -> str:
    assert process.stdout is not None
    return process.stdout.readline()


# In one process


def test_whoever_came_first_is_served_first(queue: Queue) -> None:
    served: list[int] = []

    def write(number: int) -> None:
        assert queue.take(PATIENCE)
        served.append(number)
        queue.give_back()

    assert queue.take()
    threads = [threading.Thread(target=write, args=(number,)) for number in range(8)]
    for number, thread in enumerate(threads):
        thread.start()
        assert eventually(lambda: len(queue._waiting) == number + 1)  # noqa: B023 - asked at once
    queue.give_back()
    for thread in threads:
        thread.join(PATIENCE)

    assert served == list(range(8))


def test_nobody_waits_for_ever_and_whoever_gave_up_is_passed_over(queue: Queue) -> None:
    assert queue.take()
    assert not queue.take(AT_ONCE)

    queue.give_back()

    assert queue.take(AT_ONCE)


# Among processes


def test_another_process_is_waited_for(path: str, queue: Queue) -> None:
    with another_process(path) as process, ThreadPoolExecutor(1) as pool:
        taken = pool.submit(queue.take, PATIENCE)
        time.sleep(0.05)
        assert not taken.done()

        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()

        assert taken.result(PATIENCE)
        assert read_line(process) == "given back\n"


def test_one_that_was_killed_is_not(path: str, queue: Queue) -> None:
    with another_process(path) as process:
        process.send_signal(signal.SIGKILL)
        process.wait(PATIENCE)
        began = time.monotonic()

        assert queue.take(PATIENCE)

    assert time.monotonic() - began < PATIENCE / 2


def test_one_that_stands_still_is_passed_by_in_the_end(path: str, queue: Queue) -> None:
    with another_process(path):
        assert queue.take(AT_ONCE)  # out of turn: SQLite itself decides


def test_a_fork_does_not_keep_what_its_parent_had(path: str) -> None:
    done = subprocess.run([sys.executable, "-c", FORK, path], capture_output=True, text=True, check=False)

    assert (done.stdout, done.stderr) == ("at once\n", "")


def test_a_place_without_files_takes_none_away(tmp_path: Path) -> None:
    queue = Queue(str(tmp_path / "nowhere" / "queue"))

    assert queue.take()
    queue.give_back()
    assert queue.take(AT_ONCE)


# In front of a database


def has_turn(handler: ConnectionHandler) -> bool:
    connection = handler["default"].connection
    assert isinstance(connection, Connection)
    return connection.has_turn


def test_a_transaction_keeps_its_turn_to_its_end(file: str) -> None:
    handler = open_database(file)
    database = handler["default"]
    with database.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM notes")
        assert not has_turn(handler)
        for end in ("commit", "rollback", "close"):
            cursor = database.cursor()
            cursor.execute("BEGIN IMMEDIATE")
            cursor.execute("INSERT INTO notes (words) VALUES (%s)", [end])
            assert has_turn(handler)
            connection = database.connection
            getattr(connection, end)()
            assert not connection.has_turn
    handler.close_all()

    with open_database(file)["default"].cursor() as cursor:
        assert cursor.execute("SELECT words FROM notes").fetchall() == [("commit",)]


def test_a_statement_by_itself_keeps_it_no_longer_than_it_takes(file: str) -> None:
    handler = open_database(file)
    insert = "INSERT INTO notes (words) VALUES (%s)"
    with handler["default"].cursor() as cursor:
        cursor.execute(insert, ["one"])
        assert not has_turn(handler)
        cursor.executemany(insert, [["two"], ["three"]])
        assert not has_turn(handler)
        with pytest.raises(IntegrityError):
            cursor.execute(insert, ["one"])
        assert not has_turn(handler)
    handler.close_all()


def test_many_threads_of_many_processes_all_get_to_write(file: str) -> None:
    command = [sys.executable, "-c", WRITE, file]
    processes = [subprocess.Popen(command, stderr=subprocess.PIPE, text=True) for _ in range(3)]

    assert [process.communicate()[1] for process in processes] == ["", "", ""]
    with open_database(file)["default"].cursor() as cursor:
        assert cursor.execute("SELECT count(*) FROM notes").fetchone() == (360,)


@pytest.mark.django_db
def test_the_desk_itself_stands_in_line() -> None:
    from django.db import connection

    if connection.vendor != "sqlite":
        pytest.skip("for SQLite alone")
    with transaction.atomic():
        assert connection.connection.has_turn
