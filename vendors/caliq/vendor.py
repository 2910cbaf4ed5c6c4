"""Caliq: sales orders of a wholesaler, with lines and a warehouse. Its page of quirks is docs/vendors/caliq.md."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, time
from functools import partial
from typing import Any, ClassVar

from django import forms
from django.core.validators import RegexValidator
from django.utils import timezone

from vendors.ahead import together
from vendors.caliq import locks
from vendors.caliq.answers import check, issues_of, verdict_of
from vendors.caliq.api import Api
from vendors.caliq.documents import is_id, lines_of, number_of, order_of, read_day, say
from vendors.caliq.edits import edit_body, problems_with
from vendors.caliq.fields import entries_above, entries_below, page_of
from vendors.caliq.reading import read_all_orders, read_changed_orders, read_order
from vendors.caliq.rules import RULES
from vendors.contract import Batch, Changes, Found, Raw, Reply, Request, Summary, Vendor
from vendors.controls import choices_of
from vendors.errors import AccountRefused, Rejected, Unreachable
from vendors.fields import Choice, Shown
from vendors.http import Http
from vendors.rules import Rule

SEARCHED = ("AccountNo", "WebOrderRef", "CustomerPONo", "Del_Company", "Del_Town", "Del_Postcode", "Del_Surname")
LISTS = {  # the call of each pick list, and what its answer wraps the entries in
    "despatch_methods": ("DespatchMethod", "DespatchMethodList"),
    "countries": ("Country", "CountryList"),
    "channels": ("Channel", "ChannelList"),
    "messages": ("Message", "MessagesList"),
}


@dataclass(kw_only=True)
class Caliq(Vendor):
    """Caliq's HTTP API: every call is a POST with the key in its body (Caliq: help pages)."""

    slug: ClassVar[str] = "caliq"
    label: ClassVar[str] = "Caliq"
    credentials: ClassVar[Mapping[str, forms.Field]] = {"api_key": forms.CharField(label="API key")}
    declared_options: ClassVar[Mapping[str, forms.Field]] = {
        "empty_string_clears": forms.BooleanField(
            label="An empty text clears",
            required=False,
            initial=False,
            help_text="Caliq documents no way to clear a text. Switch this on once Caliq has confirmed this one.",
        ),
        "repeat_despatch_method": forms.BooleanField(
            label="Repeat the despatch method",
            required=False,
            initial=False,
            help_text="Send it with every edit. Switch this on if Caliq drops the despatch method of edited orders.",
        ),
        "only_active": forms.BooleanField(
            label="Mirror active orders only",
            required=False,
            initial=False,
            help_text="Caliq lists all its orders in one answer, without pages.",
        ),
        "orders_since": forms.CharField(
            label="Mirror orders since",
            required=False,
            initial="",
            validators=[RegexValidator(r"\A[0-9]{8}\Z", "Enter a day as 20260131, or nothing.")],
            help_text="As 20260131. Empty: all orders there ever were.",
        ),
    }
    page: ClassVar[Sequence[Shown]] = (*entries_above({}, clears=False, countries=()), *entries_below())
    rules: ClassVar[Sequence[Rule]] = RULES
    holds: ClassVar[bool] = True
    tells_changes: ClassVar[bool] = True

    def connect(self, *, base_url: str, credentials: Mapping[str, str]) -> Http:
        return Http(base_url=base_url, secret={"apiKey": credentials["api_key"]}, check=check)

    @property
    def api(self) -> Api:
        """Caliq's calls over this account's connection."""
        return Api(self.http)

    def ping(self) -> None:
        self.api.entries("Channel", "ChannelList")

    # What Caliq shows

    def batches(self, since: datetime | None = None, start: str = "") -> Iterator[Batch]:
        if since is not None:
            return read_changed_orders(self.api, since, self.fetchers)
        filters: dict[str, Any] = {"OnlyActive": True} if self.options.get("only_active") else {}
        if self.options.get("orders_since"):
            filters["OrdersSince"] = self.options["orders_since"]
        return read_all_orders(self.api, start, self.fetchers, **filters)

    def lists_everything(self) -> bool:
        return not (self.options.get("only_active") or self.options.get("orders_since"))

    def order(self, vendor_id: str, at: str = "") -> Found:
        return read_order(self.api, vendor_id)

    def pick_lists(self) -> Mapping[str, Sequence[Choice]]:
        calls = {name: partial(self.api.entries, *call) for name, call in LISTS.items()}
        return pick_lists_of(together(calls, self.fetchers))

    def id_of(self, raw: Raw) -> str:
        order_id = order_of(raw).get("ID")
        if not is_id(order_id):
            raise ValueError("This is no Caliq order: it has no ID.")
        return str(order_id)

    def summary(self, raw: Raw) -> Summary:
        vendor_id, order = self.id_of(raw), order_of(raw)
        codes = [say(line.get("Code")) for line in lines_of(raw).values()]
        return Summary(
            vendor_id=vendor_id,
            number=say(order.get("Number")),
            title=say(order.get("Description")) or say(order.get("Del_Company")) or say(order.get("AccountNo")),
            status=say(order.get("Status")),
            created_at=_midnight(order.get("Created")),
            search=[say(order.get("Number")), *(say(order.get(key)) for key in SEARCHED), *codes],
            note=_note(raw),
        )

    def entries(self, raw: Raw) -> Sequence[Shown]:
        clears = bool(self.options.get("empty_string_clears"))
        return list(page_of(raw, clears=clears, countries=self.lists.get("countries", ())))

    # What changes an order

    def problems(self, raw: Raw, changes: Changes) -> Mapping[str, str]:
        return problems_with(raw, self.fields(raw), changes)

    def request(self, raw: Raw, changes: Changes) -> Request:
        repeats = bool(self.options.get("repeat_despatch_method"))
        body = edit_body(raw, self.fields(raw), changes, repeats_method=repeats)
        return Request(method="POST", path="/api/v1/OrderEdit", body=body)

    def take(self, vendor_id: str) -> str:
        try:
            return locks.take(self.api, int(vendor_id))
        except Rejected as refusal:
            self._tell_if_gone(vendor_id, refusal)
            raise

    def release(self, vendor_id: str, hold: str) -> None:
        try:
            locks.release(self.api, int(vendor_id), int(hold))
        except Rejected as refusal:
            self._tell_if_gone(vendor_id, refusal)
            raise

    def _tell_if_gone(self, vendor_id: str, refusal: Rejected) -> None:
        """Raise OrderGone where the order does not exist: the refusal of its lock does not tell."""
        if any(locks.INUSE in {issue.code, issue.detail} for issue in refusal.issues):
            return
        with suppress(Unreachable, AccountRefused, Rejected):
            self.order(vendor_id)

    def send(self, request: Request, hold: str = "") -> Reply:
        if not hold.isdecimal():
            raise Unreachable("Caliq changes an order only under a lock, and there is none.", sent=False)
        answer, body = self.api.change(request.path, {**request.body, "LockID": int(hold)})
        verdict = verdict_of(body, "OrderEditData", answer)
        issues = issues_of(verdict, request.body, self.lists.get("messages", ()))
        if not verdict["OK"]:
            raise Rejected(issues, answer=answer)
        return Reply(answer=answer, warnings=issues)

    def aftermath(self, before: Raw, after: Raw) -> str:
        was, now = order_of(before), order_of(after)
        changes = []
        if was.get("Status") != now.get("Status"):
            changes.append(f"its status went from “{say(was.get('Status'))}” to “{say(now.get('Status'))}”")
        if was.get("Editable") is True and now.get("Editable") is False:
            changes.append("Caliq stopped letting it be edited")
        if is_id(was.get("DespatchMethodID")) and now.get("DespatchMethodID", 1) in (0, None):
            changes.append("its despatch method was lost")
        return f"While the order was changed, {' and '.join(changes)}." if changes else ""


def pick_lists_of(entries: Mapping[str, Iterable[Any]]) -> dict[str, Sequence[Choice]]:
    """The pick lists, from the entries of the calls in LISTS, by the same names."""
    return {
        "despatch_methods": choices_of(entries["despatch_methods"], "ID", _method),
        "countries": choices_of(entries["countries"], "ISOCode", lambda each: say(each.get("Name"))),
        "channels": choices_of(entries["channels"], "ID", _description),
        "messages": choices_of(entries["messages"], "ID", _description),
    }


def _midnight(created: Any) -> datetime | None:
    """The day of creation as a moment of the desk's own clock: Caliq gives no time, and names no zone."""
    day = read_day(created)
    return timezone.make_aware(datetime.combine(day, time())) if day else None


def _note(raw: Raw) -> str:
    """The one thing worth knowing about the order in a list."""
    order = order_of(raw)
    if order.get("Kind") != "Order":
        return say(order.get("Kind")).lower()
    if any((number_of(line.get("QtyInWarehouse")) or 0) > 0 for line in lines_of(raw).values()):
        return "in the warehouse"
    if order.get("CustomerHold") is True:
        return "on customer hold"
    return "not editable" if order.get("Editable") is False and order.get("Status") == "In Progress" else ""


def _method(method: Mapping[str, Any]) -> str:
    return say(method.get("Description")) + (", collected" if method.get("CustomerCollection") is True else "")


def _description(entry: Mapping[str, Any]) -> str:
    return say(entry.get("Description"))
