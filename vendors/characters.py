"""Characters in vendors' text that a page, a terminal or a database would stumble over."""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError

from vendors import payloads

_SENSELESS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")
_MISLEADING = re.compile("[\u202a-\u202e\u2066-\u2069]")  # they turn the direction of what follows
_UNRENDERABLE = re.compile("[\x00\ud800-\udfff]")


def refuse_control_characters(value: str) -> None:
    """Raise ValidationError for characters that no vendor can mean: controls, lone surrogates, noncharacters."""
    found = _SENSELESS.search(value)
    if found:
        raise ValidationError(
            f"Character {found.start() + 1} is an invisible control character (U+{ord(found.group()):04X}). Remove it."
        )


def legible(text: str) -> str:
    """A vendor's text as people may read and databases may store it: senseless characters become visible marks."""
    if text.isprintable():  # as almost all text is: nothing that is printable is either of those
        return text
    text = text.replace("\0", "\N{SYMBOL FOR NULL}")
    return _MISLEADING.sub("\N{REPLACEMENT CHARACTER}", _SENSELESS.sub("\N{REPLACEMENT CHARACTER}", text))


def renderable(text: str) -> str:
    """A vendor's text as an input can carry it: line ends become plain ones, and what HTML cannot hold is replaced."""
    return _UNRENDERABLE.sub("\N{REPLACEMENT CHARACTER}", text.replace("\r\n", "\n").replace("\r", "\n"))


def word(value: Any) -> str:
    """Any JSON value as one text that tells it from others: text itself, numbers in digits, the rest as JSON."""
    if isinstance(value, str):
        return value
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, Mapping | list | tuple) or value is None or isinstance(value, bool):
        return payloads.dumps(value)
    return str(value)
