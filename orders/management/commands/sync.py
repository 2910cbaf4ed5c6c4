"""`manage.py sync [NAME...] [--json]`: mirror the orders of accounts."""

import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from orders.models import SyncRun
from orders.services import SyncBusy, leases, sync_alone
from vendors import payloads
from vendors.models import VendorAccount


class Command(BaseCommand):
    help = "Read the orders of accounts from their vendors into the mirror: of all enabled ones, or of those named."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("names", nargs="*", metavar="NAME", help="the accounts to mirror")
        parser.add_argument("--json", action="store_true", help="print the result as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        runs = [self._sync(account, quiet=options["json"]) for account in _accounts(options["names"])]
        if options["json"]:
            self.stdout.write(payloads.dumps([_as_data(run) for run in runs], indent=2))
        if any(run.error for run in runs):
            sys.exit(1)

    def _sync(self, account: VendorAccount, *, quiet: bool) -> SyncRun:
        on_terminal = not quiet and self.stderr.isatty()

        def show(run: SyncRun) -> None:
            if on_terminal:
                of_total = f" of {run.total}" if run.total is not None else ""
                self.stderr.write(f"\r{account.name}: {run.seen}{of_total} orders", ending="")

        try:
            with leases.kept():
                run = sync_alone(account=account, on_progress=show)
        except SyncBusy as busy:
            run = SyncRun(account=account, error=f"{busy} Wait until that has ended.")
        if on_terminal:
            self.stderr.write("\r\033[K", ending="")
        if not quiet:
            self._report(run)
        return run

    def _report(self, run: SyncRun) -> None:
        self.stdout.write(
            f"{run.account.name}: {run.seen} orders seen, {run.added} added, {run.changed} changed, {run.failed} failed"
        )
        for problem in run.problems:
            self.stderr.write(f"  {problem}")
        if run.error:
            self.stderr.write(self.style.ERROR(f"{run.account.name}: stopped: {run.error}"))


def _accounts(names: list[str]) -> list[VendorAccount]:
    if not names:
        return list(VendorAccount.objects.filter(enabled=True).order_by("name"))
    accounts = {account.name: account for account in VendorAccount.objects.filter(name__in=names)}
    for name in names:
        if name not in accounts:
            known = ", ".join(VendorAccount.objects.order_by("name").values_list("name", flat=True)) or "none yet"
            raise CommandError(f"There is no account named {name}. The accounts are: {known}.", returncode=2)
        if not accounts[name].enabled:
            raise CommandError(f"The account {name} is disabled.", returncode=2)
    return [accounts[name] for name in names]


def _as_data(run: SyncRun) -> dict[str, Any]:
    return {
        "account": run.account.name,
        "total": run.total,
        "seen": run.seen,
        "added": run.added,
        "changed": run.changed,
        "failed": run.failed,
        "problems": run.problems,
        "error": run.error,
    }
