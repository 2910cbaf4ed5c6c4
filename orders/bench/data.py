"""Deterministic orders and edits: the same numbers give the same rows, on every machine and database."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

from django.contrib.auth.models import Group, User
from django.db import connection, transaction

from orders.bench.documents import START, document, words_of
from orders.models import Attempt, Edit, EditField, Order, Step
from orders.search.folding import searchable
from orders.search.index import rebuild_index
from orders.services.mirror import digest_of
from orders.wording import labels_of, told_of
from vendors import payloads, secrets
from vendors.models import VendorAccount

VENDORS = ("liner", "liner", "caliq", "lia")  # half of the orders are Liner's, as half of the accounts are
BATCH = 5000
NOBODYS = "!"  # nobody can sign in with one; the same in every database, so that a session fits all


def make_people() -> tuple[User, User]:
    """An agent and a supervisor."""
    people = []
    for name in ("agent", "supervisor"):
        person = User.objects.create(username=name, password=NOBODYS)
        person.groups.add(Group.objects.get(name=name))
        people.append(person)
    return people[0], people[1]


def make_accounts() -> list[VendorAccount]:
    """Four accounts that lead nowhere, and are never synced by themselves."""
    return [
        VendorAccount.objects.create(
            vendor=vendor,
            name=f"{vendor.title()} {number}",
            base_url="https://vendor.example.com",
            encrypted_credentials=secrets.encrypt({}),
            sync_minutes=0,
        )
        for number, vendor in enumerate(VENDORS, 1)
    ]


def fill_orders(accounts: Sequence[VendorAccount], many: int) -> None:
    """That many orders, the last one the newest."""
    _insert(Order, _order_rows(accounts, many))


def fill_edits(author: User, many: int) -> None:
    """As many applied edits as orders, each with its field, step and attempt, one an order."""
    accounts = dict(Order.objects.order_by().values_list("pk", "account_id").iterator())
    numbers = sorted(accounts)[:many]
    _insert(Edit, _edit_rows(author, accounts, numbers))
    _insert(EditField, ({"edit_id": pk, "name": "title"} for pk in range(1, len(numbers) + 1)))
    _insert(Step, ({"edit_id": pk, "at": START, "state": "applied", "note": ""} for pk in range(1, len(numbers) + 1)))
    _insert(Attempt, (_attempt(pk) for pk in range(1, len(numbers) + 1)))


def _order_rows(accounts: Sequence[VendorAccount], many: int) -> Iterator[dict[str, Any]]:
    for number in range(1, many + 1):
        raw = document(number)
        moment = START + timedelta(seconds=6 * number)
        yield {
            "account_id": accounts[number % len(accounts)].pk,
            "vendor_id": str(number),
            "number": str(number),
            "title": raw["title"],
            "status": raw["status"],
            "note": "",
            "created_at": moment,
            "search": searchable([str(number), raw["title"]], personal=words_of(raw)),
            "raw": payloads.dumps(raw),
            "digest": digest_of(raw),
            "revision": 1,
            "found_at": str(number // 100 * 100),
            "seen_at": moment,
            "changed_at": moment,
            "edited_at": moment if number % 20 == 0 else None,
            "gone_at": None,
        }


def _edit_rows(author: User, accounts: dict[int, int], numbers: Sequence[int]) -> Iterator[dict[str, Any]]:
    change = {"label": "Title", "old": "Windows", "new": "Doors", "old_text": "Windows", "new_text": "Doors"}
    named = {"title": {**change, "personal": False}}
    changes, labels, told = payloads.dumps(named), labels_of(named), told_of(named)
    answer = payloads.dumps({"said": "yes", "message": "", "status": 200, "text": '{"success": true}'})
    landed = payloads.dumps({"title": {"landed": "yes", "now": "Doors"}})
    for place, order_id in enumerate(numbers, 1):
        moment = START + timedelta(seconds=6 * place)
        yield {
            "id": place, "order_id": order_id, "account_id": accounts[order_id], "author_id": author.pk,
            "author_name": author.get_username(), "submit_token": f"bench-{place}", "part": 0, "changes": changes,
            "labels": labels, "told": told, "reason": "customer called", "ticket": f"{10_000 + place % 5000}",
            "cautions": "[]", "base_revision": 1, "base_digest": "0" * 64, "created_at": moment,
            "state": "applied", "payload": '{"title": "Doors"}',
            "method": "POST", "path": f"/v2/order/update/{order_id}/", "sent_revision": 1, "hold": "",
            "answer": answer, "landed": landed, "conflict": None, "explanation": "Applied.", "aftermath": "",
            "sent_at": moment, "concluded_at": moment, "fence": 1, "busy_until": None, "next_at": None, "looks": 0,
        }  # fmt: skip


def _attempt(pk: int) -> dict[str, Any]:
    return {
        "edit_id": pk, "number": 1, "fence": 1, "started_at": START, "finished_at": START, "result": "accepted",
        "status": 200, "text": "",
    }  # fmt: skip


def _insert(model: Any, rows: Iterator[dict[str, Any]]) -> None:
    """Rows, in the database's own quickest way. Columns that are not given get the model's defaults."""
    batch: list[dict[str, Any]] = []
    for row in rows:
        batch.append(row)
        if len(batch) == BATCH:
            _write(model, batch)
            batch = []
    if batch:
        _write(model, batch)


def _write(model: Any, batch: Sequence[dict[str, Any]]) -> None:
    left_out = {name: value for name, value in _defaults(model).items() if name not in batch[0]}
    columns, rest = [*batch[0], *left_out], list(left_out.values())
    values = [[*row.values(), *rest] for row in batch]
    table, listed = model._meta.db_table, ", ".join(columns)
    with transaction.atomic(), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.copy(f"COPY {table} ({listed}) FROM STDIN") as copy:
                for row in values:
                    copy.write_row(row)
            if "id" in columns:
                cursor.execute(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), max(id)) FROM {table}")  # noqa: S608
        else:
            marks = ", ".join(["%s"] * len(columns))
            cursor.executemany(f"INSERT INTO {table} ({listed}) VALUES ({marks})", values)  # noqa: S608 - our own names


def _defaults(model: Any) -> dict[str, Any]:
    """Column -> value of every field that a row may leave out."""
    return {
        field.column: field.get_db_prep_save(field.get_default(), connection)
        for field in model._meta.concrete_fields
        if not field.primary_key and (field.has_default() or field.null or field.empty_strings_allowed)
    }


def settle_tables() -> None:
    """Index what was written, and let the database look at it, before anything is measured."""
    rebuild_index()
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
