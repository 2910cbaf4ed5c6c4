"""The faults of a trial: every one that a simulator knows, each drawn by a hash of the seed, the order and the call."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

SLOW = 0.0003  # seconds a byte
HANGING = 0.3  # seconds until a connection that nothing is answered on is closed
LATE = (0.3, 1.0)  # seconds until an effect takes place: within the quiet time of a trial, and after it

ONE_WAY = {"late", "lie", "error_applied", "partly"}  # whose moment cannot be chosen
FOR_WRITES = {*ONE_WAY, "slow"}  # they are about a change; an answer by single bytes is enough of that once
# A vendor that says that it has given a lock back and has not: nothing could ever tell.
NOT_FOR_LOCKS = {"wrong_type:before"}
OFTEN = 4  # how many times as often as others a vendor lies


def names_for(intent: str, known: Sequence[str]) -> list[str]:
    """Every fault that a call of this intent ("read", "write", "lock") can meet, as it is written."""
    if intent == "read":
        return [name for name in known if name not in FOR_WRITES]
    names = [name for name in known if intent == "write" or name not in FOR_WRITES]
    both = [f"{name}:{moment}" for name in names if name not in ONE_WAY for moment in ("before", "after")]
    found = [*(name for name in names if name in ONE_WAY), *both]
    return [name for name in found if intent == "write" or name not in NOT_FOR_LOCKS]


def rules(*, known: Sequence[str], chance: float, seed: int, locks: bool) -> Iterator[Mapping[str, Any]]:
    """The rules of one simulator, as its control path takes them. Together they spoil about `chance` of the calls."""
    for at, intent in enumerate(("write", "read", "lock") if locks else ("write", "read")):
        for which, (faults, share, more) in enumerate(_parts(names_for(intent, known))):
            own = seed * 100 + at * 10 + which
            yield {"intent": intent, "faults": faults, "chance": chance * share, "seed": own, **more}


def _parts(names: Sequence[str]) -> list[tuple[Sequence[str], float, Mapping[str, Any]]]:
    """The names in groups that need times of their own, each with its share of all faults."""
    groups: list[tuple[Sequence[str], float, Mapping[str, Any]]] = []
    for name, share, seconds in (("timeout", 0.08, HANGING), ("slow", 0.05, SLOW), *(("late", 0.05, x) for x in LATE)):
        if timed := [each for each in names if each.partition(":")[0] == name]:
            groups.append((timed, share, {"seconds": seconds}))
    taken = {each for group, *_ in groups for each in group}
    plain = [each for each in names if each not in taken for _ in range(OFTEN if each in ONE_WAY else 1)]
    return [*groups, (plain, 1 - sum(share for _, share, _ in groups), {})]
