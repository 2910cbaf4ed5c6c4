"""What a trial asks for at each vendor, so that every wish is unlike every other and can be recognised at the vendor.

A text carries the number of its wish, a number contains it, a status of a line is used once for each line.
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from vendors.contract import Raw, Vendor
from vendors.lia.sandbox.identity import DENIED

STATUSES = [f"t{number:03d}" for number in range(400)]  # of Altcraft's lines, made for the trial
HIDDEN = {"altcraft"}  # vendors that never show what was changed

# What a vendor changes by itself when it is written to. Patterns of paths in a simulator's order.
ASIDE: Mapping[str, Sequence[str]] = {
    "liner": ("updatedAt",),
    "caliq": ("Value", "ValueVAT", "CarriageVAT", "_changed", "_lock*", "_lines.*.Value*"),
    "altcraft": ("update_time", "status", "_messages"),
    "lia": (
        *("updated_at", "finished_at", "status", "cancelation_reason", "translated_cancelation_reason"),
        *("analyses*", "email.updated_at", "phone.updated_at", "address.id"),
    ),
}


@dataclass(frozen=True, kw_only=True)
class Target:
    """One field and what is wanted of it.

    `places` are where the simulator keeps it, `aside` what changes along with it, both patterns of dotted paths.
    `marks` are strings that all stand in the body of this very write and in no other of this order; none where the
    value is not unlike others (a yes or no).
    """

    name: str
    value: Any
    places: Sequence[str]
    marks: Sequence[str] = ()
    aside: Sequence[str] = ()


def targets(vendor: Vendor, raw: Raw, *, number: int, random: Random) -> list[Target]:
    """What the wish of this number asks for: of fields that no rule closes, the first of which has marks; or []."""
    free = [name for name in vendor.fields(raw) if not vendor.reason_against(raw, name)]
    return _OF[vendor.slug](raw, free, number, random)


def text_of(number: int) -> str:
    """The text by which the wish of this number is recognised."""
    return f"e{number:06d}x"


def wishes_in(document: Any) -> set[int]:
    """The numbers of the wishes whose texts stand in a document."""
    return {int(found) for found in re.findall(r"e(\d{6})x", json.dumps(document, default=str))}


def _liner(raw: Raw, free: Sequence[str], number: int, random: Random) -> list[Target]:
    text = text_of(number)
    marked = [
        *(Target(name=name, value=f"Wish {text}", places=(name,), marks=(text,)) for name in _LINER_TEXTS),
        *(
            Target(name=name, value=1_000_000 + number, places=(name,), marks=(f'"{name}":{1_000_000 + number}',))
            for name in ("leadsPriority", "qualifiedLeadsPerDayLimit")
        ),
    ]
    more = [Target(name=name, value=not raw.get(name), places=(name,)) for name in _LINER_SWITCHES]
    return _some(random, _of(marked, free), _of(more, free))


def _caliq(raw: Raw, free: Sequence[str], number: int, random: Random) -> list[Target]:
    text, quantity = text_of(number), 100_000 + number
    if random.random() < 0.15:
        line = {"ProductCode": _code_of(raw), "Quantity": quantity, "UnitPrice": "2.50"}
        mark = f'"Quantity":{quantity}'
        return _of([Target(name="OrderEditLines.+", value=line, places=("_lines",), marks=(mark,))], free)
    lines = [line.get("LineID") for line in raw.get("OrderLineList") or []]
    marked = [
        Target(name="CustomerPONumber", value=text, places=("CustomerPONo",), marks=(text,)),
        Target(name="OrderNotes", value=f"Ring {text} first.", places=("OrderNotes",), marks=(text,)),
        Target(name="EditDeliveryAddress.Line2", value=f"Gate {text}", places=("Del_Line2",), marks=(text,)),
        Target(name="Carriage", value=f"{number}.25", places=("Carriage",), marks=(f'"Carriage":{number}.25',)),
        *(
            Target(
                name=f"OrderEditLines.{line}.Quantity",
                value=quantity,
                places=(f"_lines.{at}.Qty",),
                marks=(f'"Quantity":{quantity}',),
            )
            for at, line in enumerate(lines[:1])
        ),
    ]
    return _some(random, _of(marked, free), [])


def _altcraft(raw: Raw, free: Sequence[str], number: int, random: Random) -> list[Target]:
    """A status for one line or two: each is a call of its own."""
    places = {
        line.get("external_id"): at for at, line in enumerate(raw.get("lines") or []) if isinstance(line, Mapping)
    }
    chosen = random.sample(free, min(len(free), random.choice((1, 1, 1, 2))))
    return [_status(name, places, STATUSES[number % len(STATUSES)]) for name in chosen]


def _status(name: str, places: Mapping[Any, int], status: str) -> Target:
    line = name.removeprefix("lines.").removesuffix(".status")
    marks = (f'"order_line_external_id":{json.dumps(line, ensure_ascii=False)}', f'"status_external_id":"{status}"')
    return Target(name=name, value=status, places=(f"lines.{places[line]}.status",), marks=marks)


def _lia(raw: Raw, free: Sequence[str], number: int, random: Random) -> list[Target]:
    text = text_of(number)
    name = Target(name="customer_name", value=f"Maria {text}", places=("customer_name",), marks=(text,))
    document = Target(name="customer_document", value=DENIED, places=("customer_document",))
    if random.random() < 0.03 and raw.get("customer_type") == "person" and "customer_document" in free:
        return _of([name, document], free)  # which Lia cancels the order for
    address = [
        Target(name=f"address.{part}", value=f"{part} {text}", places=(f"address.{part}",), marks=(text,))
        for part in ("street", "number", "complement")
        if raw.get("address")
    ]
    email = f"{text}@example.com"
    mail = Target(name="email", value=email, places=("email.address",), marks=(email,), aside=("email*",))
    return _some(random, _of([name, mail, *address], free), [])


_OF: Mapping[str, Callable[[Raw, Sequence[str], int, Random], list[Target]]] = {
    "liner": _liner,
    "caliq": _caliq,
    "altcraft": _altcraft,
    "lia": _lia,
}
_LINER_TEXTS = ("serviceTitle", "title", "code", "aiModeFirstPhrase", "aiModePrompt")
_LINER_SWITCHES = ("amdDetectionEnabled", "speechRecognitionEnabled", "leadTransformEnabled")


def _of(wanted: Sequence[Target], free: Sequence[str]) -> list[Target]:
    return [target for target in wanted if target.name in free]


def _some(random: Random, marked: Sequence[Target], more: Sequence[Target]) -> list[Target]:
    """One to three of those that can be recognised, and perhaps one that rides along."""
    chosen = random.sample(marked, min(len(marked), random.choice((1, 1, 2, 3))))
    return [*chosen, *random.sample(more, min(len(more), random.choice((0, 0, 1))))] if chosen else []


def _code_of(raw: Raw) -> str:
    lines = raw.get("OrderLineList") or [{}]
    return str(lines[0].get("Code") or "none")
