"""Rows as plain tuples: what a page needs of fifty of them, without what fifty models cost.

Values come as the database's driver gives them. On SQLite a column's moments come without their zone, which is UTC.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet

from vendors import payloads

Tuples = list[tuple[Any, ...]]


def tuples(sql: str, params: Sequence[Any] = ()) -> Tuples:
    """The rows that a statement gives."""
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return list(cursor.fetchall())


def tuples_of(rows: QuerySet[Any, Any], *columns: str) -> Tuples:
    """These columns of the rows' own table."""
    query = rows.query.clone()
    query.clear_select_clause()
    # What `values_list` comes to, which first looks every name up along all relations.
    query.set_select([rows.model._meta.get_field(name).cached_col for name in columns])
    try:
        return tuples(*query.sql_with_params())
    except EmptyResultSet:
        return []


def moment_of(value: datetime) -> datetime:
    """A moment out of a tuple, with its zone."""
    return value if value.tzinfo else value.replace(tzinfo=UTC)


def as_rows(ids: Sequence[int]) -> tuple[str, Any]:
    """A SELECT that gives these numbers as rows of one column `value`, and its parameter: the same for any count."""
    if connection.vendor == "postgresql":
        return "SELECT unnest(%s::bigint[]) AS value", list(ids)
    return "SELECT value FROM json_each(%s)", payloads.dumps(list(ids))
