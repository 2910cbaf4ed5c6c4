"""Edits as lines of the history: in words, masked where they are not for these eyes."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import QuerySet

from orders.listing import Account
from orders.models import Edit
from orders.presentation.outcome import brought_more, landed_in_part
from orders.templatetags.desk import hue, state_word
from orders.tuples import tuples_of
from orders.wording import MASK, one_line
from vendors.characters import legible

FIRST_CHANGES = 2
LONGEST_LINE = 200  # characters of a value that a line shows

_COLUMNS = (
    "id", "order_id", "account_id", "author_name", "created_at", "reason", "ticket", "state", "changes", "answer",
    "landed", "explanation", "aftermath",
)  # fmt: skip
_WITH_ORDERS = """
    SELECT page.*, its_order.number, its_order.title
    FROM ({page}) AS page JOIN orders_order AS its_order ON its_order.id = page.order_id
    ORDER BY page.created_at DESC, page.id DESC
"""


class Change(NamedTuple):
    """One field of an edit in a line: old and new in words, masked where they are not for these eyes."""

    label: str
    old: str
    new: str


class EditLine(NamedTuple):
    """What of an edit a line of the history shows. `changes` and `answer` as they are kept with the edit."""

    pk: int
    order_id: int
    account_id: int
    author_name: str
    created_at: datetime
    reason: str
    ticket: str
    state: str
    changes: Mapping[str, Any]
    answer: Mapping[str, Any]
    in_part: bool
    had_consequences: bool
    number: str
    title: str


class Entry(NamedTuple):
    """One line of the history. `answer` is what the vendor said, "" where it was not asked or has not answered yet."""

    edit: EditLine
    account: Account
    hue: str
    word: str
    changes: list[Change]
    more_changes: int
    answer: str


def edit_lines(edits: QuerySet[Edit]) -> list[EditLine]:
    """The edits as lines, with their orders' names. One query."""
    return [_line(*values) for values in tuples_of(edits, *_COLUMNS, around=_WITH_ORDERS)]


def entry_for(edit: EditLine, account: Account, *, shows_all: bool) -> Entry:
    """The line of an edit; `shows_all` says whether it is for somebody who may see personal data."""
    changes = list(edit.changes.values())
    return Entry(
        edit=edit if shows_all or not account.title_is_personal else edit._replace(title=MASK),
        account=account,
        hue="unknown" if edit.in_part or edit.had_consequences else hue(edit.state),
        word="Applied in part" if edit.in_part else state_word(edit.state),
        changes=[_change(change, shows_all) for change in changes[:FIRST_CHANGES]],
        more_changes=max(0, len(changes) - FIRST_CHANGES),
        answer=answer_in_words(edit.answer, quoted(edit.changes, edit.answer, shows_all)),
    )


def _line(*values: Any) -> EditLine:
    *words, state, changes, answer, landed, explanation, aftermath, number, title = values
    documents = json.loads(changes), json.loads(answer or "{}")
    outcome = in_part(state, landed, explanation), brought_more(state, aftermath)
    return EditLine._make((*words, state, *documents, *outcome, number, title))


def _change(change: Mapping[str, Any], shows_all: bool) -> Change:
    label = one_line(change["label"])
    if change["personal"] and not shows_all:
        return Change(label, MASK, MASK)
    return Change(label, one_line(change["old_text"], LONGEST_LINE), one_line(change["new_text"], LONGEST_LINE))


def in_part(state: str, landed: str | None, explanation: str) -> bool:
    """Whether an edit was applied in part, its `landed` as it is stored.

    Most of it need not be read: it names no field that did not land.
    """
    if not landed or not ('"no"' in landed or '"other"' in landed):
        return False
    return landed_in_part(state, json.loads(landed), explanation)


def answer_in_words(answer: Mapping[str, Any], quotes: str) -> str:
    """What the vendor said, without what is quoted; "" where it was not asked or has not answered yet."""
    message = without(quotes, legible(str(answer.get("message", ""))))
    match answer.get("said"):
        case "yes":
            return f"yes: {message}" if message else "yes"
        case "no":
            return f"no: {message}" if message else "no"
        case "nothing":
            return f"no answer: {message}" if message else "no answer"
    return ""


def quoted(changes: Mapping[str, Any], answer: Mapping[str, Any], shows_all: bool) -> str:
    """The vendor's message, where it may quote a value that is not for these eyes; else ""."""
    if shows_all or not any(change["personal"] for change in changes.values()):
        return ""
    return legible(str(answer.get("message", "")))


def without(quotes: str, text: str) -> str:
    """The text with what is quoted masked in it."""
    return text.replace(quotes, MASK) if quotes else text
