"""The mirrored orders, what they were before, and how they come in."""

from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from orders.documents import DocumentField
from vendors.models import VendorAccount


class Order(models.Model):
    """One order at one vendor: the document exactly as it was sent, and the few columns that every vendor has."""

    account = models.ForeignKey(VendorAccount, on_delete=models.PROTECT, related_name="orders")
    vendor_id = models.CharField(max_length=200)
    number = models.CharField(max_length=200)
    title = models.CharField(max_length=300, blank=True)
    status = models.CharField(max_length=100, blank=True)
    note = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(null=True, help_text="When the vendor created it.")
    search = models.TextField(blank=True)
    tickets = models.TextField(blank=True, default="", db_default="", help_text="Of its edits, as search keeps them.")
    raw = DocumentField()
    digest = models.CharField(max_length=64)
    revision = models.PositiveIntegerField(default=1)
    found_at = models.CharField(max_length=200, blank=True, help_text="Where the vendor showed it last.")
    seen_at = models.DateTimeField(help_text="When the vendor last showed it.")
    changed_at = models.DateTimeField(help_text="When the document last changed.")
    edited_at = models.DateTimeField(null=True, help_text="When it was last edited from here.")
    gone_at = models.DateTimeField(null=True, help_text="When the vendor was found not to know it any more.")

    class Meta:
        # No default ordering: a look-up by key would inherit it and walk the wrong index.
        constraints = [models.UniqueConstraint(fields=["account", "vendor_id"], name="one_row_per_vendor_order")]
        indexes = [
            models.Index(F("changed_at").desc(), F("id").desc(), name="order_changed"),
            models.Index("account", F("changed_at").desc(), F("id").desc(), name="order_account_changed"),
            models.Index("status", F("changed_at").desc(), F("id").desc(), name="order_status_changed"),
            models.Index(
                "account", "status", F("changed_at").desc(), F("id").desc(), name="order_account_status_changed"
            ),
            models.Index(
                F("edited_at").desc(), F("id").desc(), name="order_edited", condition=Q(edited_at__isnull=False)
            ),
            models.Index(
                F("changed_at").desc(),
                F("id").desc(),
                name="order_edited_changed",
                condition=Q(edited_at__isnull=False),
            ),
            models.Index(
                "account",
                F("changed_at").desc(),
                F("id").desc(),
                name="order_account_edited_changed",
                condition=Q(edited_at__isnull=False),
            ),
            models.Index(F("created_at").desc(), F("id").desc(), name="order_created"),
            models.Index("account", F("created_at").desc(), F("id").desc(), name="order_account_created"),
            models.Index("number", "id", name="order_number"),
            models.Index("account", "number", "id", name="order_account_number"),
            models.Index("title", "id", name="order_title"),
            models.Index("account", "title", "id", name="order_account_title"),
        ]
        permissions = [
            ("edit_order", "Can edit orders at their vendors"),
            ("view_personal", "Can see customers' personal data"),
        ]

    def __str__(self) -> str:
        return f"{self.account.name} {self.number}"

    def get_absolute_url(self) -> str:
        return reverse("order", args=[self.pk])


class Revision(models.Model):
    """A document that an order once had, kept when the vendor showed a different one."""

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="revisions")
    number = models.PositiveIntegerField()
    raw = DocumentField()
    digest = models.CharField(max_length=64)
    replaced_at = models.DateTimeField(auto_now_add=True)
    edit = models.ForeignKey(
        "Edit",
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        help_text="Ours, after which the order was found changed; none where the vendor changed it by itself.",
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["order", "number"], name="one_row_per_revision")]

    def __str__(self) -> str:
        return f"revision {self.number} of order {self.order_id}"


class SyncRun(models.Model):
    """One pass over an account's orders: how far it has come, what it found and what it could not read."""

    account = models.ForeignKey(VendorAccount, on_delete=models.CASCADE, related_name="sync_runs")
    started_at = models.DateTimeField()
    noted_at = models.DateTimeField(null=True, help_text="When its progress was last written down.")
    finished_at = models.DateTimeField(null=True)
    since = models.DateTimeField(null=True, help_text="Only what changed since was asked for; none: all orders.")
    total = models.PositiveIntegerField(null=True)
    before = models.PositiveIntegerField(default=0, help_text="Orders that the pass it goes on from had seen.")
    place = models.TextField(blank=True, help_text="Where in the vendor's list another pass can go on.")
    rate = models.FloatField(default=0, help_text="Orders a second, lately.")
    seen = models.PositiveIntegerField(default=0)
    added = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    failed = models.PositiveIntegerField(default=0)
    problems = models.JSONField(default=list)
    error = models.TextField(blank=True)
    complete = models.BooleanField(default=False, help_text="Whether it saw every order that the vendor has.")

    class Meta:
        indexes = [
            models.Index("account", F("started_at").desc(), name="sync_run_latest"),
            models.Index("account", F("started_at").desc(), name="sync_run_complete", condition=Q(complete=True)),
        ]

    def __str__(self) -> str:
        return f"sync of {self.account} at {self.started_at:%Y-%m-%d %H:%M}"

    @property
    def done(self) -> int:
        """How many orders of `total` have been read, those of the pass it goes on from included."""
        return self.before + self.seen

    @property
    def seconds_left(self) -> float | None:
        """How long it will take at this rate; None where that cannot be told."""
        if self.finished_at is not None or self.total is None or not self.rate:
            return None
        return max(0, self.total - self.done) / self.rate


class Delivery(models.Model):
    """A message that a vendor sent by itself, so that it is taken in once however often it comes."""

    account = models.ForeignKey(VendorAccount, on_delete=models.CASCADE, related_name="deliveries")
    delivery_id = models.CharField(max_length=100, help_text="The vendor's own id of the message.")
    event = models.CharField(max_length=100, blank=True)
    received_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "deliveries"
        constraints = [models.UniqueConstraint(fields=["account", "delivery_id"], name="one_row_per_delivery")]
        indexes = [models.Index(F("received_at").desc(), F("id").desc(), name="delivery_received")]

    def __str__(self) -> str:
        return f"{self.event} for {self.account}"
