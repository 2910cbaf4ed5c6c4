"""A conflict says who or what changed the field, and blames nobody else for it."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from orders.models import Edit, Order, Revision
from orders.services import draft_changes, look_again, resolve_edit, settle_edit, submit_edit
from orders.services.comparing import applied_since
from orders.services.drafting import Seen, present
from orders.services.tracing import trace_changes
from orders.states import State
from tests.orders.papers import words_of
from tests.orders.rows import make_edit
from tests.orders.worlds import signed_in
from vendors.circuit import clock
from vendors.liner.sandbox import LinerSimulator

pytestmark = pytest.mark.django_db(transaction=True)


def fresh(order: Order) -> Order:
    return Order.objects.select_related("account").get(pk=order.pk)


def accept(order: Order, author: User, values: Mapping[str, Any], seen: Seen | None = None) -> Edit:
    """An edit of the order as it is now, by somebody who saw it like this."""
    now = fresh(order)
    draft = draft_changes(order=now, values=values, seen=seen or present(now))
    assert draft.errors == {}
    (edit,) = submit_edit(order=now, author=author, draft=draft, submit_token=f"{author} {values}"[:64], agreed=True)
    return edit


def edit(order: Order, author: User, values: Mapping[str, Any], seen: Seen | None = None) -> Edit:
    return settle_edit(edit=accept(order, author, values, seen))


def page_of(edit: Edit, person: User) -> str:
    return words_of(signed_in(person).get(edit.get_absolute_url()).content.decode())


def test_each_field_is_put_down_to_whoever_changed_it(
    liner: LinerSimulator, order: Order, alice: User, bob: User
) -> None:
    seen = present(order)
    his = edit(order, bob, {"title": "His"})
    liner.edit(order.vendor_id, serviceTitle="Theirs")

    done = edit(order, alice, {"title": "Mine", "serviceTitle": "Mine"}, seen)

    assert done.state == State.CONFLICT
    assert his.sent_at is not None
    title, service = done.conflict["title"], done.conflict["serviceTitle"]
    assert (title["by"], title["edit"], title["at"]) == ("bob", his.pk, his.sent_at.isoformat())
    assert (service["by"], service["edit"]) == ("", None)
    assert "bob changed in the meantime: Title." in done.explanation
    assert f"Liner changed in the meantime: {service['label']}." in done.explanation
    shown = page_of(done, alice)
    assert f"His bob , by edit {his.pk} at {clock(his.sent_at, seconds=True)}" in shown
    assert f"Theirs changed at Liner, found at {clock(datetime.fromisoformat(service['at']))}" in shown


def test_what_the_vendor_wrote_over_an_edit_is_not_put_down_to_it(
    liner: LinerSimulator, order: Order, alice: User, bob: User
) -> None:
    seen = present(order)
    edit(order, bob, {"title": "His"})
    liner.edit(order.vendor_id, title="Theirs")

    done = edit(order, alice, {"title": "Mine"}, seen)

    assert done.conflict["title"]["by"] == ""
    assert done.explanation == "Liner changed in the meantime: Title. Nothing was sent."


def test_a_value_that_the_vendor_brought_back_is_the_vendors(
    liner: LinerSimulator, order: Order, alice: User, bob: User
) -> None:
    seen = present(order)
    edit(order, bob, {"title": "His"})
    liner.edit(order.vendor_id, title="Theirs")
    look_again(order=fresh(order))
    liner.edit(order.vendor_id, title="His")

    assert edit(order, alice, {"title": "Mine"}, seen).conflict["title"]["by"] == ""


def test_when_the_vendor_changed_it_is_told_of_the_field_and_not_of_the_order(
    liner: LinerSimulator, order: Order, alice: User
) -> None:
    seen = present(order)
    liner.edit(order.vendor_id, title="Theirs")
    look_again(order=fresh(order))
    liner.edit(order.vendor_id, serviceTitle="Later")
    look_again(order=fresh(order))
    liner.edit(order.vendor_id, campaignName="Latest")

    done = edit(order, alice, {"title": "Mine"}, seen)

    found = Revision.objects.get(order=order, number=seen.revision)
    assert done.conflict["title"]["at"] == found.replaced_at.isoformat()
    assert fresh(order).revision > seen.revision + 1


def test_an_edit_that_was_settled_by_hand_is_named_when_it_is_found(
    liner: LinerSimulator, order: Order, alice: User, bob: User
) -> None:
    seen = present(order)
    lost = accept(order, bob, {"title": "His"})
    Edit.objects.filter(pk=lost.pk).update(state=State.CHECKING)
    sent = {"payload": {}, "sent_at": timezone.now(), "sent_revision": order.revision}
    Edit.objects.filter(pk=lost.pk).update(state=State.SENDING, **sent)
    Edit.objects.filter(pk=lost.pk).update(state=State.UNKNOWN, next_at=None)
    resolve_edit(edit=Edit.objects.get(pk=lost.pk), by=alice, applied=True, note="Seen in the panel.")
    liner.edit(order.vendor_id, title="His")

    assert edit(order, alice, {"title": "Mine"}, seen).conflict["title"]["edit"] == lost.pk


def test_however_many_fields_there_are_it_takes_one_query(
    liner: LinerSimulator, order: Order, alice: User, bob: User
) -> None:
    seen = present(order)
    edit(order, bob, {"title": "His", "serviceTitle": "His", "leadsPriority": "77"})
    late = accept(order, alice, {"title": "Mine", "serviceTitle": "Mine", "leadsPriority": "78"}, seen)
    now = fresh(order)
    applied = applied_since(late)

    with CaptureQueriesContext(
        connection,
    ) as queries:
        traces = trace_changes(
            vendor=now.account.adapter(), order=now, since=late.base_revision, names=late.changes, applied=applied
        )

    assert len(queries) == 1
    assert [trace["by"] for trace in traces.values()] == ["bob"] * 3


def test_the_day_is_told_where_it_is_not_today_and_what_was_never_noted_is_left_out(order: Order, alice: User) -> None:
    values = {"label": "Title", "seen": "a", "mine": "b", "theirs": "theirs"}
    yesterday = timezone.now() - timedelta(days=1)
    day = timezone.localtime(yesterday)
    told = {**values, "by": "bob", "edit": 4711, "at": yesterday.isoformat()}
    old = make_edit(order, alice, State.CONFLICT, conflict={"title": values})
    new = make_edit(order, alice, State.CONFLICT, conflict={"title": told})

    assert f"bob , by edit 4711 at {day:%H:%M:%S} on {day.day} {day:%B}" in page_of(new, alice)
    assert "theirs" in page_of(old, alice)
    assert "by edit" not in page_of(old, alice)
