"""Liner: calling campaigns of a call centre. Its page of quirks is docs/vendors/liner.md."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from django import forms

from vendors.contract import Batch, Changes, Found, Raw, Reply, Request, Summary, Vendor
from vendors.errors import AccountRefused, Issue, OrderGone, Rejected, Unreachable
from vendors.fields import Shown
from vendors.http import Http
from vendors.liner.fields import PAGE
from vendors.liner.rules import RULES
from vendors.paging import Page, by_offset
from vendors.rules import Rule

PAGE_SIZE = 100


@dataclass(kw_only=True)
class Liner(Vendor):
    """Liner's HTTP API. Orders are read by paging only; an update answers with nothing (Liner: order update page)."""

    slug: ClassVar[str] = "liner"
    label: ClassVar[str] = "Liner"
    credentials: ClassVar[Mapping[str, forms.Field]] = {"api_key": forms.CharField(label="API key")}
    declared_options: ClassVar[Mapping[str, forms.Field]] = {
        "custom_values": forms.ChoiceField(
            label="Custom values",
            choices=[("changed", "send the changed ones"), ("whole", "send all of them")],
            initial="changed",
        )
    }
    page: ClassVar[Sequence[Shown]] = PAGE
    rules: ClassVar[Sequence[Rule]] = RULES
    reads_one: ClassVar[bool] = False

    def connect(self, *, base_url: str, credentials: Mapping[str, str]) -> Http:
        return Http(base_url=base_url, headers={"X-Api-Key": credentials["api_key"]}, check=check)

    def batches(self, since: datetime | None = None) -> Iterator[Batch]:
        for offset, page in by_offset(self._order_page):
            found = [Found(raw=raw, at=str(offset)) for raw in page.entries if isinstance(raw, Mapping)]
            yield Batch(found=found, total=page.total)

    def order(self, vendor_id: str, at: str = "") -> Found:
        for batch in self.batches():
            for found in batch.found:
                if str(found.raw.get("id")) == vendor_id:
                    return found
        raise OrderGone(f"Liner does not list order {vendor_id}.")

    def summary(self, raw: Raw) -> Summary:
        if not isinstance(raw.get("id"), int):
            raise ValueError("This is no Liner order: it has no id.")
        return Summary(
            vendor_id=str(raw["id"]),
            number=str(raw["id"]),
            title=str(raw.get("title") or ""),
            status=str(raw.get("status") or ""),
        )

    def request(self, raw: Raw, changes: Changes) -> Request:
        return Request(method="POST", path=f"/v2/order/update/{raw['id']}/", body=self.body_of(raw, changes))

    def send(self, request: Request, hold: str = "") -> Reply:
        answer, _ = self.http.write(request.method, request.path, body=request.body)
        return Reply(answer=answer)

    def _order_page(self, offset: int) -> Page:
        body = self.http.read("GET", "/v2/order/", query={"offset": offset, "limit": PAGE_SIZE})
        data = body["data"]
        return Page(entries=data["list"], next=data.get("next"), total=data.get("total"))


def check(status: int, body: Any) -> None:
    """Liner's verdict: success is true, or it is a refusal with a message (Liner: request schema page)."""
    if not isinstance(body, Mapping) or not isinstance(body.get("success"), bool):
        if 200 <= status < 300:
            raise Unreachable("The answer is not of Liner's form.", sent=True)
        return
    if body["success"]:
        return
    message = str(body.get("message") or "Liner refused without a reason.")
    if status in {401, 403}:
        raise AccountRefused(message)
    if status == 404:
        raise OrderGone(message)
    raise Rejected([Issue(message=message)])
