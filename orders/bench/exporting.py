"""The history as CSV: through the page, against the database's own program."""

import resource
import shutil
import subprocess
import time
from collections.abc import Callable
from typing import Any

from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.urls import reverse

from orders.bench.timing import Figures, Report
from orders.models import Edit

_SELECT = (
    "SELECT e.created_at, e.author_name, o.number, e.state, e.reason, e.ticket, e.changes, e.explanation"
    " FROM orders_edit e JOIN orders_order o ON o.id = e.order_id ORDER BY e.created_at DESC, e.id DESC"
)


def measure_export(report: Report, supervisor: User, pairs: int = 2) -> None:
    """G12: rows per second of the whole history, and by how much the process grew meanwhile."""
    program = _own_program()
    if program is None:
        report.write("G12 csv/own-csv  left out: the database's own program (sqlite3 or psql) is not installed")
        return
    client = Client(SERVER_NAME="localhost")
    client.force_login(supervisor, backend="django.contrib.auth.backends.ModelBackend")
    many = Edit.objects.count()
    _export(client, 1000)
    report.begin()
    grown = _peak()
    figures = Figures([], [], "rows/s")
    for _ in range(pairs):
        figures.theirs.append(many / _seconds(lambda: subprocess.run(program, stdout=subprocess.DEVNULL, check=True)))  # noqa: S603
        figures.ours.append(many / _seconds(lambda: _export(client, many)))
    report.tell("G12", figures, also=f"{many:,} rows, the process grew by {_peak() - grown:.0f} MiB")


def _export(client: Client, least: int) -> None:
    response = client.get(reverse("export_history", args=["csv"]))
    lines = sum(chunk.count(b"\n") for chunk in response)
    if lines <= least and least > 1000:
        raise RuntimeError(f"The export has {lines} lines of {least} rows.")


def _own_program() -> list[str] | None:
    name = str(connection.settings_dict["NAME"])
    if connection.vendor == "sqlite":
        found = shutil.which("sqlite3")
        return [found, "-csv", "-readonly", name, _SELECT] if found else None
    found = shutil.which("psql")
    options: dict[str, Any] = connection.get_connection_params()
    address = " ".join(
        f"{key}={options[key]}" for key in ("host", "port", "user", "password", "dbname") if options.get(key)
    )
    return [found, "-qX", address, "-c", f"COPY ({_SELECT}) TO STDOUT WITH CSV"] if found else None


def _seconds(action: Callable[[], object]) -> float:
    started = time.perf_counter()
    action()
    return time.perf_counter() - started


def _peak() -> float:
    """MiB that this process has held at most."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
