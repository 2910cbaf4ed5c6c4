"""The index of a PostgreSQL desk: which three-letter pieces stand in which order (pg_trgm).

PostgreSQL keeps it, and chooses by its statistics between the index and a walk down the list.
"""

import json
from typing import Any

from django.core.management.base import CommandError
from django.db import DatabaseError, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Q, QuerySet

from orders.models import Order
from orders.search.conditions import condition
from orders.search.reading import Search

FEW = 3000  # orders: with more, counting them would cost more than showing the first
INDEX = "order_search"
_MISSING = (
    "Search needs PostgreSQL's extension pg_trgm, which this role may not create, or which is not installed on the "
    "server (Debian: postgresql-contrib). Let a superuser run CREATE EXTENSION pg_trgm in this database; then migrate "
    "again."
)


def narrow(
    orders: QuerySet[Order], search: Search, named: list[int], *, personal: bool
) -> tuple[QuerySet[Order], bool]:
    """Those of the orders that match or are `named`, and whether they are few, as far as PostgreSQL can tell."""
    by_part = search.has_long_words and _expects_few(condition(search, named, personal=True, by_part=True))
    few = by_part or search.is_list_only or _expects_few(condition(search, named, personal=True))
    return orders.filter(condition(search, named, personal=personal, by_part=by_part)), few


def create_extension(connection: BaseDatabaseWrapper) -> None:
    """Bring pg_trgm into the database. Raises CommandError, which says what to do, where that is not allowed."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_extension WHERE extname = 'pg_trgm'")
        if cursor.fetchone():
            return
        try:
            with transaction.atomic(using=connection.alias):
                cursor.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
        except DatabaseError as refusal:
            raise CommandError(_MISSING) from refusal


def create_index(connection: BaseDatabaseWrapper) -> None:
    """Make the index where it is missing, and let PostgreSQL learn what is rare."""
    connection.check_constraints()  # a table with checks yet to be made is not altered
    with connection.cursor() as cursor:
        cursor.execute(
            f"CREATE INDEX IF NOT EXISTS {INDEX} ON orders_order USING gin ((tickets || search) gin_trgm_ops)"
        )
        cursor.execute("ANALYZE orders_order")


def remove(connection: BaseDatabaseWrapper) -> None:
    """Take the index away. The extension stays: others may use it."""
    with connection.cursor() as cursor:
        cursor.execute(f"DROP INDEX IF EXISTS {INDEX}")


def rebuild(connection: BaseDatabaseWrapper) -> None:
    """Make the index anew from the orders. Nobody else can write meanwhile."""
    with transaction.atomic(using=connection.alias):
        remove(connection)
        create_index(connection)


def _expects_few(matching: Q) -> bool:
    plan: list[dict[str, Any]] = json.loads(Order.objects.filter(matching).order_by().explain(format="json"))
    return int(plan[0]["Plan"]["Plan Rows"]) <= FEW
