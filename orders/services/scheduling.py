"""What is done again and again: once among all workers, and never twice at the same time."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from django.db.models import F, Q
from django.utils import timezone

from orders.models import Schedule
from orders.services import leases


class Busy(Exception):
    """Somebody is at it already; the message says so."""


def take_turn(*, name: str, every: timedelta, first_at: datetime) -> bool:
    """Whether it is due, or was left behind by somebody who died over it, and this caller is the one to start it.

    `first_at` is when it is due for the first time.
    """
    now = timezone.now()
    schedule, _ = Schedule.objects.get_or_create(name=name, defaults={"next_at": first_at})
    seen = Schedule.objects.filter(pk=schedule.pk, next_at=schedule.next_at, busy_until=schedule.busy_until)
    if schedule.busy_until and schedule.busy_until > now:
        return False
    if schedule.busy_until or schedule.next_at <= now:
        return bool(seen.update(next_at=now + every, busy_until=None))
    if schedule.next_at > now + every:  # the interval was made shorter
        seen.update(next_at=now + every)
    return False


def postpone(*, name: str, to: datetime) -> None:
    """Let it be due at this moment."""
    Schedule.objects.filter(name=name).update(next_at=to)


@contextmanager
def alone(name: str) -> Iterator[None]:
    """Do what bears this name while nobody else does it. Raises Busy."""
    now = timezone.now()
    Schedule.objects.get_or_create(name=name, defaults={"next_at": now})
    free = Schedule.objects.filter(Q(busy_until=None) | Q(busy_until__lt=now), name=name)
    if not free.update(fence=F("fence") + 1, busy_until=now + leases.length()):
        raise Busy("It is being done already.")
    schedule = Schedule.objects.get(name=name)
    try:
        with leases.held(schedule):
            yield
    finally:
        Schedule.objects.filter(pk=schedule.pk, fence=schedule.fence).update(busy_until=None)
