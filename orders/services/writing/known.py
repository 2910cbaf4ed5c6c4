"""What the mirror holds of orders, as far as it takes to tell what is new."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from orders.models import Order


class Known(NamedTuple):
    """One order of the mirror."""

    key: int
    digest: str
    revision: int
    found_at: str
    seen_at: datetime
    gone_at: datetime | None

    @property
    def looked_at(self) -> datetime:
        """When the vendor last showed it, or was found not to know it."""
        return max(self.seen_at, self.gone_at) if self.gone_at else self.seen_at


def known_orders(account_id: int, vendor_ids: Sequence[str]) -> dict[str, Known]:
    """Those of these orders that the mirror holds, by the vendor's id. One look-up by key, without their documents."""
    held = Order.objects.filter(account_id=account_id, vendor_id__in=vendor_ids).order_by()
    columns = held.values_list("vendor_id", "pk", "digest", "revision", "found_at", "seen_at", "gone_at")
    return {vendor_id: Known._make(rest) for vendor_id, *rest in columns}
