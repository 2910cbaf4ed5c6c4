"""How SQLite takes many rows fastest: one prepared statement, run over and over within the transaction."""

from collections.abc import Sequence

from django.db import connection

from orders.services.writing.columns import COLUMNS, TABLE, Row, insert_columns, inserted


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


def update(rows: Sequence[Row]) -> None:
    """Overwrite COLUMNS of these orders."""
    given = ", ".join(f"{column} = %s" for column in COLUMNS)
    with connection.cursor() as cursor:
        cursor.executemany(
            f"UPDATE {TABLE} SET {given}, gone_at = NULL, revision = revision + 1 WHERE id = %s",  # noqa: S608
            [(*row.values, row.was.key) for row in rows if row.was],
        )
