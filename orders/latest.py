"""The latest word on an order: the one thing about it that an agent should know before opening it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple, Protocol

from orders.states import LIVE, State
from orders.templatetags.desk import hue
from orders.tuples import as_rows, moment_of, tuples

NEWS = timedelta(days=1)  # for so long an edit matters more than what the vendor notes

_LIVE = ", ".join(f"'{state.value}'" for state in LIVE)
# Two probes of an index for each order, however many edits it has and however many there are. An index holds those
# under way, and is found by a condition that is written as its own.
_THAT_MATTER = f"""
    SELECT order_id, author_name, state, created_at, next_at FROM orders_edit WHERE id IN (
        SELECT (
            SELECT newest.id FROM orders_edit AS newest
            WHERE newest.order_id = listed.value AND newest.state NOT IN ('withdrawn', 'no_change')
            ORDER BY newest.created_at DESC, newest.id DESC LIMIT 1
        ) FROM ({{listed}}) AS listed
        UNION ALL
        SELECT live.id FROM orders_edit AS live
        WHERE live.order_id IN ({{listed}}) AND live.state IN ({_LIVE})
    )
"""  # noqa: S608 - our own words


class OrderFacts(Protocol):
    """What of an order matters here."""

    @property
    def note(self) -> str: ...
    @property
    def gone_at(self) -> datetime | None: ...


class LatestEdit(NamedTuple):
    """What of an edit matters here."""

    order_id: int
    author_name: str
    state: str
    created_at: datetime
    next_at: datetime | None


@dataclass(frozen=True)
class Fact:
    """The most important thing about an order. `hue` is "" for what is no state; `since` None for what has no age."""

    words: str
    hue: str = ""
    since: datetime | None = None


def edits_that_matter(order_ids: Sequence[int]) -> dict[int, LatestEdit]:
    """Order id -> its edit that is under way, or else its last one that came to something. One query."""
    listed, ids = as_rows(order_ids)
    found = tuples(_THAT_MATTER.format(listed=listed), [ids, ids])
    edits = [LatestEdit(order, author, state, moment_of(at), next_at) for order, author, state, at, next_at in found]
    return {edit.order_id: edit for edit in sorted(edits, key=_weight)}


def _weight(edit: LatestEdit) -> tuple[int, float]:
    """What is being sent outweighs what waits behind it, and both outweigh what is over."""
    if edit.state not in LIVE:
        return 0, edit.created_at.timestamp()
    return 1 if edit.state == State.ACCEPTED else 2, edit.created_at.timestamp()


def latest(order: OrderFacts, vendor: str, edit: LatestEdit | None, now: datetime) -> Fact | None:
    """The one thing to say about an order at this vendor; `edit` is the one of it that matters. None for nothing."""
    if order.gone_at:
        return Fact(f"gone at {vendor}", "unknown", order.gone_at)
    if edit and edit.state in LIVE:
        return _under_way(edit)
    if edit and (now - edit.created_at < NEWS or not order.note):
        return _over(edit)
    return Fact(order.note) if order.note else None


def _under_way(edit: LatestEdit) -> Fact:
    if edit.state == State.UNKNOWN:
        return Fact("unknown · looking again" if edit.next_at else "unknown · needs a person", hue(edit.state))
    return Fact(f"{State(edit.state).label} · {edit.author_name}", hue(edit.state))


def _over(edit: LatestEdit) -> Fact:
    if edit.state in {State.APPLIED, State.ECHOED}:
        return Fact(f"edited by {edit.author_name}", "", edit.created_at)
    return Fact(f"{State(edit.state).label} · {edit.author_name}", hue(edit.state), edit.created_at)
