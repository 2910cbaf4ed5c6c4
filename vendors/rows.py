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
    return model.from_db(connection.alias, names, [_with_zone(value) for value in values])


def insert(model: type[models.Model], **values: Any) -> None:
    """Add a row; a field that is not named takes its default. Nothing is read back, not even its key."""
    fields = _fields(model)
    every = {name: field.get_default() for name, field in fields.items() if not field.primary_key} | values
    named = ", ".join(str(fields[name].column) for name in every)
    marks = ", ".join(["%s"] * len(every))
    _execute(f"INSERT INTO {model._meta.db_table} ({named}) VALUES ({marks})", fields, every)  # noqa: S608 - our names


def update(model: type[models.Model], where: Mapping[str, Any], values: Mapping[str, Any]) -> int:
    """Overwrite columns of the rows where every field of `where` is as given. Returns how many there were."""
    fields = _fields(model)
    given = ", ".join(f"{fields[name].column} = %s" for name in values)
    matching = " AND ".join(f"{fields[name].column} = %s" for name in where)
    statement = f"UPDATE {model._meta.db_table} SET {given} WHERE {matching}"  # noqa: S608 - our names
    return _execute(statement, fields, values, where)


@cache
def _fields(model: type[models.Model]) -> Mapping[str, Any]:
    """The fields by the names under which an object has their values."""
    return {field.attname: field for field in model._meta.concrete_fields}


def _execute(statement: str, fields: Mapping[str, Any], *given: Mapping[str, Any]) -> int:
    parameters = [fields[name].get_db_prep_save(value, connection) for some in given for name, value in some.items()]
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return int(cursor.rowcount)


def _with_zone(value: Any) -> Any:
    """SQLite gives moments without their zone, which is UTC."""
    return value.replace(tzinfo=UTC) if isinstance(value, datetime) and value.tzinfo is None else value
