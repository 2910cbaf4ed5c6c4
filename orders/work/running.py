"""A worker from its start to its end: takes on tasks, supervises, and finishes what it has begun before it ends."""

import os
import signal
import threading
import time
from collections.abc import Callable, Mapping
from types import FrameType
from typing import Protocol

import structlog
from django.conf import settings
from django.db import Error, connection, connections
from django_tasks import DEFAULT_TASK_BACKEND_ALIAS

from orders import tasks
from orders.services import advance_due_edits, leases
from orders.services.workers import Attendance, FalseClock
from orders.work.database import DatabaseQueue, forget_left_tasks
from orders.work.supervisor import Supervisor
from orders.workbooks import due_workbook, forget_workbooks, make_workbook

log = structlog.get_logger(__name__)

SECONDS_TO_FINISH = 30.0  # what takes longer is left: its lease runs out, and another worker takes it on
AGAIN = 2.0  # seconds after which a worker that finds no database tries again to begin


class Queue(Protocol):
    """Where tasks come from."""

    def run(self, stop: threading.Event) -> None:
        """Take tasks on until `stop` is set."""

    def drain(self) -> None:
        """Do what is ready now in this very thread."""

    def wait_for_rest(self, until: float) -> bool:
        """Wait until nothing is being done, at most until then (monotonic). False where something still is."""


def work(*, threads: int, sync_threads: int, pause: float, nice: int = 0) -> int:
    """Work until a signal says to stop; a second one ends the process at once. Returns its exit code.

    Raises FalseClock.

    `threads` edits are sent at once, and `sync_threads` accounts mirrored; `pause` is how many seconds lie between
    two looks for edits that no task came for. Workbooks are written one after another. `nice` is how far the other
    processes of the machine, pages above all, go before this one.
    """
    os.nice(nice)
    stop, broken = _stopping_on_signals(), threading.Event()
    attendance = Attendance(engine_name())
    queue = _queue(attendance.name, {"edits": threads, "syncs": sync_threads, "exports": 1})
    supervisor = Supervisor(threads=max(1, threads // 2), pause=pause, tidy=_tidy)
    _begin(attendance, stop)
    log.info("worker_begins", worker=attendance.name, engine=attendance.engine)
    with leases.kept(also=attendance.beat):
        loops = [_loop(run, stop, broken) for run in (queue.run, supervisor.run)]
        stop.wait()
        until = time.monotonic() + SECONDS_TO_FINISH
        for loop in loops:
            loop.join(max(0, until - time.monotonic()))
        rested = all([queue.wait_for_rest(until), supervisor.wait_for_rest(until)])
    _end(attendance)
    if not rested:
        log.warning("worker_leaves_work_behind", worker=attendance.name)
        os._exit(1)  # its threads would be waited for otherwise
    return 1 if broken.is_set() else 0


def work_once() -> None:
    """Do in this thread what there is to do now: due edits, due schedules, ready tasks, workbooks that were left."""
    attendance = Attendance(engine_name())
    attendance.begin()
    try:
        attendance.compare_clocks()
        with leases.kept(also=attendance.beat):
            advance_due_edits()
            tasks.start_due()
            _queue(attendance.name, {"edits": 1, "syncs": 1, "exports": 1}).drain()
            while left := due_workbook():
                make_workbook.call(left)
            _tidy()
    finally:
        attendance.end()


def engine_name() -> str:
    """What hands tasks over: "celery", or else "database"."""
    return "celery" if "Celery" in settings.TASKS[DEFAULT_TASK_BACKEND_ALIAS]["BACKEND"] else "database"


def _tidy() -> None:
    forget_left_tasks()
    forget_workbooks()


def _queue(worker: str, threads: Mapping[str, int]) -> Queue:
    if engine_name() == "database":
        return DatabaseQueue(worker, threads)
    from orders.work.broker import BrokerQueue  # Celery takes its time to load

    return BrokerQueue(worker, threads)


def _stopping_on_signals() -> threading.Event:
    stop = threading.Event()

    def end(_signal: int, _frame: FrameType | None) -> None:
        if stop.is_set():
            os._exit(130)
        stop.set()

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    return stop


def _loop(run: Callable[[threading.Event], None], stop: threading.Event, broken: threading.Event) -> threading.Thread:
    """Run this in a thread. A loop that breaks ends the worker, so that whoever started it can start it anew."""

    def guarded() -> None:
        try:
            run(stop)
        except Exception:
            log.exception("worker_broken")
            broken.set()
            stop.set()

    thread = threading.Thread(target=guarded, daemon=True)
    thread.start()
    return thread


def _begin(attendance: Attendance, stop: threading.Event) -> None:
    """Go on record as soon as the database is there and ready. Raises FalseClock."""
    while not stop.is_set():
        try:
            attendance.beat()
            attendance.compare_clocks()
        except Error as wrong:
            log.warning("worker_waits_for_database", reason=type(wrong).__name__)
            connection.close()
            stop.wait(AGAIN)
        except FalseClock:
            attendance.end()
            raise
        else:
            connection.close()  # whoever waits for a signal needs none, and it would be an old one by then
            return


def _end(attendance: Attendance) -> None:
    try:
        attendance.end()
    except Error as wrong:
        log.warning("worker_still_on_record", reason=type(wrong).__name__)
    connections.close_all()
