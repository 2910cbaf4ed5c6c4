"""Once an hour: look again at what ended a day ago on the word of a look, and throw away what nobody needs any more."""

from datetime import datetime, timedelta

import structlog
from django.db import transaction
from django.db.models import OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from orders.models import Delivery, Edit, Step, SyncRun
from orders.services.comparing import YES, cleaned_changes, compare_after_sending, verdicts
from orders.services.concluding import before_sending
from orders.services.looking import look_again
from orders.services.scheduling import Busy, alone
from orders.services.workers import forget_dead_workers
from orders.states import State
from vendors.errors import VendorError
from vendors.secrets import SecretUnreadable

log = structlog.get_logger(__name__)

NAME = "reconcile"  # under which it is scheduled
EVERY = timedelta(hours=1)
A_DAY = timedelta(hours=24)
GIVEN_UP = timedelta(hours=72)  # what could not be read until then is not read any more
DELIVERIES_KEPT = timedelta(days=90)
PASSES_KEPT = timedelta(days=30)
DONE_KEPT, FAILED_KEPT = timedelta(days=1), timedelta(days=14)  # records of tasks; an edit's own record is for ever
MOST = 200  # edits that are read again in one go


def reconcile_desk() -> None:
    """Do all of it, unless another process is at it."""
    try:
        with alone(NAME):
            reread_not_applied()
            prune()
    except Busy:
        log.info("reconciled_elsewhere")


def reread_not_applied() -> int:
    """Read the order of each edit that ended as not applied a day ago after its answer had been lost, once.

    The outcome stays what it was: it was true when it was concluded. A step says what is found a day later, and
    `found_later` whether the value is there by now and no other edit of ours explains it. Returns how many were read.
    """
    now = timezone.now()
    ended = Edit.objects.filter(state=State.NOT_APPLIED, found_later=None, concluded_at__lte=now - A_DAY)
    lost = ended.filter(concluded_at__gte=now - GIVEN_UP, steps__state=State.UNKNOWN).distinct()
    read = 0
    for edit in lost.select_related("order__account", "account").order_by("concluded_at")[:MOST]:
        read += _reread(edit)
    return read


def prune() -> None:
    """Throw away records of tasks, deliveries, workers and passes that are past their time."""
    now = timezone.now()
    _prune_passes(now)
    DBTaskResult.objects.successful().filter(finished_at__lt=now - DONE_KEPT).delete()
    DBTaskResult.objects.failed().filter(finished_at__lt=now - FAILED_KEPT).delete()
    Delivery.objects.filter(received_at__lt=now - DELIVERIES_KEPT).delete()
    forget_dead_workers()


def _prune_passes(now: datetime) -> None:
    """Of each account the last pass and the last complete one are kept, however old they are."""
    same = SyncRun.objects.filter(account=OuterRef("account")).order_by("-started_at").values("pk")
    old = SyncRun.objects.filter(started_at__lt=now - PASSES_KEPT, finished_at__isnull=False)
    for kept in (same, same.filter(complete=True)):
        old = old.exclude(pk=Coalesce(Subquery(kept[:1]), 0))
    old.delete()


def _reread(edit: Edit) -> bool:
    if not edit.account.enabled or edit.order.gone_at is not None:
        return False
    try:
        vendor = edit.account.connect()
        before = before_sending(edit)
        order = look_again(order=edit.order, vendor=vendor)
        landed = compare_after_sending(vendor, before, order.raw, cleaned_changes(vendor, before, edit))
    except (VendorError, SecretUnreadable, KeyError) as failure:
        log.warning("not_read_again", edit=edit.pk, reason=type(failure).__name__)
        return False
    is_there = verdicts(landed) == {YES}
    explained = _explained_by(edit) if is_there else None
    _note(edit, vendor.label, is_there=is_there, explained=explained)
    return True


def _explained_by(edit: Edit) -> Edit | None:
    """An edit of ours that reached the same fields after this one was made."""
    later = Edit.objects.filter(order=edit.order_id, created_at__gt=edit.created_at)
    reached = later.filter(state__in=[State.APPLIED, State.ECHOED], fields__name__in=list(edit.changes))
    return reached.order_by("-id").first()


def _note(edit: Edit, vendor: str, *, is_there: bool, explained: Edit | None) -> None:
    if not is_there:
        words = f"Read again a day later: {vendor} still does not show the change."
    elif explained is not None:
        words = f"Read again a day later: {vendor} shows the value, which a later edit from here has set."
    else:
        words = f"Read again a day later: {vendor} shows the value by now, and no other edit from here explains it."
    with transaction.atomic():
        if Edit.objects.filter(pk=edit.pk, found_later=None).update(found_later=is_there and explained is None):
            Step.objects.create(edit=edit, at=timezone.now(), state=edit.state, note=words)
