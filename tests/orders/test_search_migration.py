"""A desk that has orders and edits already finds them all by the index once it is migrated."""

from collections.abc import Iterator
from importlib import import_module

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from orders.guards import install_guards
from orders.models import Order
from orders.search import postgresql
from orders.search.index import find
from orders.search.reading import read_search
from vendors.models import VendorAccount

pytestmark = pytest.mark.django_db(transaction=True)

[BEFORE] = import_module("orders.migrations.0005_search_index").Migration.dependencies


@pytest.fixture
def old_desk() -> Iterator[None]:
    """The desk as it was before there was an index, with two orders, one of them edited for a ticket."""
    call_command("migrate", *BEFORE, verbosity=0)
    loader = MigrationExecutor(connection).loader
    apps = loader.project_state([BEFORE, *loader.graph.leaf_nodes("vendors")]).apps
    now = timezone.now()
    account = apps.get_model("vendors", "VendorAccount").objects.create(vendor="liner", name="Liner")
    author = apps.get_model("auth", "User").objects.create(username="alice")
    old = {"account": account, "raw": {}, "digest": "d", "seen_at": now, "changed_at": now}
    orders = apps.get_model("orders", "Order").objects
    edited = orders.create(
        vendor_id="v1", number="1", title="Окна «ПВХ»", search="v1\n1\nокна «пвх»\nann\n+7 900 1234567", **old
    )
    orders.create(vendor_id="v2", number="2", title="Doors", search="v2\n2\ndoors\nann", **old)
    edits = apps.get_model("orders", "Edit").objects
    for token, ticket in (("a", "SUP-1"), ("b", "SUP-2"), ("c", "sup-1"), ("d", "")):
        said = {"submit_token": token, "ticket": ticket, "author": author, "author_name": "alice"}
        seen = {"changes": {}, "base_revision": 1, "base_digest": "d", "created_at": now}
        edits.create(order=edited, account=account, state="applied", **said, **seen)
    yield
    call_command("migrate", verbosity=0)
    install_guards(connection, against_deletion=False)


def found(text: str, *, personal: bool = True) -> list[str]:
    orders = find(Order.objects.all(), read_search(text), personal=personal).orders
    return sorted(orders.values_list("number", flat=True))


def test_what_was_there_before_is_found(old_desk: None) -> None:
    call_command("migrate", verbosity=0)

    assert list(Order.objects.order_by("number").values_list("tickets", "search")) == [
        ("  sup-1  sup-2", "  v1  1  окна  «пвх»  пв\n  ann  +7  900  1234567  79001234567  7"),
        ("", "  v2  2  doors\n  ann"),
    ]
    for text in ("окна", "пв", "sup-2", "900 123-45-67", "SUP-1 окна"):
        assert found(text) == ["1"], text
    assert found("ann") == ["1", "2"]
    assert found("ann", personal=False) == []
    assert VendorAccount.objects.count() == User.objects.count() == 1


def test_the_index_can_be_taken_back(old_desk: None) -> None:
    call_command("migrate", verbosity=0)
    call_command("migrate", *BEFORE, verbosity=0)
    with connection.cursor() as cursor:
        names = connection.introspection.table_names(cursor)
    assert not [name for name in names if name.startswith("orders_search")]


@pytest.mark.skipif(connection.vendor != "postgresql", reason="PostgreSQL's extension")
def test_without_the_extension_a_migration_says_what_to_do() -> None:
    with connection.cursor() as cursor:
        cursor.execute("CREATE ROLE search_without_rights")
        cursor.execute("DROP EXTENSION pg_trgm CASCADE")
        cursor.execute("SET ROLE search_without_rights")
        try:
            with pytest.raises(CommandError, match="Let a superuser run CREATE EXTENSION pg_trgm"):
                postgresql.create_extension(connection)
        finally:
            cursor.execute("RESET ROLE")
            cursor.execute("DROP ROLE search_without_rights")
            postgresql.create_extension(connection)
            postgresql.create_index(connection)
