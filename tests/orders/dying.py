"""A process that runs the sequence of an edit in children which die at a given statement, as by kill -9.

Children are forked here and not from the tests: this process has no threads and no connection whose locks a child
could inherit half-held. It reads `EDIT STATEMENT` lines, and answers each with the exit code of the child.
"""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

KILLED = 9
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
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{edit_id} {statement}\n")
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

    connection.settings_dict["NAME"] = database
    for line in sys.stdin:
        edit_id, statement = (int(word) for word in line.split())
        print(_run(edit_id, statement), flush=True)  # noqa: T201 - the answer


def _run(edit_id: int, statement: int) -> int:
    child = os.fork()
    if child == 0:
        _advance(edit_id, statement)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def _advance(edit_id: int, statement: int) -> None:
    from django.db import connection

    from orders.services import advance_edit

    code = 1
    try:
        with connection.execute_wrapper(Death(statement)):
            advance_edit(edit_id)
        code = 0
    finally:
        os._exit(code)


if __name__ == "__main__":
    main(sys.argv[1])
