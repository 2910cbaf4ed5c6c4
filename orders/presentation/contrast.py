"""An old value beside a new one: short ones whole, long ones with what differs marked."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

SHORT = 72  # characters that are read at a glance
MOST_WORK = 1_000_000  # a product of lengths: what differs beyond it is set beside each other whole
KEPT_AROUND = 48  # characters of what stayed the same that are shown beside a difference

SAME, GONE, NEW = "same", "gone", "new"


@dataclass(frozen=True)
class Piece:
    """A stretch of text that stayed, went or came."""

    kind: str
    text: str


@dataclass(frozen=True)
class Contrast:
    """Two values in words. `pieces` is empty where they are short enough to be set beside each other."""

    old: str
    new: str
    pieces: tuple[Piece, ...] = ()
    by_line: bool = False


def contrast(old: str, new: str) -> Contrast:
    """What differs between two texts: by lines where they are lists, by words where they are long."""
    if max(len(old), len(new)) <= SHORT and "\n" not in old + new:
        return Contrast(old, new)
    by_line = "\n" in old + new and max(map(len, [*old.split("\n"), *new.split("\n")])) <= SHORT
    pieces = _line_pieces(old, new) if by_line else _word_pieces(old, new)
    return Contrast(old, new, tuple(pieces), by_line)


def marked(text: str, other: str) -> tuple[Piece, ...]:
    """The first text, with the words marked that the second does not have in the same place."""
    return tuple(
        Piece(SAME if kind == SAME else NEW, "".join(after))
        for kind, _, after in _runs(_words(other), _words(text))
        if after
    )


def _line_pieces(old: str, new: str) -> Iterator[Piece]:
    for kind, before, after in _runs(_lines(old), _lines(new)):
        if kind == SAME:
            yield Piece(SAME, after[0] if len(after) == 1 else f"{len(after)} stay")
        else:
            yield from (Piece(GONE, line) for line in before)
            yield from (Piece(NEW, line) for line in after)


def _word_pieces(old: str, new: str) -> Iterator[Piece]:
    for kind, before, after in _runs(_words(old), _words(new)):
        if kind == SAME:
            yield Piece(SAME, _shortened("".join(after)))
        else:
            yield from (Piece(GONE, "".join(words)) for words in [before] if words)
            yield from (Piece(NEW, "".join(words)) for words in [after] if words)


def _shortened(text: str) -> str:
    if len(text) <= 2 * KEPT_AROUND + 20:
        return text
    return f"{text[:KEPT_AROUND]} … {text[-KEPT_AROUND:]}"


def _lines(text: str) -> list[str]:
    return [line for line in text.split("\n") if line]


def _words(text: str) -> list[str]:
    return re.findall(r"\w+\s*|[^\w\s]\s*|\s+", text)


def _runs(before: Sequence[str], after: Sequence[str]) -> Iterator[tuple[str, Sequence[str], Sequence[str]]]:
    """Runs that are the same or differ, in order. What both begin and end with is told without being compared."""
    head = _common(before, after)
    tail = _common(before[head:][::-1], after[head:][::-1])
    if head:
        yield SAME, before[:head], after[:head]
    yield from _differing(before[head : len(before) - tail], after[head : len(after) - tail])
    if tail:
        yield SAME, before[len(before) - tail :], after[len(after) - tail :]


def _differing(before: Sequence[str], after: Sequence[str]) -> Iterator[tuple[str, Sequence[str], Sequence[str]]]:
    if not before and not after:
        return
    if len(before) * len(after) > MOST_WORK:
        yield NEW, before, after
        return
    for tag, start, end, start_new, end_new in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        yield (SAME if tag == "equal" else NEW), before[start:end], after[start_new:end_new]


def _common(one: Sequence[str], other: Sequence[str]) -> int:
    """How many items both begin with."""
    differ = (at for at, pair in enumerate(zip(one, other, strict=False)) if pair[0] != pair[1])
    return next(differ, min(len(one), len(other)))
