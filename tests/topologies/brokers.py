"""A Redis of a test's own: Debian's redis-server on a free port, which keeps nothing and ends with the test."""

import os
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.test_start import free_ports
from tests.topologies.stage import wait_for

MISSING = (
    "redis-server is missing, so this test of Celery is left out. Install it with: sudo apt-get install redis-server"
)


def must_run() -> bool:
    """Whether a missing broker is a failure: on continuous integration nobody would notice a test left out."""
    return os.environ.get("CI", "").lower() in {"1", "true", "yes"}


def find_redis() -> str | None:
    """The path of the program, None where there is none."""
    return shutil.which("redis-server")


class Redis:
    """A Redis that can be stopped and started again on its port, or frozen and thawed."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, free_ports()[0]
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        options = f"--port {self.port} --bind 127.0.0.1 --appendonly no --dir {self.folder}".split()
        with (self.folder / "redis.txt").open("ab") as log:
            command = [str(find_redis()), *options, "--save", ""]
            self._process = subprocess.Popen(command, stdout=log, stderr=log)
        wait_for(self._answers)

    def stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def freeze(self) -> None:
        """Answer nobody from now on, and close no connection: what a machine does that hangs."""
        assert self._process
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        assert self._process
        self._process.send_signal(signal.SIGCONT)

    def _answers(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1) as connection:
                connection.sendall(b"PING\r\n")
                return connection.recv(5) == b"+PONG"
        except OSError:
            return False


@contextmanager
def running_redis(folder: Path) -> Iterator[Redis]:
    """A Redis until the block ends."""
    redis = Redis(folder)
    try:
        redis.start()
        yield redis
    finally:
        redis.stop()
