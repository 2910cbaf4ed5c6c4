"""The list of orders: a page of rows, each with the one thing about it that an agent should know first."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache, partial
from hashlib import sha256
from operator import attrgetter
from typing import Any, NamedTuple

from django.contrib.auth.models import User
from django.core.cache import cache
from django.db.models import QuerySet
from django.http import QueryDict
from django.utils import timezone

from orders.filters import OrderFilters
from orders.keyset import Sort, page_of
from orders.latest import WITH_EDITS, Fact, LatestEdit, latest
from orders.models import Order
from orders.tuples import tuples, tuples_of
from orders.wording import MASK
from vendors.registry import VENDORS
from vendors.rows import moment_of

SIZE = 50
MOST_SHOWN = 500  # rows that are shown at once to somebody who comes back to a long list
MOST_COUNTED = 10_000
STATUSES_KEPT_SECONDS = 60
MANY_KEPT_SECONDS = 300
MOST_STATUSES = 1_000  # that can be chosen from, of all accounts together

_COLUMNS = ("id", "account_id", "number", "title", "status", "note", "seen_at", "gone_at")
_ACCOUNTS = """
    SELECT account.id, account.vendor, account.name, account.enabled, run.started_at
    FROM vendors_vendoraccount AS account
    LEFT JOIN orders_syncrun AS run ON run.id = (
        SELECT complete.id FROM orders_syncrun AS complete
        WHERE complete.account_id = account.id AND complete.complete
        ORDER BY complete.started_at DESC LIMIT 1
    )
    ORDER BY account.name
"""
# One probe of an index for each status, however many orders have it.
_STATUSES = """
    WITH RECURSIVE found(account_id, status) AS (
        SELECT account.id, (SELECT MIN(one.status) FROM orders_order AS one WHERE one.account_id = account.id)
        FROM vendors_vendoraccount AS account
        UNION ALL
        SELECT found.account_id, (
            SELECT MIN(one.status) FROM orders_order AS one
            WHERE one.account_id = found.account_id AND one.status > found.status
        )
        FROM found WHERE found.status IS NOT NULL
    )
    SELECT account_id, status FROM found WHERE status <> '' LIMIT %s
"""


@dataclass(frozen=True)
class Account:
    """An account in words, and when its last complete pass began: what has not changed since is as old as that.

    `title_is_personal` says whether the titles of its orders are kept from those who may not see personal data.
    """

    pk: int
    name: str
    vendor: str
    enabled: bool
    last_pass: datetime | None
    title_is_personal: bool = False

    @property
    def text(self) -> str:
        """The vendor and the account's name, without saying the same twice."""
        return self.name if self.name.casefold().startswith(self.vendor.casefold()) else f"{self.vendor} · {self.name}"


class OrderLine(NamedTuple):
    """What of an order the list shows, as the database gives it: moments may come without their zone."""

    pk: int
    account_id: int
    number: str
    title: str
    status: str
    note: str
    seen_at: datetime
    gone_at: datetime | None
    edit: LatestEdit | None
    place: Any  # the value of the column that it is sorted by


class Row(NamedTuple):
    """One order of the list. `copied_at` is when the vendor was last known to show it like this."""

    order: OrderLine
    account: Account
    copied_at: datetime
    fact: Fact | None


@dataclass(frozen=True)
class Listing:
    """A page of the list. `total` is None where it was not counted; `missing` are listed numbers that no order has."""

    filters: OrderFilters
    rows: list[Row]
    next: str
    shown: int
    total: int | None = None
    is_first: bool = True
    missing: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    has_orders: bool = True
    is_cut: bool = False  # whether the page ends before it is full, because enough was looked at

    @property
    def total_words(self) -> str:
        """The count of all that match, capped."""
        if self.total is None:
            return ""
        return f"{MOST_COUNTED:,}+" if self.total > MOST_COUNTED else f"{self.total:,}"

    @property
    def address(self) -> str:
        """The list as it is narrowed down now, as long as it is now: where to come back to."""
        return self.filters.address(shown=min(self.shown, MOST_SHOWN) if self.shown > SIZE else None)

    @property
    def more(self) -> str:
        """Where the rows after these are."""
        return self.filters.address(shown=self.shown, after=self.next)

    @property
    def start(self) -> str:
        """The first page."""
        return self.filters.address()

    @property
    def is_narrowed(self) -> bool:
        return bool(set(self.filters.chosen) - {"sort"})


def list_orders(*, asked: QueryDict, user: User) -> Listing:
    """The page of the list that a query string asks for. What it asks wrongly is left out and told in `problems`.

    Takes a fixed number of queries and never reads a document.
    """
    accounts = {account.pk: account for account in accounts_in_words()}
    filters = _filters(asked, user, accounts)
    after = asked.get("after", "")
    shown = _shown(asked.get("shown", ""))
    narrowed = filters.narrowed
    page = page_of(
        narrowed.rows,
        filters.order,
        after=after,
        size=SIZE if after else min(max(shown, SIZE), MOST_SHOWN),
        read=partial(_lines, sort=filters.order),
        place=attrgetter("place"),
        walked=narrowed.walked,
    )
    is_first = not after or not page.understood
    problems = filters.problems + ([] if page.understood else ["That page is no longer known: this is the first one."])
    return Listing(
        filters=filters,
        rows=_rows(page.rows, accounts, shows_all=user.has_perm("orders.view_personal")),
        next=page.next,
        shown=len(page.rows) + (0 if is_first else shown),
        total=_total(filters, len(page.rows) if not page.next else None) if is_first else None,
        is_first=is_first,
        missing=filters.found.missing if filters.found else [],
        problems=problems,
        has_orders=bool(page.rows or page.next) or Order.objects.exists(),
        is_cut=page.walked_to is not None,
    )


def accounts_in_words() -> list[Account]:
    """All accounts, disabled ones too, by name. One query."""
    return [_account(*row) for row in tuples(_ACCOUNTS)]


def _account(pk: int, slug: str, name: str, enabled: bool, passed_at: Any) -> Account:
    vendor = VENDORS.get(slug)
    return Account(
        pk=pk,
        name=name,
        vendor=vendor.label if vendor else slug,
        enabled=bool(enabled),
        last_pass=passed_at and moment_of(passed_at),
        title_is_personal=vendor is None or vendor.title_is_personal,
    )


def _filters(asked: QueryDict, user: User, accounts: Mapping[int, Account]) -> OrderFilters:
    statuses = _statuses(asked.get("status", ""))
    offered = statuses.get(asked.get("account", ""), statuses[""])
    return OrderFilters(
        asked,
        queryset=Order.objects.all(),
        user=user,
        account=[(str(pk), each.text) for pk, each in accounts.items()],
        status=[(status, status) for status in offered],
    )


def _statuses(asked: str) -> dict[str, list[str]]:
    """Account id -> the statuses that its orders have, and under "" those of all.

    Looked up once a minute at most, unless the one that is asked for is not among them.
    """
    kept: dict[str, list[str]] | None = cache.get("orders.statuses")
    if kept is None or (asked and asked not in kept[""]):
        found: dict[str, set[str]] = {"": set()}
        for account_id, status in tuples(_STATUSES, [MOST_STATUSES]):
            found.setdefault(str(account_id), set()).add(status)
            found[""].add(status)
        kept = {account: sorted(statuses) for account, statuses in found.items()}
        cache.set("orders.statuses", kept, STATUSES_KEPT_SECONDS)
    return kept


def _shown(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else 0


def _total(filters: OrderFilters, known: int | None) -> int | None:
    """How many match, counted no further than one beyond what is told. None where counting would cost much.

    That it is more than is told stays true for long, so it is kept for a while; what is told exactly is counted anew.
    """
    if known is not None or not filters.narrowed.is_counted:
        return known
    key = f"orders.many {MOST_COUNTED} {filters.address()} {filters.user.pk}"
    key = sha256(key.encode()).hexdigest()
    if cache.get(key):
        return MOST_COUNTED + 1
    total = filters.narrowed.rows.values("pk")[: MOST_COUNTED + 1].count()
    if total > MOST_COUNTED:
        cache.set(key, True, MANY_KEPT_SECONDS)
    return total


def _lines(orders: QuerySet[Order], sort: Sort) -> list[OrderLine]:
    """The orders as lines, each with the edit that matters. One query."""
    columns, around = _selected(sort)
    place = columns.index(sort.column)
    return [
        OrderLine._make((*values[:8], LatestEdit._make(values[-4:]) if values[-3] else None, values[place]))
        for values in tuples_of(orders, *columns, around=around)
    ]


@lru_cache
def _selected(sort: Sort) -> tuple[tuple[str, ...], str]:
    """The columns of a line, and the statement that sets an edit beside them."""
    columns = _COLUMNS if sort.column in _COLUMNS else (*_COLUMNS, sort.column)
    around = WITH_EDITS.format(
        columns=", ".join(f"page.{name}" for name in columns),
        page="{page}",
        column=sort.column,
        direction="DESC" if sort.descending else "ASC",
    )
    return columns, around


def _rows(orders: list[OrderLine], accounts: Mapping[int, Account], *, shows_all: bool) -> list[Row]:
    now = timezone.now()
    rows = []
    for order in orders:
        account = accounts[order.account_id]
        if account.title_is_personal and not shows_all:
            order = order._replace(title=MASK)
        seen_at, passed = moment_of(order.seen_at), None if order.gone_at else account.last_pass
        copied_at = max(seen_at, passed) if passed else seen_at
        rows.append(Row(order, account, copied_at, latest(order, account.vendor, order.edit, now)))
    return rows
