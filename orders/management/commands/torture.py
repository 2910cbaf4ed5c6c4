"""`manage.py torture`: thousands of edits against simulators that fail in every way, and a verdict."""

import json
import os
import secrets
import subprocess
import sys
import tempfile
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from cryptography.fernet import Fernet
from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from config.environment import ROOT
from orders.management.processes import Ended, end_on_signals
from orders.trial.databases import Unusable, throw_away
from orders.trial.desk import NotEmpty
from orders.trial.running import Course, Done, run
from vendors.registry import VENDORS

# The waits of a desk, as short as a simulator's. What is late is so by a second at most.
WAITS = {"HOLD_SECONDS": "0", "QUIET_SECONDS": "0.8", "RECHECK_SECONDS": "0.4,0.8,1.5,2,2", "LEASE_SECONDS": "2"}
# As in service: a desk in DEBUG keeps every statement that it makes.
PRETENCE = {"DEBUG": "false", "HTTPS": "false", "ALLOW_PRIVATE_HOSTS": "true", "LOG_LEVEL": "WARNING", "BROKER_URL": ""}


class Command(BaseCommand):
    help = (
        "Make edits against simulated vendors that fail in every way, kill and stop the desk's processes meanwhile,"
        " and compare every edit with what the vendors really did. Runs on a throw-away database."
        " Exits with 1 where anything is not as it has to be."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--edits", type=int, default=5000, help="how many submissions (%(default)s)")
        parser.add_argument("--faults", type=float, default=0.3, help="the share of calls that fail (%(default)s)")
        parser.add_argument("--workers", type=int, default=4, help="processes of `manage.py work` (%(default)s)")
        parser.add_argument("--seed", type=int, default=1, help="the same seed draws the same faults")
        parser.add_argument("--vendors", nargs="+", choices=sorted(VENDORS), default=sorted(VENDORS))
        parser.add_argument(
            "--db",
            default="sqlite",
            help="sqlite: a file that is removed; postgresql: a database on the server of DATABASE_URL that is removed;"
            " or the address of an empty database whose name holds “trial” (sqlite)",
        )
        parser.add_argument("--json", action="store_true", help="print the result as JSON")
        parser.add_argument("--inside", metavar="FOLDER", help="(for its own use) run on the database of DATABASE_URL")

    def handle(self, *args: Any, **options: Any) -> None:
        if not 0 <= options["faults"] < 1 or options["edits"] < 1 or options["workers"] < 1:
            raise CommandError("--faults takes a share from 0 to below 1; --edits and --workers numbers from 1 on.")
        try:
            with end_on_signals():
                code = self._run(options) if options["inside"] else _apart(options)
        except Ended:
            raise CommandError("Ended before there was a verdict.") from None
        sys.exit(code)

    def _run(self, options: dict[str, Any]) -> int:
        course = Course(
            folder=Path(options["inside"]),
            say=lambda line: self.stderr.write(line),
            **{name: options[name] for name in ("edits", "faults", "workers", "seed", "vendors")},
        )
        try:
            done = run(course)
        except NotEmpty as refusal:
            raise CommandError(str(refusal)) from refusal
        self.stdout.write(
            json.dumps(_as_data(done, options), indent=2) if options["json"] else _in_words(done, options)
        )
        return 0 if done.report.passed else 1


def _apart(options: dict[str, Any]) -> int:
    """Run in a process that never knew the real database. Returns its exit code."""
    with tempfile.TemporaryDirectory(prefix="amend-trial-") as folder:
        try:
            with throw_away(options["db"], Path(folder)) as url:
                command = [sys.executable, "manage.py", "torture", "--inside", folder]
                for name in ("edits", "faults", "workers", "seed"):
                    command.append(f"--{name}={options[name]}")
                command += ["--vendors", *options["vendors"], *(["--json"] if options["json"] else [])]
                environment = {**os.environ, **PRETENCE, **WAITS, **_keys(), "DATABASE_URL": url}
                with subprocess.Popen(command, cwd=ROOT, env=environment) as trial:
                    try:
                        return trial.wait()
                    finally:
                        trial.terminate()  # where we are told to end before it has
        except Unusable as refusal:
            raise CommandError(str(refusal)) from refusal


def _keys() -> dict[str, str]:
    """Keys that are worth nothing once the trial is over."""
    return {"SECRET_KEY": secrets.token_urlsafe(50), "FIELD_ENCRYPTION_KEYS": Fernet.generate_key().decode()}


def _as_data(done: Done, options: dict[str, Any]) -> dict[str, Any]:
    cells = {" ".join(cell): count for cell, count in sorted(done.coverage.cells.items())}
    return {
        "seed": options["seed"],
        "database": connection.vendor,
        "workers": options["workers"],
        "faults": options["faults"],
        **done.report.as_data(),
        "seconds": {"submitting": round(done.submitting, 1), "settling": round(done.settling, 1)},
        "nemesis": done.nemesis,
        "cells": cells,
        "never_reached": done.coverage.empty,
    }


def _in_words(done: Done, options: dict[str, Any]) -> str:
    pace = done.report.counts["edits"] / max(done.submitting, 0.1)
    never = done.coverage.empty
    met = f"{len(done.coverage.known) - len(never)} of {len(done.coverage.known)}"
    return "\n".join(
        [
            f"seed {options['seed']}, {connection.vendor}, {options['workers']} workers, {options['faults']:.0%} bad",
            f"{pace:.1f} edits/s for {done.submitting:.0f} s, settled {done.settling:.0f} s after the faults ended",
            f"nemesis: {done.nemesis}",
            *done.report.lines(),
            f"{len(never):7}  faults × states never reached ({met} were)",
            *(f"  {cell}" for cell in never),
            "PASSED" if done.report.passed else "FAILED",
        ]
    )
