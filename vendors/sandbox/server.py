"""The server that plays the vendors: every simulator on one port, each under its own slug, over real HTTP.

How to write a simulator
    `vendors/<slug>/sandbox.py` holds one class, named after the vendor's class in the registry (`Liner` →
    `LinerSimulator`), a subclass of `vendors.sandbox.simulator.Simulator`. It imports the standard library and
    `vendors.sandbox`, never Django. It must give:

    slug, label, credentials   the mount (`/liner`), its name, and what the demo account logs in with
    switches                   name → `Switch(settings=(default, …), about=…)` for what the documents leave open;
                               read with `self.switch["name"]` (a string) or `self.switch.number("name")`
    build()                    fill `self.orders` (id as string → document) from `self.seed` and `self.size` alone,
                               with `random.Random(f"{self.slug}:{self.seed}")`. Everything that a write may change
                               about an order lives in that one document (its lines, its lock, its counters; keys
                               that readers never see included), so that faults can undo it and the journal shows it
    handle(request)            answer as the vendor would, changing `self.orders[id]` in place (or adding, or popping).
                               Read for answers through `self.seen(id)`, which knows the lag. `Response.json(value,
                               status=…, delay=seconds)`; the delay is waited without the lock
    failure(status, message)   the vendor's shape of an error with that HTTP status (used by faults as well)

    and may give:

    options                    what an account at it is set to, where the vendor's own defaults will not do
    deliver_to(url)            call this address from now on, where the vendor sends webhooks
    refusal(message)           the vendor's own no to a change, as the fault error_applied plays it
    intent(request)            "read" or "write", where the method does not tell
    order_of(request)          the id of the one order a request is about (without it faults cannot undo its effect)
    stamp(order)               bump the time of the last change; `stamps` names such fields, which count as no change
    lag()                      seconds for which readers see the old state
    lists()                    what else exists, by name, for tests
    act(what, **arguments)     vendor-specific events that happen without the API, such as a lock by somebody else
    twists                     name → function(request, true answer) → answer: faults of this vendor alone
    secret_keys                names of body keys whose values the journal blanks
    later(seconds, effect)     (to call) something that happens afterwards, such as a webhook; runs without the lock

    A request never sees two others at work: `handle` runs under the simulator's lock. `request.path` begins below
    the mount. An exception in `handle` is a bug: it is kept in `server.errors`, printed, and answered with a 500.

The control paths, JSON, for this machine only
    GET    /_sandbox/                       every slug with its address
    POST   /_sandbox/down {seconds}         listen to nobody for so long: connections are refused
    GET    /_sandbox/<slug>/                address, seed, size, number of orders, pending effects, switches, faults
    GET    /_sandbox/<slug>/journal?since=ID&order=ID&intent=write      {"entries": […], "counters": {order: {…}}}
    GET    /_sandbox/<slug>/orders          the ids;  GET /_sandbox/<slug>/order/<id>  the true state
    GET    /_sandbox/<slug>/lists           what else exists
    GET    /_sandbox/<slug>/quiesce?seconds=30      {"quiet": true} once no delayed effect is pending
    POST   /_sandbox/<slug>/switches {name: setting, …}
    POST   /_sandbox/<slug>/faults {"faults": ["drop:after", …], "times", "chance", "seed", "method", "path",
           "intent", "order", "seconds", "retry_after", "location"}     see `vendors.sandbox.faults`
    DELETE /_sandbox/<slug>/faults
    POST   /_sandbox/<slug>/edit {"order", "changes": {dotted path: value}}, or {"order", "delete": true}
    POST   /_sandbox/<slug>/act {"what", …}
    POST   /_sandbox/<slug>/reset {"seed", "size"}
"""

import http.server
import json
import socket
import sys
import threading
import time
import traceback
from collections.abc import Callable, Sequence
from contextlib import suppress
from types import TracebackType
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from vendors.sandbox.control import is_loopback, steer
from vendors.sandbox.delivery import deliver, packed
from vendors.sandbox.messages import Request, Response
from vendors.sandbox.simulator import Delivery, Simulator

LARGEST_BODY = 16 * 1024 * 1024  # bytes of a request
_CONTROL = "_sandbox"
_LEAVING = 0.5  # seconds that all who were hung up on have together, to end
_AGAIN = 0.05  # seconds until a port is tried for again that somebody has taken while nobody listened


class Server:
    """Simulators on one port. A context manager: it listens from `start` to `stop`, in a thread of its own."""

    def __init__(self, simulators: Sequence[Simulator], *, host: str = "127.0.0.1", port: int = 0) -> None:
        self.simulators = {simulator.slug: simulator for simulator in simulators}
        self.host, self.port = host, port
        self.errors: list[str] = []
        self.stopping = threading.Event()
        self._listener: _Listener | None = None
        self._lock = threading.Lock()

    def __getitem__(self, slug: str) -> Simulator:
        return self.simulators[slug]

    def __enter__(self) -> "Server":
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, wrong: BaseException | None, at: TracebackType | None) -> None:
        self.stop()

    @property
    def url(self) -> str:
        """The address without a slash at the end."""
        host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(self.host, self.host)  # noqa: S104 - a comparison
        return f"http://{host}:{self.port}"

    def start(self) -> None:
        """Begin to listen; with port 0 on any free one. Raises OSError where the port is taken."""
        self.up()
        for slug, simulator in self.simulators.items():
            simulator.url = f"{self.url}/{slug}"

    def stop(self) -> None:
        """Stop listening, end open connections, forget delayed effects. May be called twice."""
        self.stopping.set()
        self.down()
        for simulator in self.simulators.values():
            simulator.pending.cancel()

    def up(self) -> None:
        """Listen (again) on the same port."""
        with self._lock:
            if self._listener is None:
                self._listener = _Listener(self)
                self.port = self._listener.server_address[1]
                threading.Thread(target=self._listener.serve_forever, args=(0.01,), daemon=True).start()

    def down(self) -> None:
        """Listen no more: connections are refused until `up`."""
        with self._lock:
            listener, self._listener = self._listener, None
        if listener is not None:
            listener.shutdown()
            listener.server_close()
            listener.hang_up()

    def down_for(self, seconds: float) -> None:
        """Go down now and come up again in so many seconds. Returns at once."""

        def pause() -> None:
            self.stopping.wait(0.05)  # the answer to whoever asked for this gets out first
            self.down()
            away = seconds
            while self._listener is None and not self.stopping.wait(away):
                with suppress(OSError):  # taken meanwhile, by somebody's outgoing connection: it will be free again
                    self.up()
                away = _AGAIN

        threading.Thread(target=pause, daemon=True).start()

    def note_error(self) -> None:
        """Keep the exception being handled, so that a test can fail of it, and print it."""
        self.errors.append(traceback.format_exc())
        sys.stderr.write(self.errors[-1])


class _Listener(http.server.ThreadingHTTPServer):
    """One listening socket with a thread for each connection, which can all be hung up on."""

    daemon_threads = True
    request_queue_size = 256

    def __init__(self, server: Server) -> None:
        self.sandbox = server
        self._open: dict[socket.socket, threading.Thread] = {}
        self.address_family = socket.AF_INET6 if ":" in server.host else socket.AF_INET
        super().__init__((server.host, server.port), _Handler)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        self._open[request] = threading.current_thread()
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._open.pop(request, None)

    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exc_info()[1], OSError):  # a client that has left is no error
            self.sandbox.note_error()

    def hang_up(self) -> None:
        """End every connection that is open, and wait a moment for their threads: one that hangs is left behind."""
        ended = list(self._open.items())
        for connection, _ in ended:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        end = time.monotonic() + _LEAVING
        for _, thread in ended:
            if thread is not threading.current_thread():
                thread.join(timeout=max(0.0, end - time.monotonic()))


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    timeout = 300  # seconds that a connection may stay open without a request
    server: _Listener

    def __getattr__(self, name: str) -> Callable[[], None]:
        if name.startswith("do_"):  # every method goes to the simulator, which says itself what it thinks of it
            return self._serve
        raise AttributeError(name)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name is given
        """The journal is the log."""

    def _serve(self) -> None:
        body = self._body()
        if body is None:
            return
        target = urlsplit(self.path)
        _, slug, rest = [*target.path.split("/", 2), "", ""][:3]
        if slug == _CONTROL:
            self._send(self._control(rest, target.query, body))
            return
        simulator = self.server.sandbox.simulators.get(slug)
        if simulator is None:
            self._send(Response.json({"error": f"Nothing is served under /{slug}."}, status=404))
            return
        request = self._request(f"/{rest}", target.query, body)
        try:
            delivery = simulator.exchange(request)
        except Exception:  # noqa: BLE001 - a bug in a simulator must show, and must not look like a lost connection
            self.server.sandbox.note_error()
            self._send(Response.json({"error": "The simulator itself failed."}, status=500))
            return
        self._deliver(delivery)

    def _body(self) -> bytes | None:
        """The request's body, None where it cannot be read and that has been answered."""
        length = self.headers.get("Content-Length") or "0"
        refusal = 0
        if self.headers.get("Transfer-Encoding"):
            refusal = 411
        elif not length.isdecimal():
            refusal = 400
        elif int(length) > LARGEST_BODY:
            refusal = 413
        if refusal:
            self.close_connection = True
            self._send(Response(status=refusal))
            return None
        body = self.rfile.read(int(length))
        return body if len(body) == int(length) else None  # the client left in the middle

    def _request(self, path: str, query: str, body: bytes) -> Request:
        return Request(
            method=self.command,
            path=unquote(path),
            target=f"{path}?{query}" if query else path,
            query=parse_qs(query, keep_blank_values=True),
            headers={name.lower(): value for name, value in self.headers.items()},
            body=body,
        )

    def _deliver(self, delivery: Delivery) -> None:
        entry = delivery.entry
        entry.status = 0 if delivery.how in {"reset", "drop", "hang"} else delivery.response.status
        try:
            stays = deliver(
                self.connection,
                delivery,
                head_only=self.command == "HEAD",
                close=self.close_connection,
                stopping=self.server.sandbox.stopping,
            )
            self.close_connection = not stays
        except OSError:
            self.close_connection = True
        finally:
            entry.answered = time.time()

    def _send(self, response: Response) -> None:
        self.connection.sendall(packed(response, head_only=self.command == "HEAD", close=self.close_connection))

    def _control(self, rest: str, query: str, body: bytes) -> Response:
        if not is_loopback(self.client_address[0]) or not self._addressed_as_local():
            return Response.json({"error": "Only from this machine."}, status=403)
        slug, _, path = rest.partition("/")
        what, _, argument = path.partition("/")
        server = self.server.sandbox
        if slug == "":
            return Response.json({name: each.url for name, each in server.simulators.items()})
        if slug == "down" and self.command == "POST":
            server.down_for(float(json.loads(body or b"{}").get("seconds", 1)))
            return Response.json(None)
        if slug not in server.simulators:
            return Response.json({"error": f"There is no simulator {slug!r}."}, status=404)
        return steer(server[slug], self._request(f"/{path}", query, body), what, unquote(argument))

    def _addressed_as_local(self) -> bool:
        """Whether the request names this machine: a page in a browser that merely resolves to it does not."""
        host = urlsplit(f"//{self.headers.get('Host', '')}").hostname or ""
        return host == "localhost" or is_loopback(host)
