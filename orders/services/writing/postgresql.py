"""How PostgreSQL takes many rows fastest: COPY into a table of its own, then one statement from there."""

import json
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

from django.db import connection, transaction

from orders.services.writing import singly
from orders.services.writing.columns import COLUMNS, TABLE, Row, insert_columns, inserted
from orders.services.writing.known import LOOKED_UP

STAGED = "orders_staged"
FEW = 20  # orders that are not worth a table of their own
# Each order by the key, whatever the statistics say: they are older than a sync that has just filled the table, and
# PostgreSQL would read the whole account instead, which it takes for small. Only the index of the key gives the first
# row at or behind an id without sorting.
_ONE_BY_ONE = f"""
    unnest(%s::text[]) AS asked (vendor_id_asked) CROSS JOIN LATERAL (
        SELECT * FROM {TABLE} WHERE account_id = %s AND vendor_id >= vendor_id_asked ORDER BY vendor_id LIMIT 1
    ) AS known
    WHERE vendor_id = vendor_id_asked
"""  # noqa: S608 - names of the model


def many_rows() -> AbstractContextManager[None]:
    """Nothing needs to be set up."""
    return nullcontext()


def look_up(account_id: int, vendor_ids: Sequence[str]) -> list[list[Any]]:
    """The vendor's id and LOOKED_UP of each of these orders that there is.

    The rows come packed into one, and their moments as text, because to unpack them costs more than to find them.
    """
    if len(vendor_ids) == 1:  # the key itself: there is no other way to look at it
        return _unpacked(f"{TABLE} WHERE account_id = %s AND vendor_id = %s", [account_id, vendor_ids[0]])
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_sort = off")
        return _unpacked(_ONE_BY_ONE, [list(vendor_ids), account_id])


def _unpacked(source: str, parameters: Sequence[Any]) -> list[list[Any]]:
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT json_agg(json_build_array(vendor_id, {', '.join(LOOKED_UP)}))::text FROM {source}",  # noqa: S608
            parameters,
        )
        packed = cursor.fetchone()[0]
        rows: list[list[Any]] = json.loads(packed) if packed else []
        return rows


def insert(account_id: int, rows: Sequence[Row]) -> list[int]:
    """Add orders that are not there yet. Returns their keys."""
    columns = insert_columns()
    named = ", ".join(columns)
    with _staged(columns, [inserted(account_id, row) for row in rows]) as cursor:
        cursor.execute(
            f"INSERT INTO {TABLE} ({named}) SELECT {named} FROM {STAGED}"  # noqa: S608 - names of the model
            " ON CONFLICT (account_id, vendor_id) DO NOTHING RETURNING id"
        )
        return [key for (key,) in cursor.fetchall()]


def update(rows: Sequence[Row]) -> None:
    """Overwrite COLUMNS of these orders."""
    if len(rows) <= FEW:
        singly.update(rows)
        return
    given = ", ".join(f"{column} = {STAGED}.{column}" for column in COLUMNS)
    with _staged(("id", *COLUMNS), [(row.was.key, *row.values) for row in rows if row.was]) as cursor:
        cursor.execute(
            f"UPDATE {TABLE} SET {given}, gone_at = NULL, revision = {TABLE}.revision + 1"  # noqa: S608
            f" FROM {STAGED} WHERE {TABLE}.id = {STAGED}.id"
        )


def tell_planner() -> None:
    """Have the database look at how many orders there are: what it planned while there were few is slow for many."""
    with connection.cursor() as cursor:
        cursor.execute(f"ANALYZE {TABLE}")


@contextmanager
def _staged(columns: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> Iterator[Any]:
    """These rows in a table of their own, without indexes. It is dropped again, or goes with the transaction.

    The transaction's end does not wait for the disk. Whatever is committed later and does wait, as each step of an
    edit, takes it along; what a power cut takes away between the two is read from the vendor again.
    """
    named = ", ".join(columns)
    with connection.cursor() as cursor:
        cursor.execute(
            "SET LOCAL synchronous_commit = off;"  # noqa: S608 - names of the model
            f" CREATE TEMPORARY TABLE {STAGED} ON COMMIT DROP"
            f" AS SELECT {named} FROM {TABLE} WITH NO DATA"
        )
        with cursor.copy(f"COPY {STAGED} ({named}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
        yield cursor
        cursor.execute(f"DROP TABLE {STAGED}")
