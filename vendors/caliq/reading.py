"""Orders as Caliq shows them: one by its id, all in one answer, and those of the change list. Lines come extra."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from vendors.caliq.answers import Odd
from vendors.caliq.api import Api
from vendors.caliq.documents import Part, document, is_id
from vendors.contract import Batch, Found
from vendors.errors import OrderGone

ORDERS_A_BATCH = 25
MOST_DIGITS = 18  # of an id


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


def read_all_orders(api: Api, **filters: Any) -> Iterator[Batch]:
    """Every order that the filters let through, in one answer without pages, then the lines of each."""
    asked = timezone.now()
    entries = api.entries("Order", "OrderList", **filters)
    orders = {order["ID"]: order for order in entries if _is_order(order)}
    odd = sum(not _is_order(order) for order in entries)
    if odd:
        yield Batch(found=[], problems=[f"Caliq listed {odd} entries that are no orders."])
    for part in _parts(list(orders)):
        yield _batch(part, lambda order_id: _with_lines(api, orders[order_id]), total=len(orders), as_of=asked)


def read_changed_orders(api: Api, since: datetime) -> Iterator[Batch]:
    """The orders of the change list, each read by itself, each once (Caliq: order change page).

    The list knows whole days of a clock that nobody names, so it is asked from the day before on.
    """
    day = timezone.localtime(since) - timedelta(days=1)
    entries = api.entries("OrderChange", "OrderChangeList", ChangesSince=f"{day:%Y%m%d}")
    ids = [entry.get("EventID") for entry in entries if isinstance(entry, Mapping)]
    wanted = list(dict.fromkeys(each for each in ids if is_id(each)))
    for part in _parts(wanted):
        yield _batch(part, lambda order_id: read_order(api, str(order_id)), total=len(wanted), as_of=timezone.now())


def _batch(ids: Sequence[int], read: Callable[[int], Found], *, total: int, as_of: datetime) -> Batch:
    """These orders, read one by one. One that is gone or cannot be understood does not stop the others."""
    found: list[Found] = []
    problems: list[str] = []
    for order_id in ids:
        try:
            found.append(read(order_id))
        except (OrderGone, Odd) as failure:
            problems.append(f"Order {order_id}: {failure.message}")
    return Batch(found=found, total=total, problems=problems, as_of=as_of)


def _with_lines(api: Api, order: Part) -> Found:
    """Where an order carries its lines itself is not documented, so they are asked for (Caliq: order line page)."""
    lines = api.entries("OrderLine", "OrderLineList", OrderID=order["ID"])
    if any(isinstance(line, Mapping) and line.get("OrderID", order["ID"]) != order["ID"] for line in lines):
        raise Odd(f"Caliq was asked for the lines of order {order['ID']} and sent another's.")
    return Found(raw=document(order, lines))


def _is_order(entry: Any) -> bool:
    return isinstance(entry, Mapping) and is_id(entry.get("ID"))


def _parts(things: Sequence[Any]) -> Iterator[Sequence[Any]]:
    for start in range(0, len(things), ORDERS_A_BATCH):
        yield things[start : start + ORDERS_A_BATCH]
