"""READ FIRST: what a vendor is to the rest of Amend.

A vendor is a class with a few small steps; the sequence in which they are taken stands in `orders.services`. Six must
be written: `connect`, `batches`, `order`, `summary`, `request` and `send`. The rest has a default that fits most
vendors.

Reading an order into fields, judging it by rules and building a request are pure: they take documents and give
documents, and work without a connection.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar

from django import forms

from vendors.errors import Answer, Issue
from vendors.fields import Changes, Choice, Field, Fields, Lists, Raw, Shown
from vendors.http import Http
from vendors.paths import nest
from vendors.rules import Rule, reason_against, warnings_for

__all__ = ["Batch", "Changes", "Delivery", "Found", "Lists", "Raw", "Reply", "Request", "Summary", "Vendor"]


@dataclass(frozen=True, kw_only=True)
class Found:
    """An order as the vendor showed it, and where to look for it first next time ("" where that is no help)."""

    raw: Raw
    at: str = ""


@dataclass(frozen=True, kw_only=True)
class Batch:
    """One page of a listing. `total` is the vendor's own count of all orders, None where it gives none.

    `problems` are entries that are no orders at all, each in a sentence: they are reported and passed over.
    `as_of` is a moment before the vendor was asked, where that was earlier than this batch was asked for. `place` is
    where another pass could go on behind this batch, "" where none could.
    """

    found: Sequence[Found]
    total: int | None = None
    problems: Sequence[str] = ()
    as_of: datetime | None = None
    place: str = ""


@dataclass(frozen=True, kw_only=True)
class Summary:
    """What every vendor's order has: the columns that lists filter, sort and search by."""

    vendor_id: str
    number: str
    title: str
    status: str
    created_at: datetime | None = None
    search: Sequence[str] = ()
    note: str = ""  # the one thing worth knowing in a list, such as "in the warehouse"


@dataclass(frozen=True, kw_only=True)
class Request:
    """One change, as it goes out: method, path below the base URL, and JSON body, all without credentials."""

    method: str
    path: str
    body: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Reply:
    """A yes. `found` is the order where the answer carries it, `echoed` are fields that it repeats."""

    answer: Answer
    found: Found | None = None
    echoed: frozenset[str] = frozenset()
    warnings: Sequence[Issue] = ()


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """One message that a vendor sent by itself. `id` is the same whenever that message is sent again.

    `event` says what happened, such as "order.canceled"; `found` is the order where the message carries one.
    """

    id: str
    event: str
    found: Found | None = None


@dataclass(kw_only=True)
class Vendor(ABC):
    """One vendor, as one account is set up: with its options and its pick lists, and connected where `http` is set.

    `options` holds a cleaned value for every declared option.
    """

    slug: ClassVar[str]
    label: ClassVar[str]
    credentials: ClassVar[Mapping[str, forms.Field]]
    rotates: ClassVar[Mapping[str, str]] = {}  # credential -> the credential that keeps its value before a change
    declared_options: ClassVar[Mapping[str, forms.Field]] = {}
    page: ClassVar[Sequence[Shown]]
    rules: ClassVar[Sequence[Rule]] = ()
    holds: ClassVar[bool] = False  # whether an order must be locked at the vendor before it is changed
    reads_one: ClassVar[bool] = True  # whether one order can be read without paging through a list
    tells_changes: ClassVar[bool] = False  # whether `batches` can show what changed since some moment alone
    title_is_personal: ClassVar[bool] = False  # whether a summary's title is personal data, such as a customer's name
    delivers_by: ClassVar[frozenset[str]] = frozenset()  # HTTP methods with which the vendor calls us; none: never

    options: Mapping[str, Any] = field(default_factory=dict)
    lists: Lists = field(default_factory=dict)
    http: Http = field(default_factory=lambda: Http(base_url=""), repr=False)
    fetchers: int = 1  # how many calls `batches` and `pick_lists` may make at once

    # What must be written

    @abstractmethod
    def connect(self, *, base_url: str, credentials: Mapping[str, str]) -> Http:
        """The HTTP client for this account: how it authenticates, and what a refusal looks like. Makes no call."""

    @abstractmethod
    def batches(self, since: datetime | None = None, start: str = "") -> Iterator[Batch]:
        """All orders, or where the vendor can tell, those changed since then. Ends always. Raises VendorError.

        `start` is a batch's place, from a pass that got no further: only what comes behind it is shown.
        """

    @abstractmethod
    def order(self, vendor_id: str, at: str = "") -> Found:
        """One order as it is now, looked for at `at` first. Raises OrderGone and other VendorErrors."""

    @abstractmethod
    def summary(self, raw: Raw) -> Summary:
        """The promoted columns. Pure. Raises ValueError for a document that is no order."""

    @abstractmethod
    def request(self, raw: Raw, changes: Changes) -> Request:
        """The call that makes these changes on this order, without credentials. Pure: preview and send share it."""

    @abstractmethod
    def send(self, request: Request, hold: str = "") -> Reply:
        """Make the change, once. Returns only where the vendor said yes; raises VendorError otherwise."""

    # What may be written

    def id_of(self, raw: Raw) -> str:
        """The id of an order, as its summary says it, but cheaper. Pure. Raises ValueError where this is no order."""
        return self.summary(raw).vendor_id

    def leads_there(self, known: str, at: str) -> bool:
        """Whether an order that is shown at `at` is found from where it was, `known`, too: then `at` is not kept. Pure.

        For places that move whenever the list grows, and would have to be written for every order of it.
        """
        return known == at

    @classmethod
    def check_account(cls, *, base_url: str, credentials: Mapping[str, str]) -> list[str]:
        """What speaks against using these credentials at this address, in sentences that repeat no secret. Pure.

        Asked before an account is saved, for vendors whose credentials tell which of their hosts they are for.
        """
        return []

    def lists_everything(self) -> bool:
        """Whether `batches` shows every order of the account, so that one it lacks is one the vendor has no more."""
        return True

    def ping(self) -> None:
        """Make the cheapest call that needs the credentials, to see whether the account works."""
        next(iter(self.batches()), None)

    def pick_lists(self) -> Mapping[str, Sequence[Choice]]:
        """The account's pick lists as they are now, by the names that fields use."""
        return {}

    def entries(self, raw: Raw) -> Sequence[Shown]:
        """The page of this order from top to bottom, fields included, where not all orders have the same. Pure."""
        return self.page

    def reason_against(self, raw: Raw, name: str) -> str:
        """Why this field cannot be changed on this order, or "". Pure."""
        return reason_against(self.rules, raw, name)

    def warnings_for(self, raw: Raw, changes: Changes) -> list[str]:
        """What the agent has to agree to before these changes go out. Pure."""
        return warnings_for(self.rules, raw, changes)

    def problems(self, raw: Raw, changes: Changes) -> Mapping[str, str]:
        """What is wrong with these changes taken together, by field name. Pure."""
        return {}

    def split(self, changes: Changes) -> Sequence[Changes]:
        """The changes, one part per call. Pure."""
        return [changes]

    def take(self, vendor_id: str) -> str:
        """Lock the order at the vendor and return the lock's id. Raises Rejected where somebody else has it."""
        return ""

    def release(self, vendor_id: str, hold: str) -> None:  # noqa: B027 - most vendors have no locks
        """Give a lock back. Releasing one that is already gone is no error. See `VendorError.lock`."""

    def aftermath(self, before: Raw, after: Raw) -> str:
        """What else became of the order while it was changed, in a sentence, or "". Pure."""
        return ""

    def receive(self, *, headers: Mapping[str, str], body: bytes, secrets: Mapping[str, str]) -> Delivery | None:
        """What the vendor sent us by itself; None where it never does. `secrets` are the account's credentials. Pure.

        Raises SignatureWrong. A message that is signed and not understood is a delivery without an order.
        """
        return None

    def changed_at(self, raw: Raw) -> datetime | None:
        """When the vendor says that the order last changed; None where it does not say. Pure."""
        return None

    def merged(self, known: Raw, snapshot: Raw) -> Raw:
        """A delivered order put together with what is known of it, where deliveries leave things out. Pure."""
        return snapshot

    def id_in(self, text: str) -> str:
        """The id in what somebody pasted, such as an address of the vendor's own pages; "" for none. Pure."""
        return text.strip()

    # Shared by all

    def shown(self, raw: Raw) -> Sequence[Shown]:
        """The page of this order from top to bottom, fields included, each ready for this order. Pure."""
        return [entry.bound(raw, self.lists) for entry in self.entries(raw)]

    def fields(self, raw: Raw) -> Mapping[str, Field]:
        """What can be edited on an order like this one, by name. Pure."""
        return Fields(self.entries(raw), raw, self.lists)

    def body_of(self, raw: Raw, changes: Changes) -> dict[str, Any]:
        """The changes as a nested body of wire values, only what changed. Pure."""
        fields = self.fields(raw)
        return nest({name: fields[name].dump(value) for name, value in changes.items()})
