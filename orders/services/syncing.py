"""Mirror all orders of an account. Safe to interrupt, to repeat, and to run beside agents."""

from collections.abc import Callable
from datetime import datetime

from django.db.models import Max
from django.utils import timezone

from orders.models import SyncRun
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
        vendor = account.connect()
        _refresh_pick_lists(account, vendor, run)
        _mirror_batches(account, vendor, run, on_progress)
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
    complete = SyncRun.objects.filter(error="", finished_at__isnull=False)
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


def _mirror_batches(account: VendorAccount, vendor: Vendor, run: SyncRun, on_progress: Progress) -> None:
    batches = iter(vendor.batches())
    while True:
        as_of = timezone.now()
        batch = next(batches, None)
        if batch is None:
            return
        stored = store_found(account=account, vendor=vendor, found=batch.found, as_of=batch.as_of or as_of)
        problems = [*batch.problems, *stored.problems]
        run.total = batch.total if batch.total is not None else run.total
        run.seen += len(batch.found)
        run.added += stored.added
        run.changed += stored.changed
        run.failed += len(problems)
        run.problems += problems[: MOST_PROBLEMS - len(run.problems)]
        run.save()
        on_progress(run)
