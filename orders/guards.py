"""What the database itself refuses, whoever asks: to alter what an edit said, to bend its states, to delete history.

Triggers on SQLite and on PostgreSQL. They are put up after every migration, because SQLite drops a table's triggers
when a migration rebuilds it.
"""

from collections.abc import Iterator
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper

from orders.models import Attempt, Edit, Step
from orders.states import NEXT

# Said once, when the edit is accepted.
SAID = (
    "order_id",
    "account_id",
    "author_id",
    "author_name",
    "submit_token",
    "part",
    "changes",
    "labels",
    "told",
    "reason",
    "ticket",
    "cautions",
    "base_revision",
    "base_digest",
    "reverts_id",
    "created_at",
)
# Written once, and then part of the record: what went out.
SENT = ("payload", "method", "path", "sent_at", "sent_revision")
# Concluded once.
CONCLUDED = ("answer", "landed", "conflict", "explanation", "aftermath", "concluded_at", "looks")
# Said once by whoever saw to it, also long after the edit was concluded.
DEALT_WITH = ("dealt_with_at", "dealt_with_by_id")

_EDIT, _STEP, _ATTEMPT = (model._meta.db_table for model in (Edit, Step, Attempt))


def install_guards(connection: BaseDatabaseWrapper, *, against_deletion: bool = True) -> None:
    """Put the triggers up, replacing those that are there. Without `against_deletion` the tables may be emptied."""
    remove_guards(connection)
    with connection.cursor() as cursor:
        # Between migrations the table may lack a column; a trigger that names it would stop the next one.
        known = {column.name for column in connection.introspection.get_table_description(cursor, _EDIT)}
        for statement in _statements(connection.vendor, known, against_deletion):
            cursor.execute(statement)


def remove_guards(connection: BaseDatabaseWrapper) -> None:
    """Take down every trigger that `install_guards` puts up."""
    with connection.cursor() as cursor:
        for name, table in _names():
            on_table = f" ON {table}" if connection.vendor == "postgresql" else ""
            cursor.execute(f"DROP TRIGGER IF EXISTS {name}{on_table}")


def install_after_migration(using: str, **_: Any) -> None:
    """Receiver of post_migrate."""
    from django.db import connections

    connection = connections[using]
    if {_EDIT, _STEP, _ATTEMPT} <= set(connection.introspection.table_names()):
        install_guards(connection)


def _names() -> Iterator[tuple[str, str]]:
    yield "edit_keeps_its_word", _EDIT
    yield "edit_keeps_its_state", _EDIT
    yield "attempt_is_concluded_once", _ATTEMPT
    yield "step_is_never_altered", _STEP
    for table in (_EDIT, _STEP, _ATTEMPT):
        yield f"{table}_is_never_deleted", table
        yield f"{table}_is_never_replaced", table
        yield f"{table}_is_never_truncated", table


def _statements(vendor: str, known: set[str], against_deletion: bool) -> Iterator[str]:
    make = _postgresql if vendor == "postgresql" else _sqlite
    yield from make("edit_keeps_its_word", _EDIT, "UPDATE", _altered(vendor, known), "an edit is never altered")
    yield from make("edit_keeps_its_state", _EDIT, "UPDATE", _bent(), "an edit cannot go there from here")
    yield from make(
        "attempt_is_concluded_once", _ATTEMPT, "UPDATE", "OLD.finished_at IS NOT NULL", "an attempt is concluded once"
    )
    yield from make("step_is_never_altered", _STEP, "UPDATE", "TRUE", "a step is never altered")
    if not against_deletion:
        return
    for table in (_EDIT, _STEP, _ATTEMPT):
        yield from make(f"{table}_is_never_deleted", table, "DELETE", "TRUE", "history is never deleted")
        if vendor == "postgresql":
            yield from _postgresql_truncate(table)
        else:
            # REPLACE deletes without telling where recursive_triggers is off.
            exists = f"EXISTS (SELECT 1 FROM {table} WHERE id = NEW.id)"  # noqa: S608 - our own tables
            yield from _sqlite(f"{table}_is_never_replaced", table, "INSERT", exists, "history is never replaced")


def _altered(vendor: str, known: set[str]) -> str:
    concluded = "OLD.concluded_at IS NOT NULL"
    return " OR ".join(
        [
            *(_differs(vendor, column) for column in SAID if column in known),
            *(f"(OLD.sent_at IS NOT NULL AND {_differs(vendor, column)})" for column in SENT),
            *(f"({concluded} AND {_differs(vendor, column)})" for column in CONCLUDED),
            *(
                f"(OLD.dealt_with_at IS NOT NULL AND {_differs(vendor, column)})"
                for column in DEALT_WITH
                if column in known
            ),
        ]
    )


def _bent() -> str:
    allowed = " OR ".join(
        f"(OLD.state = '{state}' AND NEW.state IN ({', '.join(repr(str(to)) for to in sorted(following))}))"
        for state, following in NEXT.items()
    )
    return f"OLD.state <> NEW.state AND NOT ({allowed})"


def _differs(vendor: str, column: str) -> str:
    operator = "IS DISTINCT FROM" if vendor == "postgresql" else "IS NOT"
    return f"NEW.{column} {operator} OLD.{column}"


def _sqlite(name: str, table: str, event: str, condition: str, refusal: str) -> Iterator[str]:
    yield (
        f"CREATE TRIGGER {name} BEFORE {event} ON {table} FOR EACH ROW WHEN {condition} "
        f"BEGIN SELECT RAISE(ABORT, '{refusal}'); END"
    )


def _postgresql(name: str, table: str, event: str, condition: str, refusal: str) -> Iterator[str]:
    yield (
        f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ "
        f"BEGIN RAISE EXCEPTION '{refusal}' USING ERRCODE = 'integrity_constraint_violation'; END $$"
    )
    yield (f"CREATE TRIGGER {name} BEFORE {event} ON {table} FOR EACH ROW WHEN ({condition}) EXECUTE FUNCTION {name}()")


def _postgresql_truncate(table: str) -> Iterator[str]:
    name = f"{table}_is_never_truncated"
    yield (
        f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ "
        f"BEGIN RAISE EXCEPTION 'history is never deleted' USING ERRCODE = 'integrity_constraint_violation'; END $$"
    )
    yield f"CREATE TRIGGER {name} BEFORE TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION {name}()"
