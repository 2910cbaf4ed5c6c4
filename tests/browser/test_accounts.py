"""The page of accounts in a browser: it follows a pass while there is one, and leaves people where they are."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from playwright.sync_api import Page, expect
from pytest_django import Settings

from orders.models import SyncRun
from tests.browser.conftest import SignIn, barriers
from tests.orders.rows import make_account

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def begin_pass(name: str = "Liner", **columns: object) -> SyncRun:
    """A pass that goes on, as its process writes it down."""
    now = timezone.now()
    given = {"started_at": now, "noted_at": now, "total": 1000, "seen": 250, "rate": 50.0, **columns}
    return SyncRun.objects.create(account=make_account(name), **given)


def test_a_pass_is_followed_until_its_end(desk: Page) -> None:
    run = begin_pass(problems=["Order 7: the vendor showed something else."], failed=1)
    desk.goto("/accounts/")
    expect(desk.get_by_text("250 of 1,000 orders")).to_be_visible()
    expect(desk.get_by_text("15 s left")).to_be_visible()
    assert desk.locator("progress").evaluate("bar => bar.value") == 0.25
    summary = desk.get_by_text("Problems")
    summary.click()

    SyncRun.objects.filter(pk=run.pk).update(seen=600, noted_at=timezone.now())

    expect(desk.get_by_text("600 of 1,000 orders")).to_be_visible()
    expect(summary).to_be_focused()
    expect(desk.get_by_text("Order 7: the vendor")).to_be_visible()

    SyncRun.objects.filter(pk=run.pk).update(seen=1000, finished_at=timezone.now())

    expect(desk.get_by_text("Synced")).to_be_visible()
    expect(desk.get_by_text("Order 7: the vendor")).to_be_visible()
    expect(desk.locator("#poll[hx-get]")).to_have_count(0)


def test_nothing_is_asked_where_nothing_goes_on(desk: Page) -> None:
    begin_pass(finished_at=timezone.now())
    asked: list[str] = []
    desk.on("request", lambda request: asked.append(request.url))
    desk.goto("/accounts/")

    assert desk.locator("#poll").get_attribute("hx-trigger") is None
    assert desk.get_by_text("Problems").is_hidden()
    assert len([url for url in asked if url.endswith("/accounts/")]) == 1


def test_it_can_be_used_by_everybody(open_desk: SignIn, alice: User) -> None:
    begin_pass("Liner, with a name as long as anybody would want an account to have, or longer")
    begin_pass("Stopped", error="No connection to vendor.example.com.", finished_at=timezone.now(), problems=["One."])
    begin_pass("Silent", noted_at=timezone.now() - timedelta(hours=2))
    for scheme in ("light", "dark"):
        page = open_desk(alice, color_scheme=scheme, viewport={"width": 360, "height": 700})
        page.goto("/accounts/")
        assert barriers(page) == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_without_javascript_it_says_the_same(open_desk: SignIn, alice: User) -> None:
    begin_pass()
    page = open_desk(alice, java_script_enabled=False)
    page.goto("/accounts/")
    expect(page.get_by_text("250 of 1,000 orders")).to_be_visible()
    page.get_by_role("link", name="Look again").click()
    expect(page.get_by_role("heading", name="Accounts")).to_be_visible()


def test_a_sync_is_asked_for_with_the_keyboard(as_supervisor: Page, settings: Settings) -> None:
    settings.TASKS = {"default": {"BACKEND": "django_tasks.backends.dummy.DummyBackend", "QUEUES": []}}  # nobody works
    account, desk = make_account("Liner"), as_supervisor
    desk.goto("/accounts/")
    desk.get_by_role("button", name="Sync Liner now").focus()
    desk.keyboard.press("Enter")
    expect(desk.get_by_text("Asked for")).to_be_visible()

    now = timezone.now()
    SyncRun.objects.create(account=account, started_at=now, noted_at=now, total=100, seen=20)

    expect(desk.get_by_text("20 of 100 orders")).to_be_visible()
    expect(desk.get_by_text("Asked for")).to_be_hidden()
