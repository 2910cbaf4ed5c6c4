"""Field by field: what was asked for, what the order says now, and where the vendor has something else by now."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User

from orders.models import Edit
from orders.presentation.contrast import Contrast, Piece, contrast, marked
from orders.presentation.document import may_see
from vendors.characters import legible
from vendors.circuit import clock

MOST_SHOWN = 400  # characters of what an order says now
_LANDED = {
    "yes": ("applied", "as asked"),
    "no": ("refused", "not changed"),
    "other": ("unknown", "something else"),
    "not shown": ("none", "not shown by {vendor}"),
}


@dataclass(frozen=True, kw_only=True)
class FieldOutcome:
    """One field of an edit: what was asked for, and where somebody has looked, what the order says now.

    `verdict` is "" where nobody has looked; `says` is whether `now` adds anything to it. `issues` is what the vendor
    said of this very field.
    """

    name: str
    label: str
    asked: Contrast
    masked: bool
    hue: str = ""
    verdict: str = ""
    now: str = ""
    says: bool = False
    issues: Sequence[str] = ()


@dataclass(frozen=True, kw_only=True)
class Dispute:
    """One field that others changed in the meantime: three values, with the words marked that differ.

    `by` is whose edit it was, `edit` its number, `at` when, in words; without `by` when the vendor was found to have
    changed it. All are empty where nobody knows.
    """

    name: str
    label: str
    seen: str
    mine: tuple[Piece, ...]
    theirs: tuple[Piece, ...]
    masked: bool
    by: str = ""
    edit: int | None = None
    at: str = ""


def fields_of(edit: Edit, person: User) -> list[FieldOutcome]:
    """Field by field what was asked for, and where somebody has looked, what the order says now."""
    return [_field(edit, name, change, person) for name, change in edit.changes.items()]


def _field(edit: Edit, name: str, change: Mapping[str, Any], person: User) -> FieldOutcome:
    masked = not may_see(person, bool(change["personal"]))
    asked = contrast("", "") if masked else contrast(str(change["old_text"]), str(change["new_text"]))
    landed = (edit.landed or {}).get(name)
    issues = () if masked else _issues_of(edit, name)
    if landed is None:
        return FieldOutcome(name=name, label=change["label"], asked=asked, masked=masked, issues=issues)
    colour, verdict = _LANDED[landed["landed"]]
    now = "" if masked else str(landed["now"])
    return FieldOutcome(
        name=name,
        label=change["label"],
        asked=asked,
        masked=masked,
        hue=colour,
        verdict=verdict.format(vendor=edit.account.vendor_label),
        now=now if len(now) <= MOST_SHOWN else f"{now[:MOST_SHOWN]}…",
        says=landed["landed"] in {"no", "other"} or (landed["landed"] == "yes" and not asked.pieces),
        issues=issues,
    )


def _issues_of(edit: Edit, name: str) -> tuple[str, ...]:
    issues = (edit.answer or {}).get("issues", ())
    return tuple(legible(str(issue["text"])) for issue in issues if issue["field"] == name)


def disputes_of(edit: Edit, person: User) -> list[Dispute]:
    """The fields that others changed in the meantime."""
    return [
        _dispute(name, values, masked=not may_see(person, bool(edit.changes.get(name, {}).get("personal"))))
        for name, values in (edit.conflict or {}).items()
    ]


def _dispute(name: str, values: Mapping[str, Any], *, masked: bool) -> Dispute:
    by, at = values.get("by", ""), values.get("at", "")  # which conflicts of earlier days lack
    seen, mine, theirs = ("", "", "") if masked else (values["seen"], values["mine"], values["theirs"])
    return Dispute(
        name=name,
        label=values["label"],
        seen=seen,
        mine=marked(mine, theirs),
        theirs=marked(theirs, seen),
        masked=masked,
        by=by,
        edit=values.get("edit"),
        at=clock(datetime.fromisoformat(at), seconds=bool(by)) if at else "",
    )
