"""Rows by statements that are written out: for what an edit does a dozen times, and the ORM takes most of it to word.

Values go through the fields of the model, as the ORM has them go.
"""

from collections.abc import Callable, Container, Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from itertools import islice
from typing import Any, TypeVar

from django.db import connection, models

Model = TypeVar("Model", bound=models.Model)


@cache
def columns_of(model: type[models.Model]) -> tuple[str, ...]:
    """The columns of a model, in the order in which `as_model` takes their values."""
    return tuple(str(field.column) for field in model._meta.concrete_fields)


def as_model(model: type[Model], values: Sequence[Any], *, unread: Container[str] = ()) -> Model:
    """A row of `columns_of`, as a cursor gave it, as that model. Fields in `unread` stay as the cursor gave them.

    For texts, numbers, decimals, truths, moments, and fields that read what the database gives, as those of JSON do.
    """
    read = [
        value if value is None or reader is None or name in unread else reader(value)
        for (name, reader), value in zip(_readers(model), values, strict=True)
    ]
    return model.from_db(connection.alias, [name for name, _ in _readers(model)], read)


def moment_of(value: datetime) -> datetime:
    """A moment as a cursor gave it, with its zone: SQLite leaves that away, and it is UTC."""
    return value if value.tzinfo else value.replace(tzinfo=UTC)


def read(model: type[Model], key: int, *related: str, unread: Container[str] = ()) -> Model | None:
    """The row with this key; None where there is none. For `unread` see `as_model`.

    `related` are foreign keys, none of which may be null: the rows that they refer to come along.
    """
    least, most = connection.ops.integer_field_range(model._meta.pk.get_internal_type())
    if not (least or key) <= key <= (most or key):
        return None
    with connection.cursor() as cursor:
        cursor.execute(_reading(model, related), [key])
        found = cursor.fetchone()
    if found is None:
        return None
    values = iter(found)
    row = as_model(model, list(islice(values, len(columns_of(model)))), unread=unread)
    for name in related:
        other = _model_behind(model, name)
        setattr(row, name, as_model(other, list(islice(values, len(columns_of(other))))))
    return row


def add(row: models.Model) -> None:
    """Add a row that is new, and let it know its key."""
    fields = [field for field in _fields(type(row)).values() if not field.primary_key]
    values = {field.attname: field.pre_save(row, True) for field in fields}
    tells_key = connection.features.can_return_columns_from_insert
    with connection.cursor() as cursor:
        cursor.execute(*_insertion(type(row), values, returns_key=tells_key))
        row.pk = cursor.fetchone()[0] if tells_key else cursor.lastrowid
    row._state.adding, row._state.db = False, connection.alias


def insert(model: type[models.Model], **values: Any) -> None:
    """Add a row; a field that is not named takes its default. Nothing is read back, not even its key."""
    fields = _fields(model)
    every = {name: field.get_default() for name, field in fields.items() if not field.primary_key} | values
    with connection.cursor() as cursor:
        cursor.execute(*_insertion(model, every))


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


def _insertion(
    model: type[models.Model], values: Mapping[str, Any], *, returns_key: bool = False
) -> tuple[str, list[Any]]:
    fields = _fields(model)
    named = ", ".join(_quoted(fields[name].column) for name in values)
    marks = ", ".join(["%s"] * len(values))
    key = f" RETURNING {_quoted(str(model._meta.pk.column))}" if returns_key else ""
    return f"INSERT INTO {_table(model)} ({named}) VALUES ({marks}){key}", _stored(fields, values)  # noqa: S608


@cache
def _reading(model: type[models.Model], related: tuple[str, ...]) -> str:
    joined = [(_model_behind(model, name), str(model._meta.get_field(name).attname)) for name in related]  # type: ignore[union-attr]
    named = ", ".join(
        f"{_table(each)}.{_quoted(column)}"
        for each in (model, *(other for other, _ in joined))
        for column in columns_of(each)
    )
    joins = "".join(f" JOIN {_table(other)} ON {_key(other)} = {_table(model)}.{_quoted(by)}" for other, by in joined)
    return f"SELECT {named} FROM {_table(model)}{joins} WHERE {_key(model)} = %s"  # noqa: S608 - our names


def _key(model: type[models.Model]) -> str:
    return f"{_table(model)}.{_quoted(str(model._meta.pk.column))}"


def _model_behind(model: type[models.Model], name: str) -> type[models.Model]:
    other: type[models.Model] = model._meta.get_field(name).related_model  # type: ignore[assignment]
    return other


@cache
def _readers(model: type[models.Model]) -> tuple[tuple[str, Callable[[Any], Any] | None], ...]:
    """Each field by the name under which an object has its value, and how it makes that of what a cursor gives."""
    return tuple((field.attname, _reader(field)) for field in model._meta.concrete_fields)


def _reader(field: Any) -> Callable[[Any], Any] | None:
    if hasattr(field, "from_db_value"):
        return lambda value: field.from_db_value(value, None, connection)
    if isinstance(field, models.DateTimeField):
        return moment_of
    if isinstance(field, models.DecimalField):  # a float on SQLite
        return lambda value: round(field.to_python(value), field.decimal_places)
    return None


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
