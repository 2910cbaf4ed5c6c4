"""The index of an SQLite desk: which three-letter pieces stand in which order (FTS5, without positions or texts).

Writing it row by row would cost more than writing the orders does, so triggers only note which orders it does not know
as they are now, with the text that it knows them by; `index_orders` takes the notes in. Until then those orders are
looked at one by one, so that nothing is found late.
"""

import json
from collections.abc import Iterator

from django.db import connection, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Q, QuerySet
from django.db.models.expressions import RawSQL
from django.db.models.sql.compiler import SQLCompiler
from django.db.models.sql.datastructures import BaseTable

from orders.models import Order
from orders.search.conditions import LEAST_ANYWHERE, condition, needles
from orders.search.folding import BEFORE_WORD
from orders.search.reading import Search, telling_part

FEW = 3000  # orders: with more, the pages of the list fill quickly, and naming them all would not
AT_ONCE = 2_000  # orders in one transaction: others wait for it
MOST_PIECES = 60  # of one word; a few dozen pin it down

_INDEX = """CREATE VIRTUAL TABLE IF NOT EXISTS orders_search
    USING fts5(kept, content='', detail=none, tokenize='trigram case_sensitive 1')"""
_PENDING = "CREATE TABLE IF NOT EXISTS orders_search_pending (id INTEGER PRIMARY KEY, indexed TEXT)"
# What the index knows an order by is noted once: the text before the first change that it has not seen.
_NOTE = (
    "BEGIN INSERT INTO orders_search_pending (id, indexed) SELECT {id}, {text} "
    "WHERE NOT EXISTS (SELECT 1 FROM orders_search_pending WHERE id = {id}); END"
)
_OLD = _NOTE.format(id="OLD.id", text="OLD.tickets || OLD.search")
_TRIGGERS = {
    "order_is_new_to_search": "AFTER INSERT ON orders_order " + _NOTE.format(id="NEW.id", text="NULL"),
    "order_is_changed_for_search": "AFTER UPDATE OF search, tickets ON orders_order "
    "WHEN NEW.tickets || NEW.search <> OLD.tickets || OLD.search " + _OLD,
    "order_is_gone_from_search": "AFTER DELETE ON orders_order " + _OLD,
}
_SOME = "SELECT MAX(id) FROM (SELECT id FROM orders_search_pending ORDER BY id LIMIT %s)"
_DROP = """INSERT INTO orders_search (orders_search, rowid, kept)
    SELECT 'delete', id, indexed FROM orders_search_pending WHERE id <= %s AND indexed IS NOT NULL"""
_ADD = """INSERT INTO orders_search (rowid, kept) SELECT orders_order.id, tickets || search
    FROM orders_search_pending JOIN orders_order ON orders_order.id = orders_search_pending.id
    WHERE orders_search_pending.id <= %s"""
_CROSS_OFF = "DELETE FROM orders_search_pending WHERE id <= %s"


def narrow(
    orders: QuerySet[Order], search: Search, named: list[int], *, personal: bool
) -> tuple[QuerySet[Order], bool]:
    """Those of the orders that match or are `named`, and whether the index finds few enough to name them."""
    exactly = condition(search, named, personal=personal)
    ids = named if search.is_list_only else _few(search, named)
    if ids is None:
        return orders.filter(exactly), False
    candidates = Q(pk__in=RawSQL("SELECT value FROM json_each(%s)", [json.dumps(ids)]))
    return _by_id(orders).filter(candidates, exactly), True


def index_orders(least: int = 1) -> int:
    """Take in the orders that the index does not know as they are now, where there are that many. Returns how many."""
    taken = 0
    while _are_waiting(1 if taken else max(1, least)):
        taken += _index_some()
    return taken


def install(connection: BaseDatabaseWrapper) -> None:
    """Make the index and its triggers where they are missing.

    A migration that rebuilds the table of orders takes its triggers away. What changed from then on nobody noted, so
    that the index is made anew.
    """
    with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
        cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'orders_order'")
        if _TRIGGERS.keys() <= {name for (name,) in cursor.fetchall()}:
            return
        for statement in (_INDEX, _PENDING):
            cursor.execute(statement)
        for name, does in _TRIGGERS.items():
            cursor.execute(f"DROP TRIGGER IF EXISTS {name}")
            cursor.execute(f"CREATE TRIGGER {name} {does}")
        rebuild(connection)


def remove(connection: BaseDatabaseWrapper) -> None:
    """Take away all that `install` makes."""
    with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
        for name in _TRIGGERS:
            cursor.execute(f"DROP TRIGGER IF EXISTS {name}")
        cursor.execute("DROP TABLE IF EXISTS orders_search")
        cursor.execute("DROP TABLE IF EXISTS orders_search_pending")


def rebuild(connection: BaseDatabaseWrapper) -> None:
    """Make the index anew from the orders. Nobody else can write meanwhile."""
    with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
        cursor.execute("INSERT INTO orders_search (orders_search) VALUES ('delete-all')")
        cursor.execute("DELETE FROM orders_search_pending")
        cursor.execute("INSERT INTO orders_search (rowid, kept) SELECT id, tickets || search FROM orders_order")


def _are_waiting(many: int) -> bool:
    """Asks without writing, so that nobody is kept from it where there is nothing to do."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM orders_search_pending LIMIT %s", [many])
        return len(cursor.fetchall()) == many


def _index_some() -> int:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_SOME, [AT_ONCE])
        last = cursor.fetchone()
        for statement in (_DROP, _ADD, _CROSS_OFF):
            cursor.execute(statement, last)
        return int(cursor.rowcount)


def _few(search: Search, named: list[int]) -> list[int] | None:
    """The ids of all orders that may match, and of the named. None where they are not few."""
    for by_part in (True, False) if search.has_long_words else (False,):
        ids = named + _indexed(search, by_part)
        if len(ids) <= FEW:
            return ids
    return None


def _indexed(search: Search, by_part: bool) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT rowid FROM orders_search WHERE orders_search MATCH %s "
            "UNION ALL SELECT id FROM orders_search_pending LIMIT %s",
            [_match(search, by_part), FEW + 1],
        )
        return [pk for (pk,) in cursor.fetchall()]


def _match(search: Search, by_part: bool) -> str:
    """The search in FTS5's language, where everything that was typed stands between quotes."""
    words = [_any(_sought(word, by_part)) for word in search.words]
    match = f"({' AND '.join(words)})"
    return f"{match} OR {_pieces(search.digits)}" if search.digits else match


def _sought(word: str, by_part: bool) -> list[str]:
    return [telling_part(word)] if by_part and telling_part(word) else needles(word)


def _any(sought: list[str]) -> str:
    return f"({' OR '.join(_pieces(each) for each in sought)})"


def _pieces(needle: str) -> str:
    """Every third piece, and the last one: between them they cover the text, and each costs."""
    needle = needle.rjust(LEAST_ANYWHERE, BEFORE_WORD[0])
    last = len(needle) - LEAST_ANYWHERE
    pieces = dict.fromkeys(needle[at : at + LEAST_ANYWHERE] for at in [*range(0, last, LEAST_ANYWHERE), last])
    return f"({' AND '.join(_quoted(pieces))})"


def _quoted(pieces: dict[str, None]) -> Iterator[str]:
    for piece in list(pieces)[:MOST_PIECES]:
        yield '"' + piece.replace('"', '""') + '"'


class _ByIdOnly(BaseTable):
    """The table of orders, told to be read by id: SQLite would expect less of an account's orders than of the ids."""

    def as_sql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> tuple[str, tuple[str | int, ...]]:
        sql, parameters = super().as_sql(compiler, connection)
        return f"{sql} NOT INDEXED", parameters


def _by_id(orders: QuerySet[Order]) -> QuerySet[Order]:
    orders = orders.all()
    alias = orders.query.get_initial_alias()
    orders.query.alias_map[alias] = _ByIdOnly(orders.model._meta.db_table, alias)
    return orders
