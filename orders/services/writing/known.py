"""What the mirror holds of an order, as far as it takes to tell whether something is new."""

from datetime import datetime
from typing import NamedTuple

from vendors.rows import moment_of

# What a look-up reads, in the order of `Known` and behind the vendor's id.
LOOKED_UP = ("id", "digest", "revision", "found_at", "seen_at", "gone_at")


class Known(NamedTuple):
    """One order of the mirror. Its moments are the texts that the database gave: most of them nobody asks for."""

    key: int
    digest: str
    revision: int
    found_at: str
    seen: str
    gone: str | None

    @property
    def seen_at(self) -> datetime:
        """When the vendor last showed it."""
        return _moment(self.seen)

    @property
    def looked_at(self) -> datetime:
        """When the vendor last showed it, or was found not to know it."""
        return max(self.seen_at, _moment(self.gone)) if self.gone else self.seen_at


def _moment(text: str) -> datetime:
    return moment_of(datetime.fromisoformat(text))
