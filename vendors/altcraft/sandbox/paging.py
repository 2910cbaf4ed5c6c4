"""Lists by an opaque pointer (Altcraft: list pages). How they end is a switch."""

import re
from collections.abc import Sequence

from vendors.altcraft.sandbox.parameters import Refused, Thing
from vendors.sandbox.switches import Switches

_POINTER = re.compile(r"2p2FXnb7zz-([0-9a-f]{16})")


def page_of(asked: Thing, entries: Sequence[tuple[int, Thing]], switch: Switches) -> Thing:
    """One page of a list whose entries come with their numbers, rising or falling. Pointers are made of numbers."""
    pointer, limit = asked.get("from_id", ""), _limit(asked, switch)
    rest = _behind(_number(pointer), entries) if pointer else list(entries)
    shown = rest[:limit]
    page: Thing = {"result": [entry for _, entry in shown]}
    if not shown and switch["empty_list"] == "null":
        page["result"] = None
    own = f"2p2FXnb7zz-{shown[-1][0]:016x}" if shown else ""
    if len(rest) > limit:
        return {"next_from_id": own, **page}
    last = {"empty_page": own, "empty_pointer": "", "repeated": pointer}.get(switch["last_page"])
    return page if last is None else {"next_from_id": last, **page}


def _behind(number: int, entries: Sequence[tuple[int, Thing]]) -> list[tuple[int, Thing]]:
    """What follows on the entry with this number, whether or not it is there still."""
    falls = len(entries) > 1 and entries[0][0] > entries[-1][0]
    return [entry for entry in entries if (entry[0] < number if falls else entry[0] > number)]


def _limit(asked: Thing, switch: Switches) -> int:
    largest = switch.number("largest_limit")
    limit = int(asked.get("limit", switch.number("default_limit")))
    if limit < 1 or (limit > largest and switch["limit_above"] == "reject"):
        raise Refused(400, "Parameter limit is out of range")
    return min(limit, largest)


def _number(pointer: str) -> int:
    found = _POINTER.fullmatch(pointer)
    if found is None:
        raise Refused(400, "Parameter from_id is not valid")
    return int(found[1], 16)
