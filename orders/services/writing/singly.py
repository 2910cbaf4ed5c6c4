"""Orders overwritten one by one: how SQLite takes any number of them, and PostgreSQL a few."""

from collections.abc import Sequence

from django.db import connection

from orders.services.writing.columns import COLUMNS, TABLE, Row


def update(rows: Sequence[Row]) -> None:
    """Overwrite COLUMNS of these orders."""
    given = ", ".join(f"{column} = %s" for column in COLUMNS)
    with connection.cursor() as cursor:
        cursor.executemany(
            f"UPDATE {TABLE} SET {given}, gone_at = NULL, revision = revision + 1 WHERE id = %s",  # noqa: S608
            [(*row.values, row.was.key) for row in rows if row.was],
        )
