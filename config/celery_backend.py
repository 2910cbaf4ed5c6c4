"""Django's tasks over Celery: a message carries the path of a task and its arguments, and nothing waits for a result.

The broker only wakes workers. What there is to do stands in the database, so that a message which is lost, repeated
or late does no harm; that is why messages are acknowledged early and results are not kept.
"""

import ssl
import time
from functools import cache
from typing import Any
from uuid import uuid4

from celery import Celery
from django.db import close_old_connections
from django.utils import timezone
from django.utils.module_loading import import_string
from django_tasks.backends.base import BaseTaskBackend
from django_tasks.base import Task, TaskResult, TaskResultStatus
from django_tasks.exceptions import InvalidTaskError
from kombu.exceptions import OperationalError

RUN = "amend.run"  # the one task that Celery knows
PREFIX = "amend."  # of the queues' names: a broker may serve others as well
CONNECT_SECONDS = 2  # whoever enqueues is a page that somebody waits for
ANSWER_SECONDS = 5.0  # for one command; more than what Redis may take by itself to say that a queue is empty (one)
REST_SECONDS = 10.0  # without a try, after a broker kept somebody waiting for nothing: the next would wait as long

_resting: dict[str, float] = {}  # address of a broker -> until when (monotonic), for all threads of this process


class CeleryBackend(BaseTaskBackend):
    """Enqueues through Celery. OPTIONS: `secret_url`, the address of the broker."""

    supports_defer = True

    def __init__(self, alias: str, params: dict[str, Any]) -> None:
        super().__init__(alias, params)
        self.url: str = self.options["secret_url"]
        self.app = make_app(self.url)

    def enqueue(self, task: Task[Any, Any], args: Any, kwargs: Any) -> TaskResult[Any]:
        """Send the message, within seconds. Raises kombu's OperationalError where the broker is away or silent."""
        self.validate_task(task)
        result: TaskResult[Any] = TaskResult(
            task=task,
            id=str(uuid4()),
            status=TaskResultStatus.READY,
            enqueued_at=timezone.now(),
            started_at=None,
            finished_at=None,
            last_attempted_at=None,
            args=args,
            kwargs=kwargs,
            backend=self.alias,
            errors=[],
            worker_ids=[],
        )
        self._send(
            args=[task.module_path, result.args, result.kwargs],
            task_id=result.id,
            queue=PREFIX + task.queue_name,
            eta=task.run_after,
        )
        return result

    def _send(self, **message: Any) -> None:
        started = time.monotonic()
        if started < _resting.get(self.url, started):
            raise OperationalError("The broker did not answer a moment ago.")
        try:
            self.app.send_task(RUN, retry=False, **message)
        except OperationalError:
            if time.monotonic() - started >= CONNECT_SECONDS:
                _resting[self.url] = time.monotonic() + REST_SECONDS
            raise


@cache
def make_app(url: str) -> Any:
    """The Celery application of this process for a broker. Whoever is to run tasks registers one as RUN."""
    # Without Celery's own handling of Django: `run_task` closes connections, and nothing is to be set up twice.
    app = Celery("amend", broker=url, set_as_current=False, fixups=[])
    app.conf.update(
        accept_content=["json"],
        broker_connection_max_retries=None,
        broker_connection_retry_on_startup=True,
        broker_connection_timeout=CONNECT_SECONDS,
        broker_transport_options=_transport(url),
        broker_use_ssl=_tls(url),
        task_ignore_result=True,
        worker_enable_remote_control=False,
        worker_prefetch_multiplier=1,
    )
    return app


def run_task(path: str, args: list[Any], kwargs: dict[str, Any]) -> None:
    """Run the task that a message names. Raises InvalidTaskError."""
    task = task_at(path)
    close_old_connections()
    try:
        task.call(*args, **kwargs)
    finally:
        close_old_connections()


def task_at(path: str) -> Task[Any, Any]:
    """The task at this path. A broker may bring anything: raises InvalidTaskError for what is no task."""
    task = import_string(path)
    if not isinstance(task, Task):
        raise InvalidTaskError(f"{path} is no task.")
    return task


def _transport(url: str) -> dict[str, Any]:
    """Without a timeout, whoever asks a Redis that is frozen, or gone without a word, waits for ever."""
    if not url.startswith("redis"):
        return {}
    return {"socket_connect_timeout": CONNECT_SECONDS, "socket_timeout": ANSWER_SECONDS}


def _tls(url: str) -> dict[str, Any] | None:
    """Certificates are checked, unless the address itself says otherwise."""
    scheme, _, rest = url.partition("://")
    if "ssl_" in rest.partition("?")[2]:
        return None
    match scheme:
        case "rediss":
            return {"ssl_cert_reqs": ssl.CERT_REQUIRED}
        case "amqps":
            return {"cert_reqs": ssl.CERT_REQUIRED, "server_hostname": None}
    return None
