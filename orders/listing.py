"""The list of orders: a page of rows, each with the one thing about it that an agent should know first."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from django.contrib.auth.models import User
from django.core.cache import cache
from django.db.models import OuterRef, Subquery
from django.http import QueryDict
from django.utils import timezone

from orders.filters import OrderFilters
from orders.keyset import page_of
from orders.latest import Fact, edits_that_matter, latest
from orders.models import Order, SyncRun
from vendors.models import VendorAccount

SIZE = 50
MOST_SHOWN = 500  # rows that are shown at once to somebody who comes back to a long list
MOST_COUNTED = 10_000
STATUSES_KEPT_SECONDS = 60

_COLUMNS = (
    "account_id",
    "number",
    "title",
    "status",
    "note",
    "created_at",
    "seen_at",
    "changed_at",
    "edited_at",
    "gone_at",
)


@dataclass(frozen=True)
class Account:
    """An account in words, and when its last complete pass began: what has not changed since is as old as that."""

    pk: int
    name: str
    vendor: str
    enabled: bool
    last_pass: datetime | None

    @property
    def text(self) -> str:
        """The vendor and the account's name, without saying the same twice."""
        return self.name if self.name.casefold().startswith(self.vendor.casefold()) else f"{self.vendor} · {self.name}"


@dataclass(frozen=True)
class Row:
    """One order of the list. `copied_at` is when the vendor was last known to show it like this."""

    order: Order
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
    matching = filters.qs.only(*_COLUMNS)
    page = page_of(matching, filters.order, after=after, size=SIZE if after else min(max(shown, SIZE), MOST_SHOWN))
    is_first = not after or not page.understood
    problems = filters.problems + ([] if page.understood else ["That page is no longer known: this is the first one."])
    return Listing(
        filters=filters,
        rows=_rows(page.rows, accounts),
        next=page.next,
        shown=len(page.rows) + (0 if is_first else shown),
        total=_count(filters, len(page.rows) if not page.next else None) if is_first else None,
        is_first=is_first,
        missing=filters.found.missing if filters.found else [],
        problems=problems,
        has_orders=bool(page.rows) or Order.objects.exists(),
    )


def accounts_in_words() -> list[Account]:
    """All accounts, disabled ones too, by name. One query."""
    complete = SyncRun.objects.filter(account=OuterRef("pk"), complete=True)
    latest = Subquery(complete.order_by("-started_at").values("started_at")[:1])
    found = VendorAccount.objects.only("vendor", "name", "enabled").annotate(last_pass=latest).order_by("name")
    return [Account(each.pk, each.name, each.vendor_label, each.enabled, each.last_pass) for each in found]


def _filters(asked: QueryDict, user: User, accounts: Mapping[int, Account]) -> OrderFilters:
    statuses = _statuses()
    offered = statuses.get(asked.get("account", ""), statuses[""])
    return OrderFilters(
        asked,
        queryset=Order.objects.all(),
        user=user,
        account=[(str(pk), each.text) for pk, each in accounts.items()],
        status=[(status, status) for status in offered],
    )


def _statuses() -> dict[str, list[str]]:
    """Account id -> the statuses that its orders have, and under "" those of all. Looked up once a minute at most."""
    kept: dict[str, list[str]] | None = cache.get("orders.statuses")
    if kept is None:
        kept = {"": []}
        for account_id, status in Order.objects.values_list("account_id", "status").distinct():
            kept.setdefault(str(account_id), []).append(status)
            kept[""].append(status)
        kept = {account: sorted(set(statuses) - {""}) for account, statuses in kept.items()}
        cache.set("orders.statuses", kept, STATUSES_KEPT_SECONDS)
    return kept


def _shown(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else 0


def _count(filters: OrderFilters, known: int | None) -> int | None:
    """How many match, counted no further than one beyond what is told. None where a search matches too many."""
    if known is None and (filters.found is None or filters.found.few):
        return int(filters.qs.values("pk")[: MOST_COUNTED + 1].count())
    return known


def _rows(orders: list[Order], accounts: Mapping[int, Account]) -> list[Row]:
    edits = edits_that_matter([order.pk for order in orders])
    now = timezone.now()
    rows = []
    for order in orders:
        account = accounts[order.account_id]
        copied_at = max(filter(None, [order.seen_at, None if order.gone_at else account.last_pass]))
        rows.append(Row(order, account, copied_at, latest(order, account.vendor, edits.get(order.pk), now)))
    return rows
