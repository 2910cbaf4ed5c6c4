"""kill -9 at every point of an edit: nothing is sent twice, nothing is forgotten, nothing is misreported.

Each case runs the sequence in a process of its own, which dies just before its Nth statement to the database. N grows
until the sequence gets through: every state that a crash can leave behind is met.
"""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.utils import timezone

from orders.models import Edit, Order
from orders.services import advance_due_edits, draft_changes, submit_edit
from orders.services.drafting import present
from orders.states import LIVE, State
from tests.orders.dying import Dying, dying_processes
from vendors.liner.sandbox import LinerSimulator

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.once]  # the sweep is made on every database


@pytest.fixture
def dying(db: None) -> Iterator[Dying]:
    """Where the sequence runs and dies."""
    with dying_processes(str(connection.settings_dict["NAME"])) as process:
        yield process


def recover(edit: Edit) -> Edit:
    """What workers do once nobody holds the edit any more."""
    Edit.objects.filter(pk=edit.pk).update(busy_until=timezone.now() - timedelta(seconds=1))
    for _ in range(20):
        if not advance_due_edits():
            break
    return Edit.objects.get(pk=edit.pk)


@pytest.mark.parametrize("fault", ["", "drop", "drop:after", "lie", "error_applied"])
def test_a_crash_anywhere_is_recovered_from(
    liner: LinerSimulator, order: Order, alice: User, dying: Dying, fault: str
) -> None:
    died = 0
    for statement in range(1, 200):
        title = f"Title {fault} {statement}"
        current = Order.objects.select_related("account").get(pk=order.pk)
        draft = draft_changes(order=current, values={"title": title}, seen=present(current))
        (edit,) = submit_edit(order=current, author=alice, draft=draft, submit_token=title)
        liner.faults.clear()
        if fault:
            liner.fail(fault, intent="write")
        seen = len(liner.journal.entries)

        crashed = dying.advance(edit.pk, statement)
        done = recover(edit)

        writes = [entry for entry in liner.journal.entries[seen:] if entry.intent == "write"]
        case = f"{fault} at statement {statement}: {done.state} after {len(writes)} writes"
        assert len(writes) <= 1, case
        assert done.attempts.count() >= len(writes), case
        assert done.state not in LIVE, case
        landed = liner.order(order.vendor_id)["title"] == title
        assert (done.state == State.APPLIED) == landed, case
        assert done.steps.filter(state=done.state).count() == 1, case
        if not crashed:
            break
        died += 1
    assert died > 15
