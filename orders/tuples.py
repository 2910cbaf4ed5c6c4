"""Rows as plain tuples: what a page needs of fifty of them, without what fifty models cost.

Values come as the database's driver gives them. For its moments there is `moment_of`.
"""

from collections.abc import Sequence
from functools import cache
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet

Tuples = list[tuple[Any, ...]]


def tuples(sql: str, params: Sequence[Any] = ()) -> Tuples:
    """The rows that a statement gives."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            # The driver's own reading of moments: Django's, which gives the same while its connections speak UTC,
            # takes ten times as long.
            cursor.adapters.register_loader("timestamptz", _moments_of_driver())
        cursor.execute(sql, params)
        return list(cursor.fetchall())


@cache
def _moments_of_driver() -> Any:
    from psycopg import adapters
    from psycopg.pq import Format

    return adapters.get_loader(adapters.types["timestamptz"].oid, Format.TEXT)


def tuples_of(rows: QuerySet[Any, Any], *columns: str, around: str = "{page}") -> Tuples:
    """These columns of the rows' own table; or what the statement `around` makes of them, which says `{page}`."""
    try:
        sql, params = statement_of(rows, *columns)
    except EmptyResultSet:
        return []
    return tuples(around.replace("{page}", sql), params)


def statement_of(rows: QuerySet[Any, Any], *columns: str) -> tuple[str, tuple[Any, ...]]:
    """The SELECT of these columns, and its parameters. Raises EmptyResultSet where nothing can match."""
    query = rows.query.clone()
    query.clear_select_clause()
    # What `values_list` comes to, which first looks every name up along all relations.
    fields: Any = [rows.model._meta.get_field(name) for name in columns]
    query.set_select([field.cached_col for field in fields])
    return query.sql_with_params()
