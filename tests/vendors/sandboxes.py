"""The bundled vendor simulators as fixtures: in this process, or as a process of their own."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from vendors.management.commands.sandbox import simulators
from vendors.sandbox.remote import Remote
from vendors.sandbox.server import Server

ORDERS = 130  # more than one page of the largest size
ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture
def sandbox() -> Iterator[Server]:
    """Every vendor over real HTTP on a free port, in this process: `sandbox["liner"].url`, `.fail(…)`, `.journal`."""
    with Server(simulators(size=ORDERS)) as server:
        yield server
    assert not server.errors, server.errors[0]


@pytest.fixture
def sandbox_process() -> Iterator["SandboxProcess"]:
    """The same as a process of its own, started by `manage.py sandbox`: `sandbox_process["liner"].order(1)`."""
    process = SandboxProcess()
    try:
        yield process
    finally:
        process.stop()


class SandboxProcess:
    """A sandbox in another process, and a handle on each of its simulators."""

    def __init__(self, *, orders: int = ORDERS, seed: int = 1) -> None:
        command = [sys.executable, "manage.py", "sandbox", "--port=0", f"--orders={orders}", f"--seed={seed}"]
        self.process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        self.printed = ""
        self.url = self._address()

    def __getitem__(self, slug: str) -> Remote:
        return Remote(self.url, slug)

    def stop(self) -> int:
        """Ask it to end, and return its exit code."""
        self.process.terminate()
        rest, _ = self.process.communicate(timeout=60)
        self.printed += rest
        return self.process.returncode

    def _address(self) -> str:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.printed += line
            if listening := re.search(r"listens at (\S+)", line):
                return listening.group(1)
        raise AssertionError(f"The sandbox did not start:\n{self.printed}")
