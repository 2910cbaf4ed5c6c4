"""The timeline tells what was changed at the vendor, and does not tell our own changes twice."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from orders.models import Order, Revision
from orders.services import draft_changes, look_again, settle_edit, submit_edit, sync_account
from orders.services.differing import changes_at_vendor
from orders.services.drafting import present
from tests.orders.papers import words_of
from vendors.liner.sandbox import LinerSimulator
from vendors.models import VendorAccount

pytestmark = pytest.mark.django_db


def news(order: Order) -> list[tuple[str, str, str]]:
    now = Order.objects.select_related("account").get(pk=order.pk)
    found = changes_at_vendor(order=now, vendor=now.account.adapter())
    return [(each.name, each.old, each.new) for change in found for each in change.differences]


def edit(order: Order, alice: User, **values: str) -> None:
    current = Order.objects.select_related("account").get(pk=order.pk)
    draft = draft_changes(order=current, values=values, seen=present(current))
    (accepted,) = submit_edit(order=current, author=alice, draft=draft, submit_token=repr(values), agreed=True)
    assert settle_edit(edit=accepted).state == "applied"


def test_a_change_found_by_a_sync_is_the_vendors(liner: LinerSimulator, mirrored: VendorAccount, order: Order) -> None:
    liner.edit(order.vendor_id, title="Theirs")

    sync_account(account=mirrored)

    assert news(order) == [("title", order.title, "Theirs")]


def test_our_own_change_seen_again_is_no_news(
    liner: LinerSimulator, mirrored: VendorAccount, order: Order, alice: User
) -> None:
    edit(order, alice, title="Ours")
    sync_account(account=mirrored)

    assert news(order) == []


def test_what_changed_beside_our_own_change_is_the_vendors(liner: LinerSimulator, order: Order, alice: User) -> None:
    liner.edit(order.vendor_id, serviceTitle="Theirs")
    edit(order, alice, title="Ours")

    assert [(name, new) for name, _, new in news(order)] == [("serviceTitle", "Theirs")]


def test_the_newest_stands_first_and_the_page_tells_it(
    liner: LinerSimulator, order: Order, alice: User, client: Client
) -> None:
    for title in ("First", "Second"):
        liner.edit(order.vendor_id, title=title)
        look_again(order=Order.objects.select_related("account").get(pk=order.pk))

    assert [new for _, _, new in news(order)] == ["Second", "First"]
    client.force_login(alice)
    page = words_of(client.get(order.get_absolute_url()).content.decode())
    assert "at Liner Title First → becomes Second" in page


# How far back


def kept_states(order: Order, states: list[dict[str, Any]]) -> None:
    """The order has had these states, the last of which it has now."""
    first = Order.objects.get(pk=order.pk).revision
    Revision.objects.bulk_create(
        Revision(order=order, number=number, raw=raw, digest="") for number, raw in enumerate(states[:-1], first)
    )
    Order.objects.filter(pk=order.pk).update(raw=states[-1], revision=first + len(states) - 1)


def queries_of(order: Order) -> int:
    with CaptureQueriesContext(connection) as queries:
        news(order)
    return len(queries) - 1  # the order itself


def test_states_in_which_nothing_shown_differs_use_nothing_up(order: Order) -> None:
    states = [{**order.raw, "hidden": number, "title": "Theirs" if number else "Old"} for number in range(60)]
    kept_states(order, states)

    assert news(order) == [("title", "Old", "Theirs")]
    assert queries_of(order) <= 4


def test_our_own_edits_use_nothing_up(liner: LinerSimulator, order: Order, alice: User) -> None:
    liner.edit(order.vendor_id, serviceTitle="Theirs")
    look_again(order=Order.objects.select_related("account").get(pk=order.pk))
    for number in range(11):
        edit(order, alice, title=f"Ours {number}")

    assert [(name, new) for name, _, new in news(order)] == [("serviceTitle", "Theirs")]


def test_as_many_changes_are_told_as_before_and_no_more_is_read_for_them(order: Order) -> None:
    kept_states(order, [{**order.raw, "title": f"Theirs {number}"} for number in range(40)])

    assert [new for _, _, new in news(order)] == [f"Theirs {number}" for number in range(39, 29, -1)]
    assert queries_of(order) == 1


@pytest.mark.parametrize("states", [1, 2, 11])
def test_one_query_tells_the_few_states_of_most_orders(order: Order, states: int) -> None:
    kept_states(order, [{**order.raw, "hidden": number} for number in range(states)])

    assert news(order) == []
    assert queries_of(order) == min(states - 1, 1)


@pytest.mark.parametrize(("states", "told"), [(201, 1), (202, 0)])
def test_what_lies_too_far_back_is_not_looked_for(order: Order, states: int, told: int) -> None:
    kept_states(order, [{**order.raw, "hidden": at, "title": "Theirs" if at else "Old"} for at in range(states)])

    assert len(news(order)) == told
    assert queries_of(order) <= 9
