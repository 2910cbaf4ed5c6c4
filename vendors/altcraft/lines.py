"""The lines of an order, and which of them can be named in a call (Altcraft: orders list, order line status pages)."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from vendors.characters import legible
from vendors.controls import EMPTY
from vendors.fields import Raw

PREFIX, SUFFIX = "lines.", ".status"
LONGEST = 180  # characters of an external id, so that the field's name can be stored

NO_LINE = "Altcraft sent something here that is no line."
NO_ID = "Altcraft sent no external id with this line, so its status cannot be changed from here."
ODD_ID = "The external id of this line has no form that could be sent back, so its status cannot be changed from here."


@dataclass(frozen=True, kw_only=True)
class Line:
    """One line. `id` is its external id where the line can be changed by it; else `note` says why it cannot."""

    number: int
    raw: Mapping[str, Any] = field(repr=False)
    id: str = ""
    note: str = ""


def lines_of(raw: Raw) -> list[Line]:
    """The lines of a document in its order, those that cannot be named included."""
    entries = raw.get("lines")
    if not isinstance(entries, list):
        return []
    counted = Counter(_id_of(entry) for entry in entries)
    return [_line(number, entry, counted) for number, entry in enumerate(entries, 1)]


def line_with(raw: Raw, line_id: str) -> Mapping[str, Any]:
    """The line with this external id; empty where there is none, or more than one."""
    return next((line.raw for line in lines_of(raw) if line.id == line_id), {})


def field_name(line_id: str) -> str:
    """The name of the field that holds this line's status."""
    return f"{PREFIX}{line_id}{SUFFIX}"


def line_id_in(name: str) -> str:
    """The external id in the name of a field. Raises ValueError where the name is of another form."""
    if not (name.startswith(PREFIX) and name.endswith(SUFFIX) and len(name) > len(PREFIX + SUFFIX)):
        raise ValueError(f"Altcraft's lines have no field {name}.")
    return name[len(PREFIX) : -len(SUFFIX)]


def products_of(raw: Raw) -> Sequence[str]:
    """The external ids of what was ordered, in the order of the lines."""
    return [each for line in lines_of(raw) if isinstance(each := line.raw.get("product"), str) and each]


def _line(number: int, entry: Any, counted: Counter[str]) -> Line:
    if not isinstance(entry, Mapping):
        return Line(number=number, raw={}, note=NO_LINE)
    if entry.get("external_id") in EMPTY:
        return Line(number=number, raw=entry, note=NO_ID)
    line_id = _id_of(entry)
    if not line_id:
        return Line(number=number, raw=entry, note=ODD_ID)
    if counted[line_id] > 1:
        return Line(number=number, raw=entry, note=_shared(line_id, counted[line_id]))
    return Line(number=number, raw=entry, id=line_id)


def _id_of(entry: Any) -> str:
    """A line's external id as Altcraft means it, a text; "" for anything else."""
    value = entry.get("external_id") if isinstance(entry, Mapping) else None
    return value if isinstance(value, str) and value.isprintable() and len(value) <= LONGEST else ""


def _shared(line_id: str, count: int) -> str:
    return (
        f"{count} lines of this order have the external id “{legible(line_id)}”, and Altcraft tells lines apart by"
        " nothing else, so their status cannot be changed from here."
    )
