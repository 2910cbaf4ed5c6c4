"""What people have chosen for themselves."""

from django.conf import settings
from django.contrib.auth.models import User

from orders.models import Preferences
from vendors.rows import first


def preferences_of(person: User) -> Preferences:
    """What this person has chosen, saved or not yet."""
    return Preferences.objects.filter(user=person).first() or Preferences(user=person)


def hold_seconds_of(person: User) -> float:
    """How long this person's edits wait before they leave: as they have chosen, else as the settings have it."""
    chosen = first(Preferences, "hold_seconds", {"user_id": person.pk})
    return settings.HOLD_SECONDS if chosen is None else chosen
