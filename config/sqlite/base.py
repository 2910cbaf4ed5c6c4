"""The engine: every connection waits for its turn before it writes, and gives it back with its transaction."""

import sqlite3
from typing import Any

from django.db.backends.sqlite3 import base

from config.sqlite.queue import Queue, queue_at

_WRITES = frozenset({"BEGIN ", "INSERT", "UPDATE", "DELETE", "REPLAC"})  # how a statement begins that takes the lock


class Connection(sqlite3.Connection):
    """A connection that knows its queue; none for a database in memory."""

    queue: Queue | None = None
    has_turn = False

    def take_turn(self) -> None:
        """Wait until it is our turn to write, unless it is already."""
        if self.queue is not None and not self.has_turn:
            self.has_turn = self.queue.take()

    def end_turn(self) -> None:
        """Give the turn back, unless a transaction goes on."""
        if self.queue is not None and self.has_turn and not self.in_transaction:
            self.has_turn = False
            self.queue.give_back()

    def commit(self) -> None:
        try:
            super().commit()
        finally:
            self.end_turn()

    def rollback(self) -> None:
        try:
            super().rollback()
        finally:
            self.end_turn()

    def close(self) -> None:
        """Whatever goes on is rolled back."""
        super().close()
        if self.queue is not None and self.has_turn:
            self.has_turn = False
            self.queue.give_back()


class Cursor(base.SQLiteCursorWrapper):
    """A cursor that waits before what writes."""

    connection: Connection

    def execute(self, query: str, params: Any = None) -> Any:
        if query[:6] not in _WRITES or self.connection.has_turn:
            return super().execute(query, params)
        self.connection.take_turn()
        try:
            return super().execute(query, params)
        finally:
            self.connection.end_turn()

    def executemany(self, query: str, param_list: Any) -> Any:
        if query[:6] not in _WRITES or self.connection.has_turn:
            return super().executemany(query, param_list)
        self.connection.take_turn()
        try:
            return super().executemany(query, param_list)
        finally:
            self.connection.end_turn()


class DatabaseWrapper(base.DatabaseWrapper):
    """Django's, with these connections."""

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        connection = super().get_new_connection({**conn_params, "factory": Connection})
        if not self.is_in_memory_db():
            connection.queue = queue_at(f"{conn_params['database']}-queue")
        return connection

    def create_cursor(self, name: str | None = None) -> Any:
        return self.connection.cursor(factory=Cursor)
