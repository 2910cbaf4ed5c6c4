"""What the admin shows of an account's health and use, and what can be done about it there."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.timesince import timesince

from vendors import health
from vendors.circuit import start_afresh
from vendors.models import AccountHealth, VendorAccount

HEALTH = ("health_state", "last_answer", "last_failure", "use_this_hour", "use_this_day", "budget_left")


class HealthInAdmin:
    """Read-only lines for the page of an account, its column in the list, and the action that ends an outage.

    To be mixed into a ModelAdmin.
    """

    log_change: Callable[[HttpRequest, VendorAccount, str], Any]

    @admin.display(description="Health")
    def health_state(self, account: VendorAccount) -> str:
        return health.state_of(account, _health(account))

    @admin.display(description="Last answer")
    def last_answer(self, account: VendorAccount) -> str:
        known = _health(account)
        return _moment(known.last_ok_at) if known and known.last_ok_at else "None yet."

    @admin.display(description="Last failure")
    def last_failure(self, account: VendorAccount) -> str:
        known = _health(account)
        if known is None or known.last_failure_at is None:
            return "None yet."
        return f"{_moment(known.last_failure_at)}: {known.last_failure}"

    @admin.display(description="Calls since the full hour")
    def use_this_hour(self, account: VendorAccount) -> str:
        return _in_words(health.use_of_this_hour(account))

    @admin.display(description="Calls within a day")
    def use_this_day(self, account: VendorAccount) -> str:
        return _in_words(health.use_of_this_day(account))

    @admin.display(description="Left of the budget")
    def budget_left(self, account: VendorAccount) -> str:
        return health.budget_left(account)

    @admin.action(description="Close the circuit now", permissions=["change"])
    def close_circuits(self, request: HttpRequest, accounts: QuerySet[VendorAccount]) -> None:
        """Let calls out at once to vendors that count as down, or that asked for a pause."""
        for account in accounts:
            start_afresh(account.pk)
            self.log_change(request, account, "Closed the circuit.")
            messages.success(request, f"{account}: calls go out again. What was known of its troubles is forgotten.")


def _health(account: VendorAccount) -> AccountHealth | None:
    """As it was when the account was read, None where nothing is on record."""
    known: AccountHealth | None = getattr(account, "health", None)
    return known


def _moment(moment: datetime) -> str:
    shown = date_format(timezone.localtime(moment), "j F Y, H:i:s")
    return f"{shown} ({timesince(moment, depth=1)} ago)"


def _in_words(counted: health.Use) -> str:
    waited = f", {counted.waits} of them after a wait for their turn" if counted.waits else ""
    return f"{counted.calls}, {counted.failures} of them not answered{waited}."
