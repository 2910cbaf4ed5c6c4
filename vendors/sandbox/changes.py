"""What became different between two states of an order, leaf by leaf, and how to put leaves back."""

import copy
from collections.abc import Iterable, Mapping
from typing import Any

Path = tuple[str | int, ...]
Differences = dict[Path, tuple[Any, Any]]

MISSING = "(absent)"  # how the journal writes a key that was not there


def differences(before: Any, after: Any, at: Path = ()) -> Differences:
    """Path of each changed leaf → (before, after). Lists of equally many objects are entered, others are leaves."""
    if isinstance(before, dict) and isinstance(after, dict):
        keys: Iterable[Any] = {**before, **after}
        pairs = [(key, before.get(key, MISSING), after.get(key, MISSING)) for key in keys]
    elif _are_alike(before, after):
        pairs = [(index, one, other) for index, (one, other) in enumerate(zip(before, after, strict=True))]
    else:
        return {} if _same(before, after) else {at: (copy.deepcopy(before), copy.deepcopy(after))}
    found: Differences = {}
    for key, one, other in pairs:
        found |= differences(one, other, (*at, key))
    return found


def put(document: Any, path: Path, value: Any) -> None:
    """Set the leaf at `path`, or remove it where the value is MISSING."""
    for step in path[:-1]:
        document = document[step]
    if value == MISSING:
        document.pop(path[-1], None)
    else:
        document[path[-1]] = value


def written(found: Differences) -> dict[str, list[Any]]:
    """The differences as JSON: dotted path → [before, after]."""
    return {".".join(map(str, path)): list(pair) for path, pair in found.items()}


def set_dotted(document: dict[str, Any], changes: Mapping[str, Any]) -> None:
    """Set values by dotted path (`lines.0.status`, `address.city`). Raises ValueError for a path that leads nowhere."""
    for dotted, value in changes.items():
        target: Any = document
        *steps, last = dotted.split(".")
        try:
            for step in steps:
                target = target[int(step)] if isinstance(target, list) else target[step]
            target[int(last) if isinstance(target, list) else last] = copy.deepcopy(value)
        except (KeyError, IndexError, TypeError, ValueError) as wrong:
            raise ValueError(f"There is nothing at {dotted}.") from wrong


def _are_alike(before: Any, after: Any) -> bool:
    """Whether two lists hold the same number of objects, so that they can be compared one by one."""
    return (
        isinstance(before, list)
        and isinstance(after, list)
        and len(before) == len(after)
        and all(isinstance(each, dict) for each in [*before, *after])
    )


def _same(before: Any, after: Any) -> bool:
    """Equal, and of one type all the way down: True is not 1 in JSON."""
    return type(before) is type(after) and before == after
