"""Lia: Brazilian sales with instalments. Its page of quirks is docs/vendors/lia.md."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar
from urllib.parse import urlsplit

from django import forms

from vendors.contract import Batch, Changes, Delivery, Found, Raw, Reply, Request, Summary, Vendor
from vendors.errors import Answer, SignatureWrong, Unreachable
from vendors.fields import Shown
from vendors.http import Http
from vendors.lia import webhook
from vendors.lia.analyses import moment, said_of_cancelation
from vendors.lia.fields import ADDRESS, IDENTITY, MAY_BE_EMPTY, PAGE
from vendors.lia.ids import ORDERS, id_in_path, id_in_text, id_of, path_of
from vendors.lia.options import CREDENTIALS, OPTIONS, signature
from vendors.lia.refusals import refusal_of, with_hint
from vendors.lia.rules import RULES, problems_of_address, problems_of_document
from vendors.paging import Page, by_number
from vendors.paths import get, nest
from vendors.rules import Rule

PREFIX = "/external_api/v1"
PAGE_SIZE = 100
PATIENCE = 60.0  # seconds: Lia analyses the customer before it answers (Lia: order update page, by its timestamps)

SEARCHED = ("customer_document", "offer.name", "offer.product.name")

# What the table of the update page marks as required, beside the address.
REQUIRED = frozenset({"email", *IDENTITY})


@dataclass(kw_only=True)
class Lia(Vendor):
    """Lia's HTTP API. An update answers with the whole order, which may be canceled by then (Lia: order update page).

    The update is documented; reading an order back is not, nor is listing orders.
    """

    slug: ClassVar[str] = "lia"
    label: ClassVar[str] = "Lia"
    title_is_personal: ClassVar[bool] = True  # the customer's name: a checkout has no other
    credentials: ClassVar[Mapping[str, forms.Field]] = CREDENTIALS
    rotates: ClassVar[Mapping[str, str]] = {"token": "previous_token"}
    declared_options: ClassVar[Mapping[str, forms.Field]] = OPTIONS
    page: ClassVar[Sequence[Shown]] = PAGE
    rules: ClassVar[Sequence[Rule]] = RULES
    delivers_by: ClassVar[frozenset[str]] = frozenset({"POST", "PUT", "PATCH"})  # a webhook's verb can be chosen

    @classmethod
    def check_account(cls, *, base_url: str, credentials: Mapping[str, str]) -> list[str]:
        """Tokens say which of Lia's two worlds they are for (Lia: authentication page)."""
        host, token = urlsplit(base_url).hostname or "", credentials.get("token", "")
        if token.startswith("production_") and "sandbox" in host:
            return ["This is a token for production, and the base URL is one of Lia's sandbox."]
        if token.startswith("sandbox_") and host.endswith(".lia.com.br") and "sandbox" not in host:
            return ["This is a token for Lia's sandbox, and the base URL is one of production."]
        return []

    def connect(self, *, base_url: str, credentials: Mapping[str, str]) -> Http:
        return Http(
            base_url=base_url.rstrip("/").removesuffix(PREFIX),
            headers={"Authorization": f"Bearer {credentials['token']}"},
            patience=PATIENCE,
        )

    def ping(self) -> None:
        """Lia documents no list of orders; that of its deliveries it does, with what a wrong token gets."""
        self.http.read("GET", f"{PREFIX}/webhook_deliveries", query={"page": 1, "per_page": 1})

    def lists_everything(self) -> bool:
        """Nothing documents which orders Lia's list shows."""
        return False

    def batches(self, since: datetime | None = None, start: str = "") -> Iterator[Batch]:
        """Pages of the list, where the account says that there is one: until a page shows nothing new."""
        if not self.options.get("list_orders"):
            return
        seen: set[str] = set()
        first = int(start) if start.isascii() and start.isdecimal() and len(start) < 9 else 1
        for number, page in by_number(self._page, max(first, 1), self.fetchers):
            found = [Found(raw=raw) for raw in page.entries if isinstance(raw, Mapping)]
            fresh = {str(one.raw.get("id")) for one in found} - seen
            if not fresh:
                return
            seen |= fresh
            lost = len(page.entries) - len(found)
            problems = [f"Page {number}: an entry is no object."] * lost
            yield Batch(found=found, problems=problems, as_of=page.asked, place=str(number + 1))

    def order(self, vendor_id: str, at: str = "") -> Found:
        raw = self.http.read("GET", path_of(vendor_id))
        if not isinstance(raw, Mapping) or not raw.get("id"):
            raise Unreachable("Lia answered with something that is no order.", sent=True)
        return Found(raw=raw)

    def id_of(self, raw: Raw) -> str:
        return id_of(raw)

    def summary(self, raw: Raw) -> Summary:
        vendor_id = id_of(raw)
        reason, is_open = raw.get("cancelation_reason"), raw.get("status") == "in_progress"
        return Summary(
            vendor_id=vendor_id,
            number=vendor_id,
            title=_text(raw.get("customer_name")),
            status=_text(raw.get("status")),
            created_at=moment(raw.get("created_at")),
            search=[vendor_id, *_contacts(raw), *(_text(get(raw, path)) for path in SEARCHED)],
            note=_text(reason) or ("charged" if is_open and raw.get("billings") else ""),
        )

    def problems(self, raw: Raw, changes: Changes) -> Mapping[str, str]:
        document = changes.get("customer_document")
        problems = problems_of_document(raw, document) if document else {}
        address = {name: value for name, value in self._values(raw, changes).items() if name in ADDRESS}
        return problems | (problems_of_address(address, set(changes)) if ADDRESS & set(changes) else {})

    def request(self, raw: Raw, changes: Changes) -> Request:
        """What changed; the address whole; with the option `complete_body` also what Lia's table marks as required.

        Raises ValueError for a change of a locked field. Whatever else is locked is left out.
        """
        for name in changes:
            if reason := self.reason_against(raw, name):
                raise ValueError(reason)
        fields, values = self.fields(raw), self._values(raw, changes)
        names = [name for name in fields if name in changes or self._rides_along(name, values, raw, changes)]
        body = nest({name: fields[name].dump(values[name]) for name in names})
        return Request(method="PUT", path=path_of(id_of(raw)), body={**body, **signature(self.options)})

    def send(self, request: Request, hold: str = "") -> Reply:
        try:
            answer, body = self.http.write(request.method, request.path, body=request.body)
        except Unreachable as failure:
            refusal = refusal_of(failure)
            if refusal is None:
                raise
            if not self.options.get("complete_body"):
                refusal = with_hint(refusal)
            raise refusal from failure
        if not isinstance(body, Mapping) or str(body.get("id")) != id_in_path(request.path):
            # It may be somebody else's order: nothing of it is kept.
            raise Unreachable("Lia's answer does not show this order.", sent=True, answer=Answer(status=answer.status))
        return Reply(answer=answer, found=Found(raw=body))

    def aftermath(self, before: Raw, after: Raw) -> str:
        """A success may have canceled the order (Lia: order update page)."""
        return said_of_cancelation(before, after)

    def receive(self, *, headers: Mapping[str, str], body: bytes, secrets: Mapping[str, str]) -> Delivery:
        keys = [secrets.get("token", ""), secrets.get("previous_token", "")]
        digest = self.options.get("webhook_digest", "sha1")
        if not webhook.verify(body=body, headers=headers, keys=keys, digest=digest):
            raise SignatureWrong("The signature is not one of this account.")
        return webhook.parse(body)

    def changed_at(self, raw: Raw) -> datetime | None:
        return moment(raw.get("updated_at"))

    def merged(self, known: Raw, snapshot: Raw) -> Raw:
        return webhook.merged(known, snapshot)

    def id_in(self, text: str) -> str:
        return id_in_text(text)

    def _page(self, number: int) -> Page:
        """One page of the list, in whichever wrapping it comes: Lia documents none, its other lists use three."""
        body = self.http.read("GET", ORDERS, query={"page": number, "per_page": PAGE_SIZE})
        if isinstance(body, Mapping):
            body = body.get("results", body.get("data"))
        if not isinstance(body, list):
            raise Unreachable("Lia's list of orders is not of a form that is known.", sent=True)
        return Page(entries=body)

    def _values(self, raw: Raw, changes: Changes) -> dict[str, Any]:
        """Every field as it will be."""
        return {name: changes.get(name, field.current(raw)) for name, field in self.fields(raw).items()}

    def _rides_along(self, name: str, values: Mapping[str, Any], raw: Raw, changes: Changes) -> bool:
        """Whether a field goes out unchanged: the address whole, or what a complete body takes. Never a locked one."""
        complete = bool(self.options.get("complete_body"))
        if name in ADDRESS:
            wanted = complete or bool(ADDRESS & set(changes))
            known = bool(values[name]) or (name == MAY_BE_EMPTY and any(values[each] for each in ADDRESS))
        else:
            wanted, known = complete and name in REQUIRED, bool(values[name])
        return wanted and known and not self.reason_against(raw, name)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _contacts(raw: Raw) -> list[str]:
    return [_text(entry.value(raw)) for entry in PAGE if entry.source in {"email", "phone"}]
