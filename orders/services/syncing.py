"""Mirror all orders of an account. Safe to interrupt, to repeat, and to run beside agents.

Pages are read ahead by threads of their own while this one writes, so that neither waits for the other. This thread
alone writes orders; the others ask the account's gate.
"""

import time
from collections.abc import Generator, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta

from django.db.models import Max
from django.utils import timezone

from orders.models import Order, SyncRun
from orders.search.index import index_orders
from orders.services.garbage import rare_collections
from orders.services.mirror import Stored, store_pages
from orders.services.progress import Progress, Report, is_running
from orders.services.writing import many_rows, tell_planner
from vendors.ahead import in_background
from vendors.contract import Batch, Vendor
from vendors.errors import VendorError
from vendors.models import VendorAccount
from vendors.numbers import Numbers
from vendors.secrets import SecretUnreadable

MOST_PROBLEMS = 100  # kept in full; the rest is counted
FETCHERS = 8  # pages that are asked for at once, where a vendor's list allows it
AHEAD = 8  # batches of a vendor that wait to be written
INDEXED_AT_ONCE = 10_000  # orders: until then search looks at them one by one
MANY_NEW = 10_000  # orders, after which what the database planned for few of them is slow
ENOUGH = 500  # orders that are worth a write
LONGEST_GATHERING = 1.0  # seconds after which fewer are written too
FULL_EVERY = timedelta(days=1)  # where a vendor can tell what changed
RESUME_WITHIN = timedelta(hours=1)
LONGEST_PLACE = 2000  # characters


def sync_account(*, account: VendorAccount, full: bool = False, on_progress: Report = lambda run: None) -> SyncRun:
    """Read the orders of the account into the mirror. Returns the record of the pass.

    It goes on where an interrupted pass stood, and where the vendor can tell reads what changed alone, but everything
    once a day; `full` is all of them from the beginning. A failing vendor ends the pass with `error` set; what was
    read until then stays. `on_progress` is called about once a second, and at the end.
    """
    run = SyncRun(account=account, started_at=timezone.now())
    if not full:
        _plan(run)
    run.noted_at = run.started_at
    run.save()
    progress = Progress(run, on_progress)
    try:
        vendor = account.connect(background=True)
        vendor.fetchers = FETCHERS
        _refresh_pick_lists(account, vendor, run)
        seen = _mirror_batches(vendor, run, progress)
        run.place = ""
        run.complete = _saw_everything(vendor, run, seen)
        if run.complete:
            _note_missing(account, seen, run)
    except (VendorError, SecretUnreadable) as failure:
        run.error = str(failure)
    except BaseException as failure:
        run.error = f"Interrupted ({type(failure).__name__})."
        raise
    finally:
        progress.end()
    return run


def last_complete_pass(account_id: int) -> datetime | None:
    """When the account's last complete pass began: an order not changed since was seen to be so then."""
    complete = SyncRun.objects.filter(account=account_id, complete=True).order_by("-started_at")
    return complete.values_list("started_at", flat=True).first()


def latest_run(account: VendorAccount) -> SyncRun | None:
    """The pass that was begun last."""
    return SyncRun.objects.filter(account=account).order_by("-started_at", "-id").first()


def _plan(run: SyncRun) -> None:
    """Where to begin: behind what an interrupted pass has read, or at what changed since, or at the beginning."""
    last = latest_run(run.account)
    if last and _can_be_resumed(last):
        run.place, run.before, run.total = last.place, last.done, last.total
    elif run.account.vendor_class.tells_changes:
        run.since = _told_until(run.account)


def _can_be_resumed(last: SyncRun) -> bool:
    """Whether it stopped before its end, a short while ago, at a place that its vendor's list knows."""
    stopped = last.error != "" if last.finished_at else not is_running(last)
    return (
        stopped
        and last.place != ""
        and last.done > 0
        and timezone.now() - (last.noted_at or last.started_at) < RESUME_WITHIN
    )


def _told_until(account: VendorAccount) -> datetime | None:
    """Up to when all changes are known; None where it is time to read everything again.

    A pass that went on in the middle does not count: what it went on from may have changed before it began.
    """
    good = SyncRun.objects.filter(account=account, error="", before=0).exclude(finished_at=None)
    whole = good.filter(since=None, started_at__gt=timezone.now() - FULL_EVERY).aggregate(at=Max("started_at"))["at"]
    if whole is None:
        return None
    told: datetime | None = good.filter(failed=0, started_at__gte=whole).aggregate(at=Max("started_at"))["at"]
    return told or whole


def _refresh_pick_lists(account: VendorAccount, vendor: Vendor, run: SyncRun) -> None:
    """New names for ids. Without them the desk works on with those it has."""
    try:
        lists = {name: [dict(choice) for choice in choices] for name, choices in vendor.pick_lists().items()}
    except VendorError as failure:
        if failure.answer is None:
            raise
        run.problems.append(f"The pick lists could not be read: {failure.message}")
        return
    if lists != account.pick_lists:
        VendorAccount.objects.filter(pk=account.pk).update(pick_lists=lists)
    vendor.lists = account.pick_lists = lists


def _mirror_batches(vendor: Vendor, run: SyncRun, progress: Progress) -> Numbers:
    """Mirror what the vendor lists. Returns the keys of what it listed, if that may have been everything."""
    seen = Numbers()
    waiting = 0  # for the search index, which takes them in more cheaply together
    told = False
    may_see_all = _may_see_everything(vendor, run)
    reading = in_background(_dated(vendor.batches(run.since, run.place)), AHEAD)
    with rare_collections(), many_rows(), closing(reading) as batches:
        try:
            for group in _gathered(batches):
                pages = [(batch.found, batch.as_of or run.started_at) for batch in group]
                stored = store_pages(account=run.account, vendor=vendor, pages=pages)
                if may_see_all:
                    seen.update(stored.seen)
                waiting += len(stored.written)
                if waiting >= INDEXED_AT_ONCE:
                    index_orders()
                    waiting = 0
                _count(run, group, stored)
                progress.note()
                if run.added >= MANY_NEW and not told:
                    tell_planner()
                    told = True
        finally:
            if waiting:
                index_orders()
            if told:
                tell_planner()
    return seen


def _dated(batches: Iterator[Batch]) -> Generator[Batch, None, None]:
    """The batches, each with a moment before it was asked for."""
    while True:
        asked = timezone.now()
        batch = next(batches, None)
        if batch is None:
            return
        yield batch if batch.as_of else replace(batch, as_of=asked)


def _gathered(batches: Iterator[Batch]) -> Iterator[list[Batch]]:
    """The batches, several at a time until they are worth a write, or have waited long enough."""
    group: list[Batch] = []
    began = time.monotonic()
    for batch in batches:
        group.append(batch)
        if sum(len(each.found) for each in group) >= ENOUGH or time.monotonic() - began > LONGEST_GATHERING:
            yield group
            group, began = [], time.monotonic()
    if group:
        yield group


def _count(run: SyncRun, group: list[Batch], stored: Stored) -> None:
    problems = [*(problem for batch in group for problem in batch.problems), *stored.problems]
    totals = [batch.total for batch in group if batch.total is not None]
    run.total = max([*totals, run.total or 0]) if totals else run.total
    run.place = group[-1].place if len(group[-1].place) <= LONGEST_PLACE else ""
    run.seen += sum(len(batch.found) for batch in group)
    run.added += stored.added
    run.changed += stored.changed
    run.failed += len(problems)
    run.problems += problems[: max(0, MOST_PROBLEMS - len(run.problems))]


def _saw_everything(vendor: Vendor, run: SyncRun, seen: Numbers) -> bool:
    """Whether an order that was not seen is one that the vendor has no more.

    A vendor that showed fewer orders than it counts may have moved some of them while they were read.
    """
    everything = _may_see_everything(vendor, run) and len(seen) >= max(1, run.total or 0)
    return everything and run.failed == 0


def _may_see_everything(vendor: Vendor, run: SyncRun) -> bool:
    return run.since is None and not run.before and vendor.lists_everything()


def _note_missing(account: VendorAccount, seen: Numbers, run: SyncRun) -> None:
    """Mark what the mirror holds and a complete pass did not show. Whatever is shown again is marked so no more."""
    kept = Order.objects.filter(account=account, gone_at=None, seen_at__lt=run.started_at)
    missing = [pk for pk in kept.values_list("pk", flat=True).iterator() if pk not in seen]
    for start in range(0, len(missing), 500):
        some = missing[start : start + 500]
        Order.objects.filter(pk__in=some, seen_at__lt=run.started_at).update(gone_at=run.started_at)
