"""`manage.py sync [NAME...] [--full] [--jobs N] [--json]`: mirror the orders of accounts."""

import sys
import threading
from argparse import ArgumentParser
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connections

from orders.management.board import Board
from orders.management.processes import Ended, end_on_signals
from orders.models import SyncRun
from orders.presentation.passes import line_of
from orders.services import SyncBusy, leases, sync_alone
from vendors import payloads
from vendors.models import VendorAccount


class Command(BaseCommand):
    help = "Read the orders of accounts from their vendors into the mirror: of all enabled ones, or of those named."

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._stopped = threading.Event()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("names", nargs="*", metavar="NAME", help="the accounts to mirror")
        parser.add_argument("--full", action="store_true", help="read all orders, from the beginning")
        parser.add_argument("--jobs", type=int, default=4, help="accounts that are mirrored at once (default: 4)")
        parser.add_argument("--json", action="store_true", help="print the result as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["jobs"] < 1:
            raise CommandError("--jobs is 1 or more.", returncode=2)
        accounts = _accounts(options["names"])
        self._quiet, self._full = options["json"], options["full"]
        self._board = Board(self._draw if self.stderr.isatty() and not self._quiet else lambda text: None)
        try:
            with end_on_signals():
                runs = self._sync_all(accounts, min(options["jobs"], len(accounts)))
        except Ended:
            sys.exit("Stopped. The next sync goes on from here, where the vendor's list allows it.")
        if options["json"]:
            self.stdout.write(payloads.dumps([_as_data(run) for run in runs], indent=2))
        if any(run.error for run in runs):
            sys.exit(1)

    def _sync_all(self, accounts: Sequence[VendorAccount], jobs: int) -> list[SyncRun]:
        if jobs < 2:
            return [self._sync(account) for account in accounts]
        with ThreadPoolExecutor(jobs, thread_name_prefix="sync") as pool:
            try:
                return list(pool.map(self._sync_in_thread, accounts))
            except BaseException:  # a signal comes to this thread alone: the others end when they next tell of progress
                self._stopped.set()
                pool.shutdown(cancel_futures=True)
                raise

    def _sync_in_thread(self, account: VendorAccount) -> SyncRun:
        try:
            return self._sync(account)
        finally:
            connections.close_all()

    def _sync(self, account: VendorAccount) -> SyncRun:
        try:
            with leases.kept():
                run = sync_alone(account=account, full=self._full, on_progress=self._show)
        except SyncBusy as busy:
            run = SyncRun(account=account, error=f"{busy} Wait until that has ended.")
        except BaseException:
            self._board.drop(account.pk)
            raise
        self._board.drop(account.pk, lambda: None if self._quiet else self._report(run))
        return run

    def _show(self, run: SyncRun) -> None:
        self._board.show(run.account_id, line_of(run))
        if self._stopped.is_set():
            raise Ended

    def _draw(self, text: str) -> None:
        self.stderr.write(text, style_func=str, ending="")
        self.stderr.flush()

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
        "since": run.since.isoformat() if run.since else None,
        "resumed_after": run.before,
        "total": run.total,
        "seen": run.seen,
        "added": run.added,
        "changed": run.changed,
        "failed": run.failed,
        "problems": run.problems,
        "error": run.error,
    }
