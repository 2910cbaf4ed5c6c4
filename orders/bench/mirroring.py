"""Syncs against a vendor that answers from memory."""

import hashlib
import json
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import requests
from django.db import connection

from orders.bench.documents import words_of
from orders.bench.timing import Figures, Report
from orders.bench.vendor import PAGE, serving
from orders.guards import install_guards
from orders.models import Attempt, Edit, EditField, Order, Revision, Step, SyncRun
from orders.search.folding import searchable
from orders.search.index import index_orders
from orders.services import sync_account
from orders.services.syncing import FETCHERS
from vendors import secrets
from vendors.models import VendorAccount

SLOW = 0.05  # seconds that the slow vendor takes for a page
_ENCODED = json.JSONEncoder(sort_keys=True, separators=(",", ":"), default=str).encode
FEW = 5000  # orders for what takes too long with more


def measure_first_sync(report: Report, many: int, pairs: int = 2) -> None:
    """G6: a mirror from nothing, its search complete at the end, against reading, parsing and hashing alone."""
    with serving(many) as url:
        report.begin()
        figures = Figures([], [], "orders/s")
        for _ in range(pairs):
            figures.theirs.append(_rate(lambda: read_and_hash(url), many))
            figures.ours.append(_rate_of_first_sync(url, many))
        report.tell("G6", figures)


def measure_peers(report: Report, many: int) -> None:
    """G7: the same orders without a search index, against what is usually written."""
    some = min(many, FEW)
    with serving(many) as url, serving(some) as few, without_search():
        report.begin()
        row_by_row = Figures([], [], "orders/s")
        row_by_row.ours.append(_rate_of_first_sync(few, some))
        row_by_row.theirs.append(_rate_of_peer(few, some, _update_or_create))
        report.tell("G7a", row_by_row)
        report.begin()
        in_bulk = Figures([], [], "orders/s")
        for _ in range(2):
            in_bulk.ours.append(_rate_of_first_sync(url, many))
            in_bulk.theirs.append(_rate_of_peer(url, many, _bulk_create))
        report.tell("G7b", in_bulk)


def measure_unchanged(report: Report, many: int, pairs: int = 3) -> None:
    """G8: the same orders again, of which none has changed."""
    with serving(many) as url:
        account = _sync_anew(url, many)
        report.begin()
        figures = Figures([], [], "orders/s")
        before = _written()
        for _ in range(pairs):
            figures.theirs.append(_rate(lambda: read_and_hash(url), many))
            figures.ours.append(_rate(lambda: _sync(account, many), many))
        report.tell("G8", figures, also=f"{_written() - before} order rows written")


def measure_slow_vendor(report: Report, many: int) -> None:
    """G9: a vendor that takes 50 ms a page, against the network alone with as many fetchers."""
    with serving(many, delay=SLOW) as url:
        account = _sync_anew(url, many)
        report.begin()
        figures = Figures([], [], "orders/s")
        figures.theirs.append(_rate(lambda: _only_fetch(url), many))
        figures.ours.append(_rate(lambda: _sync(account, many), many))
        figures.theirs.append(_rate(lambda: _only_fetch(url), many))
        figures.ours.append(_rate(lambda: _sync(account, many), many))
        report.tell("G9", figures, also=f"{FETCHERS} fetchers, {SLOW * 1000:.0f} ms a page")


def read_and_hash(url: str) -> None:
    """The floor of a sync: every page fetched, parsed, and each order hashed; nothing is kept."""
    session = _session()
    for offset in range(0, _total(session, url), PAGE):
        for order in _page(session, url, offset)["list"]:
            _hashed(order)


def _hashed(order: dict[str, Any]) -> str:
    """By the quickest means that Python brings along."""
    return hashlib.sha256(_ENCODED(order).encode()).hexdigest()


def _only_fetch(url: str) -> None:
    offsets = range(0, _total(_session(), url), PAGE)
    sessions = [_session() for _ in range(FETCHERS)]

    def fetch(number: int) -> None:
        for offset in offsets[number::FETCHERS]:
            _answer(sessions[number], url, offset)

    with ThreadPoolExecutor(FETCHERS) as pool:
        list(pool.map(fetch, range(FETCHERS)))


def _rate_of_first_sync(url: str, many: int) -> float:
    account = _begin_anew(url)
    return _rate(lambda: _sync(account, many), many)


def _sync_anew(url: str, many: int) -> VendorAccount:
    account = _begin_anew(url)
    _sync(account, many)
    return account


def _begin_anew(url: str) -> VendorAccount:
    """The account with an empty mirror, of which nothing waits for the search index either."""
    _forget()
    index_orders()
    account, _ = VendorAccount.objects.update_or_create(
        name="Bench",
        defaults={
            "vendor": "liner",
            "base_url": url,
            "encrypted_credentials": secrets.encrypt({"api_key": "a key of nothing"}),
        },
    )
    return account


def _sync(account: VendorAccount, many: int) -> None:
    run = sync_account(account=account, full=True)
    if run.error or run.seen != many:
        raise RuntimeError(f"The sync saw {run.seen} of {many} orders. {run.error}")


def _rate_of_peer(url: str, many: int, write: Callable[[VendorAccount, list[Any]], None]) -> float:
    account, session = _begin_anew(url), _session()

    def copy() -> None:
        for offset in range(0, _total(session, url), PAGE):
            write(account, _page(session, url, offset)["list"])

    return _rate(copy, many)


def _update_or_create(account: VendorAccount, orders: list[Any]) -> None:
    for raw in orders:
        Order.objects.update_or_create(account=account, vendor_id=str(raw["id"]), defaults=_columns(raw))


def _bulk_create(account: VendorAccount, orders: list[Any]) -> None:
    rows = [Order(account=account, vendor_id=str(raw["id"]), **_columns(raw)) for raw in orders]
    Order.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["account", "vendor_id"],
        update_fields=["number", "title", "status", "search", "raw", "digest", "seen_at", "changed_at"],
    )


def _columns(raw: dict[str, Any]) -> dict[str, Any]:
    return {
        "number": str(raw["id"]),
        "title": raw["title"],
        "status": raw["status"],
        "search": searchable([str(raw["id"]), raw["title"]], personal=words_of(raw)),
        "raw": raw,
        "digest": _hashed(raw),
        "seen_at": raw["updatedAt"],
        "changed_at": raw["updatedAt"],
    }


def _forget() -> None:
    """Empty the mirror, and whatever hangs on its orders: this is a database to be thrown away.

    PostgreSQL would keep the places of deleted rows, and clear them away while somebody measures.
    """
    install_guards(connection, against_deletion=False)
    models = (Revision, EditField, Step, Attempt, Edit, Order, SyncRun)
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(f"TRUNCATE {', '.join(model._meta.db_table for model in models)} CASCADE")
        return
    for model in models:
        model._default_manager.all()._raw_delete(connection.alias)


def _written() -> int:
    """Something that grows with every order row that is written."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT pg_stat_force_next_flush()")
            cursor.execute(
                "SELECT n_tup_ins + n_tup_upd + n_tup_del FROM pg_stat_user_tables WHERE relname = %s",
                [Order._meta.db_table],
            )
        else:
            cursor.execute("SELECT sum(revision) + sum(length(found_at)) FROM orders_order")
        return int(cursor.fetchone()[0] or 0)


def _session() -> requests.Session:
    session = requests.Session()
    session.trust_env = False
    return session


def _total(session: requests.Session, url: str) -> int:
    return int(_page(session, url, 0)["total"])


def _page(session: requests.Session, url: str, offset: int) -> dict[str, Any]:
    data: dict[str, Any] = _answer(session, url, offset).json()["data"]
    return data


def _answer(session: requests.Session, url: str, offset: int) -> requests.Response:
    return session.get(f"{url}/v2/order/", params={"offset": offset, "limit": PAGE}, timeout=60)


def _rate(action: Callable[[], object], many: int) -> float:
    started = time.perf_counter()
    action()
    return many / (time.perf_counter() - started)


@contextmanager
def without_search() -> Iterator[None]:
    """Take the search index away for the block, on either side of a comparison."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT indexname, indexdef FROM pg_indexes WHERE indexdef LIKE %s", ["%gin_trgm_ops%"])
            indexes = cursor.fetchall()
            drop = "DROP INDEX {}"
        else:
            cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND name LIKE '%search'")
            indexes = cursor.fetchall()
            drop = "DROP TRIGGER {}"
        for name, _ in indexes:
            cursor.execute(drop.format(name))
        try:
            yield
        finally:
            for _, definition in indexes:
                cursor.execute(definition)
