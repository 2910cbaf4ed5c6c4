"""`rotate_secrets`: put all stored credentials under the newest key, so that the older keys can be thrown away."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from vendors import secrets
from vendors.models import VendorAccount
from vendors.secrets import SecretUnreadable


class Command(BaseCommand):
    """Safe to interrupt and repeat. Exit code 1 where credentials could not be read with any key."""

    help = (
        "Re-encrypt the credentials of every account under the first key in FIELD_ENCRYPTION_KEYS. Put a new key in"
        " front of the old one, run this, and then take the old one away."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        done, unreadable, moved = 0, [], []
        for account in VendorAccount.objects.exclude(encrypted_credentials="").order_by("name"):
            try:
                outcome = _rotate(account)
            except SecretUnreadable:
                unreadable.append(account.name)
                continue
            done += outcome
            moved += [] if outcome else [account.name]
        without = VendorAccount.objects.filter(encrypted_credentials="").count()
        self.stdout.write(
            f"{done} re-encrypted, {without} without credentials, {len(unreadable)} unreadable,"
            f" {len(moved)} changed in the meantime."
        )
        if unreadable:
            raise CommandError(f"No key in FIELD_ENCRYPTION_KEYS decrypts the credentials of: {', '.join(unreadable)}.")
        if moved:
            raise CommandError(f"Somebody changed {', '.join(moved)} in the meantime: run this once more.")


def _rotate(account: VendorAccount) -> bool:
    """Store the same credentials under the newest key, unless they were changed since they were read."""
    same = VendorAccount.objects.filter(pk=account.pk, encrypted_credentials=account.encrypted_credentials)
    return bool(same.update(encrypted_credentials=secrets.reencrypt(account.encrypted_credentials)))
