"""`manage.py demo`: the desk on this machine, beside a simulator of its vendors. `make run` ends here."""

from argparse import ArgumentParser
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.urls import reverse

from orders.demo import HOST, PEOPLE, create_people, set_up_account
from orders.management.processes import Broken, Ended, Programs, end_on_signals, why_taken
from orders.models import Order
from orders.services import SyncBusy, leases, sync_alone
from vendors.management.commands.sandbox import simulators
from vendors.models import VendorAccount
from vendors.sandbox.server import Server
from vendors.sandbox.simulator import Simulator

WORKER = ["manage.py", "work"]
DESK = ["-m", "gunicorn", "config.wsgi", "--worker-class=gthread", "--threads=32", "--log-level=warning"]


class Command(BaseCommand):
    help = "Start the desk with demo people and simulated vendors. Safe to repeat: what is there already stays."

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._mirrored: set[int] = set()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=int, default=8000, help="of the desk (default: %(default)s)")
        parser.add_argument("--sandbox-port", type=int, default=8001, help="of the vendors (default: %(default)s)")

    def handle(self, *args: Any, **options: Any) -> None:
        port, sandbox_port = options["port"], options["sandbox_port"]
        _refuse_real_desk()
        _refuse_unusable(PORT=port, SANDBOX_PORT=sandbox_port)
        sandbox = Server(simulators(), host=HOST, port=sandbox_port)
        try:
            with end_on_signals(), sandbox, Programs() as programs:
                self._prepare()
                accounts = [self._set_up(simulator, port) for simulator in sandbox.simulators.values()]
                # Whoever starts for the first time finds orders; later ones need not wait for newer copies.
                self._mirror([account for account in accounts if account and not _has_orders(account)])
                self._serve(programs, port)
                self._mirror([account for account in accounts if account and account.enabled])
                programs.watch()
        except Ended:
            with suppress(OSError):  # the terminal may be gone
                self._say("Stopped.")
        except Broken as wrong:
            raise CommandError(str(wrong)) from wrong

    def _prepare(self) -> None:
        call_command("migrate", interactive=False, verbosity=0)
        call_command("collectstatic", interactive=False, verbosity=0)
        self._present_people()

    def _present_people(self) -> None:
        people = create_people()
        if any(person.password for person in people):
            self._say("The people of this desk. Their passwords are shown this once:")
            for person in people:
                self._say(f"  {person.name:6} {person.role:14} {person.password or '(unchanged)'}")
        else:
            self._say(f"Sign in as {', '.join(f'{name} ({role})' for name, role in PEOPLE.items())}.")
            self._say("Their passwords were shown at the first start.")
        self._say("A new password: .venv/bin/python manage.py changepassword alice")

    def _set_up(self, simulator: Simulator, port: int) -> VendorAccount | None:
        account = set_up_account(simulator=simulator)
        if account is None:
            self._say(f"{simulator.label} is left alone: the account of this name does not lead to the simulator.")
        elif account.delivers_by:
            address = reverse("hook", args=[account.vendor, account.hook_token])
            simulator.deliver_to(f"http://{HOST}:{port}{address}")
        return account

    def _mirror(self, accounts: Sequence[VendorAccount]) -> None:
        for account in accounts:
            if account.enabled and account.pk not in self._mirrored:
                self._mirrored.add(account.pk)
                self._mirror_one(account)

    def _mirror_one(self, account: VendorAccount) -> None:
        try:
            with leases.kept():
                run = sync_alone(account=account)
        except SyncBusy:  # the worker was quicker
            return
        self._say(f"{account.name}: {run.seen} orders mirrored from {account.base_url}. {run.error}".rstrip())

    def _serve(self, programs: Programs, port: int) -> None:
        self._say(f"The desk is at http://{HOST}:{port} (Ctrl-C stops it, and everything that was started with it)")
        programs.start("The worker", WORKER)
        programs.start("The desk", [*DESK, "--no-control-socket", f"--bind={HOST}:{port}"])

    def _say(self, sentence: str) -> None:
        self.stdout.write(sentence)
        self.stdout.flush()


def _has_orders(account: VendorAccount) -> bool:
    return Order.objects.filter(account=account).exists()


def _refuse_real_desk() -> None:
    """Demo people and invented orders have no place beside real ones."""
    if settings.SECURE_SSL_REDIRECT or not settings.ALLOW_PRIVATE_HOSTS:
        raise CommandError(
            "The demo runs with HTTPS=false and ALLOW_PRIVATE_HOSTS=true only; the environment or .env says otherwise."
        )


def _refuse_unusable(**ports: int) -> None:
    for variable, port in ports.items():
        if not 1 <= port <= 65535:
            raise CommandError(f"{variable}={port} is no port: take one from 1024 to 65535.")
    if len(set(ports.values())) < len(ports):
        raise CommandError(f"{' and '.join(ports)} have to differ.")
    for variable, port in ports.items():
        if why := why_taken(port):
            raise CommandError(f"{why} Choose one: make run {variable}={port + 10}")
