"""A deployed desk: its processes on this machine, and an agent who uses it through HTTP alone."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import requests

from tests.orders.papers import Form
from tests.orders.worlds import PASSWORD
from tests.test_start import free_ports
from tests.vendors.sandboxes import ROOT, SandboxProcess
from vendors.liner.sandbox import LinerSimulator
from vendors.sandbox.remote import Remote

PATIENCE = 90.0  # seconds: machines may be loaded; a test that passes waits for far less


class Stage:
    """Processes of one desk, and what they have said. `stop` ends all of them."""

    def __init__(self, folder: Path, database_url: str, broker_url: str = "") -> None:
        self.folder = folder
        self.env = os.environ | {
            "DATABASE_URL": database_url,
            "BROKER_URL": broker_url,
            "DJANGO_SETTINGS_MODULE": "tests.topologies.settings",
            "QUIET_SECONDS": "1",
            "RECHECK_SECONDS": "1,1",
            "LOG_LEVEL": "INFO",
        }
        self.processes: list[subprocess.Popen[bytes]] = []
        self._inside = self._open_inside()
        self.sandbox = SandboxProcess(orders=40)
        self.liner: Remote = self.sandbox["liner"]
        self.inside("prepare", self.liner.url, LinerSimulator.credentials["api_key"])

    def stop(self) -> None:
        for process in self.processes:
            process.kill()
            process.wait()
        self._inside.kill()
        self._inside.communicate()
        self.sandbox.stop()

    def inside(self, *what: str) -> dict[str, Any]:
        """Do this inside, see `tests.topologies.inside`."""
        assert self._inside.stdin
        assert self._inside.stdout
        self._inside.stdin.write(" ".join(what) + "\n")
        self._inside.stdin.flush()
        return dict(json.loads(self._inside.stdout.readline()))

    def start_worker(self) -> subprocess.Popen[bytes]:
        """One more worker, once it has begun."""
        process, log = self._start("manage.py", "work")
        wait_for(lambda: "worker_begins" in log.read_text() or process.poll() is not None)
        assert process.poll() is None, log.read_text()
        return process

    def start_web(self) -> "Agent":
        """Two web processes, once they answer, and alice signed in there."""
        port = free_ports()[0]
        self._start(
            "-m", "gunicorn", "config.wsgi", f"--bind=127.0.0.1:{port}", "--workers=2", "--worker-class=gthread",
            "--threads=4", "--no-control-socket",
        )  # fmt: skip
        agent = Agent(f"http://127.0.0.1:{port}")
        wait_for(agent.is_answered)
        agent.sign_in()
        return agent

    def said(self) -> str:
        """What all processes have logged."""
        return "".join(path.read_text() for path in sorted(self.folder.glob("*.log")))

    def _open_inside(self) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [sys.executable, "-m", "tests.topologies.inside"],
            cwd=ROOT, env=self.env, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )  # fmt: skip

    def _start(self, *arguments: str) -> tuple[subprocess.Popen[bytes], Path]:
        log = self.folder / f"{len(self.processes)}.log"
        with log.open("wb") as written:
            process = subprocess.Popen(
                [sys.executable, *arguments], cwd=ROOT, env=self.env, stdout=written, stderr=written
            )
        self.processes.append(process)
        return process, log


class Agent:
    """Alice, with a browser that knows no JavaScript."""

    def __init__(self, url: str) -> None:
        self.url, self.browser = url, requests.Session()

    def is_answered(self) -> bool:
        try:
            return self.browser.get(f"{self.url}/healthz", timeout=10).ok
        except requests.ConnectionError:
            return False

    def sign_in(self) -> None:
        page = self.browser.get(f"{self.url}/sign-in/", timeout=30)
        entered = {"username": "alice", "password": PASSWORD, "csrfmiddlewaretoken": token_in(page.text)}
        assert self.browser.post(f"{self.url}/sign-in/", data=entered, timeout=30).url == f"{self.url}/"

    def edit(self, order: int, **typed: str) -> str:
        """Type, review, send. Returns the page that comes then, at once."""
        address = f"/orders/{order}/edit/"
        page = self._ask("GET", address).text
        for action, values in (("review", typed), ("send", {})):
            data = {**Form(page, address).post(action, **values), "csrfmiddlewaretoken": token_in(page)}
            page = self._ask("POST", address, data=data).text
        assert "card outcome" in page, page
        return page

    def _ask(self, method: str, address: str, **form: Any) -> requests.Response:
        """As a person does: who meets an error page, because a database has just gone away, asks the same again."""
        for _ in range(5):
            answer = self.browser.request(method, self.url + address, timeout=30, **form)
            if answer.status_code != 500:
                break
            time.sleep(0.5)
        assert answer.ok, answer.text
        return answer


def token_in(page: str) -> str:
    found = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
    assert found
    return found[1]


def wait_for(condition: Callable[[], Any], seconds: float = PATIENCE) -> Any:
    """Wait until this is so, and return what it says then."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if said := condition():
            return said
        time.sleep(0.1)
    raise AssertionError("It has not come about.")


def kill(process: subprocess.Popen[bytes]) -> None:
    """kill -9."""
    process.send_signal(signal.SIGKILL)
    process.wait()
