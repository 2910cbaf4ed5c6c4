"""Altcraft: orders of shops, of which the lines' statuses are set. Its page of quirks is docs/vendors/altcraft.md."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import islice
from typing import Any, ClassVar

from django import forms

from vendors.altcraft.answers import check, reply_of, rows_of
from vendors.altcraft.fields import page_of
from vendors.altcraft.lines import field_name, line_id_in, lines_of, products_of
from vendors.altcraft.orders import Traits, id_of, pages, pick, read_page
from vendors.altcraft.rules import RULES
from vendors.altcraft.statuses import LineStatuses, words_of
from vendors.characters import legible, word
from vendors.contract import Batch, Changes, Found, Raw, Reply, Request, Summary, Vendor
from vendors.controls import EMPTY, choices_of
from vendors.errors import OrderGone, Rejected, Unreachable
from vendors.fields import Choice, Shown
from vendors.http import Http
from vendors.paging import Page
from vendors.paths import get
from vendors.rules import Rule

API = "/api/v1.1"
ORDERS = f"{API}/market/orders/list"
ORDER_STATUS = f"{API}/market/orders/get_status"
LINE_STATUS = f"{API}/market/orders/update_order_line_status"
PRODUCTS = f"{API}/market/products/list"
PAGE_SIZE = 100  # no maximum is documented
MOST_PRODUCTS = 2000  # whose names are kept; others are shown by their id


@dataclass(kw_only=True)
class Altcraft(Vendor):
    """Altcraft's Market API: every call is a POST with the token in its body (Altcraft: API interaction page).

    A line's status can be set, and no documented call shows it: the answer to the update is all there is.
    """

    slug: ClassVar[str] = "altcraft"
    label: ClassVar[str] = "Altcraft"
    credentials: ClassVar[Mapping[str, forms.Field]] = {
        "token": forms.CharField(label="token", help_text="Made by a master user, with a role that covers the market.")
    }
    declared_options: ClassVar[Mapping[str, forms.Field]] = {
        "line_statuses": LineStatuses(
            label="Own line statuses",
            required=False,
            initial=[],
            help_text=(
                "Those of Market → Settings, which Altcraft does not list. JSON, such as"
                ' [{"id": "0001", "name": "Packed", "type": "in_process"}]. Types: delivered, canceled, refunded,'
                " in_process."
            ),
        ),
        "money_unit": forms.ChoiceField(
            label="Amounts are",
            choices=[("minor", "in minor units, such as cents"), ("major", "in the currency itself")],
            initial="minor",
            help_text="Altcraft does not say. Amounts are shown exactly as they come; this is the word beside them.",
        ),
        "endpoint": forms.CharField(
            label="Touchpoint",
            required=False,
            initial="",
            max_length=200,
            help_text="The external id of a touchpoint, to mirror its orders alone. Empty: all that the token sees.",
        ),
    }
    page: ClassVar[Sequence[Shown]] = tuple(page_of({}))
    rules: ClassVar[Sequence[Rule]] = RULES
    reads_one: ClassVar[bool] = False

    _moved: bool = field(default=False, init=False, repr=False, compare=False)  # while it was read, the list did

    # Reading

    def connect(self, *, base_url: str, credentials: Mapping[str, str]) -> Http:
        return Http(
            base_url=base_url.rstrip("/").removesuffix(API), secret={"token": credentials["token"]}, check=check
        )

    def ping(self) -> None:
        self._page("", limit=1)

    def batches(self, since: datetime | None = None, start: str = "") -> Iterator[Batch]:
        """All orders, of one touchpoint where the account says so: Altcraft has no filter by time.

        Each page is known only from the one before it, so they are asked for one by one.
        """
        known: dict[str, Traits] = {}
        self._moved = False
        for pointer, page in pages(self._page, self._still(start)):
            before = len(known)
            batch = read_page(page.entries, pointer, known, page.next)
            self._moved = self._moved or len(known) - before < len(batch.found)
            yield batch

    def lists_everything(self) -> bool:
        """Not one touchpoint's list, nor one that showed an order twice: it moved, and may have hidden another."""
        return not (self.options.get("endpoint") or self._moved)

    def order(self, vendor_id: str, at: str = "") -> Found:
        """From the page where it last was, else from all. Gone is what Altcraft knows no status of either."""
        found = self._order_at(vendor_id, at) if at else None
        if found:
            return found
        for pointer, page in pages(self._page):
            found = pick(page.entries, vendor_id, pointer)
            if found:
                return found
        raise self._absence(vendor_id)

    def pick_lists(self) -> Mapping[str, Sequence[Choice]]:
        """The names of products and their variants: a line refers to either (Altcraft: products list page)."""
        products = choices_of(islice(self._products(), MOST_PRODUCTS), "external_id", lambda each: _text(each, "name"))
        return {"products": products}

    # An order, purely

    def id_of(self, raw: Raw) -> str:
        order_id = id_of(raw)
        if not order_id:
            raise ValueError("This is no order of Altcraft: it has no external id.")
        return order_id

    def summary(self, raw: Raw) -> Summary:
        order_id = self.id_of(raw)
        products = products_of(raw)
        lines = [line.id for line in lines_of(raw)]
        tags = raw.get("tags")
        words = [*products, *lines, *(tags if isinstance(tags, list) else [])]
        return Summary(
            vendor_id=order_id,
            number=order_id,
            title=self._title(products),
            status=_text(raw, "status"),
            created_at=_moment(raw.get("create_time")),
            search=[order_id, _text(raw, "endpoint"), _text(raw, "region"), *map(_said, words)],
            note=_text(raw, "endpoint"),
        )

    def entries(self, raw: Raw) -> Sequence[Shown]:
        unit, own = self.options.get("money_unit", "minor"), self.options.get("line_statuses") or ()
        return list(page_of(raw, unit=unit, own=own, names=self._names()))

    # Writing

    def split(self, changes: Changes) -> Sequence[Changes]:
        """Altcraft takes one line a call."""
        return [{name: value} for name, value in changes.items()]

    def request(self, raw: Raw, changes: Changes) -> Request:
        """The three ids of one line's new status. Raises ValueError for anything but one line and a known status."""
        if len(changes) != 1:
            raise ValueError("Altcraft changes the status of one line a call.")
        ((name, status),) = changes.items()
        if status not in dict(words_of(self.options.get("line_statuses") or ())):
            raise ValueError(f"“{legible(word(status))}” is no line status of this account.")
        body = {
            "order_external_id": id_of(raw),
            "order_line_external_id": line_id_in(name),
            "status_external_id": status,
        }
        return Request(method="POST", path=LINE_STATUS, body=body)

    def send(self, request: Request, hold: str = "") -> Reply:
        name = field_name(request.body["order_line_external_id"])
        try:
            answer, body = self.http.write(request.method, request.path, body=request.body)
        except OrderGone as absent:
            raise _no_such_address(absent) from absent
        except Rejected as refusal:
            refusal.issues = tuple(replace(issue, field=name) for issue in refusal.issues)
            raise
        return reply_of(answer, body, request.body, name)

    def aftermath(self, before: Raw, after: Raw) -> str:
        """A line may move the whole order: Altcraft does not say."""
        was, now = _text(before, "status"), _text(after, "status")
        return (
            f"While the line was changed, the status of the order went from “{was}” to “{now}”." if was != now else ""
        )

    # Lists, over the wire

    def _order_at(self, vendor_id: str, at: str) -> Found | None:
        try:
            return pick(self._page(at).entries, vendor_id, at)
        except Rejected:
            return None  # nobody says how long a pointer is good for

    def _still(self, pointer: str) -> str:
        """A pointer of an earlier pass, where it is still good; else the beginning."""
        try:
            return pointer if pointer and self._page(pointer, limit=1).entries else ""
        except Rejected:
            return ""  # nobody says how long a pointer is good for

    def _absence(self, vendor_id: str) -> OrderGone | Unreachable:
        """What it means that the list does not show an order (Altcraft: get order status page)."""
        try:
            result = self._read(ORDER_STATUS, external_id=vendor_id).get("result")
        except Rejected as refusal:
            if refusal.issues[0].code == "402":  # the tariff's limit says nothing about the order
                raise
            return OrderGone(
                f"Altcraft's list does not show order {vendor_id}, and asked for its status it says: {refusal}"
            )
        shown = result[0] if isinstance(result, list) and result else result
        place = get(shown, "endpoint")
        where = f" It is at the touchpoint “{_said(place)}”." if place not in EMPTY else ""
        return Unreachable(f"Altcraft knows order {vendor_id}, but its list does not show it.{where}", sent=True)

    def _page(self, pointer: str, limit: int = PAGE_SIZE) -> Page:
        touchpoint = self.options.get("endpoint")
        return self._rows(ORDERS, pointer, limit, **({"endpoint": touchpoint} if touchpoint else {}))

    def _products(self) -> Iterator[Any]:
        for _, page in pages(lambda pointer: self._rows(PRODUCTS, pointer, PAGE_SIZE)):
            for product in page.entries:
                yield product
                variants = product.get("sku") if isinstance(product, Mapping) else None
                yield from variants if isinstance(variants, list) else ()

    def _rows(self, path: str, pointer: str, limit: int, **more: Any) -> Page:
        body = self._read(path, from_id=pointer, limit=limit, **more)
        return Page(entries=rows_of(body, path), next=body.get("next_from_id"))

    def _read(self, path: str, **body: Any) -> Mapping[str, Any]:
        """The body of an answer. That nothing is there says something about the address, never about an order."""
        try:
            read = self.http.read("POST", path, body=body)
        except OrderGone as absent:
            raise _no_such_address(absent) from absent
        return read if isinstance(read, Mapping) else {}

    # Words

    def _names(self) -> dict[str, str]:
        return {str(each["value"]): str(each["label"]) for each in self.lists.get("products", ())}

    def _title(self, products: Sequence[str]) -> str:
        if not products:
            return ""
        first = legible(self._names().get(products[0], products[0]))
        return f"{first} and {len(products) - 1} more" if len(products) > 1 else first


def _no_such_address(absent: OrderGone) -> Unreachable:
    """A 404 without Altcraft's own verdict: it is the address that is wrong, and no order is gone."""
    return Unreachable("Altcraft has nothing at this address (HTTP 404).", sent=True, answer=absent.answer)


def _text(raw: Mapping[str, Any], key: str) -> str:
    return _said(raw.get(key))


def _said(value: Any) -> str:
    return "" if value in EMPTY else legible(word(value))


def _moment(value: Any) -> datetime | None:
    """A moment as Altcraft writes it, or in the other forms that its pages show: a day, or a time without a zone."""
    try:
        moment = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
