"""A page that waits for a worker: it says what for, follows by itself, and takes nothing out of anybody's hands."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Page, expect

from orders.models import Edit, Order
from orders.services import draft_changes, submit_edit
from orders.services.drafting import present
from orders.states import State
from tests.browser.conftest import barriers
from tests.browser.workers import working
from tests.orders.worlds import account as account
from tests.orders.worlds import liner as liner
from tests.orders.worlds import mirrored as mirrored
from tests.orders.worlds import order as order
from vendors.liner.sandbox import LinerSimulator

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def edit(order: Order, alice: User) -> Edit:
    """An accepted edit that no worker is there for."""
    draft = draft_changes(order=order, values={"title": "Soon"}, seen=present(order))
    return submit_edit(order=order, author=alice, draft=draft, submit_token="one")[0]


@pytest.fixture
def page(open_desk: Callable[..., Page], alice: User, order: Order, edit: Edit) -> Page:
    """The page of the order with the waiting edit at its top."""
    page = open_desk(alice)
    page.goto(f"{order.get_absolute_url()}?edit={edit.pk}")
    return page


def test_a_page_says_that_there_is_no_worker_and_goes_on_when_there_is_one(page: Page, edit: Edit) -> None:
    card = page.locator(".outcome")
    expect(card).to_contain_text("Nothing is being sent: no worker is running.")
    assert barriers(page) == []
    with working():
        expect(card).to_contain_text("Applied.")
        expect(card).not_to_contain_text("no worker")
        expect(page.get_by_role("heading", level=1)).to_contain_text("Soon")


@pytest.mark.parametrize(
    "place", ["#details-{edit}", ".timeline a.state", "details.raw summary", ".names"], ids=lambda place: place
)
def test_the_focus_stays_where_it_is(page: Page, edit: Edit, place: str) -> None:
    held = page.locator(place.format(edit=edit.pk)).first
    held.focus()
    with working():
        expect(page.locator(".outcome")).to_contain_text("Applied.")
        expect(page.locator(".order-main")).to_contain_text("Soon")
        expect(held).to_be_focused()


def test_the_focus_goes_to_the_card_where_its_button_is_gone(page: Page) -> None:
    page.get_by_role("button", name="Take back").focus()
    with working():
        card = page.locator(".outcome")
        expect(card).to_contain_text("Applied.")
        expect(card).to_be_focused()


def test_what_is_typed_unfolded_and_switched_on_stays(page: Page) -> None:
    page.get_by_label("Search orders").fill("half a wor")
    page.locator("details.raw summary").click()
    page.locator(".names").check()
    page.get_by_label("Search orders").focus()
    with working():
        expect(page.locator(".outcome")).to_contain_text("Applied.")
        expect(page.locator("details.raw")).to_contain_text("Soon")
        expect(page.get_by_label("The order as JSON")).to_be_visible()
        expect(page.locator(".names")).to_be_checked()
        expect(page.get_by_label("Search orders")).to_have_value("half a wor")
        expect(page.get_by_label("Search orders")).to_be_focused()


def test_leaving_the_page_changes_nothing(page: Page, edit: Edit, liner: LinerSimulator) -> None:
    page.goto("/")
    assert Edit.objects.get(pk=edit.pk).state == State.ACCEPTED
    with working():
        page.goto(edit.get_absolute_url())
        expect(page.locator(".outcome")).to_contain_text("Applied.")
    assert len(liner.journal.since(intent="write")) == 1
