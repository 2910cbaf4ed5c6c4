"""Take orders as a vendor shows them into the mirror: nothing is written for what did not change."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from django.db import IntegrityError, transaction
from django.utils import timezone

from orders.models import Edit, Order, Revision
from orders.search.folding import searchable
from orders.search.index import index_orders
from orders.states import IN_FLIGHT
from vendors import payloads
from vendors.contract import Found, Raw, Summary, Vendor
from vendors.models import VendorAccount

TRIES = 3  # to store an order that others are storing at the same time


@dataclass
class Stored:
    """What became of a batch of found orders. `seen` are the ids of those that could be read."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    passed_over: int = 0  # of those: somebody else changed the row in the same moment
    problems: list[str] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)


def store_found(
    *, account: VendorAccount, vendor: Vendor, found: Sequence[Found], as_of: datetime, edit: Edit | None = None
) -> Stored:
    """Mirror what the vendor showed. `as_of` is a moment before it was asked.

    An order that was looked at after `as_of` is left alone: what is known of it is newer, unless the vendor itself
    dates it before what was shown. `edit` is the one of ours that the vendor was asked after. An entry that cannot be
    read is reported in `problems` and does not stop the others.
    """
    stored = Stored()
    read = _read_all(vendor, found, stored)
    stored.seen = set(read)
    known = {order.vendor_id: order for order in _known(account, list(read))}
    for vendor_id, (summary, digest, one) in read.items():
        order = known.get(vendor_id)
        if order is None:
            _add(account, summary, digest, one, as_of, stored)
        elif order.seen_at > as_of and not _is_newer(vendor, one.raw, order):
            stored.unchanged += 1
        elif order.digest == digest:
            stored.unchanged += 1
            _note_place(order, one.at)
        else:
            _change(order, summary, digest, one, as_of, stored, edit)
    index_orders()
    return stored


def store_one(*, order: Order, vendor: Vendor, found: Found, as_of: datetime, edit: Edit | None = None) -> Order:
    """Mirror one order that was read by itself, and note that it was seen. Returns it as it is now.

    Raises ValueError where the document is no order, or another one, or cannot be mirrored.
    """
    summary = vendor.summary(found.raw)
    if summary.vendor_id != order.vendor_id:
        raise ValueError("The vendor answered with another order.")
    for _ in range(TRIES):
        stored = store_found(account=order.account, vendor=vendor, found=[found], as_of=as_of, edit=edit)
        if stored.problems:
            raise ValueError(stored.problems[0])
        if stored.passed_over == 0:
            break
    else:
        raise ValueError("The order was stored by others again and again while it was read.")
    Order.objects.filter(pk=order.pk, seen_at__lt=as_of).update(seen_at=as_of)
    return Order.objects.select_related("account").get(pk=order.pk)


def digest_of(raw: Raw) -> str:
    """A fingerprint of a document that does not depend on the order of its keys."""
    return hashlib.sha256(payloads.dumps(raw, sort_keys=True).encode()).hexdigest()


def _read_all(vendor: Vendor, found: Sequence[Found], stored: Stored) -> dict[str, tuple[Summary, str, Found]]:
    read = {}
    for one in found:
        try:
            summary = vendor.summary(one.raw)
            if summary.created_at is not None:
                summary.created_at.astimezone(UTC)  # which a database does as well, and the first of days cannot
            read[summary.vendor_id] = (summary, digest_of(one.raw), one)
        except Exception as wrong:  # noqa: BLE001 - whatever a hostile document does to a reader, the others go on
            stored.problems.append(
                f"An order at {one.at or 'an unknown place'} cannot be read: {type(wrong).__name__}."
            )
    return read


def _known(account: VendorAccount, vendor_ids: list[str]) -> Iterable[Order]:
    return Order.objects.filter(account=account, vendor_id__in=vendor_ids).only(
        "vendor_id", "digest", "revision", "seen_at", "gone_at", "found_at"
    )


def _is_newer(vendor: Vendor, raw: Raw, order: Order) -> bool:
    """Whether the vendor's own time says that this is a later state than the one that is known."""
    changed_at = vendor.changed_at(raw)
    known_at = vendor.changed_at(order.raw) if changed_at else None
    return changed_at is not None and known_at is not None and changed_at > known_at


def _columns(summary: Summary, digest: str, one: Found, as_of: datetime) -> dict[str, object]:
    return {
        "number": _clean(summary.number, 200),
        "title": _clean(summary.title, 300),
        "status": _clean(summary.status, 100),
        "note": _clean(summary.note, 200),
        "created_at": summary.created_at,
        "search": searchable([summary.vendor_id, summary.number, summary.title], personal=summary.search),
        "raw": one.raw,
        "digest": digest,
        "found_at": one.at,
        "seen_at": as_of,
        "changed_at": timezone.now(),
        "gone_at": None,
    }


def _clean(text: str, length: int) -> str:
    """Text for a column: what a database or a terminal would choke on is left out."""
    return "".join(mark if mark.isprintable() else " " for mark in text)[:length].strip()


def _add(account: VendorAccount, summary: Summary, digest: str, one: Found, as_of: datetime, stored: Stored) -> None:
    try:
        with transaction.atomic():
            columns = _columns(summary, digest, one, as_of)
            Order.objects.create(account=account, vendor_id=summary.vendor_id, **columns)
        stored.added += 1
    except IntegrityError:
        stored.unchanged += 1  # another pass added it in the same moment


def _change(
    order: Order, summary: Summary, digest: str, one: Found, as_of: datetime, stored: Stored, edit: Edit | None
) -> None:
    """Replace the document and keep the old one, unless somebody else replaced it in the same moment."""
    with transaction.atomic():
        old = Order.objects.values_list("raw", flat=True).get(pk=order.pk)
        replaced = Order.objects.filter(pk=order.pk, revision=order.revision).update(
            revision=order.revision + 1, **_columns(summary, digest, one, max(as_of, order.seen_at))
        )
        if replaced:
            ours = edit or _in_flight(order)
            Revision.objects.create(order=order, number=order.revision, raw=old, digest=order.digest, edit=ours)
            stored.changed += 1
        else:
            stored.unchanged += 1
            stored.passed_over += 1


def _in_flight(order: Order) -> Edit | None:
    """The edit of ours that may have changed the order just now, whoever was the first to see it."""
    return Edit.objects.filter(order=order, state__in=IN_FLIGHT, sent_at__isnull=False).first()


def _note_place(order: Order, at: str) -> None:
    """Nothing is written for an order that stands where it stood."""
    if order.gone_at is not None or (at and at != order.found_at):
        Order.objects.filter(pk=order.pk).update(found_at=at or order.found_at, gone_at=None)
