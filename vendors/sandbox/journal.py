"""Everything a simulator was asked and everything that changed in it. Checkers trust this and nothing else."""

import re
import threading
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from vendors.sandbox.messages import Request

BLANK = "(blanked)"
_SECRET_HEADERS = {"authorization", "x-api-key", "cookie", "proxy-authorization"}


@dataclass(kw_only=True)
class Entry:
    """One call, or (kind "edit") one change that was made at the vendor itself.

    Times are Unix seconds: when the request was complete, when its effect took place (None for none) and when the
    answer was out or given up. `body` is verbatim but for credentials. `status` is 0 where no answer was sent.
    `changes` are the leaves that became different, as {path: [before, after]}. `number` counts this order's calls of
    this intent, from 1.
    """

    id: int
    kind: str
    received: float
    method: str = ""
    path: str = ""
    body: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    intent: str = ""
    order: str = ""
    number: int = 0
    fault: str = ""
    status: int = 0
    changed: bool = False
    changes: dict[str, list[Any]] = field(default_factory=dict)
    applied: float | None = None
    answered: float | None = None


class Journal:
    """The entries in the order in which they arrived, and counters by order."""

    def __init__(self, secrets: Sequence[str], secret_keys: Sequence[str]) -> None:
        self.entries: list[Entry] = []
        self.counters: dict[str, Counter[str]] = {}
        self._lock = threading.Lock()
        self._secrets = [secret for secret in secrets if secret]
        keys = "|".join(map(re.escape, secret_keys))
        self._secret_values = re.compile(rf'("(?:{keys})"\s*:\s*)"(?:[^"\\]|\\.)*"') if keys else None

    def call(self, request: Request, *, intent: str, order: str) -> Entry:
        """Enter a request that has just been read."""
        headers = {
            name: BLANK if name in _SECRET_HEADERS else self.blanked(value) for name, value in request.headers.items()
        }
        with self._lock:
            entry = self._add(
                kind="call",
                method=request.method,
                path=self.blanked(request.target),
                body=self.blanked(request.text),
                headers=headers,
                intent=intent,
                order=order,
            )
            self._count(order, intent)
            entry.number = self.counters[order][intent]
            return entry

    def edit(self, order: str, changes: dict[str, list[Any]]) -> Entry:
        """Enter a change that nobody asked for over the API."""
        with self._lock:
            entry = self._add(kind="edit", order=order)
        entry.applied = entry.received
        entry.changes, entry.changed = changes, bool(changes)
        return entry

    def count_change(self, order: str) -> None:
        """Count a call that changed an order."""
        with self._lock:
            self._count(order, "changed")

    def since(self, id_: int = 0, *, order: str = "", intent: str = "") -> list[Entry]:
        """The entries after this one, of one order and one intent where these are given."""
        return [
            entry
            for entry in self.entries[max(0, id_) :]
            if (not order or entry.order == order) and (not intent or entry.intent == intent)
        ]

    def holds(self, entry: Entry) -> bool:
        """Whether the entry is of this journal still, and not of one that was cleared since."""
        return entry.id <= len(self.entries) and self.entries[entry.id - 1] is entry

    def clear(self) -> None:
        with self._lock:
            self.entries.clear()
            self.counters.clear()

    def blanked(self, text: str) -> str:
        """The text without the simulator's credentials, and without whatever stands where credentials belong."""
        for secret in self._secrets:
            text = text.replace(secret, BLANK)
        return self._secret_values.sub(rf'\1"{BLANK}"', text) if self._secret_values else text

    def _add(self, **values: Any) -> Entry:
        entry = Entry(id=len(self.entries) + 1, received=time.time(), **values)
        self.entries.append(entry)
        return entry

    def _count(self, order: str, what: str) -> None:
        self.counters.setdefault(order, Counter())[what] += 1


def as_json(entries: Sequence[Entry]) -> list[dict[str, Any]]:
    return [asdict(entry) for entry in entries]
