"""What needs a person, as a page shows it: each matter in a sentence, with one next action."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.models import User
from django.http import HttpRequest, QueryDict
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from orders.keyset import Page, Sort, page_of
from orders.listing import Account
from orders.models import Edit
from orders.presentation import Card, card_of, may_see
from orders.services.attending import (
    Matter,
    accounts_in_trouble,
    count_attention,
    edits_needing_a_person,
    lock_left_since,
    matter_of,
)
from orders.services.dealing import answers_for
from orders.services.holding import ASKED
from orders.templatetags.desk import hue
from vendors.characters import legible
from vendors.models import VendorAccount

SIZE = 50
MINE, EVERYBODY = "mine", "all"

_NEWEST_FIRST = Sort("created_at")
_UNREAD = ("payload", "order__raw", "order__search", "account__pick_lists", "account__encrypted_credentials")
_HUES = {Matter.STUCK: "unknown", Matter.LOCK: "unknown"}


@dataclass(frozen=True)
class Action:
    """What is to be done next, and where."""

    words: str
    address: str


@dataclass(frozen=True, kw_only=True)
class Entry:
    """An edit that needs a person: a word for why, a sentence, and what can be done by whoever reads it.

    `since` is when that began, where it is not the moment of the edit. `dealing` are the words of the button that
    takes it off the list, "" for those who may not.
    """

    edit: Edit
    account: str
    matter: Matter
    word: str
    hue: str
    sentence: str
    since: datetime | None
    action: Action | None
    dealing: str


@dataclass(frozen=True, kw_only=True)
class AccountEntry:
    """An account that does not work."""

    account: str
    sentence: str
    since: datetime
    action: Action | None


@dataclass(frozen=True, kw_only=True)
class Attention:
    """A page of what needs a person. `may_see_all` is for whom there is a choice between their own and everybody's."""

    who: str
    may_see_all: bool
    accounts: list[AccountEntry] = field(default_factory=list)
    entries: list[Entry]
    next: str
    is_first: bool
    problems: list[str]

    @property
    def address(self) -> str:
        """The first page, for the same people."""
        return f"?{urlencode({'who': self.who})}" if self.may_see_all else "."

    @property
    def more(self) -> str:
        """Where the entries after these are."""
        return f"?{urlencode({'who': self.who, 'after': self.next})}"


def attention_count(request: HttpRequest) -> Mapping[str, Any]:
    """Context processor: `attention_count` is "3" or "99+", or "" for nothing. Asked for where it is shown alone."""

    def count() -> str:
        person = request.user
        return count_attention(person=person, everybody=sees_all(person)) if isinstance(person, User) else ""

    return {"attention_count": SimpleLazyObject(count)}


def sees_all(person: User) -> bool:
    """Whether this person answers for everybody's edits, and for the accounts."""
    return person.has_perm("orders.view_history")


def list_attention(*, asked: QueryDict, person: User) -> Attention:
    """The page that a query string asks for, the newest edits first. Takes a fixed number of queries."""
    now = timezone.now()
    everybody = sees_all(person) and asked.get("who") != MINE
    after = asked.get("after", "")
    edits = edits_needing_a_person(person=person, everybody=everybody, now=now)
    read = edits.select_related("order", "account").defer(*_UNREAD)
    page: Page[Edit] = page_of(read, _NEWEST_FIRST, after=after, size=SIZE)
    is_first = not after or not page.understood
    return Attention(
        who=EVERYBODY if everybody else MINE,
        may_see_all=sees_all(person),
        accounts=_account_entries(person) if everybody and is_first else [],
        entries=[_entry(_whole(edit), matter, person, now) for edit in page.rows if (matter := matter_of(edit, now))],
        next=page.next,
        is_first=is_first,
        problems=[] if page.understood else ["That page is no longer known: this is the first one."],
    )


def _whole(edit: Edit) -> Edit:
    """The edit, whose order knows its account as well: it is the same one, and need not be read again."""
    edit.order.account = edit.account
    return edit


def _entry(edit: Edit, matter: Matter, person: User, now: datetime) -> Entry:
    card = card_of(edit, person)
    fell_through = matter == Matter.FELL_THROUGH
    return Entry(
        edit=edit,
        account=_words(edit.account),
        matter=matter,
        word={Matter.STUCK: "stuck", Matter.LOCK: "locked"}.get(matter, card.word),
        hue=_HUES.get(matter, hue(edit.state)),
        sentence=_sentence(card, matter, person),
        since=edit.next_at if matter == Matter.STUCK else lock_left_since(edit, now) if matter == Matter.LOCK else None,
        action=_action(card, matter),
        dealing=_dealing(card, matter, person) if fell_through or matter == Matter.LOCK else "",
    )


def _sentence(card: Card, matter: Matter, person: User) -> str:
    vendor = card.edit.account.vendor_label
    if matter == Matter.STUCK:
        return "Its turn has come and nobody has taken it on. Whoever runs the desk should see that the worker runs."
    if matter == Matter.LOCK:
        return _sentence_of_lock(card.edit, vendor)
    told = card.sentence if _may_read(card.edit, person) else ""
    if matter == Matter.UNKNOWN or card.edit.found_later:
        return f"{told} {card.next_step}".strip()
    return told or card.verb.rstrip(":")


def _sentence_of_lock(edit: Edit, vendor: str) -> str:
    look = f"Look at the order in {vendor} itself, and unlock it there if it is locked."
    if edit.hold == ASKED:
        return f"The order may be locked at {vendor} by our own request, whose answer was lost. {look}"
    return f"The edit has ended, and {vendor} has not taken its lock on the order back. The desk keeps trying. {look}"


def _may_read(edit: Edit, person: User) -> bool:
    """Whether a vendor's words about an edit are for these eyes: they may quote any of its values."""
    return may_see(person, any(change["personal"] for change in edit.changes.values()))


def _action(card: Card, matter: Matter) -> Action | None:
    on_order = f"{card.edit.order.get_absolute_url()}?edit={card.edit.pk}"
    if matter == Matter.UNKNOWN:
        return Action("Settle it", on_order) if card.can_resolve else None
    if matter == Matter.STUCK or card.edit.found_later:
        return Action("See the edit", card.edit.get_absolute_url())
    if matter == Matter.LOCK or not card.can_be_made_again:
        return None
    if card.disputes:
        return Action("Compare", on_order)
    return Action("Edit again", f"{reverse('edit_order', args=[card.edit.order_id])}?from={card.edit.pk}")


def _dealing(card: Card, matter: Matter, person: User) -> str:
    if matter == Matter.LOCK:
        return "It is not locked" if answers_for(edit=card.edit, person=person) else ""
    return "Done" if card.can_deal else ""


def _account_entries(person: User) -> list[AccountEntry]:
    may_mend = person.has_perm("vendors.change_vendoraccount")
    return [
        AccountEntry(
            account=_words(trouble.account),
            sentence=legible(trouble.words) + ("" if may_mend else " An administrator can look after it."),
            since=trouble.since,
            action=_mending(trouble.account) if may_mend else None,
        )
        for trouble in accounts_in_trouble()
    ]


def _mending(account: VendorAccount) -> Action:
    return Action("Open the account", reverse("admin:vendors_vendoraccount_change", args=[account.pk]))


def _words(account: VendorAccount) -> str:
    return Account(account.pk, account.name, account.vendor_label, account.enabled, None).text
