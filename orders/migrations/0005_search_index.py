"""An index that makes search quick, and the tickets of edits among what an order is found by."""

from collections.abc import Iterator
from itertools import groupby, islice

from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from orders.search import postgresql, sqlite
from orders.search.folding import searchable, searchable_ticket

AT_ONCE = 2000


def bring_extension(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """First of all: where it cannot be had, nothing else is worth beginning."""
    if schema_editor.connection.vendor == "postgresql":
        postgresql.create_extension(schema_editor.connection)


def fold_again(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """What orders are found by, as it is kept from now on."""
    order = apps.get_model("orders", "Order")
    known = order.objects.order_by("pk").values_list("pk", "vendor_id", "number", "title", "search")
    folded = (
        (searchable(open_words, personal=search.split("\n")), pk) for pk, *open_words, search in known.iterator()
    )
    _write(schema_editor.connection, "UPDATE orders_order SET search = %s WHERE id = %s", folded)
    edits = apps.get_model("orders", "Edit").objects.exclude(ticket="").order_by("order_id", "pk")
    by_order = groupby(edits.values_list("order_id", "ticket").iterator(), key=lambda edit: edit[0])
    tickets = (
        ("".join(dict.fromkeys(searchable_ticket(ticket) for _, ticket in some)), order_id)
        for order_id, some in by_order
    )
    _write(schema_editor.connection, "UPDATE orders_order SET tickets = %s WHERE id = %s", tickets)


def make_index(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """On SQLite it is made when all migrations are through, because they can take its triggers away."""
    if schema_editor.connection.vendor == "postgresql":
        postgresql.create_index(schema_editor.connection)


def remove_index(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    (postgresql if schema_editor.connection.vendor == "postgresql" else sqlite).remove(schema_editor.connection)


def _write(connection: BaseDatabaseWrapper, statement: str, rows: Iterator[tuple[str, int]]) -> None:
    with connection.cursor() as cursor:
        while some := list(islice(rows, AT_ONCE)):
            cursor.executemany(statement, some)


class Migration(migrations.Migration):
    dependencies = [("orders", "0004_attention")]
    operations = [
        migrations.RunPython(bring_extension, migrations.RunPython.noop),
        migrations.AddField(
            model_name="order",
            name="tickets",
            field=models.TextField(
                blank=True, db_default="", default="", help_text="Of its edits, as search keeps them."
            ),
        ),
        migrations.RunPython(fold_again, migrations.RunPython.noop),
        migrations.RunPython(make_index, remove_index),
    ]
