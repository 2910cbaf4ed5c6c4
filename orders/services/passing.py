"""Mirror an account while nobody else does. What a pass that died has left behind is put right by the next one."""

from datetime import timedelta

from django.utils import timezone

from orders.models import SyncRun
from orders.services.progress import Report
from orders.services.scheduling import Busy, alone, postpone
from orders.services.syncing import sync_account
from vendors.models import VendorAccount


class SyncBusy(Exception):
    """The account is being mirrored already; the message says so."""


def sync_alone(*, account: VendorAccount, full: bool = False, on_progress: Report = lambda run: None) -> SyncRun:
    """Mirror the orders of the account, as `sync_account` does; the next pass by itself is then a whole interval away.

    Returns the record of the pass. Raises SyncBusy where another process is at it.
    """
    name = schedule_of(account.pk)
    try:
        with alone(name):
            postpone(name=name, to=timezone.now() + timedelta(minutes=account.sync_minutes))
            left = SyncRun.objects.filter(account=account, finished_at=None)
            left.update(finished_at=timezone.now(), error="The process that ran it died.")
            return sync_account(account=account, full=full, on_progress=on_progress)
    except Busy as busy:
        raise SyncBusy(f"{account.name} is being synced already.") from busy


def schedule_of(account_id: int) -> str:
    """The name under which the syncs of an account are scheduled."""
    return f"sync:{account_id}"
