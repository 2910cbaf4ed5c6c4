"""Who does the background work, and what is done again and again."""

from django.db import models


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
