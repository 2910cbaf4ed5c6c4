"""`manage.py sandbox`: play the vendors on this machine, for the demo and the tests."""

import json
import signal
import threading
from importlib import import_module
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from vendors.registry import VENDORS
from vendors.sandbox.server import Server
from vendors.sandbox.simulator import Simulator


class Command(BaseCommand):
    help = "Play every vendor on one port: strict fakes with invented orders, for trying things out."
    requires_system_checks: list[str] = []
    requires_migrations_checks = False

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default="127.0.0.1", help="the address to listen on (default: %(default)s)")
        parser.add_argument("--port", type=int, default=8001, help="0 takes any free one (default: %(default)s)")
        parser.add_argument("--seed", type=int, default=1, help="the same seed gives the same orders")
        parser.add_argument("--orders", type=int, default=320, help="how many orders each vendor has")

    def handle(self, *args: Any, **options: Any) -> None:
        stop = threading.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: stop.set())
        if options["orders"] < 0:
            raise CommandError("--orders takes a number from 0 on.")
        server = Server(
            simulators(seed=options["seed"], size=options["orders"]), host=options["host"], port=options["port"]
        )
        try:
            server.start()
        except (OSError, OverflowError) as wrong:
            raise CommandError(f"Cannot listen on {options['host']}:{options['port']}: {wrong}.") from wrong
        with server:
            self._announce(server)
            stop.wait()
        self.stdout.write("The sandbox has stopped.")

    def _announce(self, server: Server) -> None:
        for simulator in server.simulators.values():
            self.stdout.write(f"{simulator.label:9} {simulator.url}  {json.dumps(dict(simulator.credentials))}")
        self.stdout.write(
            f"The sandbox listens at {server.url} (to steer it: {server.url}/_sandbox/). Ctrl-C stops it."
        )
        self.stdout.flush()


def simulators(*, seed: int = 1, size: int = 320) -> list[Simulator]:
    """A simulator for every vendor in the registry: `<Vendor>Simulator` in the `sandbox` module beside its class."""
    found = []
    for vendor in VENDORS.values():
        module = import_module(f"{vendor.__module__.rpartition('.')[0]}.sandbox")
        found.append(getattr(module, f"{vendor.__name__}Simulator")(seed=seed, size=size))
    return found
