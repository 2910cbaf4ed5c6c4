"""Orders and edits as rows, for tests of what is made of them; nothing here was ever sent or read anywhere."""

from datetime import datetime, timedelta
from itertools import count
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from orders.models import Attempt, Edit, EditField, Order, Step
from orders.search.folding import searchable
from orders.services.mirror import digest_of
from orders.states import LIVE, State
from vendors.models import VendorAccount

_NUMBERS = count(100_001)  # far from the numbers that tests give themselves


def make_account(name: str = "Liner", **columns: Any) -> VendorAccount:
    """An account at Liner that leads nowhere."""
    return VendorAccount.objects.create(vendor="liner", name=name, base_url="https://liner.example.com", **columns)


def make_order(account: VendorAccount, **columns: Any) -> Order:
    """An order as the mirror holds it. What is not given is invented; each has a number of its own."""
    number = columns.setdefault("number", str(next(_NUMBERS)))
    columns.setdefault("vendor_id", number)
    columns.setdefault("title", f"Calls {number}")
    columns.setdefault("status", "info")
    search = searchable([columns["vendor_id"], number, columns["title"]], personal=columns.pop("words", []))
    raw = {"id": number, "title": columns["title"]}
    now = timezone.now()
    return Order.objects.create(
        account=account,
        search=search,
        raw=raw,
        digest=digest_of(raw),
        seen_at=columns.pop("seen_at", now),
        changed_at=columns.pop("changed_at", now),
        **columns,
    )


def make_orders(account: VendorAccount, many: int) -> list[Order]:
    """Orders that changed one minute after another, the newest first."""
    now = timezone.now()
    return [make_order(account, changed_at=now - timedelta(minutes=ago)) for ago in range(many)]


def make_change(label: str = "Title", old: str = "Calls", new: str = "More calls", **more: Any) -> dict[str, Any]:
    """One field's change as an edit keeps it."""
    return {"label": label, "old": old, "new": new, "old_text": old, "new_text": new, "personal": False, **more}


def make_edit(
    order: Order,
    author: User,
    state: State = State.APPLIED,
    changes: dict[str, dict[str, Any]] | None = None,
    at: datetime | None = None,
    **columns: Any,
) -> Edit:
    """An edit that has come this far, with its steps, and an attempt where something was sent."""
    at = at or timezone.now()
    changes = changes or {"title": make_change()}
    was_sent = state not in {State.ACCEPTED, State.CHECKING, State.BLOCKED, State.CONFLICT, State.NOT_SENT}
    if was_sent:
        body = {name: change["new"] for name, change in changes.items()}
        sent = {"payload": body, "method": "POST", "path": f"/v2/order/update/{order.vendor_id}/", "sent_at": at}
        columns = {**sent, **columns}
    with transaction.atomic():
        edit = Edit.objects.create(
            order=order,
            account=order.account,
            author=author,
            author_name=author.get_username(),
            submit_token=f"rows-{next(_NUMBERS)}",
            changes=changes,
            base_revision=order.revision,
            base_digest=order.digest,
            created_at=at,
            state=state,
            concluded_at=None if state in LIVE else at,
            **columns,
        )
        EditField.objects.bulk_create(EditField(edit=edit, name=name) for name in changes)
        Step.objects.create(edit=edit, at=at, state=State.ACCEPTED, note=f"by {author.get_username()}")
        if was_sent:
            Attempt.objects.create(edit=edit, number=1, fence=1, started_at=at, result="accepted", status=200)
        if state in {State.APPLIED, State.ECHOED}:
            Order.objects.filter(pk=order.pk).update(edited_at=at)
    return edit
