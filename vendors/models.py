"""The accounts through which Amend reaches its vendors."""

from dataclasses import replace
from decimal import Decimal
from secrets import token_urlsafe
from typing import Any

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from simple_history.models import HistoricalRecords

from vendors import secrets
from vendors.bucket import Limit
from vendors.budget import AccountGate
from vendors.contract import Vendor
from vendors.registry import VENDORS
from vendors.sessions import sessions_of
from vendors.vitals import AccountHealth, AccountUse

__all__ = ["AccountHealth", "AccountUse", "VendorAccount", "WhenDown", "new_hook_token"]


class WhenDown(models.TextChoices):
    """What becomes of edits while their vendor does not answer."""

    HOLD = "hold", "held until it answers again"
    REFUSE = "refuse", "not sent, and their author is told so"


def new_hook_token() -> str:
    """What an address for a vendor's deliveries ends in, so that nobody can guess it."""
    return token_urlsafe(32)


class VendorAccount(models.Model):
    """One account at one vendor: where it is, how it authenticates, and how the vendor's open questions are settled."""

    vendor = models.CharField(max_length=40)
    name = models.CharField(max_length=80, unique=True, help_text="How agents and commands call this account.")
    base_url = models.CharField(
        "base URL",
        max_length=300,
        help_text="Scheme and host, and whatever stands before the paths that the vendor documents.",
    )
    encrypted_credentials = models.TextField(blank=True, editable=False)
    credentials_set_at = models.DateTimeField(null=True, blank=True, editable=False)
    options = models.JSONField(default=dict, blank=True)
    pick_lists = models.JSONField(default=dict, blank=True, editable=False)
    requires_reason = models.BooleanField(
        "requires a reason", default=False, help_text="Agents have to say why, for every edit."
    )
    sync_minutes = models.PositiveSmallIntegerField(
        "minutes between syncs",
        default=15,
        validators=[MaxValueValidator(10_080)],
        help_text="How often the workers mirror all of its orders by themselves. 0: only when somebody starts it.",
    )
    enabled = models.BooleanField(default=True, help_text="A disabled account is neither read nor written.")
    requests_per_second = models.DecimalField(
        max_digits=7,
        decimal_places=3,
        null=True,
        blank=True,
        validators=[MinValueValidator(Decimal("0.001"))],
        help_text="How fast the vendor may be called, by all of Amend together. Empty: as fast as it goes.",
    )
    burst = models.PositiveSmallIntegerField(
        default=5, validators=[MinValueValidator(1)], help_text="How many requests may go out at once after a rest."
    )
    reserve_percent = models.PositiveSmallIntegerField(
        "reserve for people",
        default=25,
        validators=[MaxValueValidator(100)],
        help_text="The share of the burst, in percent, that syncs leave to people.",
    )
    when_down = models.CharField(
        "when the vendor is down",
        max_length=10,
        choices=WhenDown.choices,
        default=WhenDown.HOLD,
        help_text="What becomes of edits while the vendor does not answer or asks for a pause.",
    )
    hook_token = models.CharField(max_length=64, unique=True, default=new_hook_token, editable=False)

    # Credentials in any form stay out of the history: it says who changed an account and when, never to what secret.
    history = HistoricalRecords(excluded_fields=["encrypted_credentials", "hook_token", "pick_lists"])

    class Meta:
        verbose_name = "account"

    def __str__(self) -> str:
        return self.name

    @property
    def vendor_class(self) -> type[Vendor]:
        return VENDORS[self.vendor]

    @property
    def vendor_label(self) -> str:
        return VENDORS[self.vendor].label if self.vendor in VENDORS else self.vendor

    @property
    def title_is_personal(self) -> bool:
        """Whether the titles of its orders are personal data; so they are taken to be where nobody knows."""
        return VENDORS[self.vendor].title_is_personal if self.vendor in VENDORS else True

    @property
    def delivers_by(self) -> frozenset[str]:
        """The HTTP methods with which this account's vendor delivers; empty where it never does."""
        return VENDORS[self.vendor].delivers_by if self.vendor in VENDORS else frozenset()

    def adapter(self) -> Vendor:
        """The vendor as this account is set up, for everything that needs no call."""
        return self.vendor_class(options=self.cleaned_options(), lists=self.pick_lists)

    def connect(self, *, background: bool = False, urgent: bool = False) -> Vendor:
        """The vendor, ready for calls within the account's budget. Raises SecretUnreadable.

        A `background` caller leaves people their reserve; an `urgent` one is kept back by nothing.
        """
        vendor = self.adapter()
        credentials = self.credentials
        for name, secret in vendor.credentials.items():
            if secret.required and not credentials.get(name):
                missing = f"{self.name} has no {secret.label or name}: enter its credentials again."
                raise secrets.SecretUnreadable(missing)
        vendor.http = vendor.connect(base_url=self.base_url, credentials=credentials)
        if self.pk is not None:
            gate = AccountGate(
                account_id=self.pk, vendor=vendor.label, limit=self.limit, background=background, urgent=urgent
            )
            vendor.http = replace(vendor.http, gate=gate, sessions=sessions_of(self.pk))
        return vendor

    @property
    def limit(self) -> Limit | None:
        """How fast the vendor may be called; None for as fast as it goes."""
        if self.requests_per_second is None:
            return None
        return Limit(rate=float(self.requests_per_second), burst=self.burst, reserve=self.reserve_percent / 100)

    @property
    def credentials(self) -> dict[str, str]:
        """The secrets in clear. Raises SecretUnreadable."""
        return secrets.decrypt(self.encrypted_credentials)

    def cleaned_options(self) -> dict[str, Any]:
        """A value for every option that the vendor declares, the declared default where none was chosen."""
        return {
            name: self.options.get(name, field.initial) for name, field in self.vendor_class.declared_options.items()
        }
