"""Programs that run beside each other, end together and leave nothing behind."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from types import FrameType, TracebackType

from config.environment import ROOT

ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
SECONDS_TO_END = 10  # for each program, before it is killed


class Ended(BaseException):
    """Somebody asked for an end: Ctrl-C, a signal, a closed terminal. Like KeyboardInterrupt no error to be handled."""


class Broken(Exception):
    """A program that should run does not; the message says which."""


@contextmanager
def end_on_signals() -> Iterator[None]:
    """Raise Ended in the block at the first of these signals. Further ones do not disturb the tidying up."""

    def end(_signal: int, _frame: FrameType | None) -> None:
        for each in ENDING:
            signal.signal(each, signal.SIG_IGN)
        raise Ended

    before = {each: signal.signal(each, end) for each in ENDING}
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


class Programs:
    """A context manager: what is started within it has ended when it is left, the last one first."""

    def __init__(self) -> None:
        self._running: list[tuple[str, subprocess.Popen[bytes]]] = []

    def __enter__(self) -> "Programs":
        return self

    def __exit__(self, kind: type[BaseException] | None, wrong: BaseException | None, at: TracebackType | None) -> None:
        for _, program in reversed(self._running):
            _end(program)

    def start(self, name: str, arguments: Sequence[str]) -> None:
        """Start `python <arguments>` in the project's folder.

        It gets a session of its own, so that Ctrl-C reaches it through us and in order.
        """
        program = subprocess.Popen([sys.executable, *arguments], cwd=ROOT, start_new_session=True)
        self._running.append((name, program))

    def watch(self) -> None:
        """Sleep for as long as everything runs. Raises Broken when it does not."""
        while True:
            for name, program in self._running:
                if program.poll() is not None:
                    raise Broken(f"{name} has ended by itself (exit code {program.returncode}); why, it says above.")
            time.sleep(0.5)


def _end(program: subprocess.Popen[bytes]) -> None:
    program.terminate()
    try:
        program.wait(SECONDS_TO_END)
    except subprocess.TimeoutExpired:
        program.kill()
        program.wait()
    with suppress(ProcessLookupError):  # what it had started itself and not ended
        os.killpg(program.pid, signal.SIGKILL)


def why_taken(port: int) -> str:
    """Why nobody can listen on this port of 127.0.0.1 now, or ""."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except PermissionError:
            return f"Port {port} needs more rights than you have; ports from 1024 on do not."
        except OSError:
            return f"Port {port} is in use by another program, perhaps by another start of this one."
    return ""
