"""Take tasks from a broker, as Celery delivers them. A broker that is away is waited for; the supervisor works on."""

import logging
import time
from collections.abc import Mapping
from threading import Event, Semaphore, Thread
from typing import Any

import structlog
from celery.worker import state
from django.conf import settings
from django_tasks import DEFAULT_TASK_BACKEND_ALIAS

from config.celery_backend import PREFIX, RUN, make_app, run_task, task_at

log = structlog.get_logger(__name__)

AGAIN = 5.0  # seconds after which Celery is started again, should it have ended by itself
LATER = 5.0  # seconds after which a task comes back that there was no thread for


class BrokerQueue:
    """Celery's worker in a thread of this process. `threads` says how many tasks of each queue are done at once."""

    def __init__(self, worker: str, threads: Mapping[str, int]) -> None:
        self.worker, self.threads = worker, threads
        self._free = {queue: Semaphore(many) for queue, many in threads.items()}
        self._app = make_app(settings.TASKS[DEFAULT_TASK_BACKEND_ALIAS]["OPTIONS"]["secret_url"])
        self._app.set_default()  # where Celery's threads look for the task
        self._app.task(self._runner(), name=RUN, shared=False)
        self._celery = Thread(target=self._consume, name="celery", daemon=True)
        self._stop = Event()

    def run(self, stop: Event) -> None:
        """Take tasks on until `stop` is set."""
        for chatty in ("celery.worker.strategy", "celery.app.trace"):  # two lines for every task
            logging.getLogger(chatty).setLevel(logging.WARNING)
        self._celery.start()
        stop.wait()
        self._stop.set()
        state.should_stop = 0  # Celery's own way to be told: it takes on nothing more, and ends what it does

    def drain(self) -> None:
        """What a broker holds is left to it: the supervisor finds the same work."""

    def wait_for_rest(self, until: float) -> bool:
        """Wait until nothing is being done, at most until then (monotonic). False where something still is."""
        self._celery.join(max(0, until - time.monotonic()))
        return not self._celery.is_alive()

    def _consume(self) -> None:
        while not self._stop.is_set():
            try:
                controller = self._app.WorkController(
                    hostname=self.worker,
                    pool="threads",
                    concurrency=sum(self.threads.values()),
                    queues=[PREFIX + queue for queue in self.threads],
                    without_gossip=True,
                    without_heartbeat=True,
                    without_mingle=True,
                )
                controller.start()
            except Exception as wrong:  # noqa: BLE001 - whatever it is, edits are still found without Celery
                log.warning("celery_ended", reason=type(wrong).__name__)
            self._stop.wait(AGAIN)

    def _runner(self) -> Any:
        """What Celery calls. Each queue has its own share of the threads, so that syncs do not keep edits waiting."""

        def run(path: str, args: list[Any], kwargs: dict[str, Any]) -> None:
            queue = task_at(path).queue_name
            if not self._free[queue].acquire(blocking=False):
                self._app.send_task(RUN, args=[path, args, kwargs], queue=PREFIX + queue, countdown=LATER)
                return
            try:
                run_task(path, args, kwargs)
            finally:
                self._free[queue].release()

        return run
