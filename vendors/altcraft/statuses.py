"""The statuses of a line: Altcraft's six, and those that an account has made for itself.

Altcraft offers no list of the latter, so an account of the desk names them (Altcraft: update order line status page).
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from vendors.controls import EMPTY

BUILT_IN = ("new", "processing", "delivering", "delivered", "refunded", "canceled")
TYPES: Mapping[str, str] = {
    "delivered": "counts as delivered",
    "canceled": "counts as canceled",
    "refunded": "counts as refunded",
    "in_process": "counts as in process",
}
# Words of Altcraft that look like statuses of a line and are none.
OTHERWISE: Mapping[str, str] = {
    "paid": "a status of orders",
    "part_refunded": "a status of orders",
    "in_process": "a type of statuses",
}
KEYS = {"id", "name", "type"}
LONGEST = 100  # characters of an id or a name

OwnStatus = Mapping[str, str]  # {"id": …, "name": …, "type": …}


class LineStatuses(forms.JSONField):
    """An account's own statuses, as a JSON list of {"id", "name", "type"}. Nothing is an empty list."""

    def to_python(self, value: Any) -> Any:
        return [] if value in EMPTY else super().to_python(value)

    def validate(self, value: Any) -> None:
        super().validate(value or None)
        if not isinstance(value, list):
            raise ValidationError('Write a list, such as [{"id": "0001", "name": "Packed", "type": "in_process"}].')
        problems = [f"Entry {number}: {problem}" for number, each in enumerate(value, 1) if (problem := _problem(each))]
        if problems:
            raise ValidationError(problems)
        counted = Counter(each["id"] for each in value)
        if repeated := [f"“{each}”" for each, count in counted.items() if count > 1]:
            raise ValidationError(f"Each id stands for one status, and this list repeats {', '.join(repeated)}.")


def words_of(own: Sequence[OwnStatus]) -> list[tuple[str, str]]:
    """What a line can be given: pairs of the id that is sent and the words that people choose it by."""
    return [
        *((word, word) for word in BUILT_IN),
        *((each["id"], f"{each['name']} — {each['id']}, {TYPES[each['type']]}") for each in own),
    ]


def _problem(entry: Any) -> str:
    """What is wrong with one status, or ""."""
    if not isinstance(entry, Mapping) or set(entry) != KEYS:
        return "a status has an id, a name and a type, and nothing else."
    for key in ("id", "name"):
        if not _is_plain(entry[key]):
            return f"the {key} has to be a text of at most {LONGEST} characters, without space around it."
    if entry["type"] not in list(TYPES):  # it may be of any kind, a list included
        return f"the type is one of {', '.join(TYPES)}."
    if entry["id"] in BUILT_IN:
        return f"“{entry['id']}” is always there, so leave it out."
    if entry["id"] in OTHERWISE:
        return f"“{entry['id']}” is {OTHERWISE[entry['id']]}, and no status of a line."
    return ""


def _is_plain(value: Any) -> bool:
    return isinstance(value, str) and value == value.strip() != "" and value.isprintable() and len(value) <= LONGEST
