"""An agent's and a supervisor's way through an edit, in a real browser, with Liner's simulator behind the desk."""

import json
import re
import time
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Dialog, Page, expect

from orders.models import Edit, Order
from orders.services import look_again
from orders.states import State
from tests.browser.conftest import barriers, overflow
from tests.browser.workers import worker as worker
from tests.orders.worlds import account as account
from tests.orders.worlds import liner as liner
from tests.orders.worlds import mirrored as mirrored
from tests.orders.worlds import order as order
from vendors.liner.sandbox import LinerSimulator

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

Opener = Callable[..., Page]


@pytest.fixture
def open_as(open_desk: Callable[..., Page]) -> Opener:
    """Open a page of the desk as this person, in a browser of their own."""

    def open_as(person: User, path: str, **options: Any) -> Page:
        page = open_desk(person, **options)
        page.goto(path)
        return page

    return open_as


def forgive(complaints: list[str], *causes: str) -> None:
    """Take out what the browser says of answers and failures that the test brought about."""
    complaints[:] = [said for said in complaints if not any(cause in said for cause in causes)]


def writes(liner: LinerSimulator) -> list[str]:
    return [entry.body for entry in liner.journal.since(intent="write")]


def form_of(order: Order) -> str:
    return f"/orders/{order.pk}/edit/"


def field(page: Page, name: str) -> Any:
    return page.locator(f'[name="{name}"]:not([type=hidden])')  # the review carries the words on in hidden ones


def test_an_agent_finds_an_order_changes_two_fields_and_sees_what_came_of_it(
    open_as: Opener, alice: User, order: Order, liner: LinerSimulator
) -> None:
    page = open_as(alice, "/")
    page.get_by_label("Search orders").fill(order.number)
    expect(page.locator("[data-row]")).to_have_count(1)
    page.get_by_role("link", name=order.title).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(order.title)

    page.get_by_role("link", name="Edit").click()
    field(page, "title").fill("Окна — новая кампания")
    expect(page.locator("[data-count]")).to_have_text("1 change")
    field(page, "leadsPriority").fill("77")
    expect(page.locator("[data-count]")).to_have_text("2 changes")
    page.get_by_role("button", name="Review").click()

    expect(page.get_by_role("heading", name="Send 2 changes to Liner?")).to_be_focused()
    page.locator("details.call summary").click()
    previewed = page.get_by_label("The body of the request").inner_text()
    page.get_by_label("Why").fill("customer called, typo")
    page.get_by_label("Ticket").fill("48213")
    page.get_by_role("button", name="Send 2 changes").click()

    card = page.locator(".outcome")
    expect(card).to_contain_text("Applied.")
    expect(card).to_be_focused()
    assert writes(liner) == ['{"title":"Окна — новая кампания","leadsPriority":77}']
    assert json.loads(previewed) == json.loads(writes(liner)[0])
    expect(page.get_by_role("heading", level=1)).to_contain_text("Окна — новая кампания")
    expect(page.locator(".timeline")).to_contain_text("customer called, typo")
    card.get_by_role("link", name="Dismiss").click()
    expect(page.locator(".outcome")).to_have_count(0)


def test_a_supervisor_sees_who_changed_what(open_as: Opener, alice: User, sam: User, order: Order) -> None:
    page = open_as(alice, form_of(order))
    field(page, "title").fill("Changed by alice")
    page.get_by_role("button", name="Review").click()
    page.get_by_role("button", name="Send 1 change").click()
    expect(page.locator(".outcome")).to_contain_text("Applied.")

    page = open_as(sam, "/history/")

    row = page.locator("main").get_by_text("Changed by alice").first
    expect(row).to_be_visible()
    expect(page.locator("main")).to_contain_text("alice")
    expect(page.locator("main")).to_contain_text(order.number)


def test_the_keyboard_is_enough(open_as: Opener, alice: User, order: Order, liner: LinerSimulator) -> None:
    page = open_as(alice, order.get_absolute_url())
    page.keyboard.press("e")
    page.wait_for_url(f"**{form_of(order)}")
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.name") == "serviceTitle":
            break
    page.keyboard.press("End")
    page.keyboard.type(" (new)")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#review-title")).to_be_focused()
    page.keyboard.press("Escape")
    expect(field(page, "serviceTitle")).to_have_value(f"{order.raw['serviceTitle']} (new)")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#review-title")).to_be_focused()
    page.keyboard.press("Control+Enter")

    expect(page.locator(".outcome")).to_contain_text("Applied.")
    assert [json.loads(body) for body in writes(liner)] == [{"serviceTitle": f"{order.raw['serviceTitle']} (new)"}]


def test_only_what_was_touched_leaves_the_browser(open_as: Opener, alice: User, order: Order) -> None:
    page = open_as(alice, form_of(order))
    field(page, "title").fill("touched")
    field(page, "code").fill("touched and put back")
    field(page, "code").fill(order.raw["code"])
    box = page.locator('[data-field="agentUserIds"] input[type=checkbox]').nth(4)
    box.click()

    with page.expect_request(lambda request: request.method == "POST") as sent:
        page.keyboard.press("Control+Enter")

    names = {name for name in re.findall(r"(?:^|&)([^=&]+)=", sent.value.post_data or "") if not name.startswith("_")}
    assert names - {"csrfmiddlewaretoken"} == {"title", "agentUserIds"}


def test_nothing_touched_says_so(open_as: Opener, alice: User, order: Order, liner: LinerSimulator) -> None:
    page = open_as(alice, form_of(order))
    calls = len(liner.journal.entries)
    expect(page.locator("[data-count]")).to_have_text("No changes yet")

    page.get_by_role("button", name="Review").click()

    expect(page.locator(".said")).to_contain_text("Nothing is changed")
    assert len(liner.journal.entries) == calls


def test_invalid_input_keeps_the_text_and_leads_to_the_field(
    open_as: Opener, alice: User, order: Order, complaints: list[str]
) -> None:
    page = open_as(alice, form_of(order))
    field(page, "leadsPriority").fill("many")
    field(page, "title").fill("kept")
    page.get_by_role("button", name="Review").click()

    summary = page.locator(".summary")
    expect(summary).to_be_focused()
    expect(summary).to_contain_text("Enter a whole number.")
    expect(field(page, "leadsPriority")).to_have_value("many")
    expect(field(page, "title")).to_have_value("kept")
    expect(field(page, "leadsPriority")).to_have_attribute("aria-invalid", "true")
    expect(page.locator("[data-count]")).to_have_text("2 changes")

    summary.get_by_role("link", name="Priority of leads").click()
    expect(field(page, "leadsPriority")).to_be_focused()
    field(page, "leadsPriority").fill(str(order.raw["leadsPriority"]))
    expect(page.locator("[data-count]")).to_have_text("1 change")
    forgive(complaints, "422")


def test_a_double_click_sends_once(open_as: Opener, alice: User, order: Order, liner: LinerSimulator) -> None:
    page = open_as(alice, form_of(order))
    field(page, "title").fill("Once")
    page.get_by_role("button", name="Review").click()
    expect(page.locator("#review-title")).to_be_visible()

    page.get_by_role("button", name="Send 1 change").dblclick()

    expect(page.locator(".outcome")).to_contain_text("Applied.")
    assert len(writes(liner)) == 1
    assert Edit.objects.count() == 1


def test_the_caution_must_be_ticked(open_as: Opener, alice: User, order: Order, liner: LinerSimulator) -> None:
    page = open_as(alice, form_of(order))
    select = field(page, "autoDialingEnabled")
    select.select_option("false" if order.raw["autoDialingEnabled"] else "true")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".caution")).to_contain_text("real calls")

    page.keyboard.press("Control+Enter")
    assert page.get_by_label("I agree").evaluate("box => !box.checkValidity()")
    page.wait_for_timeout(300)
    assert writes(liner) == []

    page.get_by_label("I agree").check()
    page.keyboard.press("Control+Enter")
    expect(page.locator(".outcome")).to_contain_text("Applied.")
    assert len(writes(liner)) == 1


def test_enter_in_a_box_of_the_review_neither_sends_nor_goes_back(
    open_as: Opener, alice: User, order: Order, liner: LinerSimulator
) -> None:
    page = open_as(alice, form_of(order))
    field(page, "title").fill("Waits")
    page.keyboard.press("Control+Enter")
    page.get_by_label("Ticket").fill("48213")
    with page.expect_response(lambda response: response.request.method == "POST"):
        page.keyboard.press("Enter")

    expect(page.locator("#review-title")).to_be_visible()
    expect(page.get_by_label("Ticket")).to_have_value("48213")
    assert writes(liner) == []


def test_leaving_with_unsent_text_asks_first(open_as: Opener, alice: User, order: Order) -> None:
    page = open_as(alice, form_of(order))
    field(page, "title").fill("Unsent")

    page.keyboard.press("Escape")
    expect(page.locator("#leave")).to_be_visible()
    page.get_by_role("button", name="Stay").click()
    expect(field(page, "title")).to_have_value("Unsent")

    asked: list[str] = []

    def stay(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    page.on("dialog", stay)
    page.get_by_role("link", name="Orders").first.click(no_wait_after=True)
    page.wait_for_timeout(300)
    assert asked == ["beforeunload"]
    expect(field(page, "title")).to_have_value("Unsent")

    page.keyboard.press("Escape")
    page.get_by_role("button", name="Leave").click()
    page.wait_for_url(f"**{order.get_absolute_url()}")
    assert asked == ["beforeunload"]


def test_leaving_an_untouched_form_asks_nothing(open_as: Opener, alice: User, order: Order) -> None:
    page = open_as(alice, form_of(order))
    page.keyboard.press("Escape")
    page.wait_for_url(f"**{order.get_absolute_url()}")


def test_a_long_list_of_boxes_can_be_filtered(open_as: Opener, alice: User, order: Order) -> None:
    page = open_as(alice, form_of(order))
    group = page.locator('[data-field="agentUserIds"]')
    label = group.locator("label").nth(7).inner_text().strip()

    group.get_by_role("searchbox").fill(label.upper())

    expect(group.locator("label:visible")).to_have_count(
        sum(label.lower() in text.lower() for text in group.locator("label").all_inner_texts()) or 1
    )
    expect(page.locator("[data-count]")).to_have_text("No changes yet")
    page.keyboard.press("Escape")
    assert group.locator("label:visible").count() == group.locator("label").count()


def test_the_vendors_names_are_a_switch_away(open_as: Opener, alice: User, order: Order) -> None:
    page = open_as(alice, order.get_absolute_url())
    name = page.locator(".source", has_text="aiModePrompt")
    expect(name).to_be_hidden()

    page.get_by_role("switch").focus()
    page.keyboard.press("Space")

    expect(name).to_be_visible()


def test_a_waiting_edit_counts_down_and_settles_by_itself(
    open_as: Opener, alice: User, order: Order, liner: LinerSimulator, settings: Any, worker: None
) -> None:
    settings.HOLD_SECONDS = 3
    page = open_as(alice, form_of(order))
    field(page, "title").fill("Soon")
    page.keyboard.press("Control+Enter")
    page.get_by_role("button", name="Send 1 change").click()

    card = page.locator(".outcome")
    expect(card).to_contain_text(re.compile(r"Going out in \d s"))
    expect(page.get_by_role("heading", level=1)).to_contain_text(order.title)
    expect(card).to_contain_text("Applied.")
    expect(page.locator(".order-main")).to_contain_text("Soon")
    expect(page.locator(".timeline")).to_contain_text("applied")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Soon")
    assert len(writes(liner)) == 1


def test_a_waiting_edit_can_be_taken_back(
    open_as: Opener, alice: User, order: Order, liner: LinerSimulator, settings: Any
) -> None:
    settings.HOLD_SECONDS = 60
    page = open_as(alice, form_of(order))
    field(page, "title").fill("Never mind")
    page.keyboard.press("Control+Enter")
    page.get_by_role("button", name="Send 1 change").click()
    page.get_by_role("button", name="Take back").click()

    expect(page.locator(".notice")).to_contain_text("Taken back: nothing was sent.")
    expect(field(page, "title")).to_have_value("Never mind")
    expect(page.locator("[data-count]")).to_have_text("1 change")
    assert writes(liner) == []


def test_a_lost_answer_settles_on_the_open_page(
    open_as: Opener, alice: User, order: Order, liner: LinerSimulator, settings: Any, worker: None
) -> None:
    settings.QUIET_SECONDS = 2
    liner.fail("drop:after", intent="write")
    page = open_as(alice, form_of(order))
    field(page, "title").fill("Found out")
    page.keyboard.press("Control+Enter")
    page.get_by_role("button", name="Send 1 change").click()

    card = page.locator(".outcome")
    expect(card).to_contain_text("Unknown.")
    expect(card).to_contain_text("Liner is asked again")
    expect(card).to_contain_text("No answer came, but the change is there")
    assert len(writes(liner)) == 1


def test_a_conflict_keeps_what_was_typed_and_lets_choose(
    open_as: Opener, alice: User, order: Order, liner: LinerSimulator
) -> None:
    page = open_as(alice, form_of(order))
    field(page, "title").fill("Mine")
    field(page, "leadsPriority").fill("77")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#review-title")).to_be_visible()
    liner.edit(order.vendor_id, title="Theirs")
    page.get_by_role("button", name="Send 2 changes").click()

    card = page.locator(".outcome")
    expect(card).to_contain_text("Conflict: Liner changed in the meantime: Title.")
    card.get_by_role("checkbox").uncheck()
    card.get_by_role("button", name="Edit again with my values").click()

    expect(field(page, "title")).to_have_value("Theirs")
    expect(field(page, "leadsPriority")).to_have_value("77")
    expect(page.locator("[data-count]")).to_have_text("1 change")


def test_a_narrow_window_shows_all_three_values_of_a_conflict(
    open_as: Opener, alice: User, order: Order, liner: LinerSimulator
) -> None:
    page = open_as(alice, form_of(order), viewport={"width": 390, "height": 800})
    field(page, "title").fill("Mine, and rather long " * 4)
    page.keyboard.press("Control+Enter")
    expect(page.locator("#review-title")).to_be_visible()
    liner.edit(order.vendor_id, title="Theirs, and no shorter " * 4)
    page.get_by_role("button", name="Send 1 change").click()

    cells = page.locator(".outcome .conflict tbody td")
    expect(cells).to_have_count(3)
    for cell in cells.all():
        box = cell.bounding_box()
        assert box
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 390
    headings = cells.evaluate_all("cells => cells.map(cell => getComputedStyle(cell, '::before').content)")
    assert headings == ['"You saw"', '"Yours"', '"Liner now"']


def test_when_the_desk_cannot_be_reached_the_text_stays(
    open_as: Opener, alice: User, order: Order, complaints: list[str]
) -> None:
    page = open_as(alice, form_of(order))
    field(page, "title").fill("Kept")
    page.route("**/edit/", lambda route: route.abort())
    page.get_by_role("button", name="Review").click()

    expect(page.get_by_role("alert").first).to_contain_text("cannot be reached")
    expect(field(page, "title")).to_have_value("Kept")

    page.unroute("**/edit/")
    page.get_by_role("button", name="Review").click()
    expect(page.locator("#review-title")).to_be_visible()
    forgive(complaints, "ERR_FAILED", "htmx:sendError")


def test_everything_works_without_javascript(open_as: Opener, alice: User, order: Order, liner: LinerSimulator) -> None:
    page = open_as(alice, order.get_absolute_url(), java_script_enabled=False)
    page.get_by_role("link", name="Edit").click()
    field(page, "title").fill("Without it")
    page.get_by_role("button", name="Review").click()
    page.get_by_role("button", name="Back").click()
    field(page, "leadsPriority").fill("77")
    page.get_by_role("button", name="Review").click()
    page.get_by_role("button", name="Send 2 changes").click()

    expect(page.locator(".outcome")).to_contain_text("Applied.")
    assert writes(liner) == ['{"title":"Without it","leadsPriority":77}']


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(
    open_as: Opener, alice: User, order: Order, liner: LinerSimulator, complaints: list[str], scheme: str
) -> None:
    page = open_as(alice, order.get_absolute_url(), color_scheme=scheme)
    findings = {"order": barriers(page)}
    page.get_by_role("switch").check()
    page.goto(form_of(order))
    findings["form"] = barriers(page)
    field(page, "leadsPriority").fill("many")
    page.get_by_role("button", name="Review").click()
    expect(page.locator(".summary")).to_be_visible()
    findings["form with an error"] = barriers(page)
    field(page, "leadsPriority").fill("77")
    field(page, "aiModePrompt").fill("Be polite.\nNever promise a discount.")
    field(page, "autoDialingEnabled").select_option("false" if order.raw["autoDialingEnabled"] else "true")
    page.get_by_role("button", name="Review").click()
    expect(page.locator("#review-title")).to_be_visible()
    page.locator("details.call summary").click()
    findings["review"] = barriers(page)
    page.get_by_label("I agree").check()
    page.get_by_role("button", name="Send 3 changes").click()
    expect(page.locator(".outcome")).to_contain_text("Applied.")
    findings["outcome"] = barriers(page)
    page.goto(Edit.objects.get().get_absolute_url())
    findings["edit"] = barriers(page)
    for fault, state in (("403", State.REFUSED), ("drop", State.UNKNOWN)):
        Edit.objects.filter(state=State.UNKNOWN).update(state=State.APPLIED, next_at=None)
        liner.fail(fault, intent="write")
        page.goto(form_of(order))
        field(page, "title").fill(f"{scheme} {time.time()}")
        page.keyboard.press("Control+Enter")
        page.get_by_role("button", name="Send 1 change").click()
        expect(page.locator(".outcome")).to_be_visible()
        findings[state] = barriers(page)

    assert {where: found for where, found in findings.items() if found} == {}
    forgive(complaints, "422")


@pytest.mark.parametrize("width", [390, 768, 1440])
def test_no_page_is_wider_than_the_window(
    open_as: Opener, alice: User, order: Order, liner: LinerSimulator, width: int
) -> None:
    wide = "w" * 300
    liner.edit(
        order.vendor_id, title=wide, serviceTitle=wide, aiModePrompt=wide * 10, additionalCallCenterPhones=[wide]
    )
    look_again(order=order)
    page = open_as(alice, order.get_absolute_url(), viewport={"width": width, "height": 800})
    page.get_by_role("switch").check()
    page.locator("details.raw > summary").click()
    widths = [overflow(page)]
    page.goto(form_of(order))
    widths.append(overflow(page))
    field(page, "serviceTitle").fill("m" * 300)
    page.keyboard.press("Control+Enter")
    expect(page.locator("#review-title")).to_be_visible()
    page.locator("details.call summary").click()
    widths.append(overflow(page))
    liner.edit(order.vendor_id, serviceTitle="t" * 300)
    page.keyboard.press("Control+Enter")
    expect(page.locator(".outcome")).to_contain_text("Conflict")
    widths.append(overflow(page))
    page.goto(Edit.objects.get().get_absolute_url())
    widths.append(overflow(page))

    assert [each for each in widths if each > 0] == []
