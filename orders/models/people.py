"""What belongs to one person: what they have chosen, and the history that they took out."""

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q


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
