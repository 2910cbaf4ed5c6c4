"""Taking the history out of the desk, in a real browser: what is chosen on the page is what is taken."""

import csv
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Page, expect

from orders.models import Edit, Export
from orders.states import State
from tests.browser.conftest import SignIn, barriers, overflow
from tests.orders.rows import make_account, make_edit, make_order

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def edits(transactional_db: None, alice: User) -> list[Edit]:
    liner = make_account()
    return [make_edit(make_order(liner), alice, state) for state in (State.APPLIED, State.REFUSED, State.REFUSED)]


def taken(page: Page, link: str) -> list[str]:
    """The lines of the file that a link of the menu leads to."""
    with page.expect_download() as download:
        page.get_by_role("link", name=link).click()
    with Path(download.value.path()).open(encoding="utf-8-sig", newline="") as file:
        return [line["edit"] for line in csv.DictReader(file)]


def test_what_is_chosen_is_what_is_taken(as_supervisor: Page, edits: list[Edit]) -> None:
    as_supervisor.goto("/history/")
    as_supervisor.get_by_label("Outcome").select_option("refused")
    expect(as_supervisor.locator("tbody.entry")).to_have_count(2)
    as_supervisor.locator(".drop summary").focus()
    as_supervisor.keyboard.press("Enter")
    assert taken(as_supervisor, "CSV") == [str(edits[2].pk), str(edits[1].pk)]
    as_supervisor.keyboard.press("Escape")
    expect(as_supervisor.get_by_role("link", name="CSV")).to_be_hidden()


def test_a_workbook_is_ordered_and_fetched(as_supervisor: Page, edits: list[Edit]) -> None:
    as_supervisor.goto("/history/")
    as_supervisor.get_by_label("Outcome").select_option("refused")
    expect(as_supervisor.locator("tbody.entry")).to_have_count(2)
    as_supervisor.locator(".drop summary").click()
    as_supervisor.get_by_role("button", name="Excel").click()
    as_supervisor.wait_for_url("**/exports/")
    expect(as_supervisor.get_by_text("outcome Refused")).to_be_visible()
    assert Export.objects.get().rows == 2
    with as_supervisor.expect_download() as download:
        as_supervisor.get_by_role("link", name="Download").click()
    assert download.value.suggested_filename.endswith(".xlsx")


def test_the_page_follows_a_workbook_that_is_being_written(as_supervisor: Page, edits: list[Edit], sam: User) -> None:
    now = edits[0].created_at
    kept = Export.objects.create(
        author=sam, kind="xlsx", state="running", personal=True, created_at=now, touched_at=now
    )
    as_supervisor.goto("/exports/")
    expect(as_supervisor.get_by_text("being written")).to_be_visible()
    Export.objects.filter(pk=kept.pk).update(rows=1234)
    expect(as_supervisor.get_by_text("1,234")).to_be_visible()
    Export.objects.filter(pk=kept.pk).update(state="failed", error="Nobody knows.")
    expect(as_supervisor.get_by_text("Nobody knows.")).to_be_visible()
    expect(as_supervisor.locator("[hx-trigger]#list")).to_have_count(0)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
def test_exports_stand_in_nobodys_way(open_desk: SignIn, edits: list[Edit], sam: User, scheme: str, width: int) -> None:
    page = open_desk(sam, color_scheme=scheme, viewport={"width": width, "height": 844})
    page.goto("/history/")
    page.locator(".drop summary").click()
    assert barriers(page) == []
    assert overflow(page) <= 0
    page.get_by_role("button", name="Excel").click()
    page.wait_for_url("**/exports/")
    assert barriers(page) == []
    assert overflow(page) <= 0
