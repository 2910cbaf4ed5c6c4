"""What goes in and out of a simulator: a request as it was received, an answer as it shall be sent."""

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from http import HTTPStatus
from typing import Any


class NotJSON(ValueError):
    """The body of a request is not JSON; the message says why."""


@dataclass(frozen=True, kw_only=True)
class Request:
    """One HTTP request. `path` begins with a slash below the simulator's mount and is percent-decoded.

    `target` is the same with its query, as it came. Header names are in lower case.
    """

    method: str
    path: str
    target: str = ""
    query: Mapping[str, list[str]] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def text(self) -> str:
        """The body for people, whatever bytes it is made of."""
        return self.body.decode("utf-8", "replace")

    def argument(self, name: str) -> str | None:
        """The last value of a query parameter, None where it is absent."""
        values = self.query.get(name)
        return values[-1] if values else None

    def json(self, *, decimals: bool = False) -> Any:
        """The body parsed strictly: UTF-8, no NaN. `decimals` keeps fractions as Decimal. Raises NotJSON."""
        try:
            return json.loads(
                self.body.decode("utf-8"), parse_constant=_refuse, parse_float=Decimal if decimals else _finite
            )
        except (ValueError, RecursionError) as wrong:
            raise NotJSON(str(wrong)) from wrong


@dataclass(frozen=True, kw_only=True)
class Response:
    """One HTTP answer. `delay` is how long the vendor thinks before it speaks, in seconds."""

    status: int = 200
    body: bytes = b""
    content_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)
    delay: float = 0.0

    @classmethod
    def json(cls, value: Any, *, status: int = 200, delay: float = 0.0) -> "Response":
        """An answer of compact UTF-8 JSON. A Decimal goes out as a number with exactly its own digits."""
        return cls(status=status, body=dump(value), delay=delay)

    def head(self, *, length: int | None, close: bool) -> bytes:
        """The status line and the headers. `length` None leaves Content-Length to the headers or away."""
        try:
            phrase = HTTPStatus(self.status).phrase
        except ValueError:
            phrase = "Unknown"
        lines = [f"HTTP/1.1 {self.status} {phrase}"]
        if self.body:
            lines.append(f"Content-Type: {self.content_type}")
        if length is not None and self.status not in {204, 304}:
            lines.append(f"Content-Length: {length}")
        lines += [f"{name}: {value}" for name, value in self.headers.items()]
        lines += ["Connection: close"] if close else []
        return "\r\n".join([*lines, "", ""]).encode("latin-1")


def dump(value: Any) -> bytes:
    """Compact UTF-8 JSON, decimals as numbers; escaped where UTF-8 cannot carry it. Raises ValueError for NaN."""
    try:
        return _encode(value, ascii_only=False).encode()
    except UnicodeEncodeError:
        return _encode(value, ascii_only=True).encode()


def _encode(value: Any, *, ascii_only: bool) -> str:
    text = json.dumps(value, ensure_ascii=ascii_only, allow_nan=False, separators=(",", ":"), default=_mark)
    return _MARKED.sub(r"\1", text)


_MARKED = re.compile(r'"\\u0000([-+0-9.E]+)"')


def _mark(value: Any) -> str:
    """The standard library cannot write a Decimal as a number: mark it here, strip the quotes afterwards."""
    if isinstance(value, Decimal):
        return f"\0{value}"
    raise TypeError(f"{type(value).__name__} is not JSON")


def _finite(digits: str) -> float:
    value = float(digits)
    if math.isinf(value):
        raise NotJSON(f"{digits} is too large")
    return value


def _refuse(name: str) -> Any:
    raise NotJSON(f"{name} is not a number")
