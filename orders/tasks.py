"""The background work, as tasks for whatever engine the settings name. A task carries the id of a row, and no more.

The row is the truth: an edit says itself that it is due, and workers look for such edits by themselves. So an engine
may lose a task, repeat it or bring it late, and a broker that is away fails nobody's submission: the work is done all
the same, only some seconds later.
"""

from collections.abc import Iterator
from contextlib import nullcontext, suppress
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import structlog
from django.db import connection, transaction
from django.utils import timezone
from django_tasks import task
from django_tasks.base import Task

from orders.models import Edit, SyncRun
from orders.services import reconciling
from orders.services.passing import SyncBusy, schedule_of, sync_alone
from orders.services.scheduling import postpone, take_turn
from orders.services.settling import advance_submission
from vendors.models import VendorAccount

log = structlog.get_logger(__name__)

SOON = timedelta(seconds=30)  # how long a scheduled task waits that could not be enqueued


@task(queue_name="edits")
def advance(edit_id: int) -> None:
    """Take an edit as far as it goes now, and the later calls of its submission after it."""
    with suppress(Edit.DoesNotExist):
        advance_submission(edit_id)


@task(queue_name="syncs")
def sync(account_id: int) -> None:
    """Mirror the orders of an account, unless somebody is at it or the account was disabled meanwhile."""
    account = VendorAccount.objects.filter(pk=account_id, enabled=True).first()
    if account is None:
        return
    try:
        sync_alone(account=account)
    except SyncBusy:
        log.info("synced_elsewhere", account=account_id)


@task(queue_name="syncs")
def reconcile() -> None:
    """Look again at what ended a day ago, and prune."""
    reconciling.reconcile_desk()


def wake_edit(edit: Edit) -> bool:
    """Have a worker take the edit on as soon as it is due. Call it for the first edit of a submission, once accepted.

    False where no task could be enqueued: the workers then find the edit by themselves.
    """
    if edit.next_at is None:
        return False
    if edit.next_at <= timezone.now():
        return enqueue(advance, edit.pk)
    if not advance.get_backend().supports_defer:
        return False
    return enqueue(advance, edit.pk, run_after=edit.next_at)


def start_sync(account: VendorAccount) -> bool:
    """Have a worker mirror the account's orders now. False where no task could be enqueued."""
    return enqueue(sync, account.pk)


def start_due() -> int:
    """Start what is due by its schedule: syncs and the reconciliation, each once among all workers. Returns how many.

    What was begun by a worker that has died meanwhile is started anew.
    """
    started = 0
    for name, every, first_at, what in _plans():
        if take_turn(name=name, every=every, first_at=first_at):
            started += _enqueue_or_postpone(name, what)
    return started


def _plans() -> Iterator[tuple[str, timedelta, datetime, partial[bool]]]:
    """What there is to do again and again: its name, the interval, when it is due first, and how it is started."""
    now = timezone.now()
    yield reconciling.NAME, reconciling.EVERY, now, partial(enqueue, reconcile)
    accounts = VendorAccount.objects.filter(enabled=True, sync_minutes__gt=0)
    for pk, minutes in accounts.order_by("pk").values_list("pk", "sync_minutes"):
        every = timedelta(minutes=minutes)
        yield schedule_of(pk), every, _first_sync(pk, now, every), partial(enqueue, sync, pk)


def _first_sync(account_id: int, now: datetime, every: timedelta) -> datetime:
    """An account that was mirrored by hand lately need not be mirrored at once."""
    runs = SyncRun.objects.filter(account=account_id).order_by("-started_at")
    last = runs.values_list("started_at", flat=True).first()
    return max(now, last + every) if last else now


def _enqueue_or_postpone(name: str, start: partial[bool]) -> bool:
    started = start()
    if not started:
        postpone(name=name, to=timezone.now() + SOON)
    return started


def enqueue(what: Task[Any, Any], *arguments: int, run_after: datetime | None = None) -> bool:
    """Hand the task to the engine now: what it names is committed, and were it not, a worker would find it later.

    False where the engine does not take it.
    """
    try:
        # Within somebody's transaction, a database that refuses the task must not take the rest with it.
        with transaction.atomic() if connection.in_atomic_block else nullcontext():
            what.using(run_after=run_after).enqueue(*arguments)
    except Exception as failure:  # noqa: BLE001 - whatever an engine meets, the work is found without it
        log.warning("task_not_enqueued", task=what.name, reason=type(failure).__name__)
        return False
    return True
