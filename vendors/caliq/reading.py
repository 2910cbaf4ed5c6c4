"""Orders as Caliq shows them: one by its id, all in one answer, and those of the change list. Lines come extra."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, TypeAlias

from django.utils import timezone

from vendors.ahead import answers
from vendors.caliq.answers import Odd
from vendors.caliq.api import Api
from vendors.caliq.documents import Part, document, is_id
from vendors.contract import Batch, Found
from vendors.errors import OrderGone

ORDERS_A_BATCH = 25
MOST_DIGITS = 18  # of an id

Tried: TypeAlias = tuple[int, datetime, Found | str]  # an order's id, when it was asked for, and it or why not


def read_order(api: Api, vendor_id: str) -> Found:
    """One order by its id (Caliq: order page, EventID). Raises OrderGone, also for what can be no id.

    Without a filter Caliq answers with every order there is, and it reads 0 as no filter: such a call is not made.
    """
    usable = vendor_id.isascii() and vendor_id.isdecimal() and len(vendor_id) <= MOST_DIGITS and int(vendor_id)
    if not usable:
        raise OrderGone(f"“{vendor_id[:40]}” is no id of a Caliq order: those are whole numbers above 0.")
    found = api.entries("Order", "OrderList", EventID=int(vendor_id))
    if not found:
        raise OrderGone(f"Caliq has no order with the id {vendor_id}.")
    for order in found:
        if _is_order(order) and order["ID"] == int(vendor_id):
            return _with_lines(api, order)
    raise Odd(f"Caliq was asked for order {vendor_id} and answered with something else.")


def read_all_orders(api: Api, start: str = "", fetchers: int = 1, **filters: Any) -> Iterator[Batch]:
    """Every order that the filters let through, in one answer without pages, then the lines of each.

    By their ids, so that a later pass can go on behind the id `start`. The lines of several are asked for at once.
    """
    asked = timezone.now()
    entries = api.entries("Order", "OrderList", **filters)
    orders = {order["ID"]: order for order in entries if _is_order(order)}
    odd = sum(not _is_order(order) for order in entries)
    if odd:
        yield Batch(found=[], problems=[f"Caliq listed {odd} entries that are no orders."])
    behind = int(start) if start.isascii() and start.isdecimal() and len(start) <= MOST_DIGITS else 0
    wanted = sorted(order_id for order_id in orders if order_id > behind)
    read = _reader(lambda order_id: _with_lines(api, orders.pop(order_id)))
    total = len(orders)
    for part in _parts(answers(read, wanted, fetchers)):
        yield _batch(part, total=total, as_of=asked, place=str(part[-1][0]))


def read_changed_orders(api: Api, since: datetime, fetchers: int = 1) -> Iterator[Batch]:
    """The orders of the change list, each read by itself, each once (Caliq: order change page).

    The list knows whole days of a clock that nobody names, so it is asked from the day before on.
    """
    day = timezone.localtime(since) - timedelta(days=1)
    entries = api.entries("OrderChange", "OrderChangeList", ChangesSince=f"{day:%Y%m%d}")
    ids = [entry["EventID"] for entry in entries if isinstance(entry, Mapping) and is_id(entry.get("EventID"))]
    wanted: list[int] = list(dict.fromkeys(ids))
    read = _reader(lambda order_id: read_order(api, str(order_id)))
    for part in _parts(answers(read, wanted, fetchers)):
        yield _batch(part, total=len(wanted), as_of=min(asked for _, asked, _ in part))


def _reader(read: Callable[[int], Found]) -> Callable[[int], Tried]:
    """Read an order by its id, and say when it was asked for. What cannot be read is told, and stops no other."""

    def tried(order_id: int) -> Tried:
        asked = timezone.now()
        try:
            return order_id, asked, read(order_id)
        except (OrderGone, Odd) as failure:
            return order_id, asked, f"Order {order_id}: {failure.message}"

    return tried


def _batch(part: Sequence[Tried], *, total: int, as_of: datetime, place: str = "") -> Batch:
    found = [one for _, _, one in part if isinstance(one, Found)]
    problems = [one for _, _, one in part if isinstance(one, str)]
    return Batch(found=found, total=total, problems=problems, as_of=as_of, place=place)


def _with_lines(api: Api, order: Part) -> Found:
    """Where an order carries its lines itself is not documented, so they are asked for (Caliq: order line page)."""
    lines = api.entries("OrderLine", "OrderLineList", OrderID=order["ID"])
    if any(isinstance(line, Mapping) and line.get("OrderID", order["ID"]) != order["ID"] for line in lines):
        raise Odd(f"Caliq was asked for the lines of order {order['ID']} and sent another's.")
    return Found(raw=document(order, lines))


def _is_order(entry: Any) -> bool:
    return isinstance(entry, Mapping) and is_id(entry.get("ID"))


def _parts(things: Iterator[Tried]) -> Iterator[Sequence[Tried]]:
    while part := list(islice(things, ORDERS_A_BATCH)):
        yield part
