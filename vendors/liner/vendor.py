"""Liner: calling campaigns of a call centre. Its page of quirks is docs/vendors/liner.md."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, ClassVar

from django import forms

from vendors.ahead import together
from vendors.characters import legible, word
from vendors.contract import Batch, Changes, Found, Raw, Reply, Request, Summary, Vendor
from vendors.controls import EMPTY
from vendors.errors import AccountRefused, Answer, Issue, OrderGone, Rejected, Unreachable
from vendors.fields import Choice, Shown
from vendors.http import Http
from vendors.liner import lists
from vendors.liner.custom_values import custom_entries, custom_values
from vendors.liner.fields import PAGE, RECORD
from vendors.liner.orders import PAGE_SIZE, Pass, Place, find, id_of, pick
from vendors.liner.rules import RULES
from vendors.numbers import Numbers
from vendors.paging import Page, by_offset
from vendors.payloads import NotJSON, loads
from vendors.rules import Rule

MOST_PASSES = 3  # over a list that shifts while it is read


@dataclass(kw_only=True)
class Liner(Vendor):
    """Liner's HTTP API. Orders are read by paging only, and an update answers with nothing (Liner: order pages)."""

    slug: ClassVar[str] = "liner"
    label: ClassVar[str] = "Liner"
    credentials: ClassVar[Mapping[str, forms.Field]] = {
        "api_key": forms.CharField(label="API key", help_text="The token of an integration, made inside Liner.")
    }
    declared_options: ClassVar[Mapping[str, forms.Field]] = {
        "custom_values": forms.ChoiceField(
            label="Custom values",
            choices=[("changed", "Send those that changed"), ("whole", "Send all of an order, with the changes")],
            initial="changed",
            help_text="Liner does not say whether values that are not sent are kept. Send all if some get lost.",
        )
    }
    page: ClassVar[Sequence[Shown]] = PAGE
    rules: ClassVar[Sequence[Rule]] = RULES
    reads_one: ClassVar[bool] = False

    _paths: dict[str, tuple[str, ...]] = field(default_factory=dict, init=False, repr=False, compare=False)

    # Reading

    def connect(self, *, base_url: str, credentials: Mapping[str, str]) -> Http:
        return Http(base_url=base_url, headers={"X-Api-Key": credentials["api_key"]}, check=check)

    def ping(self) -> None:
        """The health check wants the key; the list shows that the account may read orders."""
        self._read("/v1/health/check/")
        self._order_page(0, limit=1)

    def batches(self, since: datetime | None = None, start: str = "") -> Iterator[Batch]:
        """All orders: Liner has no filter. A list that shifts while it is read is read again, for what was missed."""
        known = Numbers()
        if is_offset(start):
            yield from Pass(self._order_page, known, int(start), self.fetchers).batches()
            return
        for _ in range(MOST_PASSES):
            one = Pass(self._order_page, known, fetchers=self.fetchers)
            yield from one.batches()
            if not (one.shifted and one.missing):
                break
        if one.missing:
            shown = len(known) + one.odd
            yield Batch(found=[], problems=[f"Liner counts {shown + one.missing} orders, but showed {shown}."])

    def order(self, vendor_id: str, at: str = "") -> Found:
        """From the pages around where it was, else from all: gone where two quiet passes show the same without it."""
        found = self._near(vendor_id, Place.read(at))
        if found:
            return found
        before: Pass | None = None
        for _ in range(MOST_PASSES):
            one = Pass(self._order_page, Numbers())
            found = find(one.batches(), vendor_id)
            if found:
                return found
            if before is not None and one.agrees_with(before):
                raise OrderGone(f"Liner's list does not show order {vendor_id}.")
            before = one
        raise Unreachable(f"Liner's list changed while it was searched for order {vendor_id}.", sent=True)

    def leads_there(self, known: str, at: str) -> bool:
        """As long as the place is near: see `Place`."""
        was, now = Place.read(known), Place.read(at)
        return known == at or (was is not None and now is not None and was.leads_to(now))

    def pick_lists(self) -> Mapping[str, Sequence[Choice]]:
        """The names of what orders refer to. One page of orders shows in which form custom values are written."""
        found = together(
            {
                "users": lambda: list(self._paged("/v2/user/list/")),
                "agent_groups": lambda: list(self._paged("/v2/agent-group/")),
                "call_attempts": lambda: list(self._paged("/v2/call-attempt/")),
                "numbers": lambda: self._unpaged("/v2/sip-endpoint"),
                "custom_fields": lambda: self._unpaged("/v2/custom-field", essence="orders"),
                "orders": lambda: self._order_page(0).entries,
            },
            self.fetchers,
        )
        return {
            "users": lists.user_choices(found["users"]),
            "agent_groups": lists.group_choices(found["agent_groups"]),
            "call_attempt_groups": lists.attempt_choices(found["call_attempts"]),
            "numbers": lists.number_choices(found["numbers"]),
            "custom_fields": lists.custom_field_choices(found["custom_fields"], found["orders"]),
        }

    # An order, purely

    def id_of(self, raw: Raw) -> str:
        vendor_id = id_of(raw)
        if not vendor_id:
            raise ValueError("This is no order of Liner: it has no id.")
        return vendor_id

    def summary(self, raw: Raw) -> Summary:
        vendor_id = self.id_of(raw)
        phones = raw.get("additionalCallCenterPhones")
        words = [raw.get(name) for name in ("code", "title", "serviceTitle", "callCenterPhone")]
        return Summary(
            vendor_id=vendor_id,
            number=vendor_id,
            title=_text(raw.get("title")) or _text(raw.get("serviceTitle")),
            status=_text(raw.get("status")),
            created_at=_moment(raw.get("createdAt")),
            search=[_text(each) for each in [vendor_id, *words, *(phones if isinstance(phones, list) else [])]],
            note="calling" if raw.get("autoDialingEnabled") is True else "",
        )

    def entries(self, raw: Raw) -> Sequence[Shown]:
        custom = custom_entries(raw, self.lists.get("custom_fields", ()))
        main = [entry for entry in self.page if entry.section != RECORD]
        return [*main, *custom, *(entry for entry in self.page if entry.section == RECORD)]

    # Writing

    def request(self, raw: Raw, changes: Changes) -> Request:
        """The changed keys. Raises ValueError where that would clear what Liner does not say can be cleared."""
        fields = self.fields(raw)
        for name, value in changes.items():
            if fields[name].form.required and value in EMPTY:
                raise ValueError(f"{fields[name].label} cannot be cleared.")
        body = self.body_of(raw, changes)
        if "customValues" in body and self.options.get("custom_values") == "whole":
            body["customValues"] = {**(custom_values(raw) or {}), **body["customValues"]}
        return Request(method="POST", path=f"/v2/order/update/{id_of(raw)}/", body=body)

    def send(self, request: Request, hold: str = "") -> Reply:
        """Liner answers a yes with no data: what was stored is seen by reading the order again."""
        try:
            answer, _ = self.http.write(request.method, request.path, body=request.body)
        except OrderGone as gone:
            if gone.answer and not _is_envelope(gone.answer):
                raise Unreachable(f"{gone.message} That was not Liner.", sent=True, answer=gone.answer) from gone
            raise
        return Reply(answer=answer)

    # Lists, over the wire

    def _near(self, vendor_id: str, place: Place | None) -> Found | None:
        if place is None:
            return None
        page = self._order_page(place.offset)
        found = pick(page, vendor_id, place.offset)
        others = iter(place.nearby(page.total))
        while found is None and (offset := next(others, None)) is not None:
            found = pick(self._order_page(offset), vendor_id, offset)
        return found

    def _order_page(self, offset: int, limit: int = PAGE_SIZE) -> Page:
        return self._page("/v2/order/", offset, limit)

    def _paged(self, path: str) -> Iterator[Any]:
        for _, page in by_offset(lambda offset: self._page(path, offset, PAGE_SIZE)):
            yield from page.entries

    def _page(self, path: str, offset: int, limit: int) -> Page:
        data = self._read(path, offset=offset, limit=limit)
        entries = data.get("list") if isinstance(data, Mapping) else None
        if not isinstance(data, Mapping) or not isinstance(entries, list):
            raise Unreachable(f"Liner answered {path} with something that is no list.", sent=True)
        total = _count(data.get("total"))
        if total and not entries and offset == 0:
            raise Unreachable(f"Liner counts {total} entries of {path} and shows none.", sent=True)
        return Page(entries=entries, next=data.get("next"), total=total)

    def _unpaged(self, path: str, **query: Any) -> list[Any]:
        """A list without pages. Liner's headings name its path in the singular, its samples in the plural."""
        tried = self._paths.get(path, (f"{path}/", f"{path}s/"))
        for existing in tried:
            try:
                data = self._read(existing, **query)
            except Unreachable as missing:
                if existing == tried[-1] or missing.answer is None or missing.answer.status != 404:
                    raise
                continue
            if isinstance(data, list):
                self._paths[path] = (existing,)
                return data
        raise Unreachable(f"Liner answered {path} with something that is no list.", sent=True)

    def _read(self, path: str, **query: Any) -> Any:
        """The data of an answer. That nothing is there says something about the path, never about an order."""
        try:
            body = self.http.read("GET", path, query=query)
        except OrderGone as missing:
            raise Unreachable(f"Liner has nothing at {path} (HTTP 404).", sent=True, answer=missing.answer) from missing
        return body.get("data") if isinstance(body, Mapping) else None


def is_offset(text: str) -> bool:
    """Whether this is a place in Liner's list."""
    return re.fullmatch("[0-9]{1,9}", text, re.ASCII) is not None


def check(status: int, body: Any) -> None:
    """Liner's verdict: yes is a 2xx whose `success` is true, and no may ride on any status (Liner: request schema)."""
    success = body.get("success") if isinstance(body, Mapping) else None
    if not isinstance(success, bool):
        if status < 300:
            raise Unreachable("The answer is not of Liner's form.", sent=True)
        return
    if success or status == 429:
        return
    message = _text(body.get("message")) or "Liner gave no reason."
    if status == 403:
        raise AccountRefused(message)
    if status == 404:
        raise OrderGone(message)
    raise Rejected([Issue(message=message)])


def _is_envelope(answer: Answer) -> bool:
    try:
        body = loads(answer.text)
    except NotJSON:
        return False
    return isinstance(body, Mapping) and isinstance(body.get("success"), bool)


def _count(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def _text(value: Any) -> str:
    return "" if value in EMPTY else legible(word(value))


def _moment(value: Any) -> datetime | None:
    try:
        moment = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
