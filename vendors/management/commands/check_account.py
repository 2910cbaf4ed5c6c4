"""`check_account`: try the connections of accounts, and say what is wrong with them."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from vendors.connection import check_account
from vendors.models import VendorAccount


class Command(BaseCommand):
    """Exit code 1 where a connection does not work, 2 where an account does not exist."""

    help = "Make one harmless call with each account NAME (all enabled ones where none is named)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("names", metavar="NAME", nargs="*")

    def handle(self, *args: Any, names: list[str], **options: Any) -> None:
        failed = 0
        for account in _accounts(names):
            finding = check_account(account=account)
            failed += not finding.works
            self.stdout.write(f"{account}: {finding.text}")
        if failed:
            raise CommandError(f"{failed} connection{'' if failed == 1 else 's'} did not work.", returncode=1)


def _accounts(names: list[str]) -> list[VendorAccount]:
    if not names:
        return list(VendorAccount.objects.filter(enabled=True).order_by("name"))
    found = {account.name: account for account in VendorAccount.objects.filter(name__in=names)}
    for name in names:
        if name not in found:
            raise CommandError(f"There is no account named {name}.", returncode=2)
    return [found[name] for name in dict.fromkeys(names)]
