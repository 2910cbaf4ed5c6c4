"""A vendor that speaks as much of Liner as a sync and an edit need, from memory: as fast as Python can, or slower.

The bundled simulator keeps rules and a journal, which costs more than what is to be measured. This one has neither.
"""

import json
import subprocess
import sys
import threading
import time
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

PAGE = 100
EMPTY = json.dumps({"success": True, "data": []}).encode()
EMPTY_PAGE = json.dumps({"success": True, "data": {"list": [], "total": 0, "next": None}}).encode()
YES = json.dumps({"success": True, "data": []}).encode()


class World:
    """Its orders. Pages are put together once, and again after a change."""

    def __init__(self, orders: list[dict[str, Any]]) -> None:
        self.orders = orders
        self.pages: dict[tuple[int, int], bytes] = {}
        self.calls = 0
        self.lock = threading.Lock()

    def page(self, offset: int, limit: int) -> bytes:
        """One page of the list, as bytes."""
        key = offset, limit
        page = self.pages.get(key)
        if page is None:
            entries = self.orders[offset : offset + limit]
            reached = offset + len(entries)
            data = {"list": entries, "total": len(self.orders), "next": reached if entries else None}
            page = self.pages[key] = json.dumps({"success": True, "data": data}, ensure_ascii=False).encode()
        return page

    def change(self, vendor_id: int, body: dict[str, Any]) -> None:
        """Write what came into the order."""
        with self.lock:
            self.orders[vendor_id - 1].update(body)
            self.pages.clear()


def main() -> None:
    """`python -m orders.bench.vendor --orders N`: print the address, and serve until the end of standard input."""
    parser = ArgumentParser()
    parser.add_argument("--orders", type=int, required=True)
    parser.add_argument("--delay", type=float, default=0.0)
    parser.add_argument("--small", action="store_true")
    options = parser.parse_args()
    world = World(list(_small(options.orders) if options.small else _documents(options.orders)))
    server = _Server(("127.0.0.1", 0), _Handler)
    server.world, server.delay = world, options.delay
    threading.Thread(target=server.serve_forever, daemon=True).start()
    sys.stdout.write(f"http://127.0.0.1:{server.server_address[1]}\n")
    sys.stdout.flush()
    sys.stdin.read()


@contextmanager
def serving(orders: int, *, delay: float = 0.0, small: bool = False) -> Iterator[str]:
    """The address of such a vendor in a process of its own. `delay` is in seconds, for every call."""
    command = [sys.executable, "-m", "orders.bench.vendor", f"--orders={orders}", f"--delay={delay}"]
    with subprocess.Popen(  # noqa: S603 - ourselves
        [*command, *(["--small"] if small else [])], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        if process.stdin and process.stdout:
            try:
                yield process.stdout.readline().strip()
            finally:
                process.stdin.close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256
    world: World
    delay: float


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = 1 << 20
    server: _Server

    def do_GET(self) -> None:
        address = urlsplit(self.path)
        if address.path == "/calls":
            self._answer(json.dumps(self.server.world.calls).encode())
            return
        self._wait()
        asked = parse_qs(address.query)
        if address.path == "/v2/order/":
            body = self.server.world.page(int(asked["offset"][0]), int(asked["limit"][0]))
        else:
            body = EMPTY_PAGE if "offset" in asked else EMPTY
        self._answer(body)

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self._wait()
        self.server.world.change(int(self.path.rstrip("/").rpartition("/")[2]), body)
        self._answer(YES)

    def _wait(self) -> None:
        self.server.world.calls += 1
        if self.server.delay:
            time.sleep(self.server.delay)

    def _answer(self, body: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: Any) -> None:  # noqa: A002 - the library's name
        """Say nothing."""


def _documents(many: int) -> Iterator[dict[str, Any]]:
    from orders.bench.documents import document

    return (document(number) for number in range(1, many + 1))


def _small(many: int) -> Iterator[dict[str, Any]]:
    return ({"id": number, "title": f"Order {number}", "status": "info"} for number in range(1, many + 1))


if __name__ == "__main__":
    main()
