"""Rows as somebody narrowed them down, so that no page costs more than its index and a bounded walk along it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.db.models import BigIntegerField, CharField, F, Model, QuerySet, Value
from django.db.models.functions import Coalesce
from django.db.models.lookups import Exact

from orders.tuples import tuples_of

FEW = 1_000  # rows that are cheaper looked up one by one than found on the way along an index

Kind = TypeVar("Kind", bound=Model)
Equal = Mapping[str, str | int]
Indexed = Collection[frozenset[str]]


@dataclass(frozen=True)
class Narrowed(Generic[Kind]):
    """Rows that were asked for. `walked` are those without the conditions that no index helps with, if there are any.

    `is_counted` says whether counting them, as far as counting goes, costs little.
    """

    rows: QuerySet[Kind]
    walked: QuerySet[Kind] | None = None
    is_counted: bool = True

    def filter(self, *conditions: Any) -> "Narrowed[Kind]":
        """Narrow them down further, by what no index helps with. Nothing to do where there is no condition."""
        if not conditions:
            return self
        walked = self.rows if self.walked is None else self.walked
        return Narrowed(self.rows.filter(*conditions), walked, is_counted=False)


def along_index(rows: QuerySet[Kind], equal: Equal, indexed: Indexed) -> Narrowed[Kind]:
    """The rows with these values, along the index that names most of their columns.

    `indexed` are the sets of columns that an index begins with before the one that the rows are sorted by; one of
    them is empty.
    """
    helped = max((names for names in indexed if names <= equal.keys()), key=len)
    found = Narrowed(rows.filter(**{name: equal[name] for name in helped}))
    return found.filter(*unindexed({name: value for name, value in equal.items() if name not in helped}))


def unindexed(equal: Equal) -> list[Any]:
    """Conditions that these columns have these values, said so that no index is chosen for them.

    Otherwise a database may find all rows with a common status through its index, only to sort them.
    """
    return [_hidden(name, value) for name, value in equal.items()]


def few_of(rows: QuerySet[Any], column: str) -> list[int] | None:
    """The ids in this column of the rows, each once, or None where they are not few."""
    found = tuples_of(rows[: FEW + 1], column)
    return None if len(found) > FEW else sorted({pk for (pk,) in found})


def _hidden(name: str, value: str | int) -> Any:
    if isinstance(value, int):
        return Exact(Coalesce(F(name), Value(0), output_field=BigIntegerField()), value)
    return Exact(Coalesce(F(name), Value(""), output_field=CharField()), value)
