"""`manage.py edit_order NAME ORDER_ID --changes JSON --user NAME`: one edit, through the same service as the pages."""

import sys
import uuid
from argparse import ArgumentParser
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError

from orders.models import Edit, Order
from orders.services import EditRefused, draft_changes, leases, preview_draft, settle_edit, submit_edit
from orders.services.drafting import Draft, errors_in_words, present
from orders.services.fetching import FetchRefused, fetch_order
from orders.services.reporting import edit_as_data, outcome_of
from orders.states import Outcome, State
from vendors import payloads
from vendors.errors import VendorError
from vendors.models import VendorAccount
from vendors.secrets import SecretUnreadable

FINE = {Outcome.APPLIED, Outcome.ECHOED, Outcome.NO_CHANGE}


class Command(BaseCommand):
    help = (
        "Edit one order at its vendor and wait until it is settled what came of it."
        " Exits with 0 when applied, echoed or nothing to change, 1 when refused in any way,"
        " 2 on wrong usage, 3 when unknown."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", metavar="NAME", help="the account")
        parser.add_argument("order_id", metavar="ORDER_ID", help="the order's id at the vendor")
        parser.add_argument(
            "--changes",
            required=True,
            metavar="JSON",
            help='such as \'{"title": "New"}\'; a hyphen reads it from standard input',
        )
        parser.add_argument("--user", required=True, help="whose edit it is")
        parser.add_argument("--reason", default="", help="why")
        parser.add_argument("--ticket", default="", help="the ticket it belongs to")
        parser.add_argument("--confirm", action="store_true", help="agree to the cautions")
        parser.add_argument("--dry-run", action="store_true", help="show what would be sent, and send nothing")
        parser.add_argument("--json", action="store_true", help="print the result as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        author = _author(options["user"])
        order = _order(options["name"], options["order_id"])
        values = _values(options["changes"])
        draft = draft_changes(order=order, values=values, seen=present(order))
        if not draft.is_valid:
            self._finish(Outcome.BLOCKED, errors_in_words(draft.errors), as_json=options["json"])
        elif not draft.changes:
            self._finish(Outcome.NO_CHANGE, "Nothing would change.", as_json=options["json"])
        elif options["dry_run"]:
            self._preview(order, draft, as_json=options["json"])
        else:
            self._edit(order, author, draft, options)

    def _edit(self, order: Order, author: User, draft: Draft, options: dict[str, Any]) -> None:
        try:
            edits = submit_edit(
                order=order,
                author=author,
                draft=draft,
                submit_token=uuid.uuid4().hex,
                reason=options["reason"],
                ticket=options["ticket"],
                agreed=options["confirm"],
                hold_seconds=0,
            )
        except EditRefused as refusal:
            self._finish(Outcome.BLOCKED, str(refusal), as_json=options["json"])
            return
        with leases.kept():
            settled = [settle_edit(edit=edit) for edit in edits]
        settled = list(Edit.objects.filter(pk__in=[edit.pk for edit in settled]).order_by("part"))
        explanation = " ".join(dict.fromkeys(edit.explanation for edit in settled if edit.state != State.WITHDRAWN))
        self._finish(Outcome(outcome_of(settled)), explanation, edits=settled, as_json=options["json"])

    def _preview(self, order: Order, draft: Draft, *, as_json: bool) -> None:
        calls = [
            {
                "changes": {change.name: [change.old, change.new] for change in changes},
                "method": request.method,
                "path": request.path,
                "payload": request.body,
            }
            for changes, request in preview_draft(order=order, draft=draft)
        ]
        if as_json:
            self.stdout.write(payloads.dumps({"dry_run": True, "warnings": draft.warnings, "calls": calls}, indent=2))
            return
        for call in calls:
            self.stdout.write(f"{call['method']} {call['path']}\n{payloads.dumps(call['payload'], indent=2)}")
        for warning in draft.warnings:
            self.stdout.write(self.style.WARNING(f"Caution: {warning}"))

    def _finish(self, outcome: Outcome, explanation: str, *, edits: list[Edit] | None = None, as_json: bool) -> None:
        if as_json:
            data = {
                "outcome": str(outcome.value),
                "explanation": explanation,
                "edits": [edit_as_data(edit) for edit in edits or []],
            }
            self.stdout.write(payloads.dumps(data, indent=2))
        else:
            self.stdout.write(f"{outcome.label}: {explanation}")
            for aftermath in filter(None, (edit.aftermath for edit in edits or [])):
                self.stdout.write(self.style.WARNING(aftermath))
        if outcome not in FINE:
            sys.exit(3 if outcome == Outcome.UNKNOWN else 1)


def _author(name: str) -> User:
    author: User | None = get_user_model().objects.filter(username=name).first()
    if author is None:
        raise CommandError(f"There is no user named {name}.", returncode=2)
    if not author.is_active or not author.has_perm("orders.edit_order"):
        raise CommandError(f"{name} may not edit orders.", returncode=2)
    return author


def _order(account_name: str, order_id: str) -> Order:
    account = VendorAccount.objects.filter(name=account_name).first()
    if account is None:
        raise CommandError(f"There is no account named {account_name}.", returncode=2)
    order = Order.objects.select_related("account").filter(account=account, vendor_id=order_id).first()
    return order or _fetched(account, order_id)


def _fetched(account: VendorAccount, order_id: str) -> Order:
    """An order that is not mirrored yet, where its vendor can be asked for one."""
    try:
        return fetch_order(account=account, text=order_id)
    except (FetchRefused, VendorError, SecretUnreadable) as failure:
        words = f"The mirror of {account.name} has no order {order_id}. {failure}"
        raise CommandError(words, returncode=2) from failure


def _values(text: str) -> dict[str, Any]:
    try:
        values = payloads.loads(sys.stdin.read() if text == "-" else text)
    except payloads.NotJSON as wrong:
        raise CommandError(f"--changes is not JSON: {wrong}.", returncode=2) from wrong
    if not isinstance(values, dict):
        raise CommandError(
            '--changes takes a JSON object of field names and values, such as {"title": "New"}.', returncode=2
        )
    return values
