"""Read an order that the mirror does not hold yet, from the id or the address that somebody pasted."""

from django.utils import timezone

from orders.models import Order
from orders.services.mirror import store_found
from vendors.contract import Vendor
from vendors.errors import OrderGone, Unreachable
from vendors.models import VendorAccount

LONGEST_PASTED = 300  # characters


class FetchRefused(Exception):
    """Nothing was asked of the vendor; the message says why and what can be done."""


def fetch_order(*, account: VendorAccount, text: str) -> Order:
    """Ask the vendor for the order that the text names, mirror it, and return it. One that is mirrored is renewed.

    Which order it is, the vendor's answer says: an address may carry another id than the order's own.
    Raises FetchRefused, VendorError (OrderGone where the vendor knows no such order) and SecretUnreadable.
    """
    if not account.enabled:
        raise FetchRefused(f"The account {account.name} is disabled. An administrator can enable it.")
    vendor = account.adapter()
    vendor_id = vendor.id_in(text)
    if not vendor.reads_one:
        raise FetchRefused(f"{vendor.label} shows orders in lists only. Run a sync to find new ones.")
    if not vendor_id:
        raise FetchRefused(f"This is neither an order's id nor an address of {vendor.label}'s that carries one.")
    vendor = account.connect()
    as_of = timezone.now()
    try:
        found = vendor.order(vendor_id)
    except OrderGone as gone:
        words = f"{vendor.label} knows no order {vendor_id}. Look for the id on the order's own page there."
        raise OrderGone(words, answer=gone.answer) from gone
    try:
        summary = vendor.summary(found.raw)
    except ValueError as wrong:
        raise Unreachable(str(wrong), sent=True) from wrong
    store_found(account=account, vendor=vendor, found=[found], as_of=as_of)
    return Order.objects.select_related("account").get(account=account, vendor_id=summary.vendor_id)


def accounts_to_ask(*, text: str) -> list[VendorAccount]:
    """The accounts that could be asked for what somebody pasted: those whose vendor reads one order by such an id."""
    pasted = text.strip()
    if not pasted or len(pasted) > LONGEST_PASTED or len(pasted.split()) > 1:
        return []
    accounts = VendorAccount.objects.filter(enabled=True).order_by("name")
    return [account for account in accounts if _could_know(account.adapter(), pasted)]


def _could_know(vendor: Vendor, pasted: str) -> bool:
    """An id holds a digit; a single word without one is a search for a name."""
    vendor_id = vendor.id_in(pasted)
    return vendor.reads_one and any(mark.isdigit() for mark in vendor_id)
