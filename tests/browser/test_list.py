"""The frame, the list and the history in a real browser: keys, focus, addresses, no JavaScript, narrow windows."""

import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.core.cache import cache
from django.utils import timezone
from playwright.sync_api import Page, Route, expect

from orders.models import Edit, Order
from orders.states import State
from tests.browser.conftest import SignIn, barriers, click_on, go_back, overflow
from tests.orders.rows import make_account, make_change, make_edit, make_order, make_orders
from tests.orders.worlds import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

LONG = "Окна ПВХ и остекление балконов под ключ — " * 6
PHONE = {"width": 390, "height": 844}


@pytest.fixture
def orders(transactional_db: None) -> list[Order]:
    """A hundred and twenty orders; two of them are about windows."""
    cache.clear()
    liner = make_account()
    made = make_orders(liner, 118)
    long_ago = timezone.now() - timedelta(days=9)
    windows = make_order(liner, number="5001", title="Окна Москва", status="success", changed_at=long_ago)
    more_windows = make_order(liner, number="5002", title="Окна Тверь", changed_at=long_ago)
    return [*made, windows, more_windows]


@pytest.fixture
def edits(orders: list[Order], alice: User, sam: User) -> list[Edit]:
    """Edits in every state, with short and long values."""
    prompt = {"aiModePrompt": make_change("Prompt", LONG, LONG.replace("балконов", "лоджий"))}
    answer = {"said": "no", "message": "title: too long", "status": 422, "text": '{"message": "title: too long"}'}
    told = [make_edit(order, alice, state) for order, state in zip(orders, State, strict=False)]
    told.append(make_edit(orders[20], sam, State.REFUSED, changes=prompt, answer=answer, reason=LONG, ticket="48213"))
    return told


def rows(page: Page) -> int:
    return page.locator("tr[data-row]").count()


def focused(page: Page) -> str:
    return str(page.evaluate("document.activeElement.textContent.trim()"))


# Searching and filtering


def test_typing_finds_and_takes_away_neither_focus_nor_letters(desk: Page, orders: list[Order]) -> None:
    desk.goto("/")
    desk.keyboard.press("/")
    desk.keyboard.type("окна мос", delay=20)
    expect(desk.locator("tr[data-row]")).to_have_count(1)
    expect(desk.locator("#total")).to_have_text("1")
    desk.keyboard.type("ква")
    expect(desk).to_have_url(re.compile("q=%D0%BE%D0%BA%D0%BD%D0%B0\\+%D0%BC%D0%BE%D1%81%D0%BA%D0%B2%D0%B0$"))
    expect(desk.locator("#q")).to_be_focused()
    expect(desk.locator("#q")).to_have_value("окна москва")


def test_letters_typed_while_an_answer_is_on_its_way_stay(desk: Page, orders: list[Order]) -> None:
    desk.goto("/")
    held: list[Route] = []
    desk.route(re.compile(r"/\?q="), lambda route: held.append(route) if not held else route.continue_())
    desk.locator("#q").press_sequentially("окна")
    desk.wait_for_timeout(400)
    desk.keyboard.type(" тверь")
    expect(desk.locator("tr[data-row]")).to_have_count(1)
    expect(desk.locator("#q")).to_have_value("окна тверь")
    expect(desk.locator("td.title")).to_have_text("Окна Тверь")


def test_a_chosen_filter_has_an_address_and_back_undoes_it(desk: Page, orders: list[Order]) -> None:
    desk.goto("/")
    desk.get_by_label("Status").select_option("success")
    expect(desk.locator("tr[data-row]")).to_have_count(1)
    expect(desk).to_have_url(re.compile(r"/\?status=success$"))
    desk.get_by_label("Sorting").select_option("title")
    expect(desk).to_have_url(re.compile(r"/\?status=success&sort=title$"))
    go_back(desk)
    expect(desk).to_have_url(re.compile(r"/\?status=success$"))
    expect(desk.get_by_label("Sorting")).to_have_value("")
    expect(desk.get_by_label("Status")).to_have_value("success")
    go_back(desk)
    expect(desk.locator("tr[data-row]")).to_have_count(50)
    expect(desk.get_by_label("Status")).to_have_value("")


def test_the_statuses_follow_the_account_and_the_focus_stays(desk: Page, orders: list[Order]) -> None:
    make_order(make_account("Second"), status="in_progress")
    desk.goto("/")
    desk.get_by_label("Account").focus()
    desk.get_by_label("Account").select_option("Liner · Second")
    expect(desk.get_by_label("Status").locator("option")).to_have_text(["All statuses", "in_progress"])
    expect(desk.get_by_label("Account")).to_be_focused()


def test_what_is_narrowed_down_can_be_cleared(desk: Page, orders: list[Order]) -> None:
    desk.goto("/")
    clear = desk.get_by_role("link", name="Clear")
    expect(clear).to_be_hidden()
    desk.locator("#q").fill("nowhere")
    expect(desk.get_by_text("Nothing matches")).to_be_visible()
    clear.click()
    expect(desk.locator("tr[data-row]")).to_have_count(50)
    expect(desk.locator("#q")).to_have_value("")


def test_more_adds_rows_keeps_the_focus_and_lasts_when_coming_back(desk: Page, orders: list[Order]) -> None:
    desk.goto("/")
    desk.locator("#more-link").focus()
    desk.keyboard.press("Enter")
    expect(desk.locator("tr[data-row]")).to_have_count(100)
    expect(desk.locator("#more-link")).to_be_focused()
    expect(desk.get_by_text("100 shown")).to_be_visible()
    desk.keyboard.press("Enter")
    expect(desk.locator("tr[data-row]")).to_have_count(120)
    expect(desk.locator("#more-link")).to_be_focused()
    expect(desk.get_by_text("That is all of them.")).to_be_visible()
    desk.locator("tr[data-row] a").nth(110).click()
    desk.wait_for_url(re.compile("/orders/"))
    go_back(desk)
    expect(desk.locator("tr[data-row]")).to_have_count(120)


# Keys and clicks


def test_keys_lead_through_the_rows(desk: Page, orders: list[Order]) -> None:
    desk.goto("/")
    for key, row in (("j", 0), ("j", 1), ("j", 2), ("k", 1)):
        desk.keyboard.press(key)
        assert focused(desk) == orders[row].title
    desk.keyboard.press("Enter")
    desk.wait_for_url(f"**/orders/{orders[1].pk}/")


def test_keys_are_letters_where_somebody_types(desk: Page, orders: list[Order]) -> None:
    desk.goto("/")
    desk.locator("#q").press_sequentially("j?/k")
    expect(desk.locator("#q")).to_have_value("j?/k")
    expect(desk.locator("#keys")).to_be_hidden()
    desk.keyboard.press("Escape")
    expect(desk.locator("#q")).not_to_be_focused()


def test_the_keys_are_listed_on_demand(desk: Page, orders: list[Order]) -> None:
    desk.goto("/")
    desk.keyboard.press("?")
    expect(desk.get_by_role("dialog", name="Keys")).to_be_visible()
    desk.keyboard.press("j")
    assert focused(desk) == "Close"
    desk.keyboard.press("Escape")
    expect(desk.get_by_role("dialog", name="Keys")).to_be_hidden()


@pytest.mark.parametrize("cell", ["account", "number", "status", "age time", "news"])
def test_a_click_anywhere_on_a_row_opens_it(desk: Page, orders: list[Order], cell: str) -> None:
    desk.goto("/")
    click_on(desk, desk.locator(f"tr[data-row] .{cell}").nth(3))
    desk.wait_for_url(f"**/orders/{orders[3].pk}/")


def test_the_menu_opens_closes_and_signs_out_by_keys_alone(desk: Page, orders: list[Order]) -> None:
    desk.goto("/")
    menu = desk.locator(".menu summary")
    menu.focus()
    desk.keyboard.press("Enter")
    expect(desk.get_by_role("button", name="Sign out")).to_be_visible()
    desk.keyboard.press("Escape")
    expect(desk.get_by_role("button", name="Sign out")).to_be_hidden()
    expect(menu).to_be_focused()
    desk.keyboard.press("Enter")
    desk.get_by_role("button", name="Sign out").focus()
    desk.keyboard.press("Enter")
    desk.wait_for_url("**/sign-in/")


# Signing in


def test_signing_in_leads_to_the_page_that_was_asked_for(open_desk: SignIn, orders: list[Order], alice: User) -> None:
    page = open_desk()
    page.goto(f"/orders/{orders[0].pk}/")
    expect(page.get_by_label("Name")).to_be_focused()
    page.keyboard.type("alice")
    page.keyboard.press("Tab")
    page.keyboard.type("not it")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.get_by_label("Password")).to_be_focused()
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/orders/{orders[0].pk}/")


def test_a_session_that_has_ended_leads_to_sign_in_and_back(
    desk: Page, orders: list[Order], complaints: list[str]
) -> None:
    desk.goto("/?status=info")
    desk.context.clear_cookies()
    desk.locator("#q").fill("окна")
    desk.wait_for_url("**/sign-in/?next=**")
    desk.get_by_label("Name").fill("alice")
    desk.get_by_label("Password").fill(PASSWORD)
    desk.keyboard.press("Enter")
    desk.wait_for_url("**/?status=info")
    assert [said for said in complaints if "401" not in said] == []
    complaints.clear()


# When the desk is in trouble


def test_a_desk_that_cannot_be_reached_says_so_until_it_can(
    desk: Page, orders: list[Order], complaints: list[str]
) -> None:
    desk.goto("/")
    desk.route("**/*", lambda route: route.abort())
    desk.locator("#q").fill("окна")
    expect(desk.get_by_role("alert")).to_have_text(re.compile("cannot be reached"))
    assert rows(desk) == 50
    desk.unroute("**/*")
    desk.locator("#q").press_sequentially(" тверь")
    expect(desk.locator("tr[data-row]")).to_have_count(1)
    expect(desk.locator("#trouble")).to_be_empty()
    complaints.clear()


def test_an_error_of_the_desk_is_told_and_the_rows_stay(desk: Page, orders: list[Order], complaints: list[str]) -> None:
    desk.goto("/")
    desk.route(re.compile(r"/\?q="), lambda route: route.fulfill(status=500, body="<h1>no</h1>"))
    desk.locator("#q").fill("окна")
    expect(desk.get_by_role("alert")).to_have_text(re.compile(r"error of its own \(500\)"))
    assert rows(desk) == 50
    complaints.clear()


def test_ages_stay_true_while_the_page_stays_open(desk: Page, orders: list[Order]) -> None:
    desk.clock.install()
    desk.goto("/")
    age = desk.locator("td.age time").first
    before = age.inner_text()
    assert before.endswith(" s") or before == "1 min"
    desk.clock.fast_forward("03:00:00")
    expect(age).to_have_text("3 h")


# Without JavaScript


def test_everything_works_without_javascript(open_desk: SignIn, orders: list[Order], alice: User) -> None:
    page = open_desk(alice, java_script_enabled=False)
    page.goto("/")
    page.locator("#q").fill("окна")
    page.locator("select[name=status]").select_option("success")
    page.get_by_role("button", name="Apply").click()
    expect(page.locator("tr[data-row]")).to_have_count(1)
    expect(page.locator("select[name=status]")).to_have_value("success")
    page.goto("/")
    page.get_by_role("link", name="More").click()
    expect(page.get_by_text("100 shown")).to_be_visible()
    page.get_by_role("link", name="First page").click()
    expect(page.get_by_text("50 shown")).to_be_visible()
    page.locator(".menu summary").click()
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/sign-in/")


def test_the_history_unfolds_without_javascript(open_desk: SignIn, edits: list[Edit], sam: User) -> None:
    page = open_desk(sam, java_script_enabled=False)
    page.goto("/history/")
    page.locator("tbody.entry summary").first.click()
    page.get_by_role("link", name=f"Edit {edits[-1].pk} in full").click()
    expect(page.get_by_role("heading", name=f"Edit {edits[-1].pk}")).to_be_visible()
    expect(page.get_by_text("Steps")).to_be_visible()


# The history


def test_an_entry_unfolds_by_click_and_by_key(as_supervisor: Page, edits: list[Edit]) -> None:
    as_supervisor.goto("/history/")
    first = as_supervisor.locator("tbody.entry").first
    click_on(as_supervisor, first.locator("td.why"))
    expect(first.get_by_role("heading", name="Steps")).to_be_visible()
    expect(first.locator("del", has_text="балконов").first).to_be_visible()
    click_on(as_supervisor, first.locator("td.why"))
    expect(first.get_by_role("heading", name="Steps")).to_be_hidden()
    as_supervisor.keyboard.press("j")
    as_supervisor.keyboard.press("Enter")
    expect(as_supervisor.get_by_role("heading", name="Steps")).to_be_visible()


def test_what_is_unfolded_can_be_selected_and_followed(as_supervisor: Page, edits: list[Edit]) -> None:
    as_supervisor.goto("/history/")
    first = as_supervisor.locator("tbody.entry").first
    click_on(as_supervisor, first.locator("td.why"))
    first.locator(".unfolded h3").first.click()
    expect(first.locator(".unfolded")).to_be_visible()
    first.locator("td.target a").click()
    as_supervisor.wait_for_url(f"**/orders/{edits[-1].order_id}/")


def test_the_history_is_narrowed_down_as_one_types(as_supervisor: Page, edits: list[Edit]) -> None:
    as_supervisor.goto("/history/")
    as_supervisor.get_by_label("Reason or ticket").press_sequentially("48213")
    expect(as_supervisor.locator("tbody.entry")).to_have_count(1)
    expect(as_supervisor.get_by_label("Reason or ticket")).to_be_focused()
    expect(as_supervisor).to_have_url(re.compile(r"/history/\?why=48213$"))
    as_supervisor.get_by_label("Outcome").select_option("applied")
    expect(as_supervisor.get_by_text("Nothing matches")).to_be_visible()
    as_supervisor.get_by_role("link", name="Show all edits").click()
    expect(as_supervisor.locator("tbody.entry")).to_have_count(len(edits))


# For every eye and every window


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
def test_nothing_stands_in_anybodys_way(
    open_desk: SignIn, edits: list[Edit], sam: User, scheme: str, width: int
) -> None:
    page = open_desk(sam, color_scheme=scheme, viewport={"width": width, "height": 844})
    for address in ("/", "/?q=nowhere", "/?sort=x", "/history/", f"/history/?open={edits[-1].pk}"):
        page.goto(address)
        assert barriers(page) == [], address
        assert overflow(page) <= 0, address
    page.goto("/history/")
    page.locator("tbody.entry summary").first.click()
    expect(page.get_by_role("heading", name="Steps")).to_be_visible()
    assert barriers(page) == []
    page.locator(".menu summary").click()
    assert barriers(page) == []
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    assert barriers(page) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_signing_in_and_errors_stand_in_nobodys_way(
    open_desk: SignIn, alice: User, scheme: str, complaints: list[str]
) -> None:
    page = open_desk(color_scheme=scheme, viewport=PHONE)
    page.goto("/sign-in/")
    assert barriers(page) == []
    page.get_by_label("Name").fill("alice")
    page.get_by_label("Password").fill("not it")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_be_visible()
    assert barriers(page) == []
    signed_in = open_desk(alice, color_scheme=scheme, viewport=PHONE)
    for address in ("/history/", "/nowhere/"):
        signed_in.goto(address)
        assert barriers(signed_in) == [], address
        assert overflow(signed_in) <= 0, address
    assert [said for said in complaints if not re.search("40[34]", said)] == []
    complaints.clear()


def test_long_words_break_nothing(open_desk: SignIn, orders: list[Order], alice: User) -> None:
    account = make_account("An account with quite a long name in the second office of the third house")
    make_order(account, number="9" * 200, title=LONG[:300], status="s" * 100, note="n" * 200)
    make_order(account, number="W" * 60, title="W" * 300, status="in_progress")
    for width in (1440, 1024, 721, 390, 320):
        page = open_desk(alice, viewport={"width": width, "height": 844})
        page.goto("/")
        assert overflow(page) <= 0, width


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_words_keep_seven_to_one(desk: Page, orders: list[Order], scheme: str) -> None:
    """Text and every word of a state, on every ground that it may stand on."""
    desk.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    desk.goto("/")
    weak = desk.evaluate(CONTRASTS)
    assert weak == []


CONTRASTS = """() => {
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const probe = document.body.appendChild(document.createElement("span"));
  const light = (name) => {
    probe.className = "";
    probe.style.setProperty("color", `var(--${name})`);
    canvas.fillStyle = getComputedStyle(probe).color;
    canvas.fillRect(0, 0, 1, 1);
    const linear = (part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
    const [red, green, blue] = [...canvas.getImageData(0, 0, 1, 1).data].map((part) => linear(part / 255));
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const ratio = (one, other) => {
    const [dark, bright] = [light(one), light(other)].sort((a, b) => a - b);
    return (bright + 0.05) / (dark + 0.05);
  };
  const grounds = ["ground", "raised", "sunken", "hover", "accent-soft"];
  const states = ["applied", "refused", "unknown", "waiting"];
  const wanted = [
    ...["ink", "ink-soft", ...states].flatMap((word) => grounds.map((ground) => [word, ground, 7])),
    ...states.flatMap((state) => [[state, `${state}-soft`, 7], ["ink", `${state}-soft`, 7]]),
    ...states.map((state) => [`${state}-rule`, "ground", 3]),
    ...["accent", "ink-faint"].flatMap((word) => grounds.map((ground) => [word, ground, 4.5])),
    ["accent-ink", "accent", 7], ["accent-ink", "accent-strong", 7],
    ...["focus", "line-strong"].flatMap((edge) => grounds.map((ground) => [edge, ground, 3])),
  ];
  const weak = wanted.filter(([one, other, least]) => ratio(one, other) < least)
    .map(([one, other, least]) => `${one} on ${other}: ${ratio(one, other).toFixed(2)} < ${least}`);
  probe.remove();
  return weak;
}"""
