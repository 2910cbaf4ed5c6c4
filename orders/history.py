"""The history of all orders: who changed what, why, and what came of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.contrib.auth.models import User
from django.db.models import Exists, OuterRef
from django.http import QueryDict

from orders.filters import HistoryFilters
from orders.keyset import Sort, page_of
from orders.listing import Account, accounts_in_words
from orders.models import Attempt, Edit, Step
from orders.presentation import Card, card_of, hue_of, may_see, pretty
from orders.presentation.outcome import in_part
from orders.templatetags.desk import state_word
from vendors.characters import legible

SIZE = 50
FIRST_CHANGES = 2
MASK = "•••"

_NEWEST_FIRST = Sort("created_at")
_COLUMNS = (
    "account_id", "order_id", "order__number", "order__title", "author_name", "created_at", "changes", "reason",
    "ticket", "state", "next_at", "answer", "landed", "explanation", "aftermath",
)  # fmt: skip


@dataclass(frozen=True)
class Change:
    """One field of an edit in a line: old and new in words, masked where they are not for these eyes."""

    label: str
    old: str
    new: str


@dataclass(frozen=True)
class Entry:
    """One line of the history. `answer` is what the vendor said, "" where it was not asked or has not answered yet."""

    edit: Edit
    account: Account
    hue: str
    word: str
    changes: list[Change]
    more_changes: int
    answer: str


@dataclass(frozen=True)
class Detail:
    """What an entry unfolds to. `body` and `answer_text` are None where they are kept from these eyes."""

    card: Card
    sentence: str
    body: str | None
    answer: str
    answer_status: int | None
    answer_text: str | None
    attempts: list[Attempt]
    steps: list[Step]
    cautions: list[str]


@dataclass(frozen=True)
class History:
    """A page of the history."""

    filters: HistoryFilters
    entries: list[Entry]
    next: str
    is_first: bool = True
    problems: list[str] = field(default_factory=list)
    has_edits: bool = True

    @property
    def address(self) -> str:
        """The history as it is narrowed down now."""
        return self.filters.address()

    @property
    def more(self) -> str:
        """Where the entries after these are."""
        return self.filters.address(after=self.next)


def list_history(*, asked: QueryDict, user: User) -> History:
    """The page of the history that a query string asks for, newest first. Takes a fixed number of queries."""
    accounts = {account.pk: account for account in accounts_in_words()}
    filters = HistoryFilters(
        asked,
        queryset=Edit.objects.all(),
        user=user,
        account=[(str(pk), each.text) for pk, each in accounts.items()],
        person=_authors(),
    )
    after = asked.get("after", "")
    edits = filters.qs.select_related("order").only(*_COLUMNS)
    page = page_of(edits, _NEWEST_FIRST, after=after, size=SIZE)
    unknown_page = [] if page.understood else ["That page is no longer known: this is the first one."]
    return History(
        filters=filters,
        entries=[_entry(edit, accounts[edit.account_id], user) for edit in page.rows],
        next=page.next,
        is_first=not after or not page.understood,
        problems=filters.problems + unknown_page,
        has_edits=bool(page.rows) or Edit.objects.exists(),
    )


def entry_of(*, edit: Edit, user: User) -> tuple[Entry, Detail]:
    """One entry with what it unfolds to."""
    accounts = {account.pk: account for account in accounts_in_words()}
    return _entry(edit, accounts[edit.account_id], user), detail_of(edit=edit, user=user)


def detail_of(*, edit: Edit, user: User) -> Detail:
    """Everything that is known about an edit. The vendor's own words may quote any value, so they are masked too."""
    card = card_of(edit, user)
    answer = edit.answer or {}
    shows_all = may_see(user)
    quotes = _quotes(edit, user)
    return Detail(
        card=card,
        sentence=_without(quotes, card.sentence),
        body=_body(edit, shows_all),
        answer=_answer(edit, user),
        answer_status=answer.get("status"),
        answer_text=legible(str(answer.get("text", ""))) if shows_all else None,
        attempts=list(edit.attempts.order_by("number").defer("text")),
        steps=[_step(step, quotes) for step in edit.steps.order_by("id")],
        cautions=[str(caution) for caution in edit.cautions],
    )


def _authors() -> list[tuple[str, str]]:
    authors = User.objects.filter(Exists(Edit.objects.filter(author=OuterRef("pk")))).order_by("username")
    return [(str(pk), name) for pk, name in authors.values_list("pk", "username")]


def _entry(edit: Edit, account: Account, user: User) -> Entry:
    changes = list(edit.changes.values())
    return Entry(
        edit=edit,
        account=account,
        hue=hue_of(edit),
        word="Applied in part" if in_part(edit) else state_word(edit.state),
        changes=[_change(change, user) for change in changes[:FIRST_CHANGES]],
        more_changes=max(0, len(changes) - FIRST_CHANGES),
        answer=_answer(edit, user),
    )


def _change(change: Mapping[str, Any], user: User) -> Change:
    if not may_see(user, bool(change["personal"])):
        return Change(change["label"], MASK, MASK)
    return Change(change["label"], _line(change["old_text"]), _line(change["new_text"]))


def _line(text: str) -> str:
    return " ".join(legible(text[:200]).split())


def _answer(edit: Edit, user: User) -> str:
    answer = edit.answer or {}
    message = _without(_quotes(edit, user), legible(str(answer.get("message", ""))))
    match answer.get("said"):
        case "yes":
            return f"yes: {message}" if message else "yes"
        case "no":
            return f"no: {message}" if message else "no"
        case "nothing":
            return f"no answer: {message}" if message else "no answer"
    return ""


def _quotes(edit: Edit, user: User) -> str:
    """The vendor's message, where it may quote a value that is not for these eyes; else ""."""
    if may_see(user) or not any(change["personal"] for change in edit.changes.values()):
        return ""
    return legible(str((edit.answer or {}).get("message", "")))


def _without(quotes: str, text: str) -> str:
    return text.replace(quotes, MASK) if quotes else text


def _step(step: Step, quotes: str) -> Step:
    step.note = _without(quotes, legible(step.note))
    return step


def _body(edit: Edit, shows_all: bool) -> str | None:
    if edit.payload is None:
        return None
    if shows_all:
        return pretty(edit.payload)
    open_names = {name for name, change in edit.changes.items() if not change["personal"]}
    return pretty(_masked(edit.payload, "", open_names))


def _masked(value: Any, path: str, open_names: set[str]) -> Any:
    """The body with only those values left that were changed and are not personal: others may travel along."""
    if path in open_names:
        return value
    if isinstance(value, Mapping):
        return {key: _masked(each, f"{path}.{key}" if path else str(key), open_names) for key, each in value.items()}
    if isinstance(value, list):
        return [_masked(each, f"{path}.{place}", open_names) for place, each in enumerate(value)]
    return MASK
