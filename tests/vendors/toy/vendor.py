"""A vendor made up for a test: a shop with one list, one order and one call, as small as a vendor can be."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from django import forms

from vendors.contract import Batch, Changes, Found, Raw, Reply, Request, Summary, Vendor
from vendors.controls import Number, Text
from vendors.errors import Issue, Rejected
from vendors.fields import Field, Shown
from vendors.http import Http
from vendors.rules import Caution, ReadOnly, Rule


def a_shipped_order_is_read_only(raw: Raw) -> ReadOnly | None:
    return ReadOnly("The parcel has left.") if raw.get("status") == "shipped" else None


def more_pieces_cost_more(raw: Raw) -> Caution:
    return Caution("The customer is charged for more pieces.", ["pieces"])


def check(status: int, body: Any) -> None:
    if status == 422:
        raise Rejected([Issue(message=str(body["no"]))])


@dataclass(kw_only=True)
class Toy(Vendor):
    """The toy shop."""

    slug: ClassVar[str] = "toy"
    label: ClassVar[str] = "Toy"
    credentials: ClassVar[Mapping[str, forms.Field]] = {"key": forms.CharField(label="Key")}
    page: ClassVar[Sequence[Shown]] = [
        Shown(label="Status", read="status"),
        Field(label="Note", read="note", name="note", form=Text()),
        Field(label="Pieces", read="pieces", name="pieces", form=Number(min_value=1)),
    ]
    rules: ClassVar[Sequence[Rule]] = [a_shipped_order_is_read_only, more_pieces_cost_more]

    def connect(self, *, base_url: str, credentials: Mapping[str, str]) -> Http:
        return Http(base_url=base_url, headers={"X-Toy": credentials["key"]}, check=check)

    def batches(self, since: datetime | None = None, start: str = "") -> Iterator[Batch]:
        yield Batch(found=[Found(raw=raw) for raw in self.http.read("GET", "/orders")])

    def order(self, vendor_id: str, at: str = "") -> Found:
        return Found(raw=self.http.read("GET", f"/orders/{vendor_id}"))

    def summary(self, raw: Raw) -> Summary:
        return Summary(vendor_id=raw["id"], number=raw["id"], title=raw["note"], status=raw["status"])

    def request(self, raw: Raw, changes: Changes) -> Request:
        return Request(method="PATCH", path=f"/orders/{raw['id']}", body=self.body_of(raw, changes))

    def send(self, request: Request, hold: str = "") -> Reply:
        answer, _ = self.http.write(request.method, request.path, body=request.body)
        return Reply(answer=answer)
