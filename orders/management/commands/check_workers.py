"""`manage.py check_workers`: whether anybody does the background work, for people and for monitoring."""

import sys
from typing import Any

from django.core.management.base import BaseCommand
from django.db.models.functions import Now

from orders.models import Worker
from orders.services.workers import living


class Command(BaseCommand):
    help = "List the workers, and when each was last seen. Exits with 1 where none is alive."

    def handle(self, *args: Any, **options: Any) -> None:
        alive = living()
        for worker in Worker.objects.annotate(now=Now()).order_by("-seen_at"):
            ago = (worker.now - worker.seen_at).total_seconds()
            state = "alive" if worker.name in alive else "dead"
            self.stdout.write(f"{worker.name} {worker.engine}: {state}, seen {ago:.0f} s ago")
        if not alive:
            self.stderr.write("No worker is running: nothing is sent. Start one with manage.py work.")
            sys.exit(1)
