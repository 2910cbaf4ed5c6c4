"""What an edit of ours did is not told as the vendor's, whoever sees it first and however it is settled."""

from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from orders.models import Edit, Order
from orders.services import draft_changes, look_again, resolve_edit, settle_edit, submit_edit
from orders.services.differing import changes_at_vendor
from orders.services.drafting import present
from orders.services.sending import advance_edit
from orders.states import State
from tests.orders.cases import open_account
from tests.vendors.sandboxes import sandbox as sandbox
from vendors.liner.sandbox import LinerSimulator
from vendors.sandbox.server import Server
from vendors.sandbox.simulator import Simulator

pytestmark = pytest.mark.django_db(transaction=True)

NEW_LINE = {"OrderEditLines.+": {"ProductCode": "BRACKET", "Quantity": 2, "UnitPrice": "10.10"}}


@pytest.fixture
def caliq(sandbox: Server) -> Simulator:
    return sandbox["caliq"]


@pytest.fixture
def plain(caliq: Simulator) -> Order:
    """An order at Caliq that can be edited."""
    return Order.objects.select_related("account").get(account=open_account(caliq), vendor_id="70001")


def fresh(order: Order) -> Order:
    return Order.objects.select_related("account").get(pk=order.pk)


def accept(order: Order, author: User, values: dict[str, Any]) -> Edit:
    now = fresh(order)
    draft = draft_changes(order=now, values=values, seen=present(now))
    assert draft.errors == {}
    token = f"{Edit.objects.count()}"
    (edit,) = submit_edit(order=now, author=author, draft=draft, submit_token=token, agreed=True)
    return edit


def lose(simulator: Simulator, settings: Any, edit: Edit) -> Edit:
    """The edit is made, its answer is lost, and the desk does not look for an hour."""
    settings.QUIET_SECONDS = 3600
    simulator.fail("drop:after", intent="write")
    lost = advance_edit(edit.pk)
    assert (lost.state, lost.landed) == (State.UNKNOWN, None)
    return lost


def settle_by_hand(edit: Edit, by: User) -> None:
    """A person answers for it, and no look has told anything."""
    Edit.objects.filter(pk=edit.pk).update(next_at=None)
    done = resolve_edit(edit=Edit.objects.get(pk=edit.pk), by=by, applied=True, note="Its log names us.")
    assert (done.state, done.landed) == (State.APPLIED, None)


def news(order: Order) -> list[tuple[str, str, str]]:
    now = fresh(order)
    edits = list(Edit.objects.filter(order=now))
    found = changes_at_vendor(order=now, vendor=now.account.adapter(), edits=edits)
    return [(each.name, each.old, each.new) for change in found for each in change.differences]


def of_lines(order: Order) -> list[tuple[str, str, str]]:
    return [each for each in news(order) if each[0].startswith("OrderEditLines")]


def add_line(caliq: Simulator, line_id: int, **values: Any) -> None:
    """Somebody at Caliq adds a copy of the last line."""
    order = caliq.order("70001")
    order["_lines"].append({**order["_lines"][-1], "LineID": line_id, **values})
    caliq.replace("70001", order)


# A line that is added


def test_a_line_that_we_added_is_no_news(plain: Order, alice: User) -> None:
    assert settle_edit(edit=accept(plain, alice, NEW_LINE)).state == State.APPLIED

    assert [name for name, old, _ in news(plain) if not old] == []


def test_a_line_that_somebody_else_added_beside_ours_is_the_vendors(
    caliq: Simulator, plain: Order, alice: User, settings: Any
) -> None:
    lost = lose(caliq, settings, accept(plain, alice, NEW_LINE))
    add_line(caliq, 499_999, Qty=5)
    look_again(order=fresh(plain))

    assert ("OrderEditLines.499999.Quantity", "", "5") in of_lines(plain)
    assert {name.split(".")[1] for name, _, _ in of_lines(plain)} == {"499999"}
    assert Edit.objects.get(pk=lost.pk).landed is None


def test_the_same_line_once_more_is_the_vendors(caliq: Simulator, plain: Order, alice: User, settings: Any) -> None:
    lose(caliq, settings, accept(plain, alice, NEW_LINE))
    look_again(order=fresh(plain))
    assert of_lines(plain) == []

    add_line(caliq, 499_999)
    look_again(order=fresh(plain))

    assert {name.split(".")[1] for name, _, _ in of_lines(plain)} == {"499999"}


def test_a_line_at_another_price_than_ours_is_the_vendors(
    caliq: Simulator, plain: Order, alice: User, settings: Any
) -> None:
    lose(caliq, settings, accept(plain, alice, NEW_LINE))
    order = caliq.order("70001")
    order["_lines"][-1]["UnitPrice"] = Decimal("11.10")
    caliq.replace("70001", order)
    look_again(order=fresh(plain))

    assert [new for name, _, new in of_lines(plain) if name.endswith("UnitPrice")] == ["11.10 GBP"]


# An edit of which no look has told


def test_what_is_seen_before_the_edit_is_settled_is_ours_already(
    liner: LinerSimulator, order: Order, alice: User, settings: Any
) -> None:
    lost = lose(liner, settings, accept(order, alice, {"title": "Ours"}))

    look_again(order=fresh(order))
    assert news(order) == []

    settle_by_hand(lost, alice)
    assert news(order) == []


def test_what_is_seen_only_after_it_was_settled_by_hand_is_ours(
    liner: LinerSimulator, order: Order, alice: User, settings: Any, client: Client
) -> None:
    settle_by_hand(lose(liner, settings, accept(order, alice, {"title": "Ours"})), alice)

    look_again(order=fresh(order))
    assert news(order) == []
    client.force_login(alice)
    page = client.get(order.get_absolute_url()).content.decode()
    assert '<aside class="timeline"' in page
    assert '<li class="news">' not in page


def test_what_others_write_meanwhile_is_theirs(liner: LinerSimulator, order: Order, alice: User, settings: Any) -> None:
    lost = lose(liner, settings, accept(order, alice, {"title": "Ours"}))
    look_again(order=fresh(order))
    liner.edit(order.vendor_id, title="Theirs", serviceTitle="Theirs too")
    look_again(order=fresh(order))

    assert {(old, new) for _, old, new in news(order)} >= {("Ours", "Theirs")}
    assert {name for name, _, _ in news(order)} == {"title", "serviceTitle"}

    Edit.objects.filter(pk=lost.pk).update(next_at=timezone.now())
    settled = settle_edit(edit=Edit.objects.get(pk=lost.pk))
    assert settled.landed["title"]["landed"] == "other"
    assert [(old, new) for name, old, new in news(order) if name == "title"] == [("Ours", "Theirs")]


def test_the_same_value_once_more_after_it_was_settled_is_the_vendors(
    liner: LinerSimulator, order: Order, alice: User, settings: Any
) -> None:
    settle_by_hand(lose(liner, settings, accept(order, alice, {"title": "Ours"})), alice)
    for title in ("Ours", order.title, "Ours"):
        liner.edit(order.vendor_id, title=title)
        look_again(order=fresh(order))

    assert [(old, new) for _, old, new in news(order)] == [(order.title, "Ours"), ("Ours", order.title)]
