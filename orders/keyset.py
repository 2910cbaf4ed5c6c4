"""Pages by position: the next one begins after the last row of this one, so a deep page costs what the first does."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, Protocol, TypeVar

from django.core import signing
from django.db.models import Q, QuerySet

from vendors.rows import moment_of

MOST_WALKED = 20_000  # rows that one page looks at where no index helps to find those that match


class Placed(Protocol):
    """A row as far as its place goes. The other half of that is the value of the column that it is sorted by."""

    @property
    def pk(self) -> Any: ...


Row = TypeVar("Row", bound=Placed)
Read = Callable[[QuerySet[Any, Any]], list[Row]]


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
    """Some rows, the token of the page that follows ("" for none), and whether the token asked for was understood.

    `walked_to` is the place that was reached where `MOST_WALKED` rows were looked at and did not make a page.
    """

    rows: list[Row]
    next: str
    understood: bool = True
    walked_to: Any = None


def page_of(
    rows: QuerySet[Any, Any],
    sort: Sort,
    *,
    after: str = "",
    size: int,
    read: Read[Row] = list,
    place: Callable[[Row], Any] | None = None,
    walked: QuerySet[Any, Any] | None = None,
) -> Page[Row]:
    """At most `size` rows that follow the token `after`. One that is altered, or of another sort, gives the first page.

    Counts nothing and skips nothing: one query, or two where rows without a value may follow. `read` makes the rows
    out of a query, and `place` tells of a row the value that it is sorted by, where it is no model. `walked` are the
    rows without those conditions that no index helps with: a page then ends after `MOST_WALKED` of them, full or not,
    and costs one query more.
    """
    position = _read(after, sort) if after else None
    understood = not after or position is not None
    found: list[Row] = []
    for part in (rows_after, _valueless) if sort.nullable else (rows_after,):
        matching, edge = part(rows, sort, position), None
        if walked is not None:
            edge = part(walked, sort, position).values_list(sort.column, "pk")[MOST_WALKED - 1 : MOST_WALKED].first()
            matching = matching if edge is None else matching.filter(_up_to(sort, edge))
        found += read(matching[: size + 1 - len(found)])
        if len(found) > size:
            last = found[size - 1]
            value = place(last) if place else getattr(last, sort.column)
            return Page(found[:size], token_of(value, last.pk, sort), understood)
        if edge is not None:
            return Page(found, token_of(edge[0], edge[1], sort), understood, walked_to=edge[0])
    return Page(found, "", understood)


def token_of(value: Any, pk: int, sort: Sort) -> str:
    """What the page is asked for with that begins after the row with this value and this id."""
    written = moment_of(value).isoformat() if isinstance(value, datetime) else value
    return signing.dumps([written, pk], salt=_salt(sort))


def rows_after(rows: QuerySet[Any, Any], sort: Sort, position: Sequence[Any] | None) -> QuerySet[Any, Any]:
    """The rows with a value that follow a value and an id.

    "After" is a <= x AND (a < x OR id < y): said otherwise, it walks the index from its start.
    """
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


def _valueless(rows: QuerySet[Any, Any], sort: Sort, position: Sequence[Any] | None) -> QuerySet[Any, Any]:
    rows = rows.filter(**{f"{sort.column}__isnull": True}).order_by(sort.order_by[1])
    if position is not None and position[0] is None:
        rows = rows.filter(**{f"id__{'lt' if sort.descending else 'gt'}": position[1]})
    return rows


def _up_to(sort: Sort, edge: tuple[Any, int]) -> Q:
    """Not after this place, which itself belongs to it."""
    value, pk = edge
    more = "gt" if sort.descending else "lt"
    if value is None:
        return Q(**{f"id__{more}e": pk})
    return Q(**{f"{sort.column}__{more}e": value}) & (
        Q(**{f"{sort.column}__{more}": value}) | Q(**{f"id__{more}e": pk})
    )


def _read(token: str, sort: Sort) -> list[Any] | None:
    try:
        position: list[Any] = signing.loads(token, salt=_salt(sort))
    except (signing.BadSignature, ValueError):
        return None
    return position


def _salt(sort: Sort) -> str:
    return f"orders.keyset {sort.column} {sort.descending}"
