"""An agent's way through an edit at each of the four vendors, in a real browser, with the simulators behind it."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Locator, Page, expect

from orders.models import Order
from tests.orders.cases import Case, body_of, open_account, open_case, prepare, stored_by, writes
from tests.orders.cases_applied import A_GROUP, ONE_FIELD, SEVERAL_FIELDS
from tests.orders.cases_stopped import CAUTIONED
from tests.orders.worlds import PASSWORD
from tests.vendors.sandboxes import sandbox as sandbox
from vendors.lia.sandbox.world import order_id
from vendors.sandbox.server import Server
from vendors.sandbox.simulator import Simulator

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

DOCUMENTED_DENIAL = {
    "customer_name": "John Armless Two",
    "customer_birthdate": "1994-12-03",
    "customer_document": "43849589862",
}
EDIT = '.order-actions a[href$="/edit/"]'
VERBS = {"altcraft": "Confirmed by the answer only."}


def each(*cases: Case) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("case", cases, ids=lambda case: case.vendor)


def sign_in(page: Page, person: User, path: str) -> None:
    """Through the form, and on to where it was wanted to go."""
    page.goto(path)
    page.get_by_label("Name").fill(person.username)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"**{path}")


def enter(page: Page, typed: Any) -> None:
    """Type every value into its field, or choose it there."""
    for name, value in typed.items():
        place = page.locator(f'[name="{name}"]:not([type=hidden])')
        words = str(value).lower() if isinstance(value, bool) else str(value)
        if place.evaluate("field => field.tagName") == "SELECT":
            place.select_option(words)
        else:
            place.fill(words)


def previewed(page: Page) -> list[Any]:
    """The bodies that the review shows, each opened."""
    found = []
    for call in page.locator("details.call").all():
        call.locator("summary").click()
        found.append(json.loads(call.get_by_label("The body of the request").inner_text()))
    return found


def change(page: Page, person: User, order: Order, typed: Any) -> list[Any]:
    """Sign in, open the order, enter the values and review them. Returns the bodies that the review shows."""
    sign_in(page, person, order.get_absolute_url())
    expect(page.get_by_role("heading", level=1)).to_contain_text(order.number)
    page.locator(EDIT).click()
    enter(page, typed)
    page.get_by_role("button", name="Review").click()
    expect(page.locator("#review-title")).to_contain_text(f"to {order.account.vendor_label}?")
    return previewed(page)


def send(page: Page) -> Locator:
    """Agree to the caution where there is one, send, and wait for the first card that is no longer waiting."""
    if page.locator(".caution").count():
        page.get_by_label("I agree").check()
    page.get_by_role("button", name="Send ").click()
    card = page.locator(".outcome").first
    expect(card).to_be_visible()
    return card


def assert_nothing_is_locked(simulator: Simulator) -> None:
    if simulator.slug == "caliq":
        assert simulator.lists()["locks"] == {}
        calls = [entry.intent for entry in simulator.journal.since() if entry.intent in {"lock", "write"}]
        assert calls == ["lock", "write", "lock"]


@each(*SEVERAL_FIELDS, *(case for case in A_GROUP if case.vendor != "altcraft"))
def test_what_the_review_shows_is_what_the_vendor_gets(
    open_desk: Callable[..., Page], alice: User, sandbox: Server, case: Case
) -> None:
    simulator = sandbox[case.vendor]
    order = open_case(simulator, case)
    page = open_desk()

    shown = change(page, alice, order, case.typed)
    assert shown == list(case.calls)
    assert writes(simulator) == []
    send(page)

    cards = page.locator(".outcome")
    expect(cards).to_have_count(len(case.calls))
    for card in cards.all():
        expect(card).to_contain_text(VERBS.get(case.vendor, "Applied."))
    assert [body_of(entry) for entry in writes(simulator)] == shown
    assert [stored_by(entry) for entry in writes(simulator)] == list(case.stored)
    assert_nothing_is_locked(simulator)


@each(*CAUTIONED)
def test_a_caution_has_to_be_agreed_to(
    open_desk: Callable[..., Page], alice: User, sandbox: Server, case: Case
) -> None:
    simulator = sandbox[case.vendor]
    order = open_case(simulator, case)
    page = open_desk()
    change(page, alice, order, case.typed)
    expect(page.locator(".caution")).to_contain_text(case.words)

    page.get_by_role("button", name="Send ").click()
    assert page.get_by_label("I agree").evaluate("box => !box.checkValidity()")
    page.wait_for_timeout(200)
    assert writes(simulator) == []

    expect(send(page)).to_contain_text(VERBS.get(case.vendor, "Applied."))
    assert [body_of(entry) for entry in writes(simulator)] == list(case.calls)


def test_an_identity_that_lia_denies_is_told_loudly(
    open_desk: Callable[..., Page], alice: User, sandbox: Server
) -> None:
    """Lia's documented example: the update succeeds, and the order is canceled by it."""
    simulator = sandbox["lia"]
    simulator.set(analysis_ms=0)
    simulator.change(order_id(1), A_GROUP[3].at_vendor)
    account = open_account(simulator)  # as the demo has it: with the complete body that Lia's table wants
    order = Order.objects.select_related("account").get(account=account, vendor_id=order_id(1))
    page = open_desk()

    (shown,) = change(page, alice, order, DOCUMENTED_DENIAL)
    expect(page.locator(".caution")).to_contain_text("Lia cancels the order for good")
    assert {name: shown[name] for name in DOCUMENTED_DENIAL} == DOCUMENTED_DENIAL
    assert {"email", "address"} <= set(shown)
    card = send(page)

    expect(card).to_contain_text("Applied, with consequences:")
    loud = card.locator(".aftermath")
    expect(loud).to_contain_text("Lia canceled the order for good (analysis_denied — Dado inconsistente)")
    expect(loud).to_be_in_viewport()
    weight = "element => Number(getComputedStyle(element).fontWeight)"
    assert loud.evaluate(weight) > page.locator("body").evaluate(weight)
    expect(page.locator(".order-status")).to_have_text("canceled")
    expect(page.locator(".obstacle")).to_contain_text("this one is canceled (analysis_denied)")
    expect(page.locator(EDIT)).to_have_count(0)
    (entry,) = writes(simulator)
    assert body_of(entry) == shown
    assert stored_by(entry) == {
        **DOCUMENTED_DENIAL,
        "status": "canceled",
        "cancelation_reason": "analysis_denied",
        "translated_cancelation_reason": "Dado inconsistente",
    }


def test_an_order_in_caliqs_warehouse_is_read_only_and_says_why(
    open_desk: Callable[..., Page], alice: User, sandbox: Server
) -> None:
    simulator = sandbox["caliq"]
    account = open_account(simulator)
    order = Order.objects.get(account=account, vendor_id="70003")
    known = len(simulator.journal.entries)
    page = open_desk()

    sign_in(page, alice, order.get_absolute_url())

    said = page.locator(".obstacle")
    expect(said).to_contain_text("Nothing of this order can be edited.")
    expect(said).to_contain_text("being picked or packed. It opens again when the warehouse")
    expect(page.locator(".order-facts")).to_contain_text("in the warehouse")
    expect(page.locator(EDIT)).to_have_count(0)
    page.goto(f"{order.get_absolute_url()}edit/")
    for name in ("CustomerPONumber", "Carriage", "EditDeliveryAddress.Town"):
        expect(page.locator(f'[name="{name}"]')).to_be_disabled()
    expect(page.locator("main")).to_contain_text("An order in the warehouse cannot be edited")
    assert len(simulator.journal.entries) == known


def test_what_altcraft_never_shows_is_said_to_be_last_sent_from_here(
    open_desk: Callable[..., Page], alice: User, sandbox: Server
) -> None:
    case = ONE_FIELD[2]
    simulator = sandbox[case.vendor]
    prepare(simulator, case)
    order = open_case(simulator, case)
    page = open_desk()
    change(page, alice, order, case.typed)
    expect(send(page)).to_contain_text("not shown by Altcraft")

    page.goto(order.get_absolute_url())

    line = page.locator(".order-section", has_text="Line 2")
    expect(line.locator(".sent")).to_contain_text("last sent from here: delivered, by alice")
    expect(line).to_contain_text("not shown by Altcraft")
    expect(page.locator(".sent")).to_have_count(1)
    page.goto(f"{order.get_absolute_url()}edit/")
    place = page.locator('[name="lines.line_02.status"]')
    expect(page.locator(".field", has=place).locator(".sent")).to_contain_text("last sent from here: delivered")
    expect(place).to_have_value("")
