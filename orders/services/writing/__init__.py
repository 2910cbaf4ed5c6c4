"""Write a batch of orders in few statements and one short transaction, so that nobody else waits for long.

What the databases do differently is one module each, of five functions:

many_rows     a block in which a connection is set up for many batches
tell_planner  what was planned for few orders is planned anew, for as many as there are now
look_up       what the mirror holds of some orders
insert        add orders that are not there yet, and return their keys
update        overwrite what comes from the vendor, in orders that the transaction holds
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from types import ModuleType

from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone

from orders.models import Edit, Order, Revision
from orders.services.writing import postgresql, sqlite
from orders.services.writing.columns import TABLE, Row, moment, stored_moment
from orders.services.writing.known import Known
from orders.states import IN_FLIGHT

__all__ = [
    "Batch",
    "Known",
    "Row",
    "known_orders",
    "many_rows",
    "moment",
    "stored_moment",
    "tell_planner",
    "write_batch",
]

BACK_ENDS: Mapping[str, ModuleType] = {"sqlite": sqlite, "postgresql": postgresql}


@dataclass
class Batch:
    """What is to be written. `moved` are orders that say what they said, by the place and moment of what showed them.

    `edit` is the one of ours that the vendor was asked after.
    """

    new: list[Row] = field(default_factory=list)
    changed: list[Row] = field(default_factory=list)
    moved: dict[tuple[str, datetime], list[int]] = field(default_factory=lambda: defaultdict(list))
    edit: Edit | None = None


def many_rows() -> AbstractContextManager[None]:
    """A block in which this thread's connection is set up for many batches."""
    block: AbstractContextManager[None] = BACK_ENDS[connection.vendor].many_rows()
    return block


def tell_planner() -> None:
    """Say, after many new orders, that the database is to look at how many there are before it plans on."""
    BACK_ENDS[connection.vendor].tell_planner()


def known_orders(account_id: int, vendor_ids: Sequence[str]) -> dict[str, Known]:
    """Those of these orders that the mirror holds, by the vendor's id. One look-up by key, without their documents."""
    rows = BACK_ENDS[connection.vendor].look_up(account_id, vendor_ids)
    return {vendor_id: Known._make(rest) for vendor_id, *rest in rows}


def write_batch(account_id: int, batch: Batch) -> tuple[list[int], list[int]]:
    """Write it. Returns the keys of the orders that were added, and of those that were changed.

    An order that somebody else added or looked at in the same moment is left alone.
    """
    if not (batch.new or batch.changed or batch.moved):
        return [], []
    with transaction.atomic():
        added = _insert(account_id, batch.new)
        held = _hold([row.was.key for row in batch.changed if row.was], *batch.moved.values())
        changed = [
            row for row in batch.changed if row.was and held.get(row.was.key) == (row.was.revision, row.was.seen_at)
        ]
        keys = [row.was.key for row in changed if row.was]
        if changed:
            _keep_documents(keys, batch.edit)
            BACK_ENDS[connection.vendor].update(changed)
        for (at, as_of), moved in batch.moved.items():
            _note_place(moved, at, as_of)
    return added, keys


def _insert(account_id: int, rows: Sequence[Row]) -> list[int]:
    if not rows:
        return []
    ordered = sorted(rows, key=lambda row: row.vendor_id)  # the same for everybody: nobody waits in a circle
    keys: list[int] = BACK_ENDS[connection.vendor].insert(account_id, ordered)
    return keys


def _hold(*keys: Sequence[int]) -> dict[int, tuple[int, datetime]]:
    """Lock these orders until the transaction ends. Returns the revision of each and when it was seen."""
    wanted = [key for some in keys for key in some]
    if not wanted:
        return {}
    held = Order.objects.select_for_update().filter(pk__in=wanted).order_by("pk")  # in one order, as above
    return {key: (revision, seen_at) for key, revision, seen_at in held.values_list("pk", "revision", "seen_at")}


def _keep_documents(keys: Sequence[int], edit: Edit | None) -> None:
    """Keep what these orders say now as revisions. The documents do not leave the database for it.

    Each is put down to the edit that the vendor was asked after, or to one of ours that may have changed the order just
    now, whoever was the first to see it.
    """
    marks, states = (", ".join(["%s"] * len(some)) for some in (keys, IN_FLIGHT))
    in_flight = f"SELECT id FROM {Edit._meta.db_table} WHERE order_id = {TABLE}.id AND state IN ({states})"  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {Revision._meta.db_table} (order_id, number, raw, digest, replaced_at, edit_id)"  # noqa: S608
            f" SELECT id, revision, raw, digest, %s, coalesce(%s, ({in_flight} AND sent_at IS NOT NULL))"
            f" FROM {TABLE} WHERE id IN ({marks})",
            [moment(timezone.now()), edit.pk if edit else None, *IN_FLIGHT, *keys],
        )


def _note_place(keys: Sequence[int], at: str, as_of: datetime) -> None:
    """Note where the vendor showed these orders, and that they are not gone, unless a look after `as_of` said so."""
    place = {"found_at": at} if at else {}
    shown = Order.objects.filter(Q(gone_at=None) | Q(gone_at__lte=as_of), pk__in=keys)
    shown.update(gone_at=None, **place)
