"""An order as sections of rows, each value in words, and documents as text that nobody can be misled by."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from django.contrib.auth.models import User

from orders.models import Order
from orders.services.remembering import LastSent, last_sent
from vendors import payloads
from vendors.contract import Raw, Vendor
from vendors.fields import Field, Shown

FOLDED_FROM = 480  # characters; a longer text is unfolded on demand
FOLDED_LINES = 8
_INVISIBLE = re.compile(
    "[\u00ad\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\ud800-\udfff]|[\x00-\x09\x0b-\x1f\x7f-\x9f]"
)


@dataclass(frozen=True, kw_only=True)
class Row:
    """One thing that an order says.

    `text` is "" for nothing; `items` are its parts where it is a list. `reason` is the rule that keeps it from being
    changed, `repeats` says that the row above has the same one, `is_fixed` that nobody can ever change it. Of a
    `masked` value nothing is told. `is_unshown` says that the vendor never shows it; `sent` is then what was last
    sent from here, if anything was.
    """

    label: str
    source: str
    text: str = ""
    items: tuple[str, ...] = ()
    reason: str = ""
    masked: bool = False
    is_fixed: bool = False
    is_unshown: bool = False
    sent: LastSent | None = None
    repeats: bool = False

    @property
    def is_long(self) -> bool:
        return len(self.text) > FOLDED_FROM or (not self.items and self.text.count("\n") >= FOLDED_LINES)

    @property
    def beginning(self) -> str:
        """What is to be seen of a long text before it is unfolded."""
        return " ".join(self.text[:160].split())


@dataclass
class Section:
    """A heading and what stands under it: rows, or whatever else was made of the entries."""

    title: str
    rows: list[Any] = field(default_factory=list)


def may_see(person: User, personal: bool = True) -> bool:
    """Whether this person may see a value, personal data or not."""
    return not personal or person.has_perm("orders.view_personal")


def hides_documents(vendor: Vendor, raw: Raw, person: User) -> bool:
    """Whether whole documents of this order are kept from this person: they may hold personal data."""
    return not may_see(person) and any(entry.personal for entry in vendor.shown(raw))


def sections_of(*, order: Order, vendor: Vendor, person: User) -> list[Section]:
    """The order's page from top to bottom. Personal values are masked for those who may not see them."""

    entries = vendor.shown(order.raw)
    sent = sent_of(order, entries)

    def make(entry: Shown) -> Row:
        return row_of(entry, vendor, order.raw, person, sent)

    found = sections(entries, make)
    for section in found:
        section.rows = [
            replace(row, repeats=bool(row.reason) and above is not None and above.reason == row.reason)
            for above, row in zip([None, *section.rows], section.rows, strict=False)
        ]
    return found


def reason_for_all(*, order: Order, vendor: Vendor) -> str:
    """The rule that keeps every field of this order from being changed, or "" where there is no such one rule."""
    reasons = {vendor.reason_against(order.raw, name) for name in vendor.fields(order.raw)}
    return reasons.pop() if len(reasons) == 1 else ""


def sent_of(order: Order, entries: Iterable[Shown]) -> dict[str, LastSent]:
    """What was last sent from here, by name, for those of the fields that the vendor never shows."""
    unshown = {entry.name for entry in entries if isinstance(entry, Field) and entry.read is None}
    if not unshown:
        return {}
    return {name: sent for name, sent in last_sent(order).items() if name in unshown}


def sections(entries: Iterable[Shown], make: Callable[[Shown], Any]) -> list[Section]:
    """The entries under their headings, in the order of the page; `make` turns each into what is to be shown."""
    found: dict[str, Section] = {}
    for entry in entries:
        found.setdefault(entry.section, Section(entry.section)).rows.append(make(entry))
    return list(found.values())


def row_of(entry: Shown, vendor: Vendor, raw: Raw, person: User, sent: Mapping[str, LastSent]) -> Row:
    """One entry of the page in words. `sent` is that of `sent_of`."""
    is_fixed = not isinstance(entry, Field)
    reason = vendor.reason_against(raw, entry.name) if isinstance(entry, Field) else ""
    if not may_see(person, entry.personal):
        return Row(label=entry.label, source=entry.source, reason=reason, is_fixed=is_fixed, masked=True)
    value = entry.current(raw)
    text = entry.text(value)
    items = tuple(text.split("\n")) if text and isinstance(value, list | tuple) else ()
    return Row(
        label=entry.label,
        source=entry.source,
        text=text,
        items=items,
        reason=reason,
        is_fixed=is_fixed,
        is_unshown=entry.read is None,
        sent=None if is_fixed else sent.get(entry.source),
    )


def pretty(document: Any) -> str:
    """A document as indented JSON. Characters that cannot be seen are written as escapes, so the text says all."""
    written = payloads.dumps(document, indent=2)
    return _INVISIBLE.sub(_escape, written)


def brief(document: Any) -> str:
    """A document as JSON in one line, for a heading."""
    written = payloads.dumps(_brief(document))
    return _INVISIBLE.sub(_escape, written)


def _escape(found: re.Match[str]) -> str:
    return f"\\u{ord(found.group()):04x}"


def _brief(value: Any, most: int = 60) -> Any:
    if isinstance(value, str):
        return value if len(value) <= most else value[: most - 1] + "…"
    if isinstance(value, Mapping):
        return {key: _brief(each) for key, each in value.items()}
    return value
