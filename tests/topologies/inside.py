"""What a test does and sees inside the desk, in a process of its own: a line of words in, a line of JSON out.

`prepare URL KEY`, `look`, `make_due`, `cut`.
"""

import json
import sys
from collections.abc import Callable
from typing import Any

import django


def prepare(base_url: str, key: str) -> dict[str, Any]:
    """An empty database becomes a desk with alice the agent, and Liner."""
    from django.core.management import call_command

    from tests.orders.worlds import make_person
    from vendors import secrets
    from vendors.models import VendorAccount

    call_command("migrate", interactive=False, verbosity=0)
    make_person("alice", "agent")
    credentials = secrets.encrypt({"api_key": key})
    VendorAccount.objects.create(vendor="liner", name="Liner", base_url=base_url, encrypted_credentials=credentials)
    return {}


def look() -> dict[str, Any]:
    """Orders by their vendor's id, edits by theirs, syncs, and how many workers are on record."""
    from orders.models import Edit, Order, SyncRun, Worker

    edits = Edit.objects.order_by("id").values_list("order__vendor_id", "state", "fence", "explanation")
    syncs = SyncRun.objects.order_by("id").values_list("error", "complete", "finished_at")
    return {
        "orders": dict(Order.objects.order_by("id").values_list("vendor_id", "pk")),
        "edits": {order: {"state": state, "fence": fence, "why": why} for order, state, fence, why in edits},
        "syncs": [
            {"error": error, "complete": complete, "running": not finished} for error, complete, finished in syncs
        ],
        "workers": Worker.objects.count(),
    }


def make_due() -> dict[str, Any]:
    """Every schedule is due now."""
    from django.utils import timezone

    from orders.models import Schedule

    return {"due": Schedule.objects.update(next_at=timezone.now())}


def cut() -> dict[str, Any]:
    """Every other connection to the database breaks, as where its server is started anew; SQLite has none."""
    from django.db import connection

    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            others = "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
            cursor.execute(f"SELECT pg_terminate_backend(pid) {others}")
    return {}


if __name__ == "__main__":
    django.setup()
    known: dict[str, Callable[..., dict[str, Any]]] = {
        "prepare": prepare,
        "look": look,
        "make_due": make_due,
        "cut": cut,
    }
    for line in sys.stdin:
        what, *words = line.split()
        sys.stdout.write(json.dumps(known[what](*words)) + "\n")
        sys.stdout.flush()
