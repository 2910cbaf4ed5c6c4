"""Holding and taking back, reverting, and what needs a person, in a real browser, with Liner's simulator behind it."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from playwright.sync_api import Page, expect

from orders.models import Edit, Order, Preferences, SyncRun
from orders.services import advance_edit, draft_changes, submit_edit
from orders.services.drafting import present
from orders.services.holding import ASKED
from orders.states import State
from tests.browser.conftest import barriers, overflow
from tests.browser.test_editing import Opener, field, forgive, form_of, writes
from tests.browser.test_editing import open_as as open_as
from tests.browser.workers import working
from tests.orders.rows import make_edit
from tests.orders.worlds import account as account
from tests.orders.worlds import liner as liner
from tests.orders.worlds import mirrored as mirrored
from tests.orders.worlds import order as order
from vendors.liner.sandbox import LinerSimulator

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

LONG = "Windows and doors for the whole of the northern region, " * 4
WORD = "w" * 200


def send(page: Page, **typed: str) -> None:
    """Type into the form that is open, review and send it by the keyboard."""
    page.wait_for_load_state()  # a link may have just been followed: keys mean something once the scripts are there
    for name, words in typed.items():
        field(page, name).fill(words)
    page.keyboard.press("Control+Enter")
    expect(page.locator("#review-title")).to_be_visible()
    page.keyboard.press("Control+Enter")


def applied(order: Order, author: User, **values: str) -> Edit:
    order = Order.objects.select_related("account").get(pk=order.pk)
    draft = draft_changes(order=order, values=values, seen=present(order))
    token = f"token-of-a-browser-{Edit.objects.count()}"
    (edit,) = submit_edit(order=order, author=author, draft=draft, submit_token=token, hold_seconds=0)
    edit = advance_edit(edit.pk)
    assert edit.state == State.APPLIED, edit.explanation
    return edit


def tab_to(page: Page, selector: str) -> None:
    """Press Tab until this has the focus."""
    for _ in range(80):
        page.keyboard.press("Tab")
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
    raise AssertionError(f"Tab never reaches {selector}")


# Holding and taking back


def test_what_is_going_out_is_taken_back_by_a_key_and_everything_typed_is_kept(
    open_as: Opener, alice: User, order: Order, liner: LinerSimulator
) -> None:
    Preferences.objects.create(user=alice, hold_seconds=10)
    page = open_as(alice, form_of(order))
    field(page, "title").fill("Never mind")
    page.keyboard.press("Control+Enter")
    page.get_by_label("Why").fill("customer called")
    page.get_by_label("Ticket").fill("48213")
    page.keyboard.press("Control+Enter")
    card = page.locator(".outcome")
    expect(card).to_contain_text(re.compile(r"Going out in \d+ s"))
    expect(card).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Take back")).to_be_focused()

    page.keyboard.press("z")

    page.wait_for_url(f"**{form_of(order)}?from=*")
    expect(page.locator(".notice")).to_contain_text("Taken back: nothing was sent.")
    expect(field(page, "title")).to_have_value("Never mind")
    expect(page.locator("[data-count]")).to_have_text("1 change")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_label("Why")).to_have_value("customer called")
    expect(page.get_by_label("Ticket")).to_have_value("48213")
    assert writes(liner) == []


def test_the_count_down_is_quiet_and_the_card_follows_with_its_focus(
    open_as: Opener, alice: User, order: Order, liner: LinerSimulator, settings: Any
) -> None:
    settings.HOLD_SECONDS = 3
    page = open_as(alice, form_of(order))
    send(page, title="Soon")
    button = page.get_by_role("button", name="Take back")
    expect(page.locator(".outcome [data-due]")).to_have_attribute("aria-live", "off")
    button.focus()

    with working():
        expect(page.locator(".outcome")).to_contain_text("Applied.")
    expect(button).to_have_count(0)
    expect(page.locator(".outcome")).to_be_focused()
    assert len(writes(liner)) == 1


def test_the_keys_are_listed(open_as: Opener, alice: User, order: Order) -> None:
    page = open_as(alice, order.get_absolute_url())
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_contain_text("take back what is going out")


def test_without_javascript_it_is_taken_back_too(
    open_as: Opener, alice: User, order: Order, liner: LinerSimulator, settings: Any
) -> None:
    settings.HOLD_SECONDS = 60
    page = open_as(alice, form_of(order), java_script_enabled=False)
    field(page, "title").fill("Never mind")
    page.get_by_role("button", name="Review").click()
    page.get_by_role("button", name="Send 1 change").click()
    expect(page.locator(".outcome")).to_contain_text(re.compile(r"Going out at \d\d:\d\d:\d\d"))
    page.get_by_role("button", name="Take back").click()

    expect(field(page, "title")).to_have_value("Never mind")
    assert writes(liner) == []


def test_preferences_are_chosen_by_the_keyboard(open_as: Opener, alice: User, complaints: list[str]) -> None:
    page = open_as(alice, "/")
    tab_to(page, ".menu > summary")
    page.keyboard.press("Enter")
    tab_to(page, '.menu a[href="/preferences/"]')
    page.keyboard.press("Enter")
    page.wait_for_url("**/preferences/")
    tab_to(page, "#id_hold_seconds")
    page.keyboard.type("99")
    page.keyboard.press("Enter")

    expect(page.locator("#id_hold_seconds")).to_be_focused()
    expect(page.locator("#id_hold_seconds")).to_have_attribute("aria-invalid", "true")
    expect(page.locator(".errorlist")).to_have_text("Enter whole seconds, from 0 to 10.")
    page.keyboard.press("Control+a")
    page.keyboard.type("4")
    page.keyboard.press("Enter")
    expect(page.locator(".notice")).to_have_text("Your preferences are saved.")
    assert Preferences.objects.get(user=alice).hold_seconds == 4
    forgive(complaints, "422")


# Reverting


def test_an_edit_is_reverted_by_the_keyboard(open_as: Opener, alice: User, order: Order, liner: LinerSimulator) -> None:
    edit = applied(order, alice, title="By alice", leadsPriority="77")
    liner.edit(order.vendor_id, leadsPriority=78)
    page = open_as(alice, edit.get_absolute_url())
    tab_to(page, 'form[action$="/revert/"] button')
    page.keyboard.press("Enter")

    expect(page.get_by_label("Title")).to_be_checked()
    expect(page.get_by_label("Priority of leads")).not_to_be_checked()
    expect(page.locator(".revert")).to_contain_text("conflict: changed since 78")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".said")).to_contain_text(f"This reverts edit {edit.pk} by alice.")
    expect(field(page, "title")).to_have_value(order.title)
    expect(page.locator("[data-count]")).to_have_text("1 change")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#review-title")).to_be_visible()
    page.keyboard.press("Control+Enter")

    expect(page.locator(".outcome")).to_contain_text("Applied.")
    expect(page.locator(".outcome")).to_contain_text(f"Reverts edit {edit.pk}.")
    expect(page.locator(".timeline")).to_contain_text("Reverted in part by edit")
    assert liner.order(order.vendor_id)["title"] == order.title
    assert liner.order(order.vendor_id)["leadsPriority"] == 78


def test_without_javascript_it_is_reverted_too(
    open_as: Opener, sam: User, alice: User, order: Order, liner: LinerSimulator
) -> None:
    edit = applied(order, alice, title="By alice")
    page = open_as(sam, edit.get_absolute_url(), java_script_enabled=False)
    page.get_by_role("button", name="Revert…").click()
    page.get_by_role("button", name="Put into the form").click()
    page.get_by_role("button", name="Review").click()
    page.get_by_role("button", name="Send 1 change").click()

    expect(page.locator(".outcome")).to_contain_text("Applied.")
    revert = Edit.objects.latest("pk")
    assert (revert.author, revert.reverts) == (sam, edit)
    assert liner.order(order.vendor_id)["title"] == order.title


def test_a_narrow_window_shows_both_sides_of_a_revert(open_as: Opener, alice: User, order: Order) -> None:
    edit = applied(order, alice, title="By alice, and rather long " * 4, leadsPriority="77")
    page = open_as(alice, f"/edits/{edit.pk}/revert/", viewport={"width": 390, "height": 800})

    cells = page.locator(".revert tbody td")
    expect(cells).to_have_count(4)
    for cell in cells.all():
        box = cell.bounding_box()
        assert box
        assert box["x"] + box["width"] <= 390
    headings = cells.evaluate_all("cells => cells.map(cell => getComputedStyle(cell, '::before').content)")
    assert headings == [f'"Before ← by edit {edit.pk}"', '"Liner today"'] * 2


def test_escape_leads_back_from_the_page_of_a_revert(open_as: Opener, alice: User, order: Order) -> None:
    edit = applied(order, alice, title="By alice")
    page = open_as(alice, f"/edits/{edit.pk}/revert/")
    page.keyboard.press("Escape")
    page.wait_for_url(f"**/edits/{edit.pk}/")


# What needs a person


def test_what_is_done_leaves_the_list_in_place_and_the_count_with_it(
    open_as: Opener, alice: User, order: Order
) -> None:
    first, second = (make_edit(order, alice, State.REFUSED, explanation="No.") for _ in range(2))
    page = open_as(alice, "/")
    expect(page.locator(".places")).to_contain_text("Attention 2")
    page.locator(".places").get_by_role("link", name="Attention 2").click()
    page.keyboard.press("j")
    tab_to(page, ".matter button")
    page.keyboard.press("Enter")

    expect(page.locator(".dealt p")).to_be_focused()
    expect(page.locator(".dealt p")).to_contain_text(f"Edit {second.pk} of #{order.number} is dealt with.")
    expect(page.locator("#attention-count")).to_have_text("1")
    expect(page.locator(".matter[data-row]")).to_have_count(1)
    assert Edit.objects.get(pk=second.pk).dealt_with_by == alice
    assert Edit.objects.get(pk=first.pk).dealt_with_at is None


def test_the_next_action_leads_to_the_form_with_what_was_typed(open_as: Opener, alice: User, order: Order) -> None:
    draft = draft_changes(order=order, values={"title": "Wanted"}, seen=present(order))
    (edit,) = submit_edit(order=order, author=alice, draft=draft, submit_token="withdrawn-later", hold_seconds=60)
    Edit.objects.filter(pk=edit.pk).update(state=State.NOT_SENT, concluded_at=timezone.now(), next_at=None)
    page = open_as(alice, "/attention/")
    page.get_by_role("link", name="Edit again").click()

    expect(field(page, "title")).to_have_value("Wanted")
    send(page)
    expect(page.locator(".outcome")).to_contain_text("Applied.")
    page.goto("/attention/")
    expect(page.get_by_role("heading", name="Nothing needs you")).to_be_visible()
    expect(page.locator("#attention-count")).to_have_text("")


def test_the_count_follows_an_edit_that_settles_and_the_focus_stays(
    open_as: Opener, alice: User, order: Order, liner: LinerSimulator, settings: Any
) -> None:
    settings.HOLD_SECONDS = 2
    liner.fail("403", intent="write")
    page = open_as(alice, form_of(order))
    send(page, title="No")
    expect(page.locator(".outcome")).to_contain_text("Going out")
    search = page.get_by_label("Search orders")
    search.focus()

    with working():
        expect(page.locator(".outcome")).to_contain_text("Refused by Liner:")
    expect(page.locator("#attention-count")).to_have_text("1")
    expect(search).to_be_focused()


def test_without_javascript_it_is_done_too(open_as: Opener, alice: User, order: Order) -> None:
    make_edit(order, alice, State.REFUSED, explanation="No.")
    page = open_as(alice, "/attention/", java_script_enabled=False)
    page.get_by_role("button", name="Done").click()

    expect(page.locator(".notice")).to_contain_text("is dealt with.")
    expect(page.get_by_role("heading", name="Nothing needs you")).to_be_visible()


def fill_the_list(order: Order, author: User) -> None:
    """An account and an edit of each kind, some with long words."""
    now = timezone.now()
    past = now - timedelta(hours=3)
    order.account.sync_runs.all().delete()
    SyncRun.objects.create(account=order.account, started_at=now, finished_at=now, error=LONG)
    Order.objects.filter(pk=order.pk).update(title=WORD)
    make_edit(order, author, State.REFUSED, explanation=WORD)
    make_edit(order, author, State.BLOCKED, explanation=LONG)
    disputed = {"title": {"label": "Title", "seen": "a", "mine": "b", "theirs": "c"}}
    make_edit(order, author, State.CONFLICT, conflict=disputed, explanation="Liner changed in the meantime: Title.")
    make_edit(order, author, State.ACCEPTED, at=past, next_at=past)
    for hold in (ASKED, "4711"):
        make_edit(order, author, State.APPLIED, at=past, hold=hold)
    make_edit(order, author, State.UNKNOWN, at=past, next_at=None, explanation="No answer came.")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(
    open_as: Opener, alice: User, sam: User, order: Order, settings: Any, scheme: str, complaints: list[str]
) -> None:
    edit = applied(order, alice, title="By alice", leadsPriority="77", aiModePrompt=LONG)
    applied(order, sam, title="By sam")
    other = Order.objects.select_related("account").exclude(pk=order.pk)[0]
    settings.HOLD_SECONDS = 60
    page = open_as(alice, form_of(order), color_scheme=scheme)
    send(page, title="Held")
    expect(page.locator(".outcome")).to_contain_text("Going out in")
    findings = {"going out": barriers(page)}
    page.keyboard.press("z")
    expect(page.locator(".notice")).to_be_visible()
    findings["taken back"] = barriers(page)
    page.goto(f"/edits/{edit.pk}/revert/")
    expect(page.locator(".revert")).to_contain_text("conflict")
    findings["revert"] = barriers(page)
    page.goto("/attention/")
    findings["nothing"] = barriers(page)
    page.goto("/preferences/")
    findings["preferences"] = barriers(page)
    page.get_by_label("Seconds").fill("99")
    page.keyboard.press("Enter")
    expect(page.locator(".errorlist")).to_be_visible()
    findings["preferences with an error"] = barriers(page)
    fill_the_list(other, alice)
    page = open_as(sam, "/attention/", color_scheme=scheme)
    expect(page.locator(".matter")).to_have_count(8)
    findings["attention"] = barriers(page)
    page.get_by_role("button", name="Done").first.click()
    expect(page.locator(".dealt")).to_be_visible()
    findings["dealt with"] = barriers(page)

    assert {where: found for where, found in findings.items() if found} == {}
    forgive(complaints, "422")


@pytest.mark.parametrize("width", [390, 768, 1440])
def test_no_page_is_wider_than_the_window(
    open_as: Opener, alice: User, sam: User, order: Order, liner: LinerSimulator, settings: Any, width: int
) -> None:
    edit = applied(order, alice, title=WORD, serviceTitle=WORD, aiModePrompt=LONG)
    liner.edit(order.vendor_id, title=WORD.upper())
    settings.HOLD_SECONDS = 60
    page = open_as(alice, f"/edits/{edit.pk}/", viewport={"width": width, "height": 800})
    page.get_by_role("button", name="Revert…").click()
    expect(page.locator(".revert")).to_contain_text("conflict")
    widths = {"revert": overflow(page)}
    page.goto("/preferences/")
    widths["preferences"] = overflow(page)
    page.goto(form_of(order))
    send(page, title="x" + WORD)
    expect(page.locator(".outcome")).to_contain_text("Going out in")
    widths["going out"] = overflow(page)
    other = Order.objects.select_related("account").exclude(pk=order.pk)[0]
    fill_the_list(other, alice)
    page = open_as(sam, "/attention/", viewport={"width": width, "height": 800})
    expect(page.locator(".matter")).to_have_count(8)
    widths["attention"] = overflow(page)

    assert {where: by for where, by in widths.items() if by > 0} == {}
