"""One process, one simulated vendor, one order: where a planted bug shows itself, judged by the checker of a trial."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.utils import timezone

from orders.models import Edit, Order
from orders.services import advance_due_edits, advance_edit, draft_changes, submit_edit
from orders.services.drafting import Seen, present
from orders.states import LIVE
from orders.trial.evidence import Vendors
from orders.trial.fields import Target
from orders.trial.judging import judge
from orders.trial.report import Report
from orders.trial.surroundings import Trial
from orders.trial.wishes import Wish
from tests.orders.cases import open_account
from vendors import http, transport
from vendors.sandbox.journal import as_json
from vendors.sandbox.simulator import Simulator


class Killed(BaseException):
    """The process dies here, as by kill -9: no statement and no call comes after this."""


@dataclass
class Scene:
    """A desk with one account, of whose orders `order` is the one that everything happens to."""

    simulator: Simulator
    author: User
    monkeypatch: pytest.MonkeyPatch
    vendor_id: str
    wishes: list[Wish] = field(default_factory=list)
    accepted: dict[str, int] = field(default_factory=dict)
    barred: dict[str, float] = field(default_factory=dict)
    patience: float = 65.0
    lag: float = 0.0

    def __post_init__(self) -> None:
        open_account(self.simulator)

    @property
    def order(self) -> Order:
        return Order.objects.select_related("account").get(vendor_id=self.vendor_id)

    def accept(self, target: Target, seen: Seen | None = None) -> Edit:
        """Submit an edit of this field, and keep in mind that it was accepted."""
        number = len(self.wishes) + 1
        wish = Wish(
            number=number,
            token=f"teeth-{number}",
            vendor=self.simulator.slug,
            order=self.vendor_id,
            author=self.author.username,
            targets=[target],
        )
        self.wishes.append(wish)
        return self.submit(wish, seen)

    def submit(self, wish: Wish, seen: Seen | None = None) -> Edit:
        """Send the form of this wish, perhaps not for the first time."""
        draft = draft_changes(order=self.order, values=wish.values, seen=seen or present(self.order))
        edits = submit_edit(order=self.order, author=self.author, draft=draft, submit_token=wish.token, agreed=True)
        self.accepted[wish.token] = len(edits)
        return edits[0]

    def advance(self, edit: Edit) -> Edit | None:
        """Take the edit as far as it goes; None where the process died of that."""
        try:
            return advance_edit(edit.pk)
        except Killed:
            return None

    def run_out(self) -> None:
        """Let every lease be over."""
        Edit.objects.filter(state__in=LIVE).update(busy_until=timezone.now() - timedelta(seconds=1))

    def recover(self) -> None:
        """What workers do once nobody holds anything any more, and the vendor has nothing left to do."""
        self.simulator.quiesce()
        for _ in range(20):
            self.run_out()
            if not advance_due_edits():
                break
        self.simulator.quiesce()

    def verdict(self) -> Report:
        """What the checker says of the simulator's journal and the desk's rows."""
        slug, locked = self.simulator.slug, self.simulator.lists().get("locks", {})
        locks = [f"{slug} {order}" for order, lock in locked.items() if lock["by"] == "api"]
        journal = as_json(self.simulator.journal.entries)
        return judge(
            Trial(
                wishes=self.wishes,
                accepted=self.accepted,
                barred=self.barred,
                patience=self.patience,
                lag=self.lag,
            ),
            Vendors(journals={self.simulator.slug: journal}, locks=locks),
        )

    @contextmanager
    def dying(self, at: Callable[[str, Any], bool]) -> Iterator[None]:
        """Within the block the process dies instead of the first statement that `at` picks by its SQL and values."""
        dead = False
        call = transport.call

        def execute(run: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
            nonlocal dead
            dead = dead or at(sql, params)
            if dead:
                raise Killed
            return run(sql, params, many, context)

        def exchange(*args: Any, **more: Any) -> Any:
            if dead:
                raise Killed
            return call(*args, **more)

        with self.monkeypatch.context() as patch, connection.execute_wrapper(execute):
            patch.setattr(http, "call", exchange)
            yield


@contextmanager
def before(statement: Callable[[str, Any], bool], happens: Callable[[], object]) -> Iterator[None]:
    """Within the block let something happen, once, just before the first statement that `statement` picks."""
    left = iter([True])

    def execute(run: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        if statement(sql, params) and next(left, False):
            happens()
        return run(sql, params, many, context)

    with connection.execute_wrapper(execute):
        yield


def writes_step(state: str) -> Callable[[str, Any], bool]:
    """The statement by which the history learns of this state."""
    return lambda sql, params: sql.startswith('INSERT INTO "orders_step"') and state in params


def looks_up_what_was_read(sql: str, params: Any) -> bool:
    """The statement by which an order is looked up that its vendor has just shown. No transaction is open."""
    return sql.startswith(("SELECT json_group_array", "SELECT json_agg"))


def begins_attempt(sql: str, params: Any) -> bool:
    """The statement that puts an attempt on record."""
    return sql.startswith('INSERT INTO "orders_attempt"')


def concludes_attempt(sql: str, params: Any) -> bool:
    """The statement that writes down how an attempt ended: the answer is there, or lost."""
    return sql.startswith('UPDATE "orders_attempt"')
