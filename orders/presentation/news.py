"""What the vendor changed by itself, beside the edits in an order's timeline."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import User

from orders.models import Edit, Order
from orders.presentation.contrast import contrast
from orders.presentation.document import may_see
from orders.presentation.landing import FieldOutcome
from orders.services.differing import Difference, changes_at_vendor
from vendors.contract import Vendor


@dataclass(frozen=True)
class News:
    """A moment at which the order was found changed at its vendor, and what was different from then on."""

    at: datetime
    fields: Sequence[FieldOutcome]
    is_news: bool = True


def news_of(*, order: Order, vendor: Vendor, person: User, edits: Sequence[Edit] = ()) -> list[News]:
    """The latest changes made at the vendor, as this person may see them. `edits` are the order's latest."""
    return [
        News(change.at, [_shown(each, person) for each in change.differences])
        for change in changes_at_vendor(order=order, vendor=vendor, edits=edits)
    ]


def _shown(difference: Difference, person: User) -> FieldOutcome:
    masked = not may_see(person, difference.personal)
    asked = contrast("", "") if masked else contrast(difference.old, difference.new)
    return FieldOutcome(name=difference.name, label=difference.label, asked=asked, masked=masked)
