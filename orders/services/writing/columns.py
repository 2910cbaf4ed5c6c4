"""An order as a database takes it: the values of its columns, in the order in which statements name them."""

from dataclasses import dataclass
from datetime import datetime
from functools import cache, lru_cache
from typing import Any

from django.db import connection

from orders.models import Order
from orders.services.writing.known import Known

# What comes from the vendor, in the order of `Row.values`.
COLUMNS = (
    "number",
    "title",
    "status",
    "note",
    "created_at",
    "search",
    "raw",
    "digest",
    "found_at",
    "seen_at",
    "changed_at",
)
TABLE = Order._meta.db_table


@dataclass(frozen=True, slots=True)
class Row:
    """One order to be written. `values` are those of COLUMNS, prepared for the database; `was` is what it replaces."""

    vendor_id: str
    values: tuple[Any, ...]
    was: Known | None = None


def stored_moment(at: datetime | None) -> Any:
    """A moment as this database takes it."""
    return None if at is None else connection.ops.adapt_datetimefield_value(at)


moment = lru_cache(maxsize=64)(stored_moment)  # for those that most orders of a batch share


@cache
def insert_columns() -> tuple[str, ...]:
    """The columns of a new order: account and id, COLUMNS, and those that nothing of the vendor's fills."""
    return ("account_id", "vendor_id", *COLUMNS, *_defaults())


def inserted(account_id: int, row: Row) -> tuple[Any, ...]:
    """The values of `insert_columns`."""
    return (account_id, row.vendor_id, *row.values, *_defaults().values())


@cache
def _defaults() -> dict[str, Any]:
    """What every new order begins with: revision 1, never edited, and whatever else the model has."""
    named = {"account_id", "vendor_id", *COLUMNS}
    return {
        str(field.column): field.get_db_prep_save(field.get_default(), connection)
        for field in Order._meta.concrete_fields
        if not (field.primary_key or field.generated or field.has_db_default() or field.column in named)
    }
