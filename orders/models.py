"""What the desk remembers: the mirrored orders, what they were before, and every edit with its attempts."""

from typing import Any

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from orders.documents import DocumentField
from orders.states import IN_FLIGHT, LIVE, MAY_NEED_A_PERSON, Outcome, State
from orders.wording import LabelsField, ToldField
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


# Among these edits are all that need a person; what else it takes depends on the time.
OPEN = Q(state__in=[state.value for state in MAY_NEED_A_PERSON], dealt_with_at__isnull=True) | ~Q(hold="")


class Edit(models.Model):
    """One call to a vendor that changes one order: what is asked for, by whom, and what came of it.

    Written before the first byte leaves. Who, when, what and why never change; the outcome is concluded once.
    `changes` maps a field's name to {"label", "old", "new", "old_text", "new_text", "personal"}, values as on the wire.
    """

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="edits")
    account = models.ForeignKey(VendorAccount, on_delete=models.PROTECT, related_name="edits")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="edits")
    author_name = models.CharField(max_length=150)
    submit_token = models.CharField(max_length=64, help_text="One per form: a second click finds the first edit.")
    part = models.PositiveSmallIntegerField(default=0, help_text="Its place among the calls of one submission.")
    changes = DocumentField()
    labels = LabelsField(blank=True, default="", db_default="", editable=False, help_text="The fields that it changes.")
    told = ToldField(
        blank=True, default="", db_default="", editable=False, help_text="The changes in words, personal data included."
    )
    reason = models.CharField(max_length=500, blank=True)
    ticket = models.CharField(max_length=100, blank=True)
    cautions = DocumentField(default=list, help_text="What the author agreed to.")
    base_revision = models.PositiveIntegerField(help_text="What the author saw.")
    base_digest = models.CharField(max_length=64)
    reverts = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        related_name="reverted_by",
        help_text="The edit of which this one puts fields back.",
    )
    created_at = models.DateTimeField()

    state = models.CharField(max_length=20, choices=State.choices, default=State.ACCEPTED)
    payload = DocumentField(null=True, help_text="The body that was sent, without credentials.")
    method = models.CharField(max_length=10, blank=True)
    path = models.CharField(max_length=300, blank=True)
    sent_revision = models.PositiveIntegerField(null=True, help_text="The order as it was read just before the send.")
    hold = models.CharField(max_length=100, blank=True, help_text="The vendor's lock, while it may be held.")
    answer = DocumentField(null=True, help_text="What the vendor said.")
    landed = DocumentField(null=True, help_text="What the order says now, field by field.")
    conflict = DocumentField(null=True, help_text="Three values for each field that the vendor changed meanwhile.")
    explanation = models.TextField(blank=True, help_text="The outcome in a sentence.")
    aftermath = models.TextField(blank=True, help_text="What else became of the order.")
    sent_at = models.DateTimeField(null=True)
    concluded_at = models.DateTimeField(null=True)

    dealt_with_at = models.DateTimeField(null=True, help_text="When somebody saw to it that it did not come about.")
    dealt_with_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )

    fence = models.PositiveIntegerField(default=0, help_text="Grows with every worker that takes the edit on.")
    busy_until = models.DateTimeField(null=True)
    next_at = models.DateTimeField(null=True, help_text="When it is to be taken on next.")
    looks = models.PositiveSmallIntegerField(default=0, help_text="How often the vendor was asked after a lost answer.")
    found_later = models.BooleanField(
        null=True, help_text="Ended as not applied: whether a look a day later found it there after all, unexplained."
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["submit_token", "part"], name="one_edit_per_submission_part"),
            models.UniqueConstraint(
                fields=["order"], condition=Q(state__in=[state.value for state in IN_FLIGHT]), name="one_edit_in_flight"
            ),
        ]
        indexes = [
            models.Index(F("created_at").desc(), F("id").desc(), name="edit_created"),
            models.Index("order", F("created_at").desc(), F("id").desc(), name="edit_order_created"),
            models.Index("author", F("created_at").desc(), F("id").desc(), name="edit_author_created"),
            models.Index("account", F("created_at").desc(), F("id").desc(), name="edit_account_created"),
            models.Index("state", F("created_at").desc(), F("id").desc(), name="edit_state_created"),
            models.Index("author", "account", F("created_at").desc(), F("id").desc(), name="edit_author_account"),
            models.Index("author", "state", F("created_at").desc(), F("id").desc(), name="edit_author_state"),
            models.Index("account", "state", F("created_at").desc(), F("id").desc(), name="edit_account_state"),
            models.Index("author", "order", name="edit_author_order"),
            models.Index("order", name="edit_live_order", condition=Q(state__in=[state.value for state in LIVE])),
            models.Index("next_at", name="edit_due", condition=Q(state__in=[state.value for state in LIVE])),
            models.Index(F("created_at").desc(), F("id").desc(), name="edit_open", condition=OPEN),
            models.Index("author", F("created_at").desc(), F("id").desc(), name="edit_author_open", condition=OPEN),
        ]
        permissions = [("view_history", "Can see the history of all orders")]

    def __str__(self) -> str:
        return f"edit {self.pk} of order {self.order_id}"

    def get_absolute_url(self) -> str:
        return reverse("edit", args=[self.pk])

    @property
    def is_live(self) -> bool:
        return self.state in LIVE

    @property
    def outcome(self) -> Outcome | None:
        """The word for what came of it; None while it is under way."""
        return Outcome(self.state) if self.state in Outcome.values else None

    @property
    def wanted(self) -> dict[str, Any]:
        """Field name -> new value, as on the wire."""
        return {name: change["new"] for name, change in self.changes.items()}


class EditField(models.Model):
    """Which fields an edit changes: the history is filtered by it."""

    edit = models.ForeignKey(Edit, on_delete=models.CASCADE, related_name="fields")
    name = models.CharField(max_length=200)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["edit", "name"], name="one_row_per_edited_field")]
        indexes = [models.Index("name", F("edit_id").desc(), name="edit_field_name")]

    def __str__(self) -> str:
        return self.name


class Attempt(models.Model):
    """One try to send an edit, written before the first byte leaves and concluded when an answer came or did not."""

    edit = models.ForeignKey(Edit, on_delete=models.CASCADE, related_name="attempts")
    number = models.PositiveSmallIntegerField()
    fence = models.PositiveIntegerField()
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    result = models.CharField(max_length=40, blank=True)
    status = models.PositiveSmallIntegerField(null=True)
    text = models.TextField(blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["edit", "number"], name="one_row_per_attempt")]

    def __str__(self) -> str:
        return f"attempt {self.number} of edit {self.edit_id}"


class Step(models.Model):
    """One change of an edit's state. Written in the same transaction as the change itself."""

    edit = models.ForeignKey(Edit, on_delete=models.CASCADE, related_name="steps")
    at = models.DateTimeField()
    state = models.CharField(max_length=20, choices=State.choices)
    note = models.TextField(blank=True)

    class Meta:
        indexes = [models.Index("edit", "id", name="step_edit")]

    def __str__(self) -> str:
        return f"{self.state} at {self.at:%H:%M:%S}"


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


class Preferences(models.Model):
    """What one person has chosen for themselves. What they have not chosen is as the settings have it."""

    MOST_HOLD_SECONDS = 10

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="preferences")
    hold_seconds = models.PositiveSmallIntegerField(
        null=True,
        blank=True,
        validators=[MinValueValidator(0), MaxValueValidator(MOST_HOLD_SECONDS)],
        help_text="How long an edit waits after it is sent, so that it can be taken back.",
    )

    class Meta:
        verbose_name_plural = "preferences"
        constraints = [
            models.CheckConstraint(condition=Q(hold_seconds__range=(0, 10)), name="hold_seconds_within_bounds")
        ]

    def __str__(self) -> str:
        return f"preferences of {self.user}"


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


class Worker(models.Model):
    """A process that does the background work, and when it was last seen alive."""

    name = models.CharField(max_length=64, unique=True)
    host = models.CharField(max_length=200)
    pid = models.PositiveIntegerField()
    engine = models.CharField(max_length=20, help_text="What hands it its tasks.")
    started_at = models.DateTimeField()
    seen_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return self.name


class Schedule(models.Model):
    """Something that is done again and again, once among all workers. Not due by itself while somebody is at it."""

    name = models.CharField(max_length=100, unique=True)
    next_at = models.DateTimeField(help_text="When it is due next.")
    fence = models.PositiveIntegerField(default=0, help_text="Grows with every process that does it.")
    busy_until = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.name


class Export(models.Model):
    """One export of the history: who took what out of the desk, and for a workbook how far it is."""

    class Kind(models.TextChoices):
        CSV = "csv", "CSV"
        JSON = "json", "JSON"
        XLSX = "xlsx", "Excel"

    class Progress(models.TextChoices):
        WAITING = "waiting", "waiting"
        RUNNING = "running", "running"
        DONE = "done", "done"
        FAILED = "failed", "failed"

    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="exports")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    query = models.TextField(blank=True, help_text="What the history was narrowed down to, as its address says it.")
    narrowed_to = models.TextField(blank=True, help_text="The same in words.")
    personal = models.BooleanField(help_text="Whether personal data was left in it.")
    state = models.CharField(max_length=10, choices=Progress.choices, default=Progress.WAITING)
    rows = models.PositiveIntegerField(default=0, help_text="Edits written, so far or in the end.")
    total = models.PositiveIntegerField(null=True, help_text="How many a workbook will hold.")
    error = models.TextField(blank=True)
    created_at = models.DateTimeField()
    touched_at = models.DateTimeField(help_text="When it was last heard of.")
    fence = models.PositiveIntegerField(default=0, help_text="Grows with every worker that begins to write it.")
    busy_until = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index("author", F("created_at").desc(), F("id").desc(), name="export_author"),
            models.Index("created_at", name="export_open", condition=Q(state__in=["waiting", "running"])),
        ]
        permissions = [("export_history", "Can export the history of all orders")]

    def __str__(self) -> str:
        return f"export {self.pk} of the history as {self.get_kind_display()}"


class ExportPart(models.Model):
    """A stretch of a workbook, kept where every machine of the desk reads it, for as long as it can be downloaded."""

    export = models.ForeignKey(Export, on_delete=models.CASCADE, related_name="parts")
    fence = models.PositiveIntegerField(help_text="Whose writing it is: another may have begun anew since.")
    number = models.PositiveIntegerField()
    data = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["export", "fence", "number"], name="one_row_per_export_part")]

    def __str__(self) -> str:
        return f"part {self.number} of export {self.export_id}"
