"""The rules of a vendor: plain functions of the order, and the one engine that everybody asks."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from vendors.fields import Raw

EVERY_FIELD = ("*",)


@dataclass(frozen=True)
class ReadOnly:
    """These fields cannot be changed now. The reason names the rule, the fact that triggered it and what unlocks it."""

    reason: str
    fields: Sequence[str] = EVERY_FIELD


@dataclass(frozen=True)
class Caution:
    """A change of these fields does more than it seems; the agent has to agree to that, edit by edit."""

    warning: str
    fields: Sequence[str] = EVERY_FIELD


Rule = Callable[[Raw], ReadOnly | Caution | None]


def reason_against(rules: Iterable[Rule], raw: Raw, name: str) -> str:
    """Why the field cannot be changed on this order, or "" where it can."""
    for rule in rules:
        verdict = rule(raw)
        if isinstance(verdict, ReadOnly) and covers(verdict.fields, name):
            return verdict.reason
    return ""


def warnings_for(rules: Iterable[Rule], raw: Raw, names: Iterable[str]) -> list[str]:
    """What the agent has to agree to before these fields are changed, each warning once."""
    changed = list(names)
    verdicts = [rule(raw) for rule in rules]
    return list(
        dict.fromkeys(
            verdict.warning
            for verdict in verdicts
            if isinstance(verdict, Caution) and any(covers(verdict.fields, name) for name in changed)
        )
    )


def covers(patterns: Iterable[str], name: str) -> bool:
    """Whether one of the patterns (`title`, `address.*`) is this field's name."""
    return any(pattern == name or fnmatchcase(name, pattern) for pattern in patterns)
