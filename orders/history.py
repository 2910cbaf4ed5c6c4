"""The history of all orders: who changed what, why, and what came of it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.http import QueryDict

from orders.entries import EditLine, Entry, answer_in_words, edit_lines, entry_for, quoted, without
from orders.filters import HistoryFilters
from orders.keyset import Page, Sort, page_of
from orders.listing import Account, accounts_in_words
from orders.models import Attempt, Edit, Step
from orders.presentation import Card, card_of, may_see, pretty
from orders.tuples import tuples
from orders.wording import MASK
from vendors.characters import legible
from vendors.rows import moment_of

SIZE = 50
NEWEST_FIRST = Sort("created_at")
# Everybody who ever edited: one probe of an index for each. PostgreSQL answers an EXISTS by reading all edits.
_AUTHORS = """
    WITH RECURSIVE found(id) AS (
        SELECT MIN(one.author_id) FROM orders_edit AS one
        UNION ALL
        SELECT (SELECT MIN(one.author_id) FROM orders_edit AS one WHERE one.author_id > found.id)
        FROM found WHERE found.id IS NOT NULL
    )
    SELECT person.id, person.username FROM auth_user AS person JOIN found ON found.id = person.id
    ORDER BY person.username
"""


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
    """A page of the history. `back_to` is how far it looked, where it ends before it is full."""

    filters: HistoryFilters
    entries: list[Entry]
    next: str
    is_first: bool = True
    problems: list[str] = field(default_factory=list)
    has_edits: bool = True
    back_to: datetime | None = None

    @property
    def address(self) -> str:
        """The history as it is narrowed down now."""
        return self.filters.address()

    @property
    def query(self) -> str:
        """What of it is asked for, as an address ends: "?person=5", or "" for all of it."""
        return self.address.removeprefix(".")

    @property
    def more(self) -> str:
        """Where the entries after these are."""
        return self.filters.address(after=self.next)


def list_history(*, asked: QueryDict, user: User) -> History:
    """The page of the history that a query string asks for, newest first. Takes a fixed number of queries."""
    accounts = {account.pk: account for account in accounts_in_words()}
    filters = history_filters(asked=asked, user=user, accounts=accounts.values())
    after = asked.get("after", "")
    narrowed = filters.narrowed
    page: Page[EditLine] = page_of(
        narrowed.rows, NEWEST_FIRST, after=after, size=SIZE, read=edit_lines, walked=narrowed.walked
    )
    unknown_page = [] if page.understood else ["That page is no longer known: this is the first one."]
    shows_all = may_see(user)
    return History(
        filters=filters,
        entries=[entry_for(edit, accounts[edit.account_id], shows_all=shows_all) for edit in page.rows],
        next=page.next,
        is_first=not after or not page.understood,
        problems=filters.problems + unknown_page,
        has_edits=bool(page.rows or page.next) or Edit.objects.exists(),
        back_to=page.walked_to and moment_of(page.walked_to),
    )


def history_filters(*, asked: Mapping[str, Any], user: User, accounts: Iterable[Account]) -> HistoryFilters:
    """The filters of the history, as a query string sets them."""
    return HistoryFilters(
        asked,
        queryset=Edit.objects.all(),
        user=user,
        account=[(str(each.pk), each.text) for each in accounts],
        person=[(str(pk), name) for pk, name in tuples(_AUTHORS)],
    )


def narrowed_to(*, asked: Mapping[str, Any], user: User) -> tuple[str, str]:
    """What of the history was asked for and understood: as an address says it, and in words. "" is all of it."""
    filters = history_filters(asked=asked, user=user, accounts=accounts_in_words())
    return filters.address().lstrip("?."), filters.in_words


def entry_of(*, edit: Edit, user: User) -> tuple[Entry, Detail]:
    """One entry with what it unfolds to."""
    accounts = {account.pk: account for account in accounts_in_words()}
    (line,) = edit_lines(Edit.objects.filter(pk=edit.pk))
    return entry_for(line, accounts[edit.account_id], shows_all=may_see(user)), detail_of(edit=edit, user=user)


def detail_of(*, edit: Edit, user: User) -> Detail:
    """Everything that is known about an edit. The vendor's own words may quote any value, so they are masked too."""
    card = card_of(edit, user)
    answer = edit.answer or {}
    shows_all = may_see(user)
    quotes = quoted(edit.changes, answer, shows_all)
    return Detail(
        card=card,
        sentence=without(quotes, card.sentence),
        body=_body(edit, shows_all),
        answer=answer_in_words(answer, quotes),
        answer_status=answer.get("status"),
        answer_text=legible(str(answer.get("text", ""))) if shows_all else None,
        attempts=list(edit.attempts.order_by("number").defer("text")),
        steps=[_step(step, quotes) for step in edit.steps.order_by("id")],
        cautions=[str(caution) for caution in edit.cautions],
    )


def _step(step: Step, quotes: str) -> Step:
    step.note = without(quotes, legible(step.note))
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
