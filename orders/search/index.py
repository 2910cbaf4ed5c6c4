"""The index that makes search quick, whichever database this desk has."""

from dataclasses import dataclass, field
from typing import Any

from django.db import connection, connections
from django.db.models import QuerySet

from orders.models import Order
from orders.search import postgresql, sqlite
from orders.search.conditions import listed
from orders.search.reading import Search


@dataclass(frozen=True)
class Found:
    """`missing` are listed numbers or ids that no order has. `few` says whether counting is worth while."""

    orders: QuerySet[Order]
    few: bool = True
    missing: list[str] = field(default_factory=list)


def find(orders: QuerySet[Order], search: Search, *, personal: bool) -> Found:
    """Those of the orders that match; all of them, where nothing was typed.

    Without `personal` they are found only by what everybody may see. Asks the database at most three times how rare it
    is what somebody looks for; however common, no match is left out.
    """
    if not search.words:
        return Found(orders)
    named, missing = _listed(search)
    index = postgresql if connection.vendor == "postgresql" else sqlite
    narrowed, few = index.narrow(orders, search, named, personal=personal)
    return Found(narrowed, few, missing)


def index_orders(*, least: int = 1) -> int:
    """Take in what was written since the last time: to be called after orders were, in their transaction or after it.

    Search is right without it, and slower by what is waiting. Whoever writes many batches names the `least` that is
    worth it (a thousand or two), and calls it plainly at the end. Returns how many orders were taken in.
    """
    return 0 if connection.vendor == "postgresql" else sqlite.index_orders(least)


def rebuild_index() -> None:
    """Make the index anew from the orders."""
    (postgresql if connection.vendor == "postgresql" else sqlite).rebuild(connection)


def install_after_migration(using: str, **_: Any) -> None:
    """Receiver of post_migrate: on SQLite the index hangs on triggers, which a migration of the table takes away."""
    database = connections[using]
    if database.vendor != "sqlite":
        return
    with database.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pragma_table_info('orders_order') WHERE name = 'tickets'")
        if cursor.fetchone():
            sqlite.install(database)


def _listed(search: Search) -> tuple[list[int], list[str]]:
    """The ids of the orders that are listed, and which of the list are none."""
    if not search.listed:
        return [], []
    found = list(Order.objects.filter(listed(search.listed)).values_list("pk", "number", "vendor_id"))
    known = {name for _, *names in found for name in names}
    missing = [name for name in dict.fromkeys(search.listed) if name not in known]
    # With spaces alone between them, and not one known, they were words and no list.
    is_list = search.is_list_only or len(missing) < len(set(search.listed))
    return [pk for pk, *_ in found], missing if is_list else []
