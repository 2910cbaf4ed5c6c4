"""What people choose for themselves: how long their edits can be taken back."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.test import Client

from orders.models import Edit, Order, Preferences
from orders.services import advance_edit, draft_changes, submit_edit
from orders.services.drafting import present
from orders.states import State
from tests.orders.papers import Form, words_of
from vendors.liner.sandbox import LinerSimulator

pytestmark = pytest.mark.django_db(transaction=True)

ADDRESS = "/preferences/"


@pytest.fixture
def desk(alice: User) -> Client:
    client = Client()
    client.force_login(alice)
    return client


def accept(order: Order, author: User, token: str = "of a test") -> Edit:
    draft = draft_changes(order=order, values={"title": "Held"}, seen=present(order))
    (edit,) = submit_edit(order=order, author=author, draft=draft, submit_token=token)
    return edit


def seconds_of(edit: Edit) -> float:
    assert edit.next_at is not None
    return (edit.next_at - edit.created_at).total_seconds()


def test_whoever_has_not_chosen_gets_what_the_desk_has(order: Order, alice: User, settings: Any) -> None:
    settings.HOLD_SECONDS = 7

    assert seconds_of(accept(order, alice)) == 7


@pytest.mark.parametrize("chosen", [0, 3, 10])
def test_what_one_has_chosen_holds_their_edits_and_nobody_elses(
    desk: Client, order: Order, alice: User, bob: User, settings: Any, chosen: int
) -> None:
    settings.HOLD_SECONDS = 7

    answer = desk.post(ADDRESS, {"hold_seconds": str(chosen)}, follow=True)

    assert answer.redirect_chain == [(ADDRESS, 302)]
    assert "Your preferences are saved." in words_of(answer.content.decode())
    assert Form(answer.content.decode(), ADDRESS).values["hold_seconds"] == [str(chosen)]
    edit = accept(order, alice)
    assert seconds_of(edit) == chosen
    Edit.objects.filter(pk=edit.pk).update(next_at=edit.created_at)
    advance_edit(edit.pk)
    assert seconds_of(accept(Order.objects.select_related("account").exclude(pk=order.pk)[0], bob, "bob's")) == 7


def test_an_emptied_box_goes_back_to_what_the_desk_has(desk: Client, order: Order, alice: User, settings: Any) -> None:
    settings.HOLD_SECONDS = 7
    desk.post(ADDRESS, {"hold_seconds": "3"})
    desk.post(ADDRESS, {"hold_seconds": ""})

    assert seconds_of(accept(order, alice)) == 7
    assert "as this desk has it, 7 s" in words_of(desk.get(ADDRESS).content.decode())


@pytest.mark.parametrize("wrong", ["11", "-1", "2.5", "soon", "9" * 40])
def test_what_cannot_be_saved_is_told_beside_its_box_and_changes_nothing(desk: Client, alice: User, wrong: str) -> None:
    desk.post(ADDRESS, {"hold_seconds": "3"})

    answer = desk.post(ADDRESS, {"hold_seconds": wrong})

    page = answer.content.decode()
    assert answer.status_code == 422
    assert Form(page, ADDRESS).invalid == {"hold_seconds"}
    assert Form(page, ADDRESS).values["hold_seconds"] == [wrong]
    assert 'id="id_hold_seconds_error"' in page
    assert "Enter whole seconds, from 0 to 10." in words_of(page)
    assert re.search(r'<input[^>]*name="hold_seconds"[^>]*aria-describedby="[^"]*id_hold_seconds_error', page)
    assert Preferences.objects.get(user=alice).hold_seconds == 3


def test_the_database_keeps_the_bounds_too(alice: User) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Preferences.objects.create(user=alice, hold_seconds=11)


def test_the_account_menu_leads_there(desk: Client) -> None:
    assert '<a href="/preferences/">Preferences</a>' in desk.get("/").content.decode()


def test_one_without_any_role_may_choose_too(client: Client) -> None:
    client.force_login(User.objects.create_user("nobody"))

    assert client.get(ADDRESS).status_code == 200


def test_nothing_leaves_while_an_edit_is_held(desk: Client, order: Order, alice: User, liner: LinerSimulator) -> None:
    desk.post(ADDRESS, {"hold_seconds": "10"})
    edit = accept(order, alice)

    assert advance_edit(edit.pk).state == State.ACCEPTED
    assert liner.journal.since(intent="write") == []
    Edit.objects.filter(pk=edit.pk).update(next_at=edit.created_at - timedelta(seconds=1))
    assert advance_edit(edit.pk).state == State.APPLIED
