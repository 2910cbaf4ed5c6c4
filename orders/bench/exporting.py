"""The history as CSV: through the page, and as the database writes its columns by itself, to nowhere."""

import resource
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.urls import reverse

from orders.bench.pages import sign_in
from orders.bench.timing import Figures, Report, number
from orders.exports import cells_statement
from orders.models import Edit

# The columns of an export as they are stored: nothing defused, no outcome in words.
_STORED = (
    "SELECT edit.id, edit.created_at, edit.author_name, account.name, its_order.number, its_order.vendor_id,"
    " its_order.title, edit.labels, edit.told, edit.reason, edit.ticket, edit.state, edit.explanation"
    " FROM orders_edit AS edit"
    " JOIN orders_order AS its_order ON its_order.id = edit.order_id"
    " JOIN vendors_vendoraccount AS account ON account.id = edit.account_id"
    " ORDER BY edit.created_at DESC, edit.id DESC"
)


def measure_export(report: Report, supervisor: User, pairs: int = 7) -> None:
    """G12: rows per second of the whole history, and by how much the process grew meanwhile."""
    if connection.vendor == "sqlite" and not shutil.which("sqlite3"):
        report.write("G12 csv/own-csv  left out: the program sqlite3 is not installed")
        return
    client, many = sign_in(supervisor), Edit.objects.count()
    cells, _ = cells_statement(Edit.objects.all())
    grown = _growth(client)
    report.begin()
    figures, same = Figures([], [], "rows/s"), []
    for _ in range(pairs):
        figures.ours.append(many / _seconds(lambda: _export(client, many)))
        figures.theirs.append(many / _seconds(lambda: _dump(_STORED)))
        same.append(many / _seconds(lambda: _dump(cells)))
    worded = f"the same cells, defused and in words, {number(sorted(same)[pairs // 2])} rows/s"
    report.tell("G12", figures, also=f"{many:,} rows; {worded}")
    report.judge("G12b", [grown], f"{grown:.1f} MiB")


def _growth(client: Client) -> float:
    """By how many MiB a process that has written a short file grows at most while it writes the whole one."""
    _export(client, 1, order="1")
    before = _resident()
    response = client.get(reverse("export", args=["csv"]))
    return max(_resident() for _ in response.streaming_content) - before  # type: ignore[attr-defined]


def _export(client: Client, many: int, **query: str) -> None:
    response = client.get(reverse("export", args=["csv"]), query)
    lines = sum(piece.count(b"\n") for piece in response.streaming_content)  # type: ignore[attr-defined]
    if lines != many + 1:
        raise RuntimeError(f"The export of {many} rows has {lines} lines.")


def _dump(statement: str) -> None:
    """What a statement gives, as CSV: by COPY on PostgreSQL, by its own program on SQLite."""
    if connection.vendor == "sqlite":
        command = ["sqlite3", "-csv", "-readonly", str(connection.settings_dict["NAME"]), statement]
        subprocess.run(command, stdout=subprocess.DEVNULL, check=True)  # noqa: S603 - our own words
        return
    with connection.cursor() as cursor, cursor.copy(f"COPY ({statement}) TO STDOUT WITH (FORMAT csv)") as copy:
        for _ in copy:
            pass


def _seconds(action: Callable[[], None]) -> float:
    started = time.perf_counter()
    action()
    return time.perf_counter() - started


def _resident() -> float:
    """MiB that this process holds now."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 2**20
