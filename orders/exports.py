"""The history as files: exactly what its filters show, as text, without ever holding more than a stretch of it.

Whoever may see all that an edit says gets a statement of the database's own; for others every edit is read and masked
as the history masks it.
"""

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from django.contrib.auth.models import User
from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet
from django.http import QueryDict

from orders.entries import in_part, quoted, without
from orders.history import NEWEST_FIRST, history_filters
from orders.keyset import rows_after
from orders.listing import accounts_in_words
from orders.models import Edit
from orders.presentation import may_see
from orders.statements import IN_FULL, as_cells
from orders.templatetags.desk import state_word
from orders.tuples import statement_of, tuples_of
from orders.wording import MASK, defused, labels_of, one_line, told_of
from vendors.characters import legible
from vendors.registry import VENDORS
from vendors.rows import moment_of

BATCH = 2_000  # edits that are read at once
COLUMNS = (
    "edit", "when_utc", "who", "account", "order", "order_id", "title", "fields", "changes", "reason", "ticket",
    "outcome", "explanation",
)  # fmt: skip
_OWN = (
    "id", "created_at", "author_name", "reason", "ticket", "state", "landed", "labels", "told", "explanation",
    "order_id", "account_id",
)  # fmt: skip
_DOCUMENTS = (*_OWN, "changes", "answer")
_BYTE_ORDER_MARK = "\N{ZERO WIDTH NO-BREAK SPACE}".encode()  # by which a spreadsheet knows that this is UTF-8

Cells = tuple[Any, ...]
Count = Callable[[int], None]


class FullEdit(NamedTuple):
    """An edit with its documents, as `IN_FULL` gives it."""

    pk: int
    at: str
    who: str
    account: str
    number: str
    vendor_id: str
    title: str
    state: str
    landed: str | None
    reason: str
    ticket: str
    explanation: str
    changes: str
    answer: str | None
    vendor: str
    created_at: datetime


@dataclass(frozen=True)
class Wanted:
    """Which edits, and whether for somebody who may see personal data."""

    edits: QuerySet[Edit]
    shows_all: bool


def wanted_by(user: User, query: str) -> Wanted:
    """The edits that the history shows to this person at such an address, as in "person=5&since=2025-11-01"."""
    filters = history_filters(asked=QueryDict(query), user=user, accounts=accounts_in_words())
    return Wanted(filters.narrowed.rows, may_see(user))


def csv_of(wanted: Wanted, count: Count) -> Iterator[bytes]:
    """The file in stretches, newest edit first. `count` is told how many edits there are in it so far."""
    header = ",".join(COLUMNS) + "\r\n"
    yield _BYTE_ORDER_MARK + header.encode()
    if wanted.shows_all and connection.vendor == "postgresql":
        yield from _copied(wanted.edits, count)
        return
    written = 0
    for rows in cells_of(wanted):
        written += len(rows)
        count(written)
        text = io.StringIO()
        csv.writer(text).writerows(rows)
        yield text.getvalue().encode()


def json_of(wanted: Wanted, count: Count) -> Iterator[bytes]:
    """The file in stretches: an array of objects, each on a line. What is masked on the page is masked here."""
    written = 0
    for edits in _stretches(wanted.edits, _DOCUMENTS, IN_FULL):
        lines = [json.dumps(_as_object(edit, wanted.shows_all)) for edit in edits]
        yield ("[\n" if not written else ",\n").encode() + ",\n".join(lines).encode()
        written += len(lines)
        count(written)
    yield b"\n]\n" if written else b"[]\n"


def cells_of(wanted: Wanted) -> Iterator[list[Cells]]:
    """The edits as rows of cells under `COLUMNS`, in stretches; none is a formula."""
    if wanted.shows_all:
        for rows in _stretches(wanted.edits, _OWN, as_cells(connection.vendor)):
            yield [tuple(row[:-1]) for row in rows]
        return
    for edits in _stretches(wanted.edits, _DOCUMENTS, IN_FULL):
        yield [_masked_cells(edit) for edit in edits]


def _stretches(edits: QuerySet[Edit], columns: tuple[str, ...], around: str) -> Iterator[list[Cells]]:
    """Rows of a statement that gives the edit's id first and the moment of its making last."""
    position: tuple[datetime, int] | None = None
    while True:
        rows = tuples_of(rows_after(edits, NEWEST_FIRST, position)[:BATCH], *columns, around=around)
        if rows:
            yield rows
        if len(rows) < BATCH:
            return
        position = moment_of(rows[-1][-1]), rows[-1][0]


def _copied(edits: QuerySet[Edit], count: Count) -> Iterator[bytes]:
    """What PostgreSQL writes by itself, ten times as fast as rows can be fetched and written."""
    try:
        sql, params = cells_statement(edits)
    except EmptyResultSet:
        return
    with connection.cursor() as cursor:
        with cursor.copy(f"COPY ({sql}) TO STDOUT WITH (FORMAT csv)", params) as copy:
            yield from _gathered(copy)
        count(cursor.rowcount)


def cells_statement(edits: QuerySet[Edit]) -> tuple[str, tuple[Any, ...]]:
    """The statement that gives the cells of these edits, and its parameters. Raises EmptyResultSet for none."""
    sql, params = statement_of(edits.order_by(), *_OWN)
    cells = ", ".join(f'line."{name}"' for name in COLUMNS)
    lines = as_cells(connection.vendor).replace("{page}", sql)
    return f"SELECT {cells} FROM ({lines}) AS line", params  # noqa: S608 - our own names


def _gathered(pieces: Iterable[Any], size: int = 65_536) -> Iterator[bytes]:
    """The same bytes in larger pieces."""
    held = bytearray()
    for piece in pieces:
        held += piece
        if len(held) >= size:
            yield bytes(held)
            held.clear()
    yield bytes(held)


def _masked_cells(row: Cells) -> Cells:
    """The cells of an edit for somebody who may not see personal data."""
    edit = FullEdit._make(row)
    changes = json.loads(edit.changes)
    quotes = quoted(changes, json.loads(edit.answer or "{}"), False)
    named = (edit.who, edit.account, edit.number, edit.vendor_id, _title(edit, shows_all=False))
    return (
        edit.pk,
        edit.at,
        *(defused(each) for each in named),
        labels_of(changes),
        told_of(changes, shows_all=False),
        defused(one_line(edit.reason)),
        defused(one_line(edit.ticket)),
        _outcome(edit),
        defused(one_line(without(quotes, legible(edit.explanation)))),
    )


def _as_object(row: Cells, shows_all: bool) -> dict[str, Any]:
    edit = FullEdit._make(row)
    changes = json.loads(edit.changes)
    quotes = quoted(changes, json.loads(edit.answer or "{}"), shows_all)
    return {
        "edit": edit.pk,
        "when": f"{edit.at.replace(' ', 'T')}Z",
        "who": edit.who,
        "account": edit.account,
        "order": edit.number,
        "order_id": edit.vendor_id,
        "title": _title(edit, shows_all=shows_all),
        "changes": [_change(name, each, shows_all or not each["personal"]) for name, each in changes.items()],
        "reason": edit.reason,
        "ticket": edit.ticket,
        "outcome": _outcome(edit),
        "explanation": without(quotes, legible(edit.explanation)),
    }


def _change(name: str, change: dict[str, Any], is_shown: bool) -> dict[str, str]:
    old, new = (change["old_text"], change["new_text"]) if is_shown else (MASK, MASK)
    return {"field": name, "label": change["label"], "old": old, "new": new}


def _title(edit: FullEdit, *, shows_all: bool) -> str:
    vendor = VENDORS.get(edit.vendor)
    return edit.title if shows_all or (vendor and not vendor.title_is_personal) else MASK


def _outcome(edit: FullEdit) -> str:
    return "Applied in part" if in_part(edit.state, edit.landed, edit.explanation) else state_word(edit.state)
