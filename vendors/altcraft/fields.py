"""Altcraft's order page, from top to bottom (Altcraft: orders list page). Only the status of a line can be changed."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from vendors.altcraft.lines import Line, field_name, line_with, lines_of
from vendors.altcraft.statuses import words_of
from vendors.characters import legible, word
from vendors.controls import EMPTY, OneOf
from vendors.fields import Field, Raw, Shown

MONEY, CUSTOMER, CUSTOM, RECORD = "Money", "Customer", "Custom fields", "Record"
NEVER_EMPTY = {"required": "A line always has a status, so this cannot be left empty. Choose one."}
UNSHOWN = "Altcraft takes a line's status and never shows it again."

PRICES = {
    "base_price_per_item": "Base price",
    "min_price_per_item": "Lowest price",
    "final_price_per_item": "Final price",
}


def page_of(
    raw: Raw, *, unit: str = "minor", own: Sequence[Mapping[str, str]] = (), names: Mapping[str, str] | None = None
) -> Iterator[Shown]:
    """Everything on the page of this order.

    `unit` is what amounts are in, `own` are the account's own line statuses, `names` the names of products by id.
    """
    yield from _order()
    yield from _money(raw.get("currency"), unit)
    yield from _customer()
    yield from _custom(raw.get("custom_fields"))
    for line in lines_of(raw):
        yield from _entries_of(line, raw, unit, words_of(own), names or {})
    yield Shown(label="Created", read="create_time", section=RECORD)
    yield Shown(label="Changed", read="update_time", section=RECORD, stamp=True)


def say_money(value: Any, *, currency: Any, unit: str) -> str:
    """An amount exactly as it was sent, with its currency and, where it is not in whole units of that, the unit."""
    if value in EMPTY:
        return ""
    small = "in minor units" if unit == "minor" else ""
    return " ".join(filter(None, [word(value), "" if currency in EMPTY else word(currency), small]))


def say_product(value: Any, *, names: Mapping[str, str]) -> str:
    """A product by its name, where that is known, and its id."""
    if value in EMPTY:
        return ""
    product = word(value)
    return f"{names[product]} ({product})" if product in names else product


def _order() -> Iterator[Shown]:
    yield Shown(label="External id", read="external_id")
    yield Shown(label="Order status", read="status", help="Of the order as a whole; its words are not those of lines.")
    yield Shown(label="Touchpoint", read="endpoint")
    yield Shown(label="Tags", read="tags")
    yield Shown(label="Region", read="region")


def _money(currency: Any, unit: str) -> Iterator[Shown]:
    say = partial(say_money, currency=currency, unit=unit)
    yield Shown(label="Total", read="total_price", section=MONEY, say=say, help="With the delivery.")
    yield Shown(label="Delivery", read="delivery_cost", section=MONEY, say=say)
    yield Shown(label="Currency", read="currency", section=MONEY)


def _customer() -> Iterator[Shown]:
    yield Shown(label="Profile", read="profile.profile_id", section=CUSTOMER, personal=True)
    yield Shown(label="Profile hash", read="profile.xxh", section=CUSTOMER, personal=True)


def _custom(values: Any) -> Iterator[Shown]:
    """What an account has added to orders; anything may stand there, so it is taken for personal."""
    if isinstance(values, Mapping):
        for key in values:
            label = f"Custom field {legible(str(key))}"
            yield Shown(label=label, read=_reader("custom_fields", key), section=CUSTOM, personal=True)
    elif values not in EMPTY:
        yield Shown(label="Custom fields", read="custom_fields", section=CUSTOM, personal=True)


def _entries_of(
    line: Line, raw: Raw, unit: str, words: Sequence[tuple[str, str]], names: Mapping[str, str]
) -> Iterator[Shown]:
    """One line, under a heading of its own."""
    product = say_product(line.raw.get("product"), names=names)
    section = f"Line {line.number}: {legible(product)}" if product else f"Line {line.number}"
    yield _status(line, section, words)
    yield Shown(label="Line's external id", read=_of(line, "external_id"), section=section)
    yield Shown(label="Product", read=_of(line, "product"), section=section, say=partial(say_product, names=names))
    yield Shown(label="Count", read=_of(line, "count"), section=section)
    currency = line.raw.get("currency") or raw.get("currency")
    for key, label in PRICES.items():
        say = partial(say_money, currency=currency, unit=unit)
        yield Shown(label=f"{label} of one", read=_of(line, key), section=section, say=say)
    custom = line.raw.get("custom_fields")
    for key in custom if isinstance(custom, Mapping) else ():
        label = f"Custom field {legible(str(key))}"
        yield Shown(label=label, read=_of(line, "custom_fields", key), section=section, personal=True)


def _status(line: Line, section: str, words: Sequence[tuple[str, str]]) -> Shown:
    """The field of a line that can be named, else why there is none.

    No documented answer shows a line's status. Where one does all the same, it is believed.
    """
    if not line.id:
        return Shown(label="Status", read=lambda _: line.note, section=section)
    is_shown = "status" in line.raw
    product = line.raw.get("product")
    return Field(
        name=field_name(line.id),
        read=_reader_of(line.id, "status") if is_shown else None,
        label=legible(f"Status of {product} ({line.id})" if isinstance(product, str) else f"Status of {line.id}"),
        section=section,
        form=OneOf(words, error_messages=NEVER_EMPTY),
        help="" if is_shown else UNSHOWN,
    )


def _of(line: Line, *path: str) -> Callable[[Raw], Any]:
    """A reader of something in this very line; by its id where it has one, else by its place."""
    if line.id:
        return _reader_of(line.id, *path)
    return lambda raw: _at(next((each.raw for each in lines_of(raw) if each.number == line.number), {}), path)


def _reader_of(line_id: str, *path: str) -> Callable[[Raw], Any]:
    return lambda raw: _at(line_with(raw, line_id), path)


def _reader(*path: str) -> Callable[[Raw], Any]:
    return lambda raw: _at(raw, path)


def _at(value: Any, path: Sequence[str]) -> Any:
    """Like `vendors.paths.get`, for keys that may hold dots."""
    for step in path:
        value = value.get(step) if isinstance(value, Mapping) else None
    return value
