"""One submission as it is planned: written down before it is made, with what came of making it beside it."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from orders.trial.fields import Target

ACCEPTED, REFUSED, WITHDRAWN, WRONG = "accepted", "refused", "withdrawn", "wrong"


@dataclass(frozen=True, kw_only=True)
class Wish:
    """Who wants what of which order. `seen` is the signed base of the form, `token` the form's own number."""

    number: int
    token: str
    vendor: str
    order: str
    author: str
    seen: str = ""
    targets: Sequence[Target] = field(default_factory=tuple)

    @property
    def values(self) -> dict[str, Any]:
        """What is typed into the form."""
        return {target.name: target.value for target in self.targets}

    def of(self, names: Iterable[str]) -> list[Target]:
        """What is wanted of these fields."""
        wanted = set(names)
        return [target for target in self.targets if target.name in wanted]


def is_at(path: str, patterns: Iterable[str]) -> bool:
    """Whether a path in a simulator's order is one of these, written with asterisks."""
    return any(fnmatchcase(path, pattern) for pattern in patterns)


def stands_in(target: Target, body: str) -> bool:
    """Whether a request's body is the one that carries this very wish."""
    return bool(target.marks) and all(mark in body for mark in target.marks)


@dataclass
class Diary:
    """What submitters write down, a line for each wish before it is made and one after. Survives kill -9."""

    path: Path

    def wish(self, wish: Wish) -> None:
        self._write({"wish": asdict(wish)})

    def answer(self, number: int, answer: str, *, edits: int = 0, note: str = "") -> None:
        """What the desk said: ACCEPTED with so many edits, REFUSED, WITHDRAWN, or WRONG where that says it all."""
        self._write({"number": number, "answer": answer, "edits": edits, "note": note})

    def wishes(self) -> dict[int, Wish]:
        """The last wish of each number."""
        return {wish.number: wish for wish in map(_wish, self._lines("wish"))}

    def answers(self) -> dict[int, Mapping[str, Any]]:
        """What was answered to each number, where that was still written down."""
        return {line["number"]: line for line in self._read() if "answer" in line}

    def _lines(self, key: str) -> Iterator[Any]:
        return (line[key] for line in self._read() if key in line)

    def _read(self) -> list[dict[str, Any]]:
        if not self.path.exists():
            return []
        return [line for text in self.path.read_text().splitlines() if (line := _whole(text))]

    def _write(self, line: Mapping[str, Any]) -> None:
        with self.path.open("a") as file:
            file.write(f"\n{json.dumps(line)}\n")  # the line before may have been cut by a death


def _whole(text: str) -> dict[str, Any]:
    try:
        return dict(json.loads(text))
    except ValueError:
        return {}


def _wish(line: Mapping[str, Any]) -> Wish:
    return Wish(**{**line, "targets": [Target(**target) for target in line["targets"]]})
