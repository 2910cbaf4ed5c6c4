"""`manage.py history [--account NAME] [--order ID] [--json]`: who changed what, and what came of it."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from orders.models import Edit
from orders.services.reporting import history_entry
from vendors import payloads
from vendors.models import VendorAccount


class Command(BaseCommand):
    help = "Print the history of edits, newest first."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--account", metavar="NAME", help="only of this account")
        parser.add_argument("--order", metavar="ID", help="only of the order with this id at its vendor")
        parser.add_argument("--limit", type=int, default=1000, metavar="N", help="at most so many edits (1000)")
        parser.add_argument("--json", action="store_true", help="print it as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        edits = Edit.objects.select_related("account", "order").order_by("-created_at", "-id")
        if options["account"]:
            if not VendorAccount.objects.filter(name=options["account"]).exists():
                raise CommandError(f"There is no account named {options['account']}.", returncode=2)
            edits = edits.filter(account__name=options["account"])
        if options["order"]:
            edits = edits.filter(order__vendor_id=options["order"])
        if options["limit"] < 1:
            raise CommandError("--limit takes a number from 1.", returncode=2)
        shown = edits[: options["limit"]]
        if options["json"]:
            self.stdout.write(payloads.dumps([history_entry(edit) for edit in shown], indent=2))
            return
        for edit in shown:
            self._write(edit)

    def _write(self, edit: Edit) -> None:
        at = timezone.localtime(edit.created_at)
        self.stdout.write(
            f"{at:%Y-%m-%d %H:%M:%S} {edit.author_name} {edit.account.name} {edit.order.number}: {edit.state}"
        )
        for change in edit.changes.values():
            old, new = (change[key].replace("\n", ", ") or "—" for key in ("old_text", "new_text"))
            self.stdout.write(f"    {change['label']}: {old} → {new}")
        if edit.reason or edit.ticket:
            self.stdout.write(f"    {' '.join(filter(None, [edit.reason, edit.ticket]))}")
