"""Lists, search and history: whole requests, signed in, through every middleware."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from math import prod
from statistics import median

from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.core.cache import caches
from django.db import connections
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from orders.bench.timing import Figures, Report, alternate, milliseconds, number
from orders.keyset import Sort, token_of
from orders.models import Edit, Order

SMALL = "small"  # the alias of a second database with a thousand orders


def measure_lists(report: Report, agent: User, stock: User) -> None:
    """G1 to G3: the first page and one in the middle."""
    desk, admin = sign_in(agent), sign_in(stock)
    first, middle = reverse("orders"), _middle(reverse("orders"), Order, "changed_at")
    page = Order.objects.count() // 100
    report.begin()
    figures = alternate(_get(desk, first), _get(desk, "/bench/floor/"), pairs=60)
    report.tell("G1", figures, also=f"{_counts(desk, first)}; {_anew(desk, first)} ms where nothing is kept")
    report.begin()
    figures = alternate(_get(desk, first), _get(admin, "/bench/admin/orders/order/"), pairs=15)
    report.tell("G2", figures, theirs_over_ours=True)
    report.begin()
    figures = alternate(_get(desk, middle), _get(desk, f"/bench/paged/?page={page}"), pairs=15)
    report.tell("G3", figures, theirs_over_ours=True, also=_counts(desk, middle))


def measure_growth(report: Report, agent: User, supervisor: User) -> None:
    """G4: the same page over many rows and over a thousand."""
    desk, boss = sign_in(agent), sign_in(supervisor)
    account = Order.objects.order_by("pk").values_list("account_id", flat=True)[0]
    orders, history = reverse("orders"), reverse("history")
    narrowed = f"{orders}?account={account}&status=delivered"
    cases: list[tuple[str, Client, str, str]] = [
        ("first", desk, orders, orders),
        ("middle", desk, *_both_middles(orders, Order, "changed_at")),
        ("account+status", desk, narrowed, narrowed),
        ("history-first", boss, history, history),
        ("history-middle", boss, *_both_middles(history, Edit, "created_at")),
    ]
    for label, client, many, few in cases:
        report.begin()
        report.tell("G4", _over_both(client, many, few), label=label)


def measure_search(report: Report, agent: User) -> None:
    """G5: rare, full name and common words, against a scan; and the slowest of them against the first page."""
    desk, orders = sign_in(agent), reverse("orders")
    report.begin()
    ratios, times = [], {}
    for label, text in _terms().items():
        ours = alternate(_get(desk, orders, q=text), _get(desk, "/bench/paged/", q=text), pairs=5, warm=1)
        ratios.append(median(ours.ratios(theirs_over_ours=True)))
        times[label] = median(ours.ours)
    told = ", ".join(f"{label} {number(ms)} ms" for label, ms in times.items())
    report.judge("G5", [prod(ratios) ** (1 / len(ratios))], told, also=" ".join(map(number, ratios)))
    report.begin()
    slowest = max(_terms().values(), key=lambda text: milliseconds(_get(desk, orders, q=text)))
    report.tell("G5b", alternate(_get(desk, orders, q=slowest), _get(desk, orders), pairs=20))


def _terms() -> dict[str, str]:
    newest = Order.objects.order_by("-pk")[Order.objects.count() // 3]
    name, _, rare = newest.title.rpartition(" ")
    return {"rare": rare, "full name": name, "common": "anna", "mail": "example.com"}


def sign_in(person: User) -> Client:
    """A browser of this person, signed in at both databases."""
    client = Client(SERVER_NAME="localhost")
    client.force_login(person, backend="config.permissions.OneQuery")
    session = Session.objects.get(pk=client.session.session_key)
    with in_small():
        session.save(force_insert=True)
    return client


def _get(client: Client, path: str, **query: str) -> Callable[[], None]:
    def get() -> None:
        response = client.get(path, query)
        if response.status_code != 200 or not response.content:
            raise LookupError(f"{path} answered with {response.status_code}.")

    return get


def _anew(client: Client, path: str) -> str:
    """How long the page takes when nothing that pages share is in the cache: the count, the statuses."""

    def get() -> None:
        caches["default"].clear()
        _get(client, path)()

    return number(median(milliseconds(get) for _ in range(15)))


def _counts(client: Client, path: str) -> str:
    with CaptureQueriesContext(connections["default"]) as seen:
        response = client.get(path)
    return f"{len(seen)} statements, {len(response.content):,} bytes"


def _middle(path: str, model: type[Order] | type[Edit], column: str) -> str:
    """The address of the page that begins after the row in the middle. Rows are numbered without gaps."""
    middle = (model.objects.latest("pk").pk + model.objects.earliest("pk").pk) // 2
    value = model.objects.values_list(column, flat=True).get(pk=middle)
    return f"{path}?after={token_of(value, middle, Sort(column))}"


def _both_middles(path: str, model: type[Order] | type[Edit], column: str) -> tuple[str, str]:
    many = _middle(path, model, column)
    with in_small():
        return many, _middle(path, model, column)


def _over_both(client: Client, many: str, few: str, pairs: int = 30) -> Figures:
    ours, theirs = _get(client, many), _get(client, few)

    def over_few() -> None:
        with in_small():
            theirs()

    return alternate(ours, over_few, pairs=pairs)


@contextmanager
def in_small() -> Iterator[None]:
    """Whatever this thread asks the database in the block, it asks the small one."""
    many = connections["default"]
    connections["default"] = connections[SMALL]
    caches["default"].key_prefix = SMALL  # what is kept about the one is not about the other
    try:
        yield
    finally:
        connections["default"] = many
        caches["default"].key_prefix = ""
