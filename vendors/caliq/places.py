"""Which field an issue speaks of. Caliq does not say it in a place of its own, so its words are searched."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from vendors.caliq.address import ADDRESS
from vendors.caliq.lines import NEW_LINE

# What else a field is called, in the documentation and in ordinary words. The field's own name always counts.
_WORDS: Mapping[str, Sequence[str]] = {
    "CustomerPONumber": ("CustomerPONo", "PO number", "purchase order"),
    "OrderNotes": ("notes",),
    "DeliveryRequirementDate": ("requirement date", "delivery date"),
    "DeliveryRequirement": (),
    "DespatchMethodID": ("despatch method",),
    "Carriage": (),
    "CustomerHold": ("hold",),
}
_ADDRESS_WORDS: Mapping[str, Sequence[str]] = {
    "DeliveryAddressID": ("address id", "delivery address"),
    "DirectDelivery": (),
    "DeliveryCompany": ("company",),
    "Line1": ("address line 1",),
    "Line2": ("address line 2",),
    "Line3": ("address line 3",),
    "Town": (),
    "County": (),
    "Postcode": ("post code",),
    "Country": (),
    "Firstname": ("first name",),
    "Surname": (),
    "Email": ("e-mail",),
    "Phone": (),
}
_LINE_WORDS: Mapping[str, Sequence[str]] = {"Quantity": ("qty",), "UnitPrice": ("price",)}


def place_of(words: str, extra: str, sent: Mapping[str, Any]) -> str:
    """The name of the field that the words or the extra data of an issue speak of, "" where that cannot be told."""
    text = f"{words} {extra}"
    return (
        _line(text, sent)
        or _named(text, _WORDS)
        or (_prefixed(ADDRESS, _named(text, _ADDRESS_WORDS)) if ADDRESS in sent else "")
    )


def _line(text: str, sent: Mapping[str, Any]) -> str:
    """A part of one of the lines that were sent: by the line's id, or the code of the new one."""
    lines = sent.get("OrderEditLines", {}).get("OrderEditLine", [])
    numbers = set(re.findall(r"(?<![\w.])\d+(?![\w.]*\d)", text))
    for line in lines:
        if str(line.get("LineID")) in numbers:
            return _part_of(line, text)
    for line in lines:
        if "LineID" not in line and _says(text, line["ProductCode"]):
            return NEW_LINE
    said = _named(text, {"LineID": ("order line",), "ProductCode": ("product", "new line"), **_LINE_WORDS})
    return (NEW_LINE if "LineID" not in lines[0] else _part_of(lines[0], text)) if said and len(lines) == 1 else ""


def _part_of(line: Mapping[str, Any], text: str) -> str:
    """Quantity or price of a line: the one named, else the one sent."""
    sent = [part for part in _LINE_WORDS if part in line]
    part = _named(text, {name: _LINE_WORDS[name] for name in sent}) or sent[0]
    return f"OrderEditLines.{line['LineID']}.{part}"


def _named(text: str, table: Mapping[str, Sequence[str]]) -> str:
    """The entry of the table with the longest name in the text, "" for none."""
    said = [(len(word), name) for name, words in table.items() for word in (name, *words) if _says(text, word)]
    return max(said)[1] if said else ""


def _says(text: str, word: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(word)}(?!\w)", text, re.IGNORECASE) is not None


def _prefixed(group: str, name: str) -> str:
    return name and f"{group}.{name}"
