"""A desk that has edits already has them in words once it is migrated, and its guards watch over them."""

from collections.abc import Iterator
from importlib import import_module

import pytest
from django.contrib.auth.models import Group
from django.core.management import call_command
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from orders.guards import install_guards
from orders.models import Edit
from tests.orders.rows import make_change

pytestmark = pytest.mark.django_db(transaction=True)

MIGRATION = import_module("orders.migrations.0008_exports_of_the_history")
BEFORE = ("orders", "0007_sync_progress")


@pytest.fixture
def old_desk(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The desk as it was before there were exports, with five edits, some of them of several fields."""
    monkeypatch.setattr(MIGRATION, "AT_ONCE", 2)
    call_command("migrate", *BEFORE, verbosity=0)
    loader = MigrationExecutor(connection).loader
    apps = loader.project_state([BEFORE, *loader.graph.leaf_nodes("vendors")]).apps
    now = timezone.now()
    account = apps.get_model("vendors", "VendorAccount").objects.create(vendor="liner", name="Liner")
    author = apps.get_model("auth", "User").objects.create(username="alice")
    order = apps.get_model("orders", "Order").objects.create(
        account=account, vendor_id="v1", number="1", raw={}, digest="d", seen_at=now, changed_at=now
    )
    for number in range(5):
        changes = {str(field): make_change("=Field", "a\nb", f"{field}\u202e") for field in range(number)}
        apps.get_model("orders", "Edit").objects.create(
            order=order, account=account, author=author, author_name="alice", submit_token=str(number), state="applied",
            changes=changes, base_revision=1, base_digest="d", created_at=now, concluded_at=now,
        )  # fmt: skip
    yield
    call_command("migrate", verbosity=0)
    install_guards(connection, against_deletion=False)


def test_what_was_changed_before_is_put_into_words(old_desk: None) -> None:
    call_command("migrate", verbosity=0)

    words = list(Edit.objects.order_by("submit_token").values_list("labels", "told"))
    assert words[0] == ("", "")
    assert words[2] == ("'=Field, =Field", "'=Field: a b → 0�\n'=Field: a b → 1�")
    assert [told.count("→") for _, told in words] == [0, 1, 2, 3, 4]
    install_guards(connection, against_deletion=False)  # as after every migration, but for tests
    for column in ("labels", "told"):
        with pytest.raises(DatabaseError, match="never altered"):
            Edit.objects.update(**{column: "something else"})


def test_it_can_be_taken_back_and_made_again(old_desk: None) -> None:
    call_command("migrate", verbosity=0)
    call_command("migrate", *BEFORE, verbosity=0)
    with connection.cursor() as cursor:
        assert "orders_export" not in connection.introspection.table_names(cursor)
    call_command("migrate", verbosity=0)
    assert Edit.objects.exclude(told="").count() == 4


def test_supervisors_and_administrators_may_and_agents_may_not(old_desk: None) -> None:
    call_command("migrate", verbosity=0)
    may = {group.name for group in Group.objects.filter(permissions__codename="export_history")}
    assert may == {"supervisor", "administrator"}
