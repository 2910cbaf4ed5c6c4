"""What no look can settle, a person does: openly, once, and without anything being sent."""

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from orders.models import Edit, Order
from orders.services import draft_changes, resolve_edit, submit_edit
from orders.services.drafting import present
from orders.services.submitting import EditRefused, OrderBusy
from orders.states import State
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
