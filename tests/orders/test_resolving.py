"""What no look can settle, a person does: openly, once, and without anything being sent."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from orders.models import Edit, Order
from orders.services import draft_changes, resolve_edit, submit_edit
from orders.services.drafting import present
from orders.services.submitting import EditRefused, OrderBusy
from orders.states import State
from tests.orders.papers import Form
from tests.orders.rows import make_edit
from tests.orders.test_editing import Desk, said
from vendors.liner.sandbox import LinerSimulator

pytestmark = pytest.mark.django_db


@pytest.fixture
def unknown(order: Order, alice: User) -> Edit:
    """An edit whose answer was lost and which no look could settle."""
    draft = draft_changes(order=order, values={"title": "Perhaps"}, seen=present(order))
    (edit,) = submit_edit(order=order, author=alice, draft=draft, submit_token="t1")
    for state in (State.CHECKING, State.SENDING, State.UNKNOWN):
        Edit.objects.filter(pk=edit.pk).update(state=state, next_at=None)
    return Edit.objects.get(pk=edit.pk)


@pytest.mark.parametrize(("applied", "state"), [(True, State.APPLIED), (False, State.NOT_APPLIED)])
def test_somebody_says_what_they_saw(
    unknown: Edit, bob: User, liner: LinerSimulator, applied: bool, state: State
) -> None:
    calls = len(liner.journal.entries)

    settled = resolve_edit(edit=unknown, by=bob, applied=applied, note="Seen in the panel.")

    settled.refresh_from_db()
    assert settled.state == state
    assert settled.explanation.startswith("Settled by hand: bob found it")
    assert settled.steps.order_by("-id").first().note == settled.explanation  # type: ignore[union-attr]
    assert len(liner.journal.entries) == calls


def test_an_order_is_free_again_once_somebody_has_settled_it(unknown: Edit, bob: User) -> None:
    draft = draft_changes(order=unknown.order, values={"title": "Again"}, seen=present(unknown.order))
    with pytest.raises(OrderBusy):
        submit_edit(order=unknown.order, author=bob, draft=draft, submit_token="t2")

    resolve_edit(edit=unknown, by=bob, applied=False, note="Not there.")

    assert submit_edit(order=unknown.order, author=bob, draft=draft, submit_token="t2")


def test_a_second_agent_hears_since_when_and_is_led_to_where_it_is_settled(
    order: Order, alice: User, bob: User, liner: LinerSimulator
) -> None:
    since = timezone.now() - timedelta(days=3)
    local = timezone.localtime(since)
    lost = make_edit(order, alice, State.UNKNOWN, at=since, next_at=None)
    desk = Desk(bob, order)
    review = desk.review(title="His")

    answer = desk.post(review.post("send", _reason="why not"))

    assert answer.status_code == 409
    told = said(answer)
    assert f"at {local:%H:%M:%S} on {local.day} {local:%B}, and it is unknown. Somebody has to settle it, then" in told
    assert "Wait until" not in told
    page = answer.content.decode()
    assert f'<a href="{lost.get_absolute_url()}">Settle edit {lost.pk}</a>' in page
    form = Form(page, desk.address)
    assert (form.values["title"], form.values["_reason"]) == (["His"], ["why not"])
    assert "Somebody has to settle it first" in said(desk.client.get(desk.address))


def test_an_edit_that_the_desk_still_looks_after_is_waited_for(order: Order, alice: User, bob: User) -> None:
    soon = timezone.now() + timedelta(minutes=1)
    lost = make_edit(order, alice, State.UNKNOWN, next_at=soon)

    desk = Desk(bob, order)
    answer = desk.post(desk.review(title="His").post("send"))

    assert "Wait until it has settled, then send yours again. Open edit" in said(answer)
    assert lost.get_absolute_url() in answer.content.decode()


def test_it_takes_a_note_and_happens_once(unknown: Edit, bob: User) -> None:
    with pytest.raises(EditRefused, match="Say what you saw"):
        resolve_edit(edit=unknown, by=bob, applied=True, note="  ")
    resolve_edit(edit=Edit.objects.get(pk=unknown.pk), by=bob, applied=True, note="There.")
    with pytest.raises(EditRefused, match="Somebody else"):
        resolve_edit(edit=unknown, by=bob, applied=False, note="Not there.")


def test_an_edit_that_is_still_looked_at_is_not_settled_by_hand(unknown: Edit, bob: User) -> None:
    Edit.objects.filter(pk=unknown.pk).update(next_at=unknown.created_at)

    with pytest.raises(EditRefused, match="still looking"):
        resolve_edit(edit=Edit.objects.get(pk=unknown.pk), by=bob, applied=True, note="There.")


def test_the_card_asks_and_the_page_settles(client: Client, unknown: Edit, bob: User) -> None:
    client.force_login(bob)
    assert "It is applied" in client.get(unknown.order.get_absolute_url()).content.decode()

    url = reverse("resolve", args=[unknown.pk])
    client.post(url, {"applied": "perhaps", "note": "x"})
    client.post(url, {"applied": "yes"})
    assert Edit.objects.get(pk=unknown.pk).state == State.UNKNOWN

    client.post(url, {"applied": "yes", "note": "There."})
    assert Edit.objects.get(pk=unknown.pk).state == State.APPLIED


def test_one_who_may_not_edit_may_not_settle(client: Client, unknown: Edit, ada: User) -> None:
    client.force_login(ada)

    assert client.post(reverse("resolve", args=[unknown.pk]), {"applied": "yes", "note": "x"}).status_code == 403
