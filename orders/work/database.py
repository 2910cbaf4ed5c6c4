"""Take tasks from the table that pages have put them into, as soon as somebody is free to do them."""

import time
from collections.abc import Mapping
from threading import Event

import structlog
from django.db import Error, connection, transaction
from django.utils import timezone
from django_tasks.base import DEFAULT_TASK_BACKEND_ALIAS, TaskResultStatus
from django_tasks_db.models import DBTaskResult

from orders.services.workers import living
from orders.work.crew import Crew

log = structlog.get_logger(__name__)

AT_ONCE = 8  # tasks that are claimed in one transaction, so that other workers have some, too
IDLE = 0.2  # seconds between two looks at an empty table
AWAY = 1.0  # seconds after which a database that is away is tried again


class TaskFailed(Exception):
    """What a task's record keeps of its failure: the kind of error. Its words may be about a customer."""


class DatabaseQueue:
    """The tasks in the database, and one crew for each of their queues."""

    def __init__(self, worker: str, threads: Mapping[str, int]) -> None:
        self.worker = worker
        self.crews = {queue: Crew(queue, many) for queue, many in threads.items()}

    def run(self, stop: Event) -> None:
        """Take tasks on until `stop` is set. A database that is away for a moment is waited for."""
        while not stop.is_set():
            try:
                taken = self.take_some()
            except Error as wrong:
                log.warning("tasks_not_taken", reason=type(wrong).__name__)
                connection.close()
                stop.wait(AWAY)
            else:
                if not taken:
                    stop.wait(IDLE)
        connection.close()

    def take_some(self) -> bool:
        """Hand the next tasks to the crews that have somebody free for them. False where there is none."""
        rows = self._claim({queue: crew.free for queue, crew in self.crews.items()})
        for row in rows:
            self.crews[row.queue_name].take(do, row)
        return bool(rows)

    def drain(self) -> None:
        """Do what is ready now in this very thread."""
        while rows := self._claim(dict.fromkeys(self.crews, 1)):
            for row in rows:
                do(row)

    def wait_for_rest(self, until: float) -> bool:
        """Wait until nothing is being done, at most until then (monotonic). False where something still is."""
        return all(crew.wait_for_rest(until - time.monotonic()) for crew in self.crews.values())

    def _claim(self, free: Mapping[str, int]) -> "list[DBTaskResult]":  # type: ignore[type-arg]
        """The next tasks, as many of each queue as it has threads `free`, but a few in all."""
        queues = [queue for queue, many in free.items() if many]
        ready = DBTaskResult.objects.ready().filter(backend_name=DEFAULT_TASK_BACKEND_ALIAS, queue_name__in=queues)
        if not queues or not ready.exists():  # a look that locks nothing
            return []
        claimed, left = [], dict(free)
        with transaction.atomic():  # on SQLite an IMMEDIATE one: no two workers are in here
            for row in ready.select_for_update(skip_locked=True)[: min(AT_ONCE, sum(free.values()))]:
                if left[row.queue_name]:
                    left[row.queue_name] -= 1
                    row.claim(self.worker)
                    claimed.append(row)
        return claimed


def do(row: "DBTaskResult") -> None:  # type: ignore[type-arg]
    """Do a claimed task, and write down what came of it."""
    try:
        result = row.task.call(*row.args_kwargs["args"], **row.args_kwargs["kwargs"])
    except Exception as failure:
        log.exception("task_failed", task=row.task_path)
        row.set_failed(TaskFailed(type(failure).__name__))
    else:
        row.set_successful(result)


def forget_left_tasks() -> int:
    """Close the records of tasks whose worker has died over them. Returns how many.

    They are not done again: an edit is due by itself and a sync is seen to have been left, whatever its task was.
    """
    living_ones = living()
    left = 0
    for row in DBTaskResult.objects.running().filter(backend_name=DEFAULT_TASK_BACKEND_ALIAS):
        if not row.worker_ids or row.worker_ids[-1] in living_ones:
            continue
        running = DBTaskResult.objects.filter(pk=row.pk, status=TaskResultStatus.RUNNING, started_at=row.started_at)
        failed = {"status": TaskResultStatus.FAILED, "finished_at": timezone.now()}
        left += running.update(**failed, exception_class_path="WorkerDied", traceback="")
    return left
