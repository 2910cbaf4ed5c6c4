"""A server that says, byte by byte, whatever a test wants it to say."""

import contextlib
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

Answer = Callable[["Line"], None]


@dataclass
class Line:
    """One request on one connection, and what can be said to it."""

    sock: socket.socket
    head: str
    body: bytes

    def say(self, data: bytes) -> None:
        self.sock.sendall(data)

    def drip(self, data: bytes, seconds: float) -> None:
        """One byte at a time."""
        with contextlib.suppress(OSError):
            for at in range(len(data)):
                self.say(data[at : at + 1])
                time.sleep(seconds)


@dataclass
class Wire:
    """A listening server. `requests` are those that arrived whole, `connections` how many were opened."""

    port: int
    requests: list[Line] = field(default_factory=list)
    connections: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@contextmanager
def serve(*answers: Answer, tls: ssl.SSLContext | None = None, greeting: bytes = b"") -> Iterator[Wire]:
    """Answer the first request with the first answer, and so on; all others with the last.

    A `greeting` is said to everybody who connects, whatever they want.
    """
    listener = socket.create_server(("127.0.0.1", 0))
    wire = Wire(listener.getsockname()[1])
    threading.Thread(target=_listen, args=(listener, wire, answers, tls, greeting), daemon=True).start()
    try:
        yield wire
    finally:
        listener.close()


def reply(
    body: bytes = b'{"ok":true}', status: str = "200 OK", headers: Iterable[str] = (), keep: bool = True
) -> Answer:
    """An ordinary answer."""
    data = whole(body, status, headers, keep=keep)
    return lambda line: line.say(data)


def whole(body: bytes, status: str = "200 OK", headers: Iterable[str] = (), *, keep: bool = True) -> bytes:
    """An answer's bytes."""
    lines = [f"HTTP/1.1 {status}", *headers, f"Content-Length: {len(body)}", *([] if keep else ["Connection: close"])]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def hang_up(line: Line) -> None:
    """No answer: the connection is closed."""
    with contextlib.suppress(OSError):
        line.sock.shutdown(socket.SHUT_RDWR)


def certificate(folder: Path, host: str) -> tuple[ssl.SSLContext, Path]:
    """A server's TLS for this host, and the file of the authority that vouches for it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
    now = datetime.now(UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem, private = folder / "server.pem", folder / "server.key"
    pem.write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem, private)
    return context, pem


def _listen(
    listener: socket.socket, wire: Wire, answers: tuple[Answer, ...], tls: ssl.SSLContext | None, greeting: bytes
) -> None:
    while True:
        try:
            sock, _ = listener.accept()
        except OSError:
            return
        wire.connections += 1
        sock.sendall(greeting)
        threading.Thread(target=_converse, args=(sock, wire, answers, tls), daemon=True).start()


def _converse(sock: socket.socket, wire: Wire, answers: tuple[Answer, ...], tls: ssl.SSLContext | None) -> None:
    with contextlib.suppress(OSError), contextlib.ExitStack() as stack:
        stack.callback(sock.close)
        if tls:
            sock = stack.enter_context(tls.wrap_socket(sock, server_side=True))
        while line := _read(sock):
            wire.requests.append(line)
            answers[min(len(wire.requests), len(answers)) - 1](line)


def _read(sock: socket.socket) -> Line | None:
    data = b""
    while b"\r\n\r\n" not in data:
        more = sock.recv(65536)
        if not more:
            return None
        data += more
    head, _, body = data.partition(b"\r\n\r\n")
    length = next(
        (int(each.split(b":")[1]) for each in head.split(b"\r\n") if each.lower().startswith(b"content-length:")), 0
    )
    while len(body) < length:
        body += sock.recv(65536)
    return Line(sock, head.decode("latin-1"), body)
