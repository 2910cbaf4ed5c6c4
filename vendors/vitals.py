"""How an account fares, as all processes know it: its budget, its circuit, and how much it was used.

Apart from the account itself, so that its history tells what people changed and nothing else.
"""

from datetime import datetime

from django.db import connection, models

from vendors.rows import as_model, columns_of


class AccountHealth(models.Model):
    """One account's budget and circuit. Without a row all is well.

    The circuit is open, and calls are kept back, while `probe_at` is set: from that moment on one read may try again.
    """

    account = models.OneToOneField(
        "vendors.VendorAccount", on_delete=models.CASCADE, primary_key=True, related_name="health"
    )
    full_at = models.FloatField(default=0, help_text="When the budget is full again: seconds since 1970.")
    blocked_until = models.DateTimeField(null=True, help_text="The vendor asked for a pause until then.")
    failures = models.PositiveIntegerField(default=0, help_text="Calls in a row that the vendor did not answer.")
    failing_since = models.DateTimeField(null=True, help_text="The first of them.")
    probe_at = models.DateTimeField(null=True, help_text="When an open circuit lets one read through.")
    refused_since = models.DateTimeField(null=True, help_text="Since when somebody has to mend the account.")
    refusal = models.CharField(max_length=300, blank=True, help_text="What has to be mended.")
    last_ok_at = models.DateTimeField(null=True)
    last_failure_at = models.DateTimeField(null=True)
    last_failure = models.CharField(max_length=300, blank=True, help_text="In the desk's words, never the vendor's.")

    def __str__(self) -> str:
        return f"health of account {self.account_id}"

    @property
    def is_open(self) -> bool:
        """Whether the vendor is taken to be down."""
        return self.probe_at is not None

    @property
    def is_clean(self) -> bool:
        """Whether an answer of the vendor's would leave nothing to put right."""
        return self.failures == 0 and self.probe_at is None and self.refused_since is None


class AccountUse(models.Model):
    """How often an account's vendor was called within one hour. Kept for little more than a day."""

    account = models.ForeignKey("vendors.VendorAccount", on_delete=models.CASCADE, related_name="use")
    hour = models.DateTimeField()
    calls = models.PositiveIntegerField(default=0)
    failures = models.PositiveIntegerField(default=0)
    waits = models.PositiveIntegerField(default=0, help_text="Calls that had to wait for their turn.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "hour"], name="one_row_per_account_and_hour")]

    def __str__(self) -> str:
        return f"use of account {self.account_id} at {self.hour:%Y-%m-%d %H:00}"


_HEALTH = f"SELECT {', '.join(columns_of(AccountHealth))} FROM vendors_accounthealth WHERE account_id = %s"  # noqa: S608


def read_health(account_id: int) -> AccountHealth:
    """The account's health as it is now; an unsaved one, all well, where none is on record.

    Asked before every call.
    """
    with connection.cursor() as cursor:
        cursor.execute(_HEALTH, [account_id])
        found = cursor.fetchone()
    return as_model(AccountHealth, found) if found else AccountHealth(account_id=account_id)


def ensure_health(account_id: int) -> None:
    """Put the account's row there, for updates to find."""
    AccountHealth.objects.get_or_create(account_id=account_id)


def hour_of(moment: datetime) -> datetime:
    """The hour that a moment is counted in."""
    return moment.replace(minute=0, second=0, microsecond=0)
