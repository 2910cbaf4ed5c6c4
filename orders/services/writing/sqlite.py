"""How SQLite gives and takes many rows fastest.

Every row that its driver steps to lets go of the interpreter, and has to wait for it where other threads are at work:
that costs more than the row. So rows come packed into one.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import connection

from orders.services.writing.columns import TABLE, Row, insert_columns, inserted
from orders.services.writing.known import LOOKED_UP
from orders.services.writing.singly import update

__all__ = ["insert", "look_up", "many_rows", "tell_planner", "update"]

CACHE = -65_536  # KiB, where SQLite's default is 2 MiB: the indexes of a large table do not fit into that
CHECKPOINT = 8192  # pages, or 32 MiB, of the log that are carried over to the database at once


@contextmanager
def many_rows() -> Iterator[None]:
    """A larger cache and fewer checkpoints. Neither keeps others from writing, nor what is written from lasting."""
    wanted = {"cache_size": CACHE, "wal_autocheckpoint": CHECKPOINT}
    with connection.cursor() as cursor:
        before = {name: cursor.execute(f"PRAGMA {name}").fetchone()[0] for name in wanted}
    try:
        _set(wanted)
        yield
    finally:
        _set(before)


def _set(pragmas: Mapping[str, int]) -> None:
    with connection.cursor() as cursor:
        for name, value in pragmas.items():
            cursor.execute(f"PRAGMA {name} = {value}")


def tell_planner() -> None:
    """Nothing needs to be told: how a statement is carried out does not depend on how many orders there are."""


def look_up(account_id: int, vendor_ids: Sequence[str]) -> list[list[Any]]:
    """The vendor's id and LOOKED_UP of each of these orders that there is."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT json_group_array(json_array(vendor_id, {', '.join(LOOKED_UP)})) FROM {TABLE}"  # noqa: S608
            " WHERE account_id = %s AND vendor_id IN (SELECT value FROM json_each(%s))",
            [account_id, json.dumps(vendor_ids)],
        )
        rows: list[list[Any]] = json.loads(cursor.fetchone()[0])
        return rows


def insert(account_id: int, rows: Sequence[Row]) -> list[int]:
    """Add orders that are not there yet. Returns their keys: nobody else writes meanwhile, so all new ones are ours."""
    columns = insert_columns()
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT coalesce(max(id), 0) FROM {TABLE}")  # noqa: S608 - names of the model
        last = cursor.fetchone()[0]
        cursor.executemany(
            f"INSERT INTO {TABLE} ({', '.join(columns)}) VALUES ({', '.join(['%s'] * len(columns))})"  # noqa: S608
            " ON CONFLICT (account_id, vendor_id) DO NOTHING",
            [inserted(account_id, row) for row in rows],
        )
        cursor.execute(f"SELECT id FROM {TABLE} WHERE id > %s", [last])  # noqa: S608
        return [key for (key,) in cursor.fetchall()]
