"""Every edit, with its attempts and the steps that it took."""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from orders.documents import DocumentField
from orders.models.mirror import Order
from orders.states import IN_FLIGHT, LIVE, MAY_NEED_A_PERSON, Outcome, State
from orders.wording import LabelsField, ToldField
from vendors.models import VendorAccount

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
    takeovers = models.PositiveSmallIntegerField(
        default=0, db_default=0, help_text="How many in a row did not live to let it go, since it got to its state."
    )
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
    def needs_settling(self) -> bool:
        """Whether the desk looks no more, and only a person can tell what became of it."""
        return self.state == State.UNKNOWN and self.next_at is None

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
