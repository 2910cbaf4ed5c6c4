"""Look at one order again: read it from its vendor now."""

from django.utils import timezone

from orders.models import Edit, Order
from orders.services.mirror import store_one
from vendors.contract import Vendor
from vendors.errors import OrderGone, Unreachable


def look_again(*, order: Order, vendor: Vendor | None = None, edit: Edit | None = None) -> Order:
    """Read the order from its vendor and mirror it. Returns it as it is now. `edit` is ours, just sent.

    Raises VendorError where it cannot be read; an order that is gone is marked so first.
    """
    vendor = vendor or order.account.connect()
    as_of = timezone.now()
    try:
        found = vendor.order(order.vendor_id, order.found_at)
    except OrderGone:
        Order.objects.filter(pk=order.pk, gone_at=None).update(gone_at=as_of)
        raise
    try:
        return store_one(order=order, vendor=vendor, found=found, as_of=as_of, edit=edit)
    except ValueError as wrong:
        raise Unreachable(str(wrong), sent=True) from wrong
