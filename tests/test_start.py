"""`manage.py demo` as a whole, in processes of its own: an empty database becomes a desk that people sign in to."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import requests

from tests.orders.test_processes import ends
from tests.test_tree import ROOT


@dataclass
class Desk:
    """A running demo, and what it has printed until it served."""

    program: subprocess.Popen[str]
    url: str
    said: list[str] = field(default_factory=list)

    def read_until_it_serves(self) -> None:
        assert self.program.stdout
        for line in self.program.stdout:
            self.said.append(line.rstrip())
            if self.url in line:
                break
        for _ in range(200):
            try:
                requests.get(f"{self.url}/healthz", timeout=60).raise_for_status()
            except requests.ConnectionError:
                assert self.program.poll() is None, self.said
                time.sleep(0.05)
            else:
                return
        raise AssertionError(self.said)

    def sign_in(self, name: str, password: str) -> requests.Response:
        browser = requests.Session()
        page = browser.get(f"{self.url}/sign-in/", timeout=60)
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)
        assert token
        entered = {"csrfmiddlewaretoken": token[1], "username": name, "password": password}
        return browser.post(f"{self.url}/sign-in/", data=entered, timeout=60)


def free_ports() -> tuple[int, int]:
    with socket.create_server(("127.0.0.1", 0)) as one, socket.create_server(("127.0.0.1", 0)) as two:
        return one.getsockname()[1], two.getsockname()[1]


def start(folder: Path, port: int, sandbox_port: int) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "manage.py", "demo", f"--port={port}", f"--sandbox-port={sandbox_port}"],
        cwd=ROOT, env=os.environ | {"DATABASE_URL": f"sqlite:///{folder}/desk.sqlite3"}, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True,
    )  # fmt: skip


@contextmanager
def running_demo(folder: Path) -> Iterator[Desk]:
    port, sandbox_port = free_ports()
    with start(folder, port, sandbox_port) as program:
        desk = Desk(program, f"http://127.0.0.1:{port}")
        try:
            desk.read_until_it_serves()
            yield desk
        finally:
            program.send_signal(signal.SIGTERM)


def descendants(pid: int) -> set[int]:
    """The processes that this one started, and those that they did."""
    parents: dict[int, int] = {}
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = status.read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        parents[int(status.parent.name)] = int(fields[1])
    found = {pid}
    while grown := {child for child, parent in parents.items() if parent in found} - found:
        found |= grown
    return found - {pid}


def test_the_first_start_makes_people_and_later_ones_keep_them(tmp_path: Path) -> None:
    with running_demo(tmp_path) as desk:
        people = dict(re.findall(r"^  (\w+) +\w+ +([a-z0-9-]{19})$", "\n".join(desk.said), re.M))
        assert set(people) == {"alice", "sam", "ada"}
        assert any(re.match(r"Liner: [1-9]\d+ orders mirrored", line) for line in desk.said), desk.said
        assert desk.sign_in("alice", "wrong").url == f"{desk.url}/sign-in/"
        assert desk.sign_in("alice", people["alice"]).url == f"{desk.url}/"
    with running_demo(tmp_path) as desk:
        assert "Their passwords were shown at the first start." in desk.said
        assert not any(password in line for password in people.values() for line in desk.said)
        assert desk.sign_in("ada", people["ada"]).url == f"{desk.url}/"


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_an_end_leaves_no_process_and_no_port_behind(tmp_path: Path, ending: signal.Signals) -> None:
    with running_demo(tmp_path) as desk:
        started = descendants(desk.program.pid)
        assert len(started) >= 3  # the worker, the server, and the process that the server answers from
        desk.program.send_signal(ending)
        assert desk.program.stdout
        assert desk.program.stdout.read().endswith("Stopped.\n")
        assert desk.program.wait(15) == 0
        assert all(map(ends, started))
    with pytest.raises(requests.ConnectionError):
        requests.get(desk.url, timeout=5)


def test_a_taken_port_is_told_in_a_sentence(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with start(tmp_path, port, free_ports()[0]) as program:
            said, _ = program.communicate(timeout=30)
    assert program.returncode == 1
    assert said.strip() == (
        f"CommandError: Port {port} is in use by another program, perhaps by another start of this one."
        f" Choose one: make run PORT={port + 10}"
    )
    assert not (tmp_path / "desk.sqlite3").exists()
