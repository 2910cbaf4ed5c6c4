"""What somebody typed into the search box."""

import re
from dataclasses import dataclass, field

from orders.search.folding import digits_of, fold

MOST_WORDS = 12
MOST_LISTED = 300
LONG_WORD = 14
TELLING = 10


@dataclass(frozen=True)
class Search:
    """`words` are folded and must all match; `listed` are numbers or ids of which each names one order."""

    words: list[str] = field(default_factory=list)
    digits: str = ""  # what is typed, where it is nothing but a phone number
    listed: list[str] = field(default_factory=list)
    is_list_only: bool = False  # commas or lines between them: these are no words of one sentence

    @property
    def has_long_words(self) -> bool:
        """Whether a part of some word tells it from most others."""
        return any(telling_part(word) for word in self.words)


def read_search(text: str) -> Search:
    """Read the search box. Numbers or ids with commas, semicolons or line breaks between them are a list; with spaces
    between them they may be one."""
    text = text.replace("\x00", " ")
    tokens = [token for token in re.split(r"[\s,;]+", text) if token]
    looks_listed = len(tokens) > 1 and all(any(mark.isdecimal() for mark in token) for token in tokens)
    parted = re.search(r"[,;\n\t]", text.strip()) is not None
    words = dict.fromkeys(word for token in tokens for word in fold(token).split())
    return Search(
        words=list(words)[:MOST_WORDS],
        digits=digits_of(fold(text)),
        listed=[token.lstrip("#№") for token in tokens][:MOST_LISTED] if looks_listed else [],
        is_list_only=looks_listed and parted,
    )


def telling_part(word: str) -> str:
    """The part of a long word that few others have; "" where the word is short.

    Addresses end alike, so that of an address it is what stands before the @. Whatever counts upwards begins alike.
    """
    name, at, domain = word.partition("@")
    is_address = len(name) > 2 and bool(domain)
    part = name + at if is_address else word
    if len(part) > LONG_WORD and not digits_of(word):
        return part[-TELLING:]
    return part if is_address else ""
