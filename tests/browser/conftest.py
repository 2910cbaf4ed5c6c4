"""Drive the installed Chromium, as Playwright's own download is never used; whatever it complains of is a failure."""

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.contrib.auth.models import User
from django.core.signals import request_finished, request_started
from django.test import Client
from playwright.sync_api import BrowserContext, ConsoleMessage, Locator, Page, expect
from pytest_django.live_server_helper import LiveServer

from tests.chromium import MISSING, find_chromium, must_run
from tests.orders.worlds import alice as alice
from tests.orders.worlds import bob as bob
from tests.orders.worlds import sam as sam

PATIENCE = 30_000  # milliseconds: machines may be loaded; a test that passes waits for far less

expect.set_options(timeout=PATIENCE)
REPLACED = ("htmx:afterRequest", "htmx:sendAbort")  # how HTMX tells of a request that a newer one has replaced
HEARD = """
    document.addEventListener("securitypolicyviolation", (event) =>
        console.error(`CSP: ${event.violatedDirective} ${event.blockedURI}`));
"""

SignIn = Callable[..., Page]


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """How to start the browser. Leaves the test out where there is none, and fails it on continuous integration."""
    program = find_chromium()
    if program is None:
        (pytest.fail if must_run() else pytest.skip)(MISSING)
    # The container of a CI run has neither the privileges for Chromium's sandbox nor a large /dev/shm.
    return {**browser_type_launch_args, "executable_path": program, "args": ["--no-sandbox", "--disable-dev-shm-usage"]}


@pytest.fixture
def complaints() -> Iterator[list[str]]:
    """What browsers complained about; a test that causes a complaint on purpose takes it out of the list."""
    heard: list[str] = []
    yield heard
    assert heard == []


@pytest.fixture
def open_desk(live_server: LiveServer, new_context: Any, complaints: list[str]) -> Iterator[SignIn]:
    """Open a browser at the desk: `open_desk(sam, java_script_enabled=False)`; nobody is signed in without a person.

    At the end it waits until the desk has answered everything: the tables are emptied next.
    """
    contexts: list[BrowserContext] = []
    under_way = _Requests()

    def open_it(person: User | None = None, **options: Any) -> Page:
        context: BrowserContext = new_context(**{"base_url": live_server.url, "reduced_motion": "reduce", **options})
        contexts.append(context)
        context.set_default_timeout(PATIENCE)
        context.add_init_script(HEARD)
        context.on("console", lambda said: complaints.append(said.text) if _is_complaint(said) else None)
        context.on("weberror", lambda failure: complaints.append(str(failure.error)))
        if person is not None:
            context.add_cookies([_session_of(person, live_server.url)])
        return context.new_page()

    yield open_it
    for context in contexts:
        for page in context.pages:
            page.goto("about:blank")
    under_way.wait()


@pytest.fixture
def desk(open_desk: SignIn, alice: User) -> Page:
    """A browser at the desk, with alice the agent."""
    return open_desk(alice)


@pytest.fixture
def as_supervisor(open_desk: SignIn, sam: User) -> Page:
    """A browser at the desk, with sam the supervisor."""
    return open_desk(sam)


def barriers(page: Page) -> list[str]:
    """What axe finds serious or critical on the page as it is now, each in a line."""
    found = Axe().run(page).response["violations"]
    return [
        f"{each['id']}: {node['html'][:200]} {node['failureSummary']}"
        for each in found
        if each["impact"] in {"serious", "critical"}
        for node in each["nodes"]
    ]


def overflow(page: Page) -> int:
    """By how many pixels the page is wider than the window."""
    return int(page.evaluate("document.documentElement.scrollWidth - window.innerWidth"))


def go_back(page: Page) -> None:
    """Press the browser's Back and let the test say what it waits for.

    Playwright's own `go_back` waits for one load and fails when the page that comes back loads itself anew.
    """
    page.evaluate("() => { setTimeout(() => history.back()); }")


def click_on(page: Page, place: Locator) -> None:
    """Click where this is seen, whatever lies above it there."""
    place.scroll_into_view_if_needed()
    box = place.bounding_box()
    assert box
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)


class _Requests:
    """How many requests the desk is answering in this process."""

    def __init__(self) -> None:
        self.changed = threading.Condition()
        self.open = 0
        request_started.connect(self._started)
        request_finished.connect(self._finished)

    def wait(self) -> None:
        """Until there is none."""
        with self.changed:
            assert self.changed.wait_for(lambda: self.open <= 0, timeout=60)

    def _started(self, **_: Any) -> None:
        with self.changed:
            self.open += 1

    def _finished(self, **_: Any) -> None:
        with self.changed:
            self.open -= 1
            self.changed.notify_all()


def _is_complaint(said: ConsoleMessage) -> bool:
    return said.type in {"error", "warning"} and not said.text.startswith(REPLACED)


def _session_of(person: User, url: str) -> Any:
    client = Client()
    client.force_login(person)
    name = settings.SESSION_COOKIE_NAME
    return {"name": name, "value": client.cookies[name].value, "url": url}
