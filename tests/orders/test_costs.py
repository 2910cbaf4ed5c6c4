"""What the list and the history cost: the same however many orders and edits there are."""

import re
from datetime import timedelta
from html import unescape
from urllib.parse import urlencode

import pytest
from django.contrib.auth.models import User
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from orders import keyset, narrowing
from orders.models import Edit, Order
from orders.states import State
from tests.orders.rows import make_account, make_change, make_edit, make_order
from vendors.models import VendorAccount

pytestmark = pytest.mark.django_db

DOCUMENTS = (
    '"orders_order"."raw"',
    '"orders_order"."search"',
    '"orders_edit"."payload"',
    "orders_step",
    "orders_attempt",
)
XSS = (
    "<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "'><svg onload=alert(1)>", "javascript:alert(1)",
    "</td></tr></table><script>", "<!--", "]]>", "{{ 7*7 }}", "{% debug %}", "%s %d %(x)s", "&lt;b&gt;",
    "\"' onclick=\"x",
)  # fmt: skip


@pytest.fixture
def liner(db: None) -> VendorAccount:
    cache.clear()
    return make_account()


@pytest.fixture
def desk(sam: User, client: Client) -> Client:
    client.force_login(sam)
    return client


def many_orders(account: VendorAccount, many: int) -> list[Order]:
    """Orders in one go, the newest last; every third was edited here."""
    now = timezone.now()
    first = Order.objects.count()
    return Order.objects.bulk_create(
        Order(
            account=account,
            vendor_id=f"id-{first + step}",
            number=f"{first + step:06}",
            title=f"Calls {first + step}",
            status="info" if step % 2 else "success",
            raw={},
            digest="",
            seen_at=now,
            changed_at=now - timedelta(minutes=many - step),
            edited_at=None if step % 3 else now,
        )
        for step in range(many)
    )


def many_edits(orders: list[Order], author: User) -> None:
    """An edit of each of the orders."""
    now = timezone.now()
    Edit.objects.bulk_create(
        Edit(
            order=order,
            account_id=order.account_id,
            author=author,
            author_name=author.username,
            submit_token=f"many-{order.pk}",
            reason="customer called",
            changes={"title": make_change()},
            base_revision=1,
            base_digest="",
            created_at=now - timedelta(minutes=step),
            state=State.APPLIED,
        )
        for step, order in enumerate(orders)
    )


def statements(client: Client, address: str, headers: dict[str, str] | None = None) -> list[str]:
    with CaptureQueriesContext(connection) as queries:
        assert client.get(address, headers=headers).status_code == 200
    return [query["sql"] for query in queries]


def counts(statement: str) -> bool:
    """Whether it counts rows, other than those that need a person, of which a hundred are enough for the bar."""
    return "COUNT(" in statement and "LIMIT 100)" not in statement


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("/", 6),  # session, person, accounts, orders, count, attention; the statuses once a minute
        ("/?shown=100", 6),
        ("/?status=info", 6),
        ("/?account={account}&sort=-created", 7),  # those without such a moment come from a query of their own
        ("/?edited=yes", 6),
        ("/?edited=me", 7),
        ("/?edited=unsettled", 6),  # there are none, which is known without a look at the orders
        ("/history/", 6),  # session, person, accounts, authors, edits, attention
        ("/history/?outcome=applied", 6),
        ("/history/?field=title", 7),
        ("/history/?why=called", 7),
    ],
)
def test_a_page_costs_exactly_as_much_with_more_orders(
    desk: Client, liner: VendorAccount, sam: User, address: str, expected: int
) -> None:
    address = address.format(account=liner.pk)
    many_edits(many_orders(liner, 160), sam)
    desk.get("/")  # what is looked up once a minute
    few = statements(desk, address)
    many_edits(many_orders(liner, 200), sam)
    many = statements(desk, address)
    assert [each[:40] for each in few] == [each[:40] for each in many]
    assert len(many) == expected
    for statement in many:
        assert not any(document in statement for document in DOCUMENTS)
        assert not counts(statement) or "LIMIT 10001" in statement


@pytest.mark.parametrize(
    "address", ["/", "/?status=info&sort=-title", "/?edited=yes", "/history/", "/history/?outcome=applied"]
)
def test_deep_pages_skip_and_count_nothing(desk: Client, liner: VendorAccount, sam: User, address: str) -> None:
    many_edits(many_orders(liner, 330), sam)
    for _ in range(2):
        link = re.search(r'id="more-link"[^>]* href="([^"]+)"', desk.get(address).content.decode())
        assert link
        address = f"{address.partition('?')[0]}{unescape(link.group(1))}"
    for statement in statements(desk, address):
        assert not counts(statement)
        # A walk that no index shortens is ended by one look ahead, of a fixed length.
        assert "OFFSET" not in statement or f"OFFSET {keyset.MOST_WALKED - 1}" in statement


def test_more_brings_rows_and_no_frame(desk: Client, liner: VendorAccount) -> None:
    many_orders(liner, 120)
    whole, part = (desk.get("/", headers=headers).content for headers in ({}, {"HX-Request": "true"}))
    assert b"<select" in whole
    assert b"<select" not in part
    assert len(statements(desk, "/", {"HX-Request": "true"})) <= 5


def test_more_than_is_told_is_not_counted_again(
    desk: Client, liner: VendorAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("orders.listing.MOST_COUNTED", 60)
    many_orders(liner, 61)
    desk.get("/")
    assert not [each for each in statements(desk, "/") if counts(each)]
    assert ">60+<" in desk.get("/").content.decode()
    assert [each for each in statements(desk, "/?status=info") if "LIMIT" in each]
    assert "60+" not in desk.get("/?status=info").content.decode()


# Where no index helps


def test_a_walk_ends_and_goes_on_where_it_ended(
    desk: Client, liner: VendorAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keyset, "MOST_WALKED", 40)
    orders = many_orders(liner, 200)
    rare = [order.pk for order in orders[::50]]
    Order.objects.filter(pk__in=rare).update(status="rare")
    found, address = list[str](), f"/?{urlencode({'status': 'rare', 'sort': 'number'})}"
    for _ in range(9):
        html = desk.get(address).content.decode()
        assert "Nothing matches" not in html
        found += re.findall(r'class="number mono">([^<]*)<', html)
        link = re.search(r'class="button" href="([^"]+)".*>Look further<', html)
        if not link:
            break
        address = f"/{unescape(link.group(1))}"
    assert found == [orders[place].number for place in (0, 50, 100, 150)]


def test_words_are_looked_for_in_so_many_edits_and_then_further_back(
    desk: Client, liner: VendorAccount, sam: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keyset, "MOST_WALKED", 40)
    orders = many_orders(liner, 100)
    many_edits(orders, sam)
    make_edit(orders[0], sam, at=timezone.now() - timedelta(days=1), ticket="needle")
    html, pages = desk.get("/history/?why=needle").content.decode(), 1
    assert "There are older ones." in html
    while "needle</span>" not in html:
        link = re.search(r'href="([^"]+)".*>Look further back<', html)
        assert link
        html, pages = desk.get(f"/history/{unescape(link.group(1))}").content.decode(), pages + 1
        assert pages < 9
    assert pages == 3


@pytest.mark.parametrize("few", [0, 1_000])
@pytest.mark.parametrize("sort", ["", "-edited", "title", "-created"])
def test_edited_by_me_is_the_same_for_a_beginner_and_an_old_hand(
    desk: Client, liner: VendorAccount, sam: User, bob: User, few: int, sort: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(narrowing, "FEW", few)
    orders = many_orders(liner, 90)
    many_edits(orders[::3], sam)
    make_edit(orders[1], bob)
    for status, expected in (("", orders[::3]), ("info", orders[3::6])):
        html = desk.get(f"/?{urlencode({'edited': 'me', 'sort': sort, 'status': status})}").content.decode()
        shown = re.findall(r'class="number mono">([^<]*)<', html)
        assert sorted(shown) == sorted(order.number for order in expected)


@pytest.mark.parametrize("few", [0, 1_000])
def test_edits_of_a_field_are_the_same_whether_rare_or_common(
    desk: Client, liner: VendorAccount, sam: User, few: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(narrowing, "FEW", few)
    for names in (["title"], ["customValues.10", "title"], ["customValues.100"], ["customValuesX"]):
        make_edit(make_order(liner), sam, changes={name: make_change(name) for name in names})
    for typed, expected in {"title": 2, "customValues": 2, "customValues.10": 1, "customValue": 0, "%": 0}.items():
        html = desk.get("/history/", {"field": typed}).content.decode()
        assert html.count('<tbody class="entry"') == expected, typed


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL takes no index for so few rows")
@pytest.mark.parametrize(
    ("address", "index"),
    [
        ("/", "order_changed"),
        ("/?edited=yes", "order_edited_changed"),
        ("/?edited=yes&account={account}", "order_account_edited_changed"),
        ("/?edited=yes&status=info", "order_edited_changed"),
        ("/?account={account}&sort=-created", "order_account_created"),
        ("/?status=info&sort=title", "order_title"),
        ("/?account={account}&status=info&sort=title", "order_account_title"),
        ("/history/", "edit_created"),
        ("/history/?person={sam}&account={account}", "edit_author_account"),
        ("/history/?person={sam}&outcome=applied", "edit_author_state"),
        ("/history/?account={account}&outcome=applied", "edit_account_state"),
        ("/history/?outcome=applied&since=2020-01-01", "edit_state_created"),
        ("/history/?why=called", "edit_created"),
    ],
)
def test_each_combination_walks_its_index(
    desk: Client, liner: VendorAccount, sam: User, address: str, index: str
) -> None:
    many_edits(many_orders(liner, 60), sam)
    page = statements(desk, address.format(account=liner.pk, sam=sam.pk))
    (read,) = [each for each in page if "AS page" in each][:1]
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN QUERY PLAN {read}")
        plan = [str(row[-1]) for row in cursor.fetchall()]
    walked = next(step for step in plan if re.search(r"orders_(order|edit)\b", step))
    assert f"INDEX {index} " in f"{walked} "


# What vendors and people write


@pytest.mark.parametrize("text", XSS)
def test_no_text_becomes_markup(desk: Client, sam: User, text: str) -> None:
    account = make_account(text)
    order = make_order(account, number=text, title=text, status=text, note=text)
    author = User.objects.create_user(text)
    make_order(account, title=text, gone_at=timezone.now(), note=text)
    answer = {"said": "no", "message": text, "status": 422, "text": text}
    changes = {"title": make_change(text, text, text)}
    make_edit(order, author, State.REFUSED, changes=changes, reason=text, ticket=text, answer=answer, explanation=text)
    for address in ("/", f"/?status={urlencode({'': text})[1:]}", "/history/", f"/history/?person={author.pk}"):
        html = desk.get(address).content.decode()
        rows = "".join(re.findall(r"<tr data-row>.*?</tr>|<tbody class=\"entry\".*?</tbody>", html, re.DOTALL))
        assert rows
        for dangerous in ("<script", "<img", "<svg", "<!--", 'onclick="x'):
            assert dangerous not in rows.replace("&lt;", ""), address
        assert text in unescape(rows), address
