"""What the mirror holds of an order, as far as it takes to tell whether something is new."""

from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection

from orders.models import Order

# What a look-up reads, in the order of `Known` and behind the vendor's id.
LOOKED_UP = ("id", "digest", "revision", "found_at", "seen_at", "gone_at")


class Known(NamedTuple):
    """One order of the mirror. Its moments are as the database gave them: most of them nobody asks for."""

    key: int
    digest: str
    revision: int
    found_at: str
    seen: Any
    gone: Any

    @property
    def seen_at(self) -> datetime:
        """When the vendor last showed it."""
        return _moment(self.seen)

    @property
    def looked_at(self) -> datetime:
        """When the vendor last showed it, or was found not to know it."""
        return max(self.seen_at, _moment(self.gone)) if self.gone else self.seen_at


def _moment(value: Any) -> datetime:
    if connection.vendor == "postgresql":
        return datetime.fromisoformat(value)
    field = Order._meta.get_field("seen_at")
    for convert in connection.ops.get_db_converters(field.get_col(Order._meta.db_table)):
        value = convert(value, None, connection)
    moment: datetime = value
    return moment
