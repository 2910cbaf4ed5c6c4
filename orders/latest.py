"""The latest word on an order: the one thing about it that an agent should know before opening it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import OuterRef, Q, Subquery

from orders.models import Edit, Order
from orders.states import LIVE, State
from orders.templatetags.desk import hue

NEWS = timedelta(days=1)  # for so long an edit matters more than what the vendor notes


@dataclass(frozen=True)
class Fact:
    """The most important thing about an order. `hue` is "" for what is no state; `since` None for what has no age."""

    words: str
    hue: str = ""
    since: datetime | None = None


def edits_that_matter(order_ids: list[int]) -> dict[int, Edit]:
    """Order id -> its edit that is under way, or else its last one that came to something. One query."""
    told = Edit.objects.filter(order=OuterRef("pk")).exclude(state__in=[State.WITHDRAWN, State.NO_CHANGE])
    newest = Order.objects.filter(pk__in=order_ids).values_list(
        Subquery(told.order_by("-created_at", "-id").values("pk")[:1])
    )
    edits = Edit.objects.filter(Q(pk__in=newest) | Q(order__in=order_ids, state__in=LIVE)).only(
        "order_id", "author_name", "state", "created_at", "next_at"
    )
    return {edit.order_id: edit for edit in sorted(edits, key=_weight)}


def _weight(edit: Edit) -> tuple[int, float]:
    """What is being sent outweighs what waits behind it, and both outweigh what is over."""
    if edit.state not in LIVE:
        return 0, edit.created_at.timestamp()
    return 1 if edit.state == State.ACCEPTED else 2, edit.created_at.timestamp()


def latest(order: Order, vendor: str, edit: Edit | None, now: datetime) -> Fact | None:
    """The one thing to say about an order at this vendor; `edit` is the one of it that matters. None for nothing."""
    if order.gone_at:
        return Fact(f"gone at {vendor}", "unknown", order.gone_at)
    if edit and edit.state in LIVE:
        return _under_way(edit)
    if edit and (now - edit.created_at < NEWS or not order.note):
        return _over(edit)
    return Fact(order.note) if order.note else None


def _under_way(edit: Edit) -> Fact:
    if edit.state == State.UNKNOWN:
        return Fact("unknown · looking again" if edit.next_at else "unknown · needs a person", hue(edit.state))
    return Fact(f"{State(edit.state).label} · {edit.author_name}", hue(edit.state))


def _over(edit: Edit) -> Fact:
    if edit.state in {State.APPLIED, State.ECHOED}:
        return Fact(f"edited by {edit.author_name}", "", edit.created_at)
    return Fact(f"{State(edit.state).label} · {edit.author_name}", hue(edit.state), edit.created_at)
