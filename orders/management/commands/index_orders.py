"""`manage.py index_orders`: make the index of search anew, where it is suspected not to find everything."""

from typing import Any

from django.core.management.base import BaseCommand

from orders.search.index import rebuild_index


class Command(BaseCommand):
    help = "Make the index of search anew from the orders. Nothing else can be written meanwhile."

    def handle(self, *args: Any, **options: Any) -> None:
        rebuild_index()
        self.stdout.write("The index of search was made anew.")
