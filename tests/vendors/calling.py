"""A process that calls an account's vendor as often as it is told to: `python -m tests.vendors.calling DB ID CALLS`."""

import os
import sys


def main(database: str, account_id: int, calls: int) -> None:
    """Make the calls one after the other, each as soon as the account's budget lets it out."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
    import django

    django.setup()
    from django.db import connection

    connection.settings_dict["NAME"] = database
    from vendors.models import VendorAccount

    http = VendorAccount.objects.get(pk=account_id).connect(background=True).http
    for _ in range(calls):
        http.read("GET", "/x/")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
