"""`manage.py work`: the worker. Sends edits and mirrors accounts, until it is told to stop."""

import sys
from argparse import ArgumentParser, ArgumentTypeError
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from orders.services.workers import FalseClock
from orders.work.running import work, work_once


class Command(BaseCommand):
    help = (
        "Do the background work: send edits, find out what became of them, mirror accounts on their schedules."
        " Run as many of these as you like, on as many machines; one is enough."
        " SIGTERM and Ctrl-C let it finish what it has begun, a second one does not."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--threads", type=_many, default=8, metavar="N", help="edits sent at once (8)")
        parser.add_argument("--sync-threads", type=_many, default=2, metavar="N", help="accounts mirrored at once (2)")
        parser.add_argument(
            "--pause", type=float, default=2.0, metavar="SECONDS", help="between two looks for what was left behind (2)"
        )
        parser.add_argument(
            "--nice", type=int, choices=range(20), default=5, metavar="N",
            help="how far pages go before it where both want the same processor, 0 to 19 (5)",
        )  # fmt: skip
        parser.add_argument("--once", action="store_true", help="do what there is to do now, and end")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            if options["once"]:
                work_once()
                return
            wanted = {name: options[name] for name in ("threads", "sync_threads", "pause", "nice")}
            code = work(**wanted)
        except FalseClock as wrong:
            raise CommandError(f"{wrong} Set them right first: edits could go out before their time.") from wrong
        sys.exit(code)


def _many(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 100:
        raise ArgumentTypeError("a number from 1 to 100")
    return int(text)
