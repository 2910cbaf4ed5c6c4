"""`manage.py work`: see edits through that no page is waiting for, until it is told to stop."""

import signal
import threading
from argparse import ArgumentParser
from types import FrameType
from typing import Any

import structlog
from django.core.management.base import BaseCommand
from django.db import DatabaseError, close_old_connections, connection

from orders.services import advance_due_edits

log = structlog.get_logger(__name__)


class Command(BaseCommand):
    help = "Take on edits that are due: those whose answer was lost, and those that were begun and left."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--once", action="store_true", help="take on what is due now, and end")
        parser.add_argument("--pause", type=float, default=2.0, metavar="SECONDS", help="between two passes (2)")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["once"]:
            advance_due_edits()
            return
        stop = threading.Event()

        def end(_signal: int, _frame: FrameType | None) -> None:
            stop.set()

        signal.signal(signal.SIGTERM, end)
        signal.signal(signal.SIGINT, end)
        while not stop.is_set():
            _pass()
            stop.wait(options["pause"])


def _pass() -> None:
    """One pass. A database that is away for a moment does not end the worker."""
    close_old_connections()
    try:
        advance_due_edits()
    except DatabaseError as wrong:
        log.warning("pass_failed", reason=type(wrong).__name__)
        connection.close()
