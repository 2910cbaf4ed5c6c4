"""Pages by position: the next one begins after the last row of this one, so a deep page costs what the first does."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from django.core import signing
from django.db.models import Model, Q, QuerySet

Row = TypeVar("Row", bound=Model)


@dataclass(frozen=True)
class Sort:
    """An order of rows: by one column, then by id. Rows without a value (`nullable`) come last, both ways."""

    column: str
    descending: bool = True
    nullable: bool = False

    @property
    def order_by(self) -> tuple[str, str]:
        sign = "-" if self.descending else ""
        return f"{sign}{self.column}", f"{sign}id"


@dataclass(frozen=True)
class Page(Generic[Row]):
    """Some rows, the token of the page that follows ("" for none), and whether the token asked for was understood."""

    rows: list[Row]
    next: str
    understood: bool = True


def page_of(rows: QuerySet[Row], sort: Sort, *, after: str = "", size: int) -> Page[Row]:
    """At most `size` rows that follow the token `after`. One that is altered, or of another sort, gives the first page.

    Counts nothing and skips nothing: one query, or two where rows without a value may follow.
    """
    position = _read(after, sort) if after else None
    found = list(_valued(rows, sort, position)[: size + 1])
    if sort.nullable and len(found) <= size:
        found += _valueless(rows, sort, position)[: size + 1 - len(found)]
    more = len(found) > size
    return Page(found[:size], _token(found[size - 1], sort) if more else "", not after or position is not None)


def _valued(rows: QuerySet[Row], sort: Sort, position: list[Any] | None) -> QuerySet[Row]:
    """Rows with a value. "After" is a <= x AND (a < x OR id < y): said otherwise, it walks the index from its start."""
    if sort.nullable:
        rows = rows.filter(**{f"{sort.column}__isnull": False})
    if position is not None:
        value, pk = position
        if value is None:
            return rows.none()
        less = "lt" if sort.descending else "gt"
        rows = rows.filter(
            Q(**{f"{sort.column}__{less}": value}) | Q(**{f"id__{less}": pk}), **{f"{sort.column}__{less}e": value}
        )
    return rows.order_by(*sort.order_by)


def _valueless(rows: QuerySet[Row], sort: Sort, position: list[Any] | None) -> QuerySet[Row]:
    rows = rows.filter(**{f"{sort.column}__isnull": True}).order_by(sort.order_by[1])
    if position is not None and position[0] is None:
        rows = rows.filter(**{f"id__{'lt' if sort.descending else 'gt'}": position[1]})
    return rows


def _token(row: Model, sort: Sort) -> str:
    value = getattr(row, sort.column)
    written = value.isoformat() if isinstance(value, datetime) else value
    return signing.dumps([written, row.pk], salt=_salt(sort))


def _read(token: str, sort: Sort) -> list[Any] | None:
    try:
        position: list[Any] = signing.loads(token, salt=_salt(sort))
    except (signing.BadSignature, ValueError):
        return None
    return position


def _salt(sort: Sort) -> str:
    return f"orders.keyset {sort.column} {sort.descending}"
