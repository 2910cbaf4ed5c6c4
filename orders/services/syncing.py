"""Mirror all orders of an account. Safe to interrupt, to repeat, and to run beside agents."""

from collections.abc import Callable
from datetime import datetime

from django.db.models import Max
from django.utils import timezone

from orders.models import Order, SyncRun
from orders.services.mirror import store_found
from vendors.contract import Vendor
from vendors.errors import VendorError
from vendors.models import VendorAccount
from vendors.secrets import SecretUnreadable

MOST_PROBLEMS = 100  # kept in full; the rest is counted

Progress = Callable[[SyncRun], None]


def sync_account(*, account: VendorAccount, on_progress: Progress = lambda run: None) -> SyncRun:
    """Read every order of the account into the mirror. Returns the record of the pass.

    A failing vendor ends the pass with `error` set; what was read until then stays. `on_progress` is called after
    every batch.
    """
    run = SyncRun.objects.create(account=account, started_at=timezone.now())
    try:
        vendor = account.connect(background=True)
        _refresh_pick_lists(account, vendor, run)
        seen = _mirror_batches(account, vendor, run, on_progress)
        run.complete = vendor.lists_everything() and run.failed == 0 and bool(seen)
        if run.complete:
            _note_missing(account, seen, run)
    except (VendorError, SecretUnreadable) as failure:
        run.error = str(failure)
    except BaseException as failure:
        run.error = f"Interrupted ({type(failure).__name__})."
        raise
    finally:
        run.finished_at = timezone.now()
        run.save()
    return run


def last_complete_passes() -> dict[int, datetime]:
    """Account id -> when its last complete pass began: an order not changed since was seen to be so then."""
    complete = SyncRun.objects.filter(complete=True)
    return dict(complete.values_list("account_id").annotate(Max("started_at")))


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


def _mirror_batches(account: VendorAccount, vendor: Vendor, run: SyncRun, on_progress: Progress) -> set[str]:
    """Mirror all that the vendor lists. Returns the ids of what it listed."""
    seen: set[str] = set()
    batches = iter(vendor.batches())
    while True:
        as_of = timezone.now()
        batch = next(batches, None)
        if batch is None:
            return seen
        stored = store_found(account=account, vendor=vendor, found=batch.found, as_of=batch.as_of or as_of)
        seen |= stored.seen
        problems = [*batch.problems, *stored.problems]
        run.total = batch.total if batch.total is not None else run.total
        run.seen += len(batch.found)
        run.added += stored.added
        run.changed += stored.changed
        run.failed += len(problems)
        run.problems += problems[: MOST_PROBLEMS - len(run.problems)]
        run.save()
        on_progress(run)


def _note_missing(account: VendorAccount, seen: set[str], run: SyncRun) -> None:
    """Mark what the mirror holds and a complete pass did not show. Whatever is shown again is marked so no more."""
    kept = Order.objects.filter(account=account, gone_at=None, seen_at__lt=run.started_at)
    missing = [pk for pk, vendor_id in kept.values_list("pk", "vendor_id").iterator() if vendor_id not in seen]
    for start in range(0, len(missing), 500):
        some = missing[start : start + 500]
        Order.objects.filter(pk__in=some, seen_at__lt=run.started_at).update(gone_at=run.started_at)
