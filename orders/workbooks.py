"""The history as a workbook for spreadsheets: written in the background, kept for a day, fetched when it is ready.

An export's row is the queue, as an edit's is. Whoever writes its workbook holds it on a lease; where a worker dies over
it, another one begins anew, and after some tries it is told as failed.
"""

import tempfile
from collections.abc import Callable, Iterable
from datetime import timedelta
from pathlib import Path

import structlog
import xlsxwriter
from django.contrib.auth.models import User
from django.db import Error
from django.db.models import F, Q
from django.utils import timezone
from django_tasks import task

from orders.exports import COLUMNS, Cells, Wanted, cells_of, wanted_by
from orders.models import Export, ExportPart
from orders.services import leases
from orders.tasks import enqueue

KEPT = timedelta(days=1)
SOON = timedelta(seconds=3)  # after which a workbook that waits is taken on without its task
MOST_TRIES = 3
SHEET_ROWS = 1_048_576  # what a sheet holds, and a cell below
CELL_CHARACTERS = 32_767
PART_BYTES = 1_048_576
NEEDED = ("orders.view_history", "orders.export_history")
_CUT = " … (cut: a cell holds no more)"
_WIDTHS = (8, 19, 14, 18, 16, 16, 34, 24, 60, 30, 14, 18, 50)
_UNDER_WAY = (Export.Progress.WAITING, Export.Progress.RUNNING)

log = structlog.get_logger(__name__)


class Superseded(Exception):
    """Another worker has begun anew: this one has nothing more to say about it."""


class NotAllowed(Exception):
    """Whoever ordered it may not have it any more."""


@task(queue_name="exports")
def make_workbook(export_id: int) -> None:
    """Write the workbook of an export that waits for somebody. Does nothing where somebody is at it or has been.

    A database that is away is no end: the lease runs out, and it is begun anew.
    """
    export = _claim(export_id)
    if export is None:
        return
    try:
        with leases.held(export):
            _write_and_keep(export)
    except Superseded:
        log.info("workbook_written_elsewhere", export=export_id)
    except NotAllowed:
        _end(export, state=Export.Progress.FAILED, error="You may not export the history any more.")
    except Error:
        raise
    except Exception as failure:
        log.exception("workbook_failed", export=export_id)
        error = f"The desk met an error of its own ({type(failure).__name__})."
        _end(export, state=Export.Progress.FAILED, error=error)


def start_workbook(export: Export) -> bool:
    """Have a worker write it now. False where no task could be enqueued: workers then find it by themselves."""
    return enqueue(make_workbook, export.pk)


def due_workbook() -> int | None:
    """The export that has waited longest for somebody: no task came for it, or its worker died over it."""
    now = timezone.now()
    is_left = Q(state=Export.Progress.WAITING, created_at__lt=now - SOON) | _left()
    due = Export.objects.filter(is_left, kind=Export.Kind.XLSX, state__in=_UNDER_WAY)
    return due.order_by("created_at").values_list("pk", flat=True).first()


def write_workbook(path: Path, rows: Iterable[list[Cells]], note: Callable[[int], None]) -> None:
    """Write a workbook of these rows, on as many sheets as they take. `note` is told how many, again and again.

    Every text is written as text: no spreadsheet reads a formula, a number or a link out of it.
    """
    plain = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    written = 0
    with xlsxwriter.Workbook(str(path), {"constant_memory": True, "tmpdir": str(path.parent), **plain}) as book:
        sheet = _new_sheet(book)
        for stretch in rows:
            for cells in stretch:
                line = written % (SHEET_ROWS - 1) + 1
                if line == 1 and written:
                    sheet = _new_sheet(book)
                _write_row(sheet, line, cells)
                written += 1
            note(written)


def forget_workbooks() -> None:
    """Delete the files that are older than they are kept; who took them stays on record."""
    past = timezone.now() - KEPT
    old = ExportPart.objects.filter(export__created_at__lt=past)
    if old.exists():
        old.delete()
    streams = Export.objects.filter(state=Export.Progress.RUNNING, created_at__lt=past)
    broken_off = streams.exclude(kind=Export.Kind.XLSX)
    if broken_off.exists():  # with the server that sent it
        broken_off.update(state=Export.Progress.FAILED, error="It was broken off.")


def _left() -> Q:
    return Q(state=Export.Progress.RUNNING, busy_until__lt=timezone.now())


def _claim(export_id: int) -> Export | None:
    """Hold an export that waits for somebody. One that was tried too often ends as failed."""
    now = timezone.now()
    free = Export.objects.filter(Q(state=Export.Progress.WAITING) | _left(), pk=export_id)
    begun = {"state": Export.Progress.RUNNING, "fence": F("fence") + 1, "rows": 0, "touched_at": now}
    if not free.update(**begun, busy_until=now + leases.length()):
        return None
    export = Export.objects.get(pk=export_id)
    if export.fence > MOST_TRIES:
        _end(export, state=Export.Progress.FAILED, error=f"It was begun {MOST_TRIES} times and never finished.")
        return None
    return export


def _write_and_keep(export: Export) -> None:
    wanted = _wanted(export)
    _note(export, personal=wanted.shows_all, total=wanted.edits.order_by().count())
    with tempfile.TemporaryDirectory(prefix="amend-export-") as folder:
        path = Path(folder) / "history.xlsx"
        write_workbook(path, cells_of(wanted), lambda written: _note(export, rows=written))
        _keep(export, path)
    _end(export, state=Export.Progress.DONE)


def _wanted(export: Export) -> Wanted:
    """As whoever ordered it may see it now."""
    author = User.objects.get(pk=export.author_id)
    if not (author.is_active and author.has_perms(NEEDED)):
        raise NotAllowed
    return wanted_by(author, export.query)


def _keep(export: Export, path: Path) -> None:
    with path.open("rb") as file:
        for number, data in enumerate(iter(lambda: file.read(PART_BYTES), b"")):
            ExportPart.objects.create(export=export, fence=export.fence, number=number, data=data)


def _note(export: Export, **columns: object) -> None:
    if not Export.objects.filter(pk=export.pk, fence=export.fence).update(touched_at=timezone.now(), **columns):
        raise Superseded


def _end(export: Export, **columns: object) -> None:
    _note(export, busy_until=None, **columns)


def _new_sheet(book: xlsxwriter.Workbook) -> xlsxwriter.worksheet.Worksheet:
    number = len(book.worksheets()) + 1
    sheet = book.add_worksheet("History" if number == 1 else f"History {number}")
    sheet.freeze_panes(1, 0)
    for column, (name, width) in enumerate(zip(COLUMNS, _WIDTHS, strict=True)):
        sheet.set_column(column, column, width)
        sheet.write_string(0, column, name)
    return sheet


def _write_row(sheet: xlsxwriter.worksheet.Worksheet, line: int, cells: Cells) -> None:
    sheet.write_number(line, 0, cells[0])
    for column, text in enumerate(cells[1:], start=1):
        sheet.write_string(line, column, text if len(text) <= CELL_CHARACTERS else _cut(text))


def _cut(text: str) -> str:
    return text[: CELL_CHARACTERS - len(_CUT)] + _CUT
