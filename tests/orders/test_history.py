"""The history of all orders: who sees what of it, how it is narrowed down, and what an entry unfolds to."""

import re
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any
from urllib.parse import urlencode

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from orders.models import Edit, Order, Step
from orders.states import Outcome, State
from orders.templatetags.desk import state_word
from tests.orders.rows import make_account, make_change, make_edit, make_order
from tests.orders.worlds import make_person, signed_in
from vendors.models import VendorAccount

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}
YES = {"said": "yes", "message": "", "status": 200, "text": '{"success": true}'}
NO = {
    "said": "no",
    "message": "Joana Exemplo is unknown",
    "status": 422,
    "text": '{"message": "Joana Exemplo is unknown"}',
}


@pytest.fixture
def liner(db: None) -> VendorAccount:
    return make_account()


@pytest.fixture
def order(liner: VendorAccount) -> Order:
    return make_order(liner, number="1001", title="Окна")


@pytest.fixture
def desk(sam: User) -> Client:
    return signed_in(sam)


@pytest.fixture
def blind(db: None) -> Client:
    """Somebody who answers for edits and may not see personal data."""
    return signed_in(make_person("ada", "administrator"))


def page(client: Client, headers: dict[str, str] | None = None, **query: Any) -> str:
    answer = client.get(f"/history/?{urlencode(query)}", headers=headers)
    assert answer.status_code == 200
    return answer.content.decode()


def entries(html: str) -> list[dict[str, str]]:
    """The lines of the table, by column, in words."""
    lines = re.findall(r'<tbody class="entry".*?</tr>', html, re.DOTALL)
    return [
        {name: words(cell) for name, cell in re.findall(r'<td class="(\w+)">(.*?)</td>', line, re.DOTALL)}
        for line in lines
    ]


def words(html: str) -> str:
    return unescape(" ".join(re.sub(r"<[^>]+>", " ", html).split()))


def unfolded(client: Client, edit: Edit) -> str:
    return page(client, headers=HTMX, open=edit.pk)


# A line


def test_a_line_says_who_when_where_what_why_and_what_came_of_it(desk: Client, order: Order, alice: User) -> None:
    changes = {
        "title": make_change(),
        "leadsPriority": make_change("Priority", "10", "25"),
        "code": make_change("Code", "", "a"),
        "aiModePrompt": make_change("Prompt", "x", "y"),
    }
    at = timezone.now() - timedelta(hours=2)
    make_edit(order, alice, changes=changes, at=at, reason="customer called", ticket="48213", answer=YES)
    (line,) = entries(page(desk))
    assert line == {
        "when": "2 h ago",
        "who": "alice",
        "account": "Liner",
        "target": "1001 Окна",
        "what": "Title Calls → becomes More calls Priority 10 → becomes 25 +2",
        "why": "customer called 48213",
        "result": "Applied",
        "answer": "yes",
    }


@pytest.mark.parametrize("state", State)
def test_every_state_is_told_in_a_word_and_a_hue(desk: Client, order: Order, alice: User, state: State) -> None:
    make_edit(order, alice, state)
    html = page(desk)
    assert entries(html)[0]["result"] == state_word(state)
    assert re.search(r'<span class="state" data-hue="(applied|refused|unknown|waiting|none)"', html)


def test_an_edit_that_landed_in_part_says_so(desk: Client, order: Order, alice: User) -> None:
    landed = {"title": {"landed": "yes", "now": "More calls"}, "code": {"landed": "no", "now": ""}}
    make_edit(order, alice, changes={name: make_change(name) for name in landed}, landed=landed, answer=YES)
    assert entries(page(desk))[0]["result"] == "Applied in part"


def test_a_refusal_is_told_in_the_vendors_words(desk: Client, order: Order, alice: User) -> None:
    make_edit(order, alice, State.REFUSED, answer={**NO, "message": "title: too long <b>"})
    html = page(desk)
    assert "no: title: too long &lt;b&gt;" in html


def test_letters_that_turn_what_follows_are_made_visible(desk: Client, order: Order, alice: User) -> None:
    make_edit(order, alice, changes={"title": make_change(new="safe\u202eexe.gnp")})
    assert "\u202e" not in page(desk)


# What it is narrowed down by


def test_the_history_is_narrowed_by_person_account_outcome_field_order_and_words(
    desk: Client, order: Order, alice: User, bob: User
) -> None:
    other = make_order(make_account("Caliq desk"), number="88231", vendor_id="caliq-1")
    by_alice = make_edit(order, alice, reason="Клиент позвонил", ticket="DESK-7")
    by_bob = make_edit(order, bob, State.REFUSED, changes={"customValues.10": make_change("City")})
    elsewhere = make_edit(other, bob, State.SENDING, changes={"customValues.100": make_change("Street")})
    everything = {by_alice, by_bob, elsewhere}
    cases: list[tuple[dict[str, Any], set[Edit]]] = [
        ({}, everything),
        ({"person": alice.pk}, {by_alice}),
        ({"account": other.account_id}, {elsewhere}),
        ({"outcome": Outcome.REFUSED}, {by_bob}),
        ({"outcome": "under_way"}, {elsewhere}),
        ({"field": "title"}, {by_alice}),
        ({"field": "Title"}, {by_alice}),  # its label at a vendor of the registry
        ({"field": "customValues"}, {by_bob, elsewhere}),
        ({"field": "customValues.10"}, {by_bob}),
        ({"order": "1001"}, {by_alice, by_bob}),
        ({"order": "caliq-1"}, {elsewhere}),
        ({"why": "клиент"}, {by_alice}),
        ({"why": "desk-7"}, {by_alice}),
        ({"why": "%"}, set()),
        ({"person": bob.pk, "account": order.account_id}, {by_bob}),
    ]
    for query, expected in cases:
        shown = {int(pk) for pk in re.findall(r'hx-get="/history/\?open=(\d+)"', page(desk, **query))}
        assert shown == {edit.pk for edit in expected}, query


def test_days_begin_and_end_at_midnight_where_the_desk_stands(
    desk: Client, order: Order, alice: User, settings: Any
) -> None:
    settings.TIME_ZONE = "America/Sao_Paulo"  # three hours behind UTC
    last_second = datetime(2025, 11, 22, 2, 59, 59, tzinfo=UTC)
    for ticket, at in {"before": last_second, "after": last_second + timedelta(seconds=1)}.items():
        make_edit(order, alice, at=at, ticket=ticket)

    def tickets(**query: Any) -> set[str]:
        return {line["why"] for line in entries(page(desk, **query))}

    assert tickets(until="2025-11-21") == {"before"}
    assert tickets(since="2025-11-22") == {"after"}
    assert tickets(since="2025-11-21", until="2025-11-22") == {"before", "after"}


@pytest.mark.parametrize(
    "query",
    [
        {"since": "yesterday"},
        {"since": "9999-12-31"},
        {"until": "0001-01-01"},
        {"person": "nobody"},
        {"account": "x"},
        {"outcome": "raw"},
        {"field": "\x00"},
        {"why": "x" * 999},
        {"after": "garbage"},
    ],
)
def test_what_makes_no_sense_is_left_out_and_told(
    desk: Client, order: Order, alice: User, query: dict[str, Any]
) -> None:
    make_edit(order, alice)
    html = page(desk, **query)
    assert re.search("so it was left out|no longer known", html)
    assert len(entries(html)) == 1


@pytest.mark.parametrize("number", ["0", "-1", "x", "9" * 30, "²"])
def test_an_entry_that_is_not_there_is_not_found(desk: Client, number: str) -> None:
    assert desk.get("/history/", {"open": number}).status_code == 404


def test_empty_histories_say_why(desk: Client, order: Order, alice: User) -> None:
    assert "No edits yet" in page(desk)
    make_edit(order, alice)
    assert "Nothing matches" in page(desk, why="nothing like it")


# Pages and cost


def test_more_leads_through_all_entries(desk: Client, order: Order, alice: User) -> None:
    now = timezone.now()
    for ago in range(60):
        make_edit(order, alice, at=now - timedelta(minutes=ago // 2), ticket=str(ago))
    first = page(desk, person=alice.pk)
    link = re.search(r'id="more-link"[^>]* href="([^"]+)"', first)
    assert link
    assert f"person={alice.pk}" in link.group(1)
    second = desk.get(f"/history/{unescape(link.group(1))}").content.decode()
    tickets = [line["why"] for html in (first, second) for line in entries(html)]
    assert sorted(map(int, tickets)) == list(range(60))
    assert 'id="more-link"' in second
    assert 'id="more-link" class="button"' not in second


@pytest.mark.parametrize("query", [{}, {"field": "title"}, {"why": "a"}, {"order": "1001"}])
def test_a_page_takes_as_many_queries_however_many_entries_it_has(
    desk: Client, liner: VendorAccount, alice: User, query: dict[str, Any], django_assert_max_num_queries: Any
) -> None:
    for _ in range(60):
        make_edit(make_order(liner), alice)
    with django_assert_max_num_queries(9):
        page(desk, **query)


# What an entry unfolds to


def test_an_entry_unfolds_to_everything_that_is_known(desk: Client, order: Order, alice: User) -> None:
    landed = {"title": {"landed": "yes", "now": "More calls"}}
    edit = make_edit(
        order,
        alice,
        landed=landed,
        answer=YES,
        aftermath="The order was cancelled.",
        explanation="Liner reported an error, but the change is there.",
        cautions=["This starts real calls."],
    )
    Step.objects.create(edit=edit, at=edit.created_at, state=State.APPLIED, note="seen at once")
    html = unfolded(desk, edit)
    assert "<html" not in html
    for said in (
        "The order was cancelled.",
        "Liner reported an error, but the change is there.",
        "This starts real calls.",
        f"POST /v2/order/update/{order.vendor_id}/",
        "as asked",
        "HTTP 200",
        "waiting to be sent",
        "by alice",
        "seen at once",
        "accepted",
    ):
        assert said in html, said
    assert '"title": "More calls"' in unescape(html)
    assert '{"success": true}' in unescape(html)


def test_an_entry_has_an_address_of_its_own(desk: Client, order: Order, alice: User) -> None:
    edit = make_edit(order, alice)
    html = page(desk, open=edit.pk)
    assert "<html" in html
    assert f"<h1>Edit {edit.pk}</h1>" in html
    assert "/v2/order/update/" in html


def test_a_conflict_shows_its_three_values(desk: Client, order: Order, alice: User) -> None:
    conflict = {"title": {"label": "Title", "seen": "Calls", "mine": "More calls", "theirs": "Fewer calls"}}
    html = words(unfolded(desk, make_edit(order, alice, State.CONFLICT, conflict=conflict)))
    assert "Title Calls More calls Fewer calls" in html
    assert "Nothing was sent." in html


# Personal data


def test_personal_values_are_masked_for_those_who_may_not_see_them(
    desk: Client, blind: Client, order: Order, alice: User
) -> None:
    changes = {
        "customer_name": make_change("Customer", "Joana Exemplo", "Joana Outra", personal=True),
        "title": make_change("Title", "open words", "other words"),
    }
    edit = make_edit(
        order,
        alice,
        State.REFUSED,
        changes=changes,
        answer=NO,
        explanation=f"{NO['message']}",
        payload={"customer_name": "Joana Outra", "title": "other words", "address": {"street": "Rua Exemplo 1"}},
        landed={"customer_name": {"landed": "other", "now": "Joana Terceira"}, "title": {"landed": "no", "now": ""}},
        conflict={"customer_name": {"label": "Customer", "seen": "Joana 1", "mine": "Joana 2", "theirs": "Joana 3"}},
    )
    Step.objects.create(edit=edit, at=edit.created_at, state=State.REFUSED, note=f"{NO['message']}")
    for html in (page(blind), unfolded(blind, edit), page(blind, open=edit.pk)):
        assert "•••" in html
        assert "other words" in html
        assert "Joana" not in html
        assert "Rua Exemplo" not in html
    for html in (page(desk), unfolded(desk, edit)):
        assert "Joana Outra" in html
        assert "Joana Exemplo is unknown" in html


def test_an_answers_text_is_kept_from_those_who_may_not_see_personal_data(
    blind: Client, order: Order, alice: User
) -> None:
    """A vendor may answer with the whole order, whatever was changed."""
    edit = make_edit(order, alice, answer={**YES, "text": '{"customer": "Joana Exemplo"}'})
    html = unfolded(blind, edit)
    assert "Joana" not in html
    assert "which you may not see" in html


# Who may


def test_the_history_is_for_those_who_answer_for_it(client: Client, alice: User) -> None:
    client.force_login(alice)
    answer = client.get("/history/")
    assert answer.status_code == 403
    assert "Can see the history of all orders" in answer.content.decode()
    assert "/history/" not in client.get("/").content.decode()


def test_the_history_only_reads(desk: Client, order: Order, alice: User) -> None:
    edit = make_edit(order, alice)
    for method in (desk.post, desk.put, desk.delete, desk.patch):
        assert method("/history/", {"open": edit.pk}).status_code == 405
