"""A process that runs the sequence of an edit in children which die at a given moment, as by kill -9.

Children are forked here and not from the tests: this process has no threads and no connection whose locks a child
could inherit half-held. It reads one JSON object a line, and answers each with the exit code of the child.
"""

import gc
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

KILLED = 9
PASSES = 20  # of a worker, within which everything that is due must have come to rest
ROOT = Path(__file__).resolve().parent.parent.parent


class Death:
    """Ends the process, as kill -9 would, before its Nth statement."""

    def __init__(self, statement: int) -> None:
        self.left = statement

    def __call__(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        self.left -= 1
        if self.left == 0:
            os._exit(KILLED)
        return execute(sql, params, many, context)


class Dying:
    """The handle of the tests on such a process."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    def advance(self, edit_id: int, statement: int) -> bool:
        """Run the sequence until it dies before this statement. False where it got through."""
        return self._run({"edit": edit_id, "statement": statement})

    def work(self, *, moment: int, vendor: str) -> bool:
        """Take on what is due, over and over, until death comes at this moment. False where nothing was left to do.

        `vendor` is the address of the simulator, whose delayed effects are waited for between two passes.
        """
        return self._run({"moment": moment, "vendor": vendor})

    def _run(self, order: dict[str, Any]) -> bool:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        code = self._process.stdout.readline().strip()
        assert code in {"0", str(KILLED)}, f"the sequence ended with {code or 'nothing'}"
        return code == str(KILLED)


@contextmanager
def dying_processes(database: str) -> Iterator[Dying]:
    """Such a process on this database, until the block ends."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.orders.dying", database],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield Dying(process)
    finally:
        process.kill()
        process.communicate()


def main(database: str) -> None:
    """Serve until the other end hangs up."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
    import django

    django.setup()
    from django.db import connection

    # Loaded here once, and not by every child.
    import orders.services  # noqa: F401
    import tests.orders.moments  # noqa: F401

    connection.settings_dict["NAME"] = database
    if connection.vendor == "sqlite":  # a process dies here, and the machine does not
        pragmas = connection.settings_dict["OPTIONS"]["init_command"]
        connection.settings_dict["OPTIONS"]["init_command"] = pragmas.replace("synchronous=FULL", "synchronous=OFF")
    gc.freeze()  # a collection in a child would touch, and so copy, all of it
    gc.disable()
    for line in sys.stdin:
        print(_run(json.loads(line)), flush=True)  # noqa: T201 - the answer


def _run(order: dict[str, Any]) -> int:
    child = os.fork()
    if child == 0:
        code = 1
        try:
            _work(order["moment"], order["vendor"]) if "moment" in order else _advance(**order)
            code = 0
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def _advance(edit: int, statement: int) -> None:
    from django.db import connection

    from orders.services import advance_edit

    with connection.execute_wrapper(Death(statement)):
        advance_edit(edit)


def _work(moment: int, vendor: str) -> None:
    from orders.services import advance_due_edits
    from tests.orders.moments import Moments, let_time_pass, quiesce

    moments = Moments(lambda number: os._exit(KILLED) if number == moment else None)
    for _ in range(PASSES):
        with moments:
            advance_due_edits()
        quiesce(vendor)
        if not let_time_pass():
            return
    raise AssertionError(f"The desk did not come to rest within {PASSES} passes.")


if __name__ == "__main__":
    main(sys.argv[1])
