"""The faults of a trial: every one that a simulator knows, each drawn by a hash of the seed, the order and the call."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

LATE = ("late", (0.3, 1.0))  # seconds until the effect: within the quiet time, and after it
SLOW = 0.0003  # seconds a byte
HANGING = 0.3  # seconds until a connection that nothing is answered on is closed
ONE_WAY = {"late", "lie", "error_applied", "partly"}  # no matter whether before or after the effect
TIMED = {"late", "slow", "timeout"}
ONLY_WRITES = {"slow", "partly", "error_applied", "lie", "late"}  # one answer by single bytes is enough
SHARE_OF_TIMED = 0.25  # of all faults


def names_for(intent: str, known: Sequence[str]) -> list[str]:
    """Every fault that a call of this intent ("read", "write", "lock") can meet, as it is written."""
    names = [name for name in known if intent == "write" or name not in ONLY_WRITES]
    if intent == "read":
        return names
    both = [(f"{name}:before", f"{name}:after") for name in names if name not in ONE_WAY]
    return [*(name for name in names if name in ONE_WAY), *(name for pair in both for name in pair)]


def rules(*, known: Sequence[str], chance: float, seed: int, locks: bool) -> Iterator[Mapping[str, Any]]:
    """The rules of one simulator, as its control path takes them. Together they spoil `chance` of the calls."""
    for at, intent in enumerate(("write", "read", "lock") if locks else ("write", "read")):
        names = names_for(intent, known)
        timed = [name for name in names if name.partition(":")[0] in TIMED - {"late"}]
        plain = [name for name in names if name.partition(":")[0] not in TIMED]
        # What needs the vendor to lie is one name among many: it counts three times.
        plain += [name for name in plain if name in ONE_WAY] * 3
        base = {"intent": intent, "seed": seed * 100 + at * 10}
        hanging = [name for name in timed if name.startswith("timeout")]
        dripping = [name for name in timed if name.startswith("slow")]
        parts: list[tuple[list[str], dict[str, Any], float]] = [(plain, {}, 1 - SHARE_OF_TIMED)]
        if intent == "write":
            parts += [(["late"], {"seconds": each}, SHARE_OF_TIMED / 4) for each in LATE[1]]
            parts += [(dripping, {"seconds": SLOW}, SHARE_OF_TIMED / 4)]
        rest = 1 - sum(share for *_, share in parts)
        parts += [(hanging, {"seconds": HANGING}, rest if intent == "write" else SHARE_OF_TIMED / 2)]
        for which, (faults, more, share) in enumerate(parts):
            yield {**base, "seed": base["seed"] + which, "faults": faults, "chance": chance * share, **more}
