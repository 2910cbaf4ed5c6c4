"""`manage.py bench`: how fast the desk is, as ratios of two figures of one run. `make bench` ends here."""

import os
import subprocess
import sys
from argparse import ArgumentParser
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connection, connections

from config.environment import ROOT, env
from orders.bench.scratch import scratch_database
from orders.bench.timing import Report

FEW = 1000
GROUPS = ("list", "growth", "search", "export", "sync", "edit", "slow")


class Command(BaseCommand):
    help = (
        "Measure the desk against floors and peers, on databases that are thrown away: no order or edit of yours is "
        "touched. Collects the static files first."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--db", choices=["sqlite", "postgresql"], default="sqlite", help="(default: %(default)s)")
        parser.add_argument("--orders", type=int, default=100_000, help="in lists and history (default: %(default)s)")
        parser.add_argument("--synced", type=int, default=100_000, help="orders of a sync (default: %(default)s)")
        parser.add_argument(
            "--only", nargs="+", choices=GROUPS, default=list(GROUPS), metavar="GROUP", help=", ".join(GROUPS)
        )
        parser.add_argument("--inside", metavar="URL", help="used by the command itself")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["inside"]:
            self._measure(options)
            return
        server = env.str("DATABASE_URL", default="")
        if options["db"] == "postgresql" and not server.startswith("postgres"):
            raise CommandError("Name a PostgreSQL whose account may create databases, in DATABASE_URL.")
        with scratch_database(options["db"], server) as many, scratch_database(options["db"], server) as few:
            words = [f"--{name}={options[name]}" for name in ("db", "orders", "synced")]
            done = subprocess.run(  # noqa: S603 - ourselves
                [sys.executable, "manage.py", "bench", *words, "--inside", few, "--only", *options["only"]],
                cwd=ROOT, env=_environment(many), check=False,
            )  # fmt: skip
        sys.exit(done.returncode)

    def _measure(self, options: dict[str, Any]) -> None:
        self._prepare(options)
        report = Report(connection.vendor, self._say)
        for name, group in _groups(options).items():
            if name in options["only"]:
                group(report)
        self._say(f"Missed: {', '.join(dict.fromkeys(report.missed)) or 'none'}.")

    def _prepare(self, options: dict[str, Any]) -> None:
        from orders.bench.pages import SMALL, in_small

        settings.ROOT_URLCONF = "orders.bench.references"
        call_command("collectstatic", interactive=False, verbosity=0)
        connections.databases[SMALL] = {**connections.databases["default"], "NAME": _name(options["inside"])}
        self._say(
            f"Python {sys.version.split()[0]}, {_version()}, {os.cpu_count()} cores, {options['orders']:,} orders"
        )
        with in_small():
            _fill(min(FEW, options["orders"]))
        _fill(options["orders"] if set(options["only"]) - {"sync", "edit", "slow"} else FEW)

    def _say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()


def _groups(options: dict[str, Any]) -> dict[str, Callable[[Report], None]]:
    from orders.bench import editing, exporting, mirroring, pages

    agent, supervisor, stock = (User.objects.get(username=name) for name in ("agent", "supervisor", "stock"))
    synced = options["synced"]

    def sync(report: Report) -> None:
        mirroring.measure_first_sync(report, synced)
        mirroring.measure_peers(report, synced)
        mirroring.measure_unchanged(report, synced)
        mirroring.measure_slow_vendor(report, synced)

    return {
        "list": lambda report: pages.measure_lists(report, agent, stock),
        "growth": lambda report: pages.measure_growth(report, agent, supervisor),
        "search": lambda report: pages.measure_search(report, agent),
        "export": lambda report: exporting.measure_export(report, supervisor),
        "edit": lambda report: editing.measure_edit(report, agent),
        "slow": editing.measure_slow_vendor,
        "sync": sync,  # the last: it empties the tables
    }


def _fill(many: int) -> None:
    from orders.bench import data

    call_command("migrate", interactive=False, verbosity=0)
    agent, _ = data.make_people()
    User.objects.create_superuser("stock", password=None)
    accounts = data.make_accounts()
    data.fill_orders(accounts, many)
    data.fill_edits(agent, many)
    data.settle_tables()


def _environment(url: str) -> dict[str, str]:
    given = {
        "DATABASE_URL": url,
        "DEBUG": "false",
        "HTTPS": "false",
        "ALLOW_PRIVATE_HOSTS": "true",
        "LOG_LEVEL": "ERROR",
    }
    waits = {"HOLD_SECONDS": "0", "ALLOWED_HOSTS": "localhost,127.0.0.1", "BROKER_URL": ""}
    keys = {
        "SECRET_KEY": "a-secret-of-the-bench-that-is-long-enough-to-pass",
        "FIELD_ENCRYPTION_KEYS": "YmVuY2gtb25seS1ub3QtYS1zZWNyZXQtYXQtYWxsISE=",
    }
    return {**os.environ, **given, **waits, **keys}


def _name(url: str) -> str:
    return str(env.db_url_config(url)["NAME"])


def _version() -> str:
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SHOW server_version")
        else:
            cursor.execute("SELECT sqlite_version()")
        return f"{connection.display_name} {cursor.fetchone()[0]}"
