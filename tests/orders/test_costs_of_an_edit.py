"""What one edit costs the database: so many statements and commits, whatever it is of."""

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext

from orders.bench.statements import Cost, cost_of
from orders.models import Order
from orders.services import draft_changes, submit_edit
from orders.services.drafting import present
from orders.services.settling import advance_submission
from orders.states import State
from vendors import use

pytestmark = pytest.mark.django_db(transaction=True)

ACCEPTING = {"sqlite": Cost(statements=6, writes=3, commits=1), "postgresql": Cost(statements=7, writes=3, commits=1)}
SENDING = {"sqlite": Cost(statements=28, writes=14, commits=7), "postgresql": Cost(statements=27, writes=14, commits=7)}


def measured(order: Order, author: User, title: str) -> tuple[Cost, Cost]:
    """What it costs to accept an edit, and to see it through to its end."""
    order.refresh_from_db()
    draft = draft_changes(order=order, values={"title": title}, seen=present(order))
    with CaptureQueriesContext(connection) as accepting:
        (edit,) = submit_edit(order=order, author=author, draft=draft, submit_token=f"form {len(title)}", agreed=True)
    with CaptureQueriesContext(connection) as sending:
        done = advance_submission(edit.pk)
    assert done.state == State.APPLIED
    return cost_of(accepting.captured_queries), cost_of(sending.captured_queries)


def test_an_edit_takes_exactly_so_many_statements_and_commits(
    order: Order, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(use, "SECONDS_BETWEEN", 600.0)  # what is written every few seconds is no edit's cost
    measured(order, alice, "The first one looks things up that are kept")
    accepting, sending = measured(order, alice, "Doors")
    assert accepting == ACCEPTING[connection.vendor]
    assert sending == SENDING[connection.vendor]
    assert measured(order, alice, "Windows and " + "doors, " * 20) == (accepting, sending)
