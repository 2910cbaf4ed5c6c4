"""Text as it is kept and looked for, so that case, accents and the punctuation of a telephone number do not matter.

Kept are the words, each after two spaces: then the first letter of a word, and its first two, are three-letter pieces
as well. What is open to everybody stands before the line break, personal data after it.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence

BEFORE_WORD = "  "
BEFORE_PERSONAL = "\n"
MOST_KEPT = 2000  # characters, before and after the line break
LEAST_PHONE_DIGITS = 5
_BEFORE_LETTERS = re.compile(r"^\W+")
_PHONE = re.compile(r"[\d\s+().\-/]+")


def searchable(values: Sequence[str], personal: Sequence[str] = ()) -> str:
    """What an order is found by: its values, and those that only people who may see personal data find it by."""
    known: dict[str, None] = {}
    parts = [_kept(values, known), _kept(personal, known)]
    return BEFORE_PERSONAL.join(parts)


def searchable_ticket(ticket: str) -> str:
    """What an order is found by besides, once it was edited for this ticket."""
    return _kept([ticket], {})


def fold(text: str) -> str:
    """The text without case and accents, in one line."""
    if text.isascii() and text.isprintable():  # nothing to decompose, and nothing to leave out
        return " ".join(text.split()).lower()
    decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", " ".join(text.split())).casefold())
    return decomposed.translate(_PLAIN).strip()


def digits_of(text: str) -> str:
    """The digits of a text that may be a telephone or document number and nothing else, however it is punctuated."""
    digits = "".join(filter(str.isdecimal, text)) if _PHONE.fullmatch(text.strip()) else ""
    return digits if len(digits) >= LEAST_PHONE_DIGITS else ""


def _kept(values: Iterable[str], known: dict[str, None]) -> str:
    """The words of the values that are not known already, which they are from then on."""
    words = [word for value in values for word in _words(value)]
    new = [word for word in dict.fromkeys(words) if word not in known]
    known.update(dict.fromkeys(new))
    return "".join(BEFORE_WORD + word for word in new)[:MOST_KEPT]


def _words(value: str) -> list[str]:
    folded = fold(value)
    words = folded.split()
    digits = digits_of(folded)
    # «Windows» begins with W for whoever types that letter.
    letters = [_BEFORE_LETTERS.sub("", word)[:2] for word in words if not (word[0].isalnum() or word[0] == "_")]
    return [*words, *filter(None, [digits, *letters])]


class _Plain(dict[int, int | None]):
    """What is kept of each character: nothing of accents, nor of what cannot be printed. Filled as they come."""

    def __missing__(self, code: int) -> int | None:
        mark = chr(code)
        kept = self[code] = None if unicodedata.combining(mark) or not mark.isprintable() else code
        return kept


_PLAIN = _Plain()
