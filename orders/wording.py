"""What an edit changes, in words that a list, a spreadsheet or a search can do with, kept beside the changes."""

import re
from collections.abc import Mapping
from typing import Any

from django.db import models

from vendors.characters import legible

MASK = "•••"
_FORMULA = re.compile("[\t\r\n]|[\\s\"'\u200b\ufeff]*[=+\\-@＝＋－＠]")


def one_line(text: str, most: int | None = None) -> str:
    """A text in one line, of no more than so many of its characters."""
    return " ".join(legible(text[:most]).split())


def defused(text: str) -> str:
    """A text that no spreadsheet takes for a formula: one that might be begins with an apostrophe."""
    return f"'{text}" if _FORMULA.match(text) else text


def labels_of(changes: Mapping[str, Any]) -> str:
    """The fields that an edit changes, such as "Title, Priority"; no formula."""
    return defused(", ".join(one_line(change["label"]) for change in changes.values()))


def told_of(changes: Mapping[str, Any], *, shows_all: bool = True) -> str:
    """What an edit changes, a line for each field, such as "Title: Calls → More calls"; no line is a formula."""
    return "\n".join(_told(change, not shows_all and bool(change["personal"])) for change in changes.values())


def _told(change: Mapping[str, Any], is_masked: bool) -> str:
    old, new = (MASK if is_masked else one_line(change[key]) or "—" for key in ("old_text", "new_text"))
    return defused(f"{one_line(change['label'])}: {old} → {new}")


class LabelsField(models.TextField):  # type: ignore[type-arg]  # Django takes no arguments here at run time
    """The fields of the changes beside it. Written with them, and like them never altered."""

    def pre_save(self, instance: Any, add: bool) -> str:
        if add:
            instance.labels = labels_of(instance.changes)
        return str(instance.labels)


class ToldField(models.TextField):  # type: ignore[type-arg]  # Django takes no arguments here at run time
    """The changes beside it in words. Written with them, and like them never altered."""

    def pre_save(self, instance: Any, add: bool) -> str:
        if add:
            instance.told = told_of(instance.changes)
        return str(instance.told)
