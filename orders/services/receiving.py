"""Take in what a vendor sends by itself: once, only if it is signed, and only if it is newer than what is known."""

from collections.abc import Mapping
from enum import StrEnum

import structlog
from django.db import transaction
from django.utils import timezone

from orders.models import Delivery, Order
from orders.services.mirror import store_found
from vendors.characters import legible
from vendors.contract import Found, Vendor
from vendors.models import VendorAccount

log = structlog.get_logger(__name__)


class Receipt(StrEnum):
    """What became of a delivery. All of them are an acknowledgement to the vendor."""

    TAKEN = "taken"
    REPEATED = "repeated"
    OLD = "old"
    NO_ORDER = "no order"
    UNREADABLE = "unreadable"


def receive_delivery(*, account: VendorAccount, headers: Mapping[str, str], body: bytes) -> Receipt:
    """Take a delivery in. The same one again changes nothing, in whatever order two of them arrive.

    Raises SignatureWrong and SecretUnreadable; nothing is stored then.
    """
    vendor = account.adapter()
    delivery = vendor.receive(headers=headers, body=body, secrets=account.credentials)
    if delivery is None:
        return Receipt.NO_ORDER
    event = legible(delivery.event)[:100]
    with transaction.atomic():
        _, is_first = Delivery.objects.get_or_create(
            account=account,
            delivery_id=legible(delivery.id),
            defaults={"event": event, "received_at": timezone.now()},
        )
        receipt = _take_in(account, vendor, delivery.found) if is_first else Receipt.REPEATED
    log.info("delivery_received", account=account.pk, kind=event, receipt=receipt.value)
    return receipt


def _take_in(account: VendorAccount, vendor: Vendor, found: Found | None) -> Receipt:
    """Mirror a delivered order. The row is locked, because the delivery is put together with what it holds."""
    if found is None:
        return Receipt.NO_ORDER
    as_of = timezone.now()
    try:
        vendor_id = vendor.summary(found.raw).vendor_id
    except ValueError:
        return Receipt.UNREADABLE
    known = Order.objects.select_for_update().filter(account=account, vendor_id=vendor_id).first()
    if known is not None:
        if _is_old(vendor, found, known):
            return Receipt.OLD
        found = Found(raw=vendor.merged(known.raw, found.raw), at=known.found_at)
    stored = store_found(account=account, vendor=vendor, found=[found], as_of=as_of)
    return Receipt.UNREADABLE if stored.problems else Receipt.TAKEN


def _is_old(vendor: Vendor, found: Found, known: Order) -> bool:
    """Whether the vendor dates this state no later than the one that is known. Without a date it counts as new."""
    delivered_at, known_at = vendor.changed_at(found.raw), vendor.changed_at(known.raw)
    return delivered_at is not None and known_at is not None and delivered_at <= known_at
