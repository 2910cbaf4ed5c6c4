"""Rows by statements that are written out: for what an edit does a dozen times, and the ORM takes most of it to word.

Values go through the fields of the model, as the ORM has them go.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Any, TypeVar

from django.db import connection, models

Model = TypeVar("Model", bound=models.Model)


@cache
def columns_of(model: type[models.Model]) -> tuple[str, ...]:
    """The columns of a model, in the order in which `as_model` takes their values."""
    return tuple(str(field.column) for field in model._meta.concrete_fields)


def as_model(model: type[Model], values: Sequence[Any]) -> Model:
    """A row of `columns_of`, as a cursor gave it, as that model. For columns of texts, numbers, truths and moments."""
    names = [field.attname for field in model._meta.concrete_fields]
    return model.from_db(connection.alias, names, [_as_field_has_it(value) for value in values])


def moment_of(value: datetime) -> datetime:
    """A moment as a cursor gave it, with its zone: SQLite leaves that away, and it is UTC."""
    return value if value.tzinfo else value.replace(tzinfo=UTC)


def _as_field_has_it(value: Any) -> Any:
    return moment_of(value) if isinstance(value, datetime) else value


def insert(model: type[models.Model], **values: Any) -> None:
    """Add a row; a field that is not named takes its default. Nothing is read back, not even its key."""
    fields = _fields(model)
    every = {name: field.get_default() for name, field in fields.items() if not field.primary_key} | values
    named = ", ".join(_quoted(fields[name].column) for name in every)
    marks = ", ".join(["%s"] * len(every))
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO {_table(model)} ({named}) VALUES ({marks})", _stored(fields, every))  # noqa: S608


def update(model: type[models.Model], where: Mapping[str, Any], values: Mapping[str, Any]) -> int:
    """Overwrite columns of the rows that match. Returns how many there were.

    They match where every field of `where` is as given: None for nothing, a tuple for one of several values.
    """
    fields = _fields(model)
    given = ", ".join(f"{_quoted(fields[name].column)} = %s" for name in values)
    statement = f"UPDATE {_table(model)} SET {given} WHERE {_matching(fields, where)}"  # noqa: S608 - our names
    with connection.cursor() as cursor:
        cursor.execute(statement, [*_stored(fields, values), *_sought(fields, where)])
        return int(cursor.rowcount)


def first(model: type[models.Model], name: str, where: Mapping[str, Any]) -> Any:
    """A field of the row with the lowest key that matches, as the database has it; None where none does."""
    fields = _fields(model)
    wanted, key = _quoted(fields[name].column), _quoted(str(model._meta.pk.column))
    found = f"SELECT {wanted} FROM {_table(model)} WHERE {_matching(fields, where)}"  # noqa: S608 - our names
    with connection.cursor() as cursor:
        cursor.execute(f"{found} ORDER BY {key} LIMIT 1", _sought(fields, where))
        row = cursor.fetchone()
    return row[0] if row else None


@cache
def _fields(model: type[models.Model]) -> Mapping[str, Any]:
    """The fields by the names under which an object has their values."""
    return {field.attname: field for field in model._meta.concrete_fields}


def _table(model: type[models.Model]) -> str:
    return _quoted(model._meta.db_table)


def _quoted(name: str) -> str:
    return str(connection.ops.quote_name(name))


def _matching(fields: Mapping[str, Any], where: Mapping[str, Any]) -> str:
    return " AND ".join(f"{_quoted(fields[name].column)} {_compared(value)}" for name, value in where.items())


def _compared(value: Any) -> str:
    if value is None:
        return "IS NULL"
    return f"IN ({', '.join(['%s'] * len(value))})" if isinstance(value, tuple) else "= %s"


def _sought(fields: Mapping[str, Any], where: Mapping[str, Any]) -> list[Any]:
    """The parameters of `_matching`."""
    several = {name: value if isinstance(value, tuple) else (value,) for name, value in where.items()}
    return [
        fields[name].get_db_prep_save(each, connection)
        for name, values in several.items()
        for each in values
        if each is not None
    ]


def _stored(fields: Mapping[str, Any], values: Mapping[str, Any]) -> list[Any]:
    """The values as the database takes them."""
    return [fields[name].get_db_prep_save(value, connection) for name, value in values.items()]
