"""Reach into a vendor's document by a dotted path, without stumbling over what is missing."""

from collections.abc import Mapping
from typing import Any


def get(raw: Any, path: str) -> Any:
    """The value at `path` (`address.city.name`), or None where any step of it is absent or not an object."""
    value = raw
    for step in path.split("."):
        value = value.get(step) if isinstance(value, Mapping) else None
    return value


def nest(changes: Mapping[str, Any]) -> dict[str, Any]:
    """Turn `{"a.b": 1, "c": 2}` into `{"a": {"b": 1}, "c": 2}`: the usual body of a partial update."""
    body: dict[str, Any] = {}
    for path, value in changes.items():
        *steps, last = path.split(".")
        inner = body
        for step in steps:
            inner = inner.setdefault(step, {})
        inner[last] = value
    return body
