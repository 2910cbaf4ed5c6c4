"""One HTTP client for all vendors. It knows two intents: a read may be repeated, a write never is.

Every call has a total deadline and a cap on the answer's size, takes nothing from the environment (no proxy, no
.netrc) and never follows a redirect. A write travels over a fresh connection, so that a broken keep-alive cannot
make it look unsent.
"""

import json
import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from functools import partial
from typing import Any
from urllib.parse import quote

import requests
from django.utils import timezone

from vendors import payloads
from vendors.characters import legible
from vendors.errors import AccountRefused, Answer, GateClosed, OrderGone, Unreachable, VendorError
from vendors.gate import Gate, OpenGate
from vendors.sessions import Sessions
from vendors.transport import KeptConnectionClosed, call, new_session

READ_SECONDS = 15.0  # the whole of one read, from the first byte out to the last byte in
WRITE_SECONDS = 25.0
SHOWN_CHARACTERS = 65536  # of an answer's text
SHORTEST_SECRET = 6  # characters; anything shorter would blank ordinary words
LONGEST_SECRET = 8192  # bytes
READ_CAP = 16 * 1024 * 1024  # bytes
WRITE_CAP = 256 * 1024  # bytes
READ_PAUSES = (0.25, 1.0)  # seconds before the second and the third try of a read, give or take half
LONGEST_WAIT = 10.0  # seconds of Retry-After that a read obeys by itself
ASKING_FOR_A_PAUSE = frozenset({429, 503})  # HTTP statuses with which Retry-After speaks for the whole account

Check = Callable[[int, Any], None]
Reply = tuple[int, Mapping[str, str], bytes]  # status, headers and content


@dataclass(frozen=True, kw_only=True)
class Http:
    """A vendor's HTTP API, with this account's authentication.

    `headers` go with every call. `secret` is what authenticates inside a JSON body; it is added last and stored
    nowhere. `check(status, body)` is the vendor's own verdict on a parsed answer: it raises Rejected where a 200
    says no. `patience` is the deadline of a write, `read_patience` that of one try of a read, in seconds. `gate` is
    asked before every call and told what came of it. `sessions` are what reads go over.
    """

    base_url: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    secret: Mapping[str, str] = field(default_factory=dict, repr=False)
    check: Check = lambda status, body: None
    patience: float = WRITE_SECONDS
    read_patience: float = READ_SECONDS
    gate: Gate = field(default_factory=OpenGate, repr=False, compare=False)
    sessions: Sessions = field(default_factory=Sessions, repr=False, compare=False)

    def read(self, method: str, path: str, *, query: Mapping[str, Any] | None = None, body: Any = None) -> Any:
        """Ask for something and return the parsed answer, None for an empty one.

        Tries up to three times, as long as a new try begins within `read_patience` of the first.
        Raises Unreachable (GateClosed where not even the first try was let out), AccountRefused, OrderGone (404), or
        what `check` raises.
        """
        started = time.monotonic()
        before: Unreachable | None = None
        for pause in (*READ_PAUSES, None):
            try:
                self.gate.enter(reads=True)
            except GateClosed as closed:
                raise before or closed from None
            try:
                return self._exchange(self._call_to_read, method, path, query, body)[2]
            except Unreachable as failure:
                before = failure
                wait = _pause_before_repeat(failure, pause)
                if wait is None or time.monotonic() + wait - started > self.read_patience:
                    raise
                time.sleep(wait)
        raise AssertionError("the last pause is None")

    def write(self, method: str, path: str, *, body: Any, urgent: bool = False) -> tuple[Answer, Any]:
        """Change something, once. Returns the answer as it came and as parsed JSON (None where it is empty).

        `urgent` passes a closed gate: for giving back what others wait for. Raises Unreachable (see its `sent`),
        AccountRefused, OrderGone (404), or what `check` raises. Whatever it raises, it never tries again.
        """
        self.gate.enter(reads=False, urgent=urgent)
        with new_session() as session:
            once = partial(call, session, deadline=self.patience, cap=WRITE_CAP)
            status, content, parsed = self._exchange(once, method, path, None, body)
            return self._answer(status, content), parsed

    def _call_to_read(self, request: requests.Request) -> Reply:
        """Call over this thread's session; over a new one where the vendor has just closed what was kept.

        Vendors close what rests whenever they like. Neither the gate nor whoever reads need hear of that.
        """
        started = time.monotonic()
        try:
            return call(self.sessions.current(), request, self.read_patience, READ_CAP)
        except KeptConnectionClosed:
            self.sessions.drop()
            left = self.read_patience - (time.monotonic() - started)
            return call(self.sessions.current(), request, max(1.0, round(left, 1)), READ_CAP)

    def _exchange(
        self,
        make_call: Callable[[requests.Request], Reply],
        method: str,
        path: str,
        query: Mapping[str, Any] | None,
        body: Any,
    ) -> tuple[int, bytes, Any]:
        """Make one call. Returns its status, and its content as it came and parsed."""
        request = requests.Request(
            method,
            self.base_url.rstrip("/") + path,
            params=dict(query or {}),
            headers=self._headers(body),
            data=None if body is None else payloads.dumps({**body, **self.secret}).encode(),
        )
        pause: float | None = None
        try:
            status, headers, content = make_call(request)
            if status in ASKING_FOR_A_PAUSE:
                pause = _retry_after(headers.get("Retry-After"))
            parsed = self._verdict(status, headers, content)
        except VendorError as failure:
            self.gate.leave(failure, pause)
            raise
        self.gate.leave(None, pause)
        return status, content, parsed

    def _headers(self, body: Any) -> dict[str, str]:
        content_type = {} if body is None else {"Content-Type": "application/json"}
        return {"Accept": "application/json", "User-Agent": "Amend", **content_type, **self.headers}

    def _verdict(self, status: int, headers: Mapping[str, str], content: bytes) -> Any:
        """Parse the answer, or raise what it means. Where the vendor's own verdict is silent, HTTP's holds.

        Only a failure is put into words for people: of a page of orders that would cost as much as to fetch it.
        """
        if 300 <= status < 400:
            words = "The vendor answered with a redirect, which is never followed."
            raise Unreachable(words, sent=True, answer=self._answer(status, content))
        try:
            body = payloads.loads(content) if content.strip() else None
        except payloads.NotJSON as wrong:
            answer = self._answer(status, content)
            _raise_for_status(answer, headers)
            raise Unreachable(f"The answer is not JSON ({wrong}).", sent=True, answer=answer) from wrong
        try:
            if status < 500 and status != 401:
                self.check(status, body)
        except VendorError as verdict:
            verdict.answer = verdict.answer or self._answer(status, content)
            verdict.reword(self._without_secrets)  # a vendor may repeat what it was sent
            raise
        if status >= 400:
            _raise_for_status(self._answer(status, content), headers)
        return body

    def _answer(self, status: int, content: bytes) -> Answer:
        return Answer(status=status, text=self._presentable(content))

    def _presentable(self, content: bytes) -> str:
        """The body as text for people: our own secrets blanked, senseless characters made visible, then capped.

        A secret that the cap cuts in two would not be found, so it is looked for in a little more than is kept.
        """
        text = content[: SHOWN_CHARACTERS + LONGEST_SECRET].decode("utf-8", errors="replace")
        return self._without_secrets(text)[:SHOWN_CHARACTERS]

    def _without_secrets(self, text: str) -> str:
        for secret in (*self.secret.values(), *self.headers.values()):
            for form in _forms_of(secret.rpartition(" ")[2]):  # without a scheme, such as Bearer
                text = text.replace(form, "[redacted]")
        return legible(text)


def _forms_of(secret: str) -> list[str]:
    """A secret as it may be repeated: as it is, in JSON (with and without escaped slashes), in a URL."""
    if len(secret) < SHORTEST_SECRET:
        return []
    in_json = json.dumps(secret)[1:-1]
    return sorted({secret, in_json, in_json.replace("/", "\\/"), quote(secret, safe="")}, key=len, reverse=True)


def _raise_for_status(answer: Answer, headers: Mapping[str, str]) -> None:
    if answer.status in {401, 403}:
        raise AccountRefused(f"The vendor does not accept the credentials (HTTP {answer.status}).", answer=answer)
    if answer.status == 404:
        raise OrderGone("The vendor found nothing there (HTTP 404).", answer=answer)
    if answer.status >= 400:
        raise Unreachable(
            f"The vendor answered with HTTP {answer.status}.",
            sent=True,
            answer=answer,
            retry_after=_retry_after(headers.get("Retry-After")),
            down=answer.status >= 500 or answer.status == 429,
        )


def _retry_after(value: str | None) -> float | None:
    """Seconds to wait, from either form of the header; None where it is absent or senseless."""
    if not value:
        return None
    if value.strip().isdecimal():
        return float(value)
    try:
        return max(0.0, (parsedate_to_datetime(value) - timezone.now()).total_seconds())
    except (ValueError, TypeError):
        return None


def _pause_before_repeat(failure: Unreachable, pause: float | None) -> float | None:
    """Seconds to wait before a read is tried again, or None where trying again is of no use."""
    status = failure.answer.status if failure.answer else None
    hopeless = status is not None and status not in {429, 500, 502, 503, 504}
    if pause is None or hopeless or (failure.retry_after or 0) > LONGEST_WAIT:
        return None
    return max(failure.retry_after or 0.0, pause * random.uniform(0.5, 1.5))  # noqa: S311 - jitter, not a secret
