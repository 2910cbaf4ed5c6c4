"""Take orders as a vendor shows them into the mirror: nothing is written for what did not change."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import islice
from typing import Any, NamedTuple

from django.utils import timezone

from orders.models import Edit, Order
from orders.search.folding import searchable
from orders.search.index import index_orders
from orders.services.writing import Batch, Known, Row, known_orders, moment, stored_moment, write_batch
from vendors import payloads
from vendors.contract import Found, Raw, Summary, Vendor
from vendors.models import VendorAccount
from vendors.rows import read

LARGEST_BATCH = 1000  # orders that are looked up, and written, at once
WORTH_INDEXING = 50  # orders: so many that wait make no search slower, and each would cost a transaction by itself
TRIES = 3  # to store an order that others are storing at the same time
LONGEST_ID = 200  # characters
HASHED_AT_ONCE = 2047  # bytes


@dataclass
class Stored:
    """What became of found orders. `seen` are the keys of all that the mirror holds now, `written` of those written.

    `passed_over` are those of the unchanged whose row somebody else wrote in the same moment.
    """

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    passed_over: int = 0
    problems: list[str] = field(default_factory=list)
    seen: list[int] = field(default_factory=list)
    written: list[int] = field(default_factory=list)


class _Shown(NamedTuple):
    """One order as the vendor showed it, at a moment after `as_of`."""

    vendor_id: str
    digest: str
    found: Found
    as_of: datetime


def store_found(
    *, account: VendorAccount, vendor: Vendor, found: Sequence[Found], as_of: datetime, edit: Edit | None = None
) -> Stored:
    """Mirror what the vendor showed. `as_of` is a moment before it was asked.

    An order that was looked at after `as_of` is left alone: what is known of it is newer, unless the vendor itself
    dates it before what was shown. `edit` is the one of ours that the vendor was asked after. An entry that cannot be
    read is reported in `problems` and does not stop the others.
    """
    stored = store_pages(account=account, vendor=vendor, pages=[(found, as_of)], edit=edit)
    if stored.written:
        index_orders(least=WORTH_INDEXING)
    return stored


def store_pages(
    *,
    account: VendorAccount,
    vendor: Vendor,
    pages: Iterable[tuple[Sequence[Found], datetime]],
    edit: Edit | None = None,
) -> Stored:
    """Mirror several pages at once, each with its own `as_of`. See `store_found`; this leaves the search index to you.

    A batch of at most LARGEST_BATCH orders takes one look-up, and where anything is new one short transaction.
    """
    stored = Stored()
    read = _read_all(vendor, pages, stored)
    while batch := {one.vendor_id: one for one in islice(read, LARGEST_BATCH)}:
        _store(account, vendor, batch, edit, stored)
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
    return order if not stored.written and _is_seen(vendor, order, found, as_of) else _read_anew(order, found)


def _is_seen(vendor: Vendor, order: Order, found: Found, as_of: datetime) -> bool:
    """Note that an order was seen. True where the mirror holds it as it is in our hands."""
    rows = Order.objects.filter(pk=order.pk, seen_at__lt=as_of)
    is_there = order.gone_at is None and not _is_elsewhere(vendor, order.found_at, found.at)
    if is_there and rows.filter(revision=order.revision).update(seen_at=as_of):
        order.seen_at = as_of
        return True
    rows.update(seen_at=as_of)
    return False


def _read_anew(order: Order, found: Found) -> Order:
    """The order as the mirror holds it. Its document need not be parsed where it is the one that was found."""
    now = read(Order, order.pk, unread={"raw"})
    if now is None:
        raise Order.DoesNotExist(f"There is no order {order.pk} any more.")
    now.raw = found.raw if now.digest == digest_of(found.raw) else payloads.loads(now.raw)
    now.account = order.account
    return now


def _is_elsewhere(vendor: Vendor, known: str, at: str) -> bool:
    """Whether an order has to be looked for at another place from now on."""
    return at not in {"", known} and not vendor.leads_there(known, at)


def digest_of(raw: Raw) -> str:
    """A fingerprint of a document that does not depend on the order of its keys."""
    text = payloads.compact(raw, sort_keys=True)
    digest = hashlib.sha256()
    # For a longer piece hashlib lets go of the interpreter, and waiting for its return takes longer than the piece.
    for start in range(0, len(text), HASHED_AT_ONCE):
        digest.update(text[start : start + HASHED_AT_ONCE])
    return digest.hexdigest()


def _read_all(vendor: Vendor, pages: Iterable[tuple[Sequence[Found], datetime]], stored: Stored) -> Iterator[_Shown]:
    for found, as_of in pages:
        for one in found:
            try:
                yield _Shown(_id_of(vendor, one.raw), digest_of(one.raw), one, as_of)
            except Exception as wrong:  # noqa: BLE001 - whatever a hostile document does to a reader, the others go on
                _report(stored, one, wrong)


def _id_of(vendor: Vendor, raw: Raw) -> str:
    vendor_id = vendor.id_of(raw)
    if not (vendor_id and vendor_id.isprintable() and len(vendor_id) <= LONGEST_ID):
        raise ValueError("This can be no id.")
    return vendor_id


def _report(stored: Stored, one: Found, wrong: Exception) -> None:
    stored.problems.append(f"An order at {one.at or 'an unknown place'} cannot be read: {type(wrong).__name__}.")


def _store(
    account: VendorAccount, vendor: Vendor, shown: Mapping[str, _Shown], edit: Edit | None, stored: Stored
) -> None:
    """Tell what is new, changed or elsewhere, and write that alone."""
    known = known_orders(account.pk, list(shown))
    batch = Batch(edit=edit)
    now = timezone.now()
    for one in _news(vendor, shown, known):
        row = _row(vendor, one, known.get(one.vendor_id), now, stored)
        if row is not None:
            (batch.changed if row.was else batch.new).append(row)
    for one in shown.values():
        was = known.get(one.vendor_id)
        if was and was.digest == one.digest and (was.gone or _is_elsewhere(vendor, was.found_at, one.found.at)):
            batch.moved[one.found.at, one.as_of].append(was.key)
    added, changed = write_batch(account.pk, batch)
    stored.added += len(added)
    stored.changed += len(changed)
    stored.unchanged += len(shown) - len(added) - len(changed)
    stored.passed_over += len(batch.new) + len(batch.changed) - len(added) - len(changed)
    stored.written += [*added, *changed]
    stored.seen += [*(was.key for was in known.values()), *added]
    if len(added) < len(batch.new):  # somebody else was the first to add some of them
        stored.seen += [there.key for there in known_orders(account.pk, [row.vendor_id for row in batch.new]).values()]


def _news(vendor: Vendor, shown: Mapping[str, _Shown], known: Mapping[str, Known]) -> list[_Shown]:
    """What the mirror does not hold like this, without what it holds newer than this."""
    news: list[_Shown] = []
    doubtful: list[_Shown] = []
    for vendor_id, one in shown.items():
        was = known.get(vendor_id)
        if was is None or (was.digest != one.digest and was.looked_at <= one.as_of):
            news.append(one)
        elif was.digest != one.digest:
            doubtful.append(one)
    return [*news, *_dated_later(vendor, doubtful, known)]


def _dated_later(vendor: Vendor, doubtful: Sequence[_Shown], known: Mapping[str, Known]) -> list[_Shown]:
    """Those that are later states than the known ones by the vendor's own time."""
    dated = {known[one.vendor_id].key: one for one in doubtful if vendor.changed_at(one.found.raw)}
    if not dated:
        return []
    held = Order.objects.filter(pk__in=list(dated)).order_by().values_list("pk", "raw")
    return [
        dated[key] for key, raw in held if _is_later(vendor.changed_at(dated[key].found.raw), vendor.changed_at(raw))
    ]


def _is_later(shown: datetime | None, known: datetime | None) -> bool:
    return shown is not None and known is not None and shown > known


def _row(vendor: Vendor, one: _Shown, was: Known | None, now: datetime, stored: Stored) -> Row | None:
    """The order as the database takes it; None, and reported, where it cannot be read."""
    seen_at = max(one.as_of, was.seen_at) if was else one.as_of
    try:
        summary = vendor.summary(one.found.raw)
        values = _values(summary, one, seen_at, now, title_is_personal=vendor.title_is_personal)
        return Row(one.vendor_id, values, was)
    except Exception as wrong:  # noqa: BLE001 - as above
        _report(stored, one.found, wrong)
        return None


def _values(
    summary: Summary, one: _Shown, seen_at: datetime, now: datetime, *, title_is_personal: bool
) -> tuple[Any, ...]:
    """The values of writing.COLUMNS."""
    open_title, personal_title = ([], [summary.title]) if title_is_personal else ([summary.title], [])
    return (
        _clean(summary.number, 200),
        _clean(summary.title, 300),
        _clean(summary.status, 100),
        _clean(summary.note, 200),
        stored_moment(_storable(summary.created_at)),
        searchable([summary.vendor_id, summary.number, *open_title], personal=[*personal_title, *summary.search]),
        payloads.compact(one.found.raw).decode(),
        one.digest,
        one.found.at,
        moment(seen_at),
        moment(now),
    )


def _storable(at: datetime | None) -> datetime | None:
    """A moment that any database can give back; None for one at the very end of time."""
    try:
        return at and at.astimezone(UTC)
    except OverflowError:
        return None


def _clean(text: str, length: int) -> str:
    """Text for a column: what a database or a terminal would choke on is left out."""
    if not text.isprintable():
        text = "".join(mark if mark.isprintable() else " " for mark in text)
    return text[:length].strip()
