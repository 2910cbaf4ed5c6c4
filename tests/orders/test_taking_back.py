"""Taking back what is going out: nothing leaves, and whoever typed it finds all of it in the form again."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from orders.models import Edit, Order
from orders.services import advance_due_edits, draft_changes, submit_edit
from orders.services.drafting import present
from orders.states import State
from tests.orders.cases import Case, open_case, writes
from tests.orders.cases_applied import SEVERAL_FIELDS
from tests.orders.papers import Form, words_of
from tests.orders.worlds import signed_in
from tests.vendors.sandboxes import sandbox as sandbox
from vendors.sandbox.server import Server

pytestmark = pytest.mark.django_db(transaction=True)

IN_TWO_CALLS = next(case for case in SEVERAL_FIELDS if case.vendor == "altcraft")


def hold(order: Order, author: User, case: Case) -> list[Edit]:
    draft = draft_changes(order=order, values=case.typed, seen=present(order))
    return submit_edit(
        order=order,
        author=author,
        draft=draft,
        submit_token="held-for-a-test",
        reason="a call",
        ticket="7",
        agreed=True,
        hold_seconds=10,
    )


def come_due() -> None:
    Edit.objects.filter(state=State.ACCEPTED).update(next_at=timezone.now())
    advance_due_edits()


def form_after(answer: Any, order: Order) -> Form:
    return Form(answer.content.decode(), f"/orders/{order.pk}/edit/")


def test_of_several_calls_none_leaves_and_all_that_was_typed_is_kept(sandbox: Server, alice: User) -> None:
    simulator = sandbox["altcraft"]
    order = open_case(simulator, IN_TWO_CALLS)
    first, second = hold(order, alice, IN_TWO_CALLS)

    answer = signed_in(alice).post(f"/edits/{first.pk}/withdraw/", follow=True)

    form = form_after(answer, order)
    assert {name: form.values[name] for name in IN_TWO_CALLS.typed} == {
        name: [value] for name, value in IN_TWO_CALLS.typed.items()
    }
    assert (form.values["_reason"], form.values["_ticket"]) == (["a call"], ["7"])
    come_due()
    assert set(Edit.objects.values_list("state", flat=True)) == {State.WITHDRAWN}
    assert writes(simulator) == []
    assert "Going out" not in words_of(signed_in(alice).get(second.get_absolute_url()).content.decode())


def test_a_later_call_is_taken_back_alone(sandbox: Server, alice: User) -> None:
    simulator = sandbox["altcraft"]
    order = open_case(simulator, IN_TWO_CALLS)
    first, second = hold(order, alice, IN_TWO_CALLS)

    answer = signed_in(alice).post(f"/edits/{second.pk}/withdraw/", follow=True)

    ((name, value),) = second.wanted.items()
    form = form_after(answer, order)
    assert form.values[name] == [value]
    assert form.values[next(iter(first.wanted))] != [first.wanted[next(iter(first.wanted))]]
    come_due()
    assert len(writes(simulator)) == 1


def test_a_supervisor_who_takes_it_back_is_shown_what_came_of_it(sandbox: Server, alice: User, sam: User) -> None:
    order = open_case(sandbox["altcraft"], IN_TWO_CALLS)
    first, _ = hold(order, alice, IN_TWO_CALLS)

    answer = signed_in(sam).post(f"/edits/{first.pk}/withdraw/", follow=True)

    assert answer.redirect_chain == [(f"/orders/{order.pk}/?edit={first.pk}", 303)]
    assert "Taken back by sam." in words_of(answer.content.decode())


def test_the_key_belongs_to_the_button_that_takes_all_of_it_back(sandbox: Server, alice: User) -> None:
    order = open_case(sandbox["altcraft"], IN_TWO_CALLS)
    first, second = hold(order, alice, IN_TWO_CALLS)

    page = signed_in(alice).get(f"/orders/{order.pk}/?edit={first.pk}").content.decode()

    assert page.count('data-key="z"') == 1
    assert f'id="take-back-{first.pk}" class="primary" data-key="z"' in page
    assert f'id="take-back-{second.pk}">Take back</button>' in page
