"""Everything that can go wrong with a call, by name, and the plan that says which call it happens to.

A fault is written `name`, `name:before` or `name:after`: before (the default) the effect is not applied, after it is.

    refused        the connection is reset, nothing is read and nothing answered
    drop           the connection is closed without an answer
    timeout        nothing is answered for some seconds, then the connection is closed
    late           like drop, and the effect takes place some seconds later
    429, 429_date  too many requests, Retry-After in seconds or as a date
    401 403 404 500 502 503 504   that status, in the vendor's own shape of a failure; 503 carries Retry-After
    html           a page of HTML with status 200;  html_502 the same with 502
    cut            Content-Length promises more than comes;  cut_plain is half a document with a right length
    list string null number   a JSON document of a shape that no vendor documents
    nan, deep      JSON with NaN in it; a tower of brackets
    empty          200 and no body
    301 302 307    a redirect to elsewhere (`location`)
    slow           the true answer, one byte at a time, headers too (`seconds` a byte)
    huge           a body that never ends;  bomb  a small gzip body that unpacks to a gigabyte
    wrong_type     the true answer as text/html
    lie            the vendor's yes, and nothing is changed
    error_applied  the vendor's no, and everything is changed
    partly         the vendor's yes, and half of the changed values

A simulator may add faults of its own (`Simulator.twists`): the true answer, twisted.
"""

import gzip
import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from email.utils import formatdate
from time import time
from typing import Any

from vendors.sandbox.messages import Request, Response

HTML = b"<!DOCTYPE html><html><head><title>Sign in</title></head><body><h1>Please wait</h1></body></html>"
BOMB = gzip.compress(b" " * 2**20) * 1024

# How the answer travels where it does not simply travel, and how many seconds that means by default.
DELIVERIES: Mapping[str, tuple[str, float]] = {
    "refused": ("reset", 0),
    "drop": ("drop", 0),
    "timeout": ("hang", 30),
    "late": ("drop", 1),
    "cut": ("cut", 0),
    "slow": ("drip", 0.05),
    "huge": ("flood", 0),
}
STATUSES = ("401", "403", "404", "429", "429_date", "500", "502", "503", "504")
BODIES: Mapping[str, bytes] = {
    "list": b"[]",
    "string": b'"ok"',
    "null": b"null",
    "number": b"1",
    "nan": b'{"success":NaN,"OK":NaN,"error":NaN}',
    "deep": b"[" * 100_000,
    "empty": b"",
}
TRUE_ANSWERS = ("cut", "cut_plain", "slow", "wrong_type", "lie", "partly")  # need the answer that would have come
ALL = (
    *DELIVERIES,
    *STATUSES,
    *BODIES,
    *("html", "html_502", "cut_plain", "301", "302", "307", "bomb", "wrong_type", "lie", "error_applied", "partly"),
)


@dataclass(frozen=True, kw_only=True)
class Fault:
    """One fault of one call."""

    name: str
    applied: bool = False
    seconds: float = 0.0
    retry_after: str = "1"
    location: str = "https://elsewhere.invalid/"

    def __str__(self) -> str:
        return f"{self.name}:{'after' if self.applied else 'before'}"

    @property
    def delivery(self) -> str:
        return DELIVERIES.get(self.name, ("whole", 0))[0]

    def answer(self, truth: Response | None) -> Response:
        """What is sent instead of the true answer; vendor's own shapes are made by the simulator, not here."""
        if self.name.startswith("html"):
            return Response(status=502 if self.name == "html_502" else 200, body=HTML, content_type="text/html")
        if self.name in BODIES:
            return Response(body=BODIES[self.name])
        if self.name == "bomb":
            return Response(body=BOMB, headers={"Content-Encoding": "gzip"})
        if self.name.isdecimal() and self.name.startswith("3"):
            return Response(status=int(self.name), headers={"Location": self.location})
        truth = truth or Response()
        if self.name == "cut_plain":
            return Response(status=truth.status, body=truth.body[: len(truth.body) // 2])
        if self.name == "wrong_type":
            return Response(status=truth.status, body=truth.body, content_type="text/html; charset=utf-8")
        return truth

    def retry_headers(self) -> dict[str, str]:
        """Retry-After for a 429 or a 503; an empty `retry_after` leaves it out."""
        if not self.retry_after or not self.name.startswith(("429", "503")):
            return {}
        as_date = self.name == "429_date"
        return {
            "Retry-After": formatdate(time() + float(self.retry_after), usegmt=True) if as_date else self.retry_after
        }


@dataclass(kw_only=True)
class Rule:
    """Which calls fail, and how.

    `faults` are taken in turn, one for each call that matches; with a `chance` below 1 a hash of seed, order and the
    call's number decides whether and which, so that a failure replays. `times` is how many calls fail, None until
    the rule is cleared. `path` matches as a part of the path; empty filters match everything.
    """

    faults: Sequence[str]
    times: int | None = 1
    chance: float = 1.0
    seed: int = 0
    method: str = ""
    path: str = ""
    intent: str = ""
    order: str = ""
    seconds: float | None = None
    retry_after: str = "1"
    location: str = "https://elsewhere.invalid/"
    used: int = field(default=0, init=False)

    def matches(self, request: Request, intent: str, order: str) -> bool:
        return (
            (self.times is None or self.used < self.times)
            and self.method.upper() in {"", request.method}
            and self.path in request.target
            and self.intent in {"", intent}
            and self.order in {"", order}
        )

    def draw(self, key: str) -> str:
        """The fault for this call as it is written, or "" where chance spares it."""
        if self.chance >= 1:
            return self.faults[self.used % len(self.faults)]
        digest = hashlib.sha256(f"{self.seed}:{key}".encode()).digest()
        if int.from_bytes(digest[:8]) / 2**64 >= self.chance:
            return ""
        return self.faults[int.from_bytes(digest[8:16]) % len(self.faults)]


class Plan:
    """The rules of one simulator, oldest first, and how often each fault has happened."""

    def __init__(self, names: Sequence[str]) -> None:
        self.names = tuple(names)
        self.rules: list[Rule] = []
        self.happened: Counter[str] = Counter()

    def add(self, rule: Rule) -> None:
        """Raises ValueError for a fault that is not known, or a rule without one."""
        if not rule.faults:
            raise ValueError("Name at least one fault.")
        for written in rule.faults:
            name, _, moment = written.partition(":")
            if name not in self.names or moment not in {"", "before", "after"}:
                raise ValueError(f"There is no fault {written!r}; there are {', '.join(self.names)}.")
        self.rules.append(rule)

    def clear(self) -> None:
        self.rules.clear()

    def choose(self, request: Request, *, intent: str, order: str, number: int, slug: str) -> Fault | None:
        """The fault that happens to this call, None for none."""
        for rule in self.rules:
            if not rule.matches(request, intent, order):
                continue
            written = rule.draw(f"{slug}:{order}:{intent}:{number}")
            if not written:
                continue
            rule.used += 1
            self.happened[written] += 1
            return _fault(written, rule)
        return None

    def as_table(self) -> dict[str, Any]:
        """The rules that still wait, how often each fault has happened, and every name there is; JSON."""
        waiting = [vars(rule) for rule in self.rules if rule.times is None or rule.used < rule.times]
        return {"waiting": waiting, "happened": dict(self.happened), "names": list(self.names)}


def _fault(written: str, rule: Rule) -> Fault:
    name, _, moment = written.partition(":")
    seconds = DELIVERIES.get(name, ("", 0.0))[1] if rule.seconds is None else rule.seconds
    return Fault(
        name=name,
        applied=moment == "after" or name in {"error_applied", "partly"},
        seconds=seconds,
        retry_after=rule.retry_after,
        location=rule.location,
    )
