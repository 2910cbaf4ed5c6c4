"""A process that forks others: `manage.py work`, and submitters. It is warm, so that one that was killed is soon back.

It reads a line of JSON for each order, answers each with a line, and takes its children with it when it ends.
"""

import json
import os
import signal
import subprocess
import sys
import traceback
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from config.environment import ROOT


class Nursery:
    """The handle on such a process. A context manager."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __enter__(self) -> "Nursery":
        command = [sys.executable, "-m", "orders.trial.nursery", str(self._folder)]
        self._process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self._ask("ended")  # once it answers, it is warm
        return self

    def __exit__(self, *_: object) -> None:
        """Hang up: it ends its children, and then itself."""
        assert self._process.stdin is not None
        with suppress(OSError):
            self._process.stdin.close()
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def start(self, what: str, **arguments: Any) -> int:
        """Fork a child that does this, and return its number."""
        return int(self._ask("start", what=what, arguments=arguments))

    def ended(self) -> dict[int, int]:
        """The children that have ended since this was asked last, each with its exit code."""
        return {int(number): int(code) for number, code in self._ask("ended").items()}

    def _ask(self, order: str, **more: Any) -> Any:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({"order": order, **more}) + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        if not answer:
            raise RuntimeError(f"The processes of the trial have ended; why, {self._folder}/output says.")
        return json.loads(answer)


def _work(pause: float) -> None:
    from django.core.management import call_command

    call_command("work", pause=pause)


def _submit(folder: str, **which: Any) -> None:
    from orders.trial.submitting import Submitter

    Submitter(folder=Path(folder), **which).run()


WHAT: Mapping[str, Callable[..., None]] = {"work": _work, "submit": _submit}


def main(folder: str) -> None:
    """Serve until the other end hangs up, then end the children."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
    import django

    django.setup()
    for module in ("orders.management.commands.work", "orders.trial.submitting"):
        __import__(module)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # whoever started us ends us
    children: set[int] = set()
    ended: dict[int, int] = {}
    for line in sys.stdin:
        asked = json.loads(line)
        _reap(children, ended)
        answer: Any = ended
        if asked["order"] == "start":
            answer = _fork(Path(folder), asked["what"], asked["arguments"])
            children.add(answer)
        print(json.dumps(answer), flush=True)  # noqa: T201 - the answer
        if answer is ended:
            ended = {}
    for child in children:
        with suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)
    for child in children:
        os.waitpid(child, 0)


def _reap(children: set[int], ended: dict[int, int]) -> None:
    for child in list(children):
        number, status = os.waitpid(child, os.WNOHANG)
        if number:
            children.discard(child)
            ended[child] = os.waitstatus_to_exitcode(status)


def _fork(folder: Path, what: str, arguments: Mapping[str, Any]) -> int:
    child = os.fork()
    if child:
        return child
    code = 1
    try:
        output = os.open(folder / "output", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        for stream in (1, 2):
            os.dup2(output, stream)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        WHAT[what](**arguments)
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 0
    except BaseException:  # noqa: BLE001 - a child says why it ends, and never goes on as its parent
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    main(sys.argv[1])
