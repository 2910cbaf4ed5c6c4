"""Threads that each do one job at a time, and a foreman who knows whether one of them is free."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Condition

import structlog
from django.db import close_old_connections

log = structlog.get_logger(__name__)


class Crew:
    """So many threads. A job is only taken where one of them is free to do it at once: the queue is elsewhere."""

    def __init__(self, name: str, threads: int) -> None:
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix=name)
        self._free = threads
        self._busy = 0
        self._changed = Condition()

    @property
    def free(self) -> int:
        """How many are free."""
        return self._free

    def take(self, job: Callable[..., object], *arguments: object) -> bool:
        """Have this done now. False where nobody is free."""
        with self._changed:
            if not self._free:
                return False
            self._free -= 1
            self._busy += 1
        self._threads.submit(self._do, job, arguments)
        return True

    def wait_for_rest(self, seconds: float) -> bool:
        """Wait until everybody is free. False where somebody still is not when the time is up."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._busy, timeout=max(0, seconds))

    def _do(self, job: Callable[..., object], arguments: tuple[object, ...]) -> None:
        try:
            close_old_connections()
            job(*arguments)
        except Exception:
            log.exception("job_failed", job=getattr(job, "__name__", ""))
        finally:
            close_old_connections()
            with self._changed:
                self._free += 1
                self._busy -= 1
                self._changed.notify_all()
