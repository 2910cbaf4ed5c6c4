"""The latest word on an order: the one thing about it that an agent should know before opening it."""

from datetime import datetime, timedelta
from typing import NamedTuple, Protocol

from orders.states import LIVE, State
from orders.templatetags.desk import hue
from vendors.rows import moment_of

NEWS = timedelta(days=1)  # for so long an edit matters more than what the vendor notes

_LIVE = ", ".join(f"'{state.value}'" for state in LIVE)
# Around a SELECT of orders: beside each, its edit that is under way, or else its last one that came to something.
# That is two probes of an index for each order, however many edits there are. One index holds those under way alone,
# and is found by a condition that is written as its own. What is being sent outweighs what waits behind it.
WITH_EDITS = f"""
    SELECT {{columns}}, edit.author_name, edit.state, edit.created_at, edit.next_at
    FROM (
        SELECT page.*, COALESCE((
            SELECT live.id FROM orders_edit AS live
            WHERE live.order_id = page.id AND live.state IN ({_LIVE})
            ORDER BY CASE live.state WHEN '{State.ACCEPTED}' THEN 1 ELSE 0 END, live.created_at DESC, live.id DESC
            LIMIT 1
        ), (
            SELECT newest.id FROM orders_edit AS newest
            WHERE newest.order_id = page.id AND newest.state NOT IN ('{State.WITHDRAWN}', '{State.NO_CHANGE}')
            ORDER BY newest.created_at DESC, newest.id DESC
            LIMIT 1
        )) AS edit_id
        FROM ({{page}}) AS page
    ) AS page
    LEFT JOIN orders_edit AS edit ON edit.id = page.edit_id
    ORDER BY page.{{column}} {{direction}}, page.id {{direction}}
"""  # noqa: S608 - our own words


class OrderFacts(Protocol):
    """What of an order matters here."""

    @property
    def note(self) -> str: ...
    @property
    def gone_at(self) -> datetime | None: ...


class LatestEdit(NamedTuple):
    """What of an edit matters here, as the database gives it: moments may come without their zone."""

    author_name: str
    state: str
    created_at: datetime
    next_at: datetime | None


class Fact(NamedTuple):
    """The most important thing about an order. `hue` is "" for what is no state; `since` None for what has no age."""

    words: str
    hue: str = ""
    since: datetime | None = None


def latest(order: OrderFacts, vendor: str, edit: LatestEdit | None, now: datetime) -> Fact | None:
    """The one thing to say about an order at this vendor; `edit` is the one of it that matters. None for nothing."""
    if order.gone_at:
        return Fact(f"gone at {vendor}", "unknown", moment_of(order.gone_at))
    if edit and edit.state in LIVE:
        return _under_way(edit)
    if edit and (now - moment_of(edit.created_at) < NEWS or not order.note):
        return _over(edit)
    return Fact(order.note) if order.note else None


def _under_way(edit: LatestEdit) -> Fact:
    if edit.state == State.UNKNOWN:
        return Fact("unknown · looking again" if edit.next_at else "unknown · needs a person", hue(edit.state))
    return Fact(f"{State(edit.state).label} · {edit.author_name}", hue(edit.state))


def _over(edit: LatestEdit) -> Fact:
    since = moment_of(edit.created_at)
    if edit.state in {State.APPLIED, State.ECHOED}:
        return Fact(f"edited by {edit.author_name}", "", since)
    return Fact(f"{State(edit.state).label} · {edit.author_name}", hue(edit.state), since)
