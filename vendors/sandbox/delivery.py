"""How an answer travels over the socket: as it should, or as networks do."""

import socket
import struct
import threading
from collections.abc import Callable

from vendors.sandbox.messages import Response
from vendors.sandbox.simulator import Delivery

FLOOD_LIMIT = 2**30  # bytes, in case a client really reads that far
_CHUNK = b"a" * 65536


def deliver(
    connection: socket.socket, delivery: Delivery, *, head_only: bool, close: bool, stopping: threading.Event
) -> bool:
    """Send an answer and return whether the connection may carry another request. Raises OSError: the client left."""
    how = _HOW.get(delivery.how)
    if delivery.response.delay:
        stopping.wait(delivery.response.delay)
    if how is not None:
        how(connection, delivery, stopping)
        return False
    connection.sendall(packed(delivery.response, head_only=head_only, close=close))
    return not close


def packed(response: Response, *, head_only: bool = False, close: bool = False) -> bytes:
    """The whole answer as bytes, for one single write: two would wait for each other's acknowledgement."""
    return response.head(length=len(response.body), close=close) + (b"" if head_only else response.body)


def _reset(connection: socket.socket, delivery: Delivery, stopping: threading.Event) -> None:
    """Close so that the client gets a reset instead of an end."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    socket.close(connection.detach())  # at once, and not when the last file object over it is gone


def _drop(connection: socket.socket, delivery: Delivery, stopping: threading.Event) -> None:
    """Say nothing; the connection is closed by whoever called."""


def _hang(connection: socket.socket, delivery: Delivery, stopping: threading.Event) -> None:
    stopping.wait(delivery.seconds)


def _cut(connection: socket.socket, delivery: Delivery, stopping: threading.Event) -> None:
    response = delivery.response
    head = response.head(length=len(response.body) + 64, close=True)
    connection.sendall(head + response.body[: len(response.body) // 2])


def _drip(connection: socket.socket, delivery: Delivery, stopping: threading.Event) -> None:
    for byte in packed(delivery.response, close=True):
        if stopping.wait(delivery.seconds):
            return
        connection.sendall(bytes([byte]))


def _flood(connection: socket.socket, delivery: Delivery, stopping: threading.Event) -> None:
    opening = Response(body=b'{"data":"', headers={"Transfer-Encoding": "chunked"})
    connection.sendall(opening.head(length=None, close=True) + _chunk(opening.body))
    for _ in range(FLOOD_LIMIT // len(_CHUNK)):
        if stopping.is_set():
            return
        connection.sendall(_chunk(_CHUNK))


def _chunk(data: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(data), data)


_HOW: dict[str, Callable[[socket.socket, Delivery, threading.Event], None]] = {
    "reset": _reset,
    "drop": _drop,
    "hang": _hang,
    "cut": _cut,
    "drip": _drip,
    "flood": _flood,
}
