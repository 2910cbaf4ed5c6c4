"""The page of an order, and of an edit: what agents see, and what they do not."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from threading import BoundedSemaphore
from typing import Any, ClassVar

import pytest
from django.contrib.auth.models import User
from django.db import connections
from django.test import Client
from django.utils import timezone

from orders.models import Edit, Order, SyncRun
from orders.services import advance_due_edits, advance_edit, draft_changes, submit_edit
from orders.services.drafting import present
from orders.states import State
from orders.views import calling
from tests.orders.papers import words_of
from tests.orders.worlds import make_person, signed_in
from tests.topologies.stage import wait_for
from vendors.fields import Raw, Shown
from vendors.liner.sandbox import LinerSimulator
from vendors.liner.vendor import Liner
from vendors.models import VendorAccount
from vendors.registry import VENDORS
from vendors.rules import ReadOnly, Rule

pytestmark = pytest.mark.django_db(transaction=True)


class Strict(Liner):
    """Liner, if its phones were personal data and its code could not be changed."""

    rules: ClassVar[Sequence[Rule]] = (
        *Liner.rules,
        lambda raw: ReadOnly("The code is locked while leads are fed by it.", ("code", "agentUserIds")),
    )

    def entries(self, raw: Raw) -> Sequence[Shown]:
        return [
            replace(entry, personal=True) if entry.source == "callCenterPhone" else entry
            for entry in super().entries(raw)
        ]


@pytest.fixture
def strict(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(VENDORS, "liner", Strict)


@pytest.fixture
def desk(alice: User) -> Client:
    return signed_in(alice)


def page(client: Client, order: Order, query: str = "") -> str:
    answer = client.get(f"/orders/{order.pk}/{query}")
    assert answer.status_code == 200
    return answer.content.decode()


def accept(order: Order, author: User, values: dict[str, Any], **more: Any) -> Edit:
    draft = draft_changes(order=order, values=values, seen=present(order))
    assert draft.errors == {}
    (edit,) = submit_edit(order=order, author=author, draft=draft, submit_token="page-of-a-test", agreed=True, **more)
    return edit


def with_document(order: Order, **changes: Any) -> Order:
    Order.objects.filter(pk=order.pk).update(raw={**order.raw, **changes})
    return Order.objects.select_related("account").get(pk=order.pk)


def test_every_field_is_shown_with_its_vendors_name(desk: Client, order: Order) -> None:
    shown = page(desk, order)

    for entry in order.account.adapter().shown(order.raw):
        assert entry.label in words_of(shown)
        assert f'<code class="source">{entry.source}</code>' in shown


def test_values_are_in_words_and_empty_ones_are_a_dash(desk: Client, order: Order) -> None:
    order = with_document(order, autoDialingEnabled=True, aiModeFirstPhrase="", callHolidayOverrides=[])

    said = words_of(page(desk, order))

    assert "Calling allowed autoDialingEnabled Yes" in said
    assert "First phrase aiModeFirstPhrase —" in said
    assert "Holidays callHolidayOverrides —" in said


def test_the_raw_document_is_there_and_says_what_cannot_be_seen(desk: Client, order: Order) -> None:
    order = with_document(order, title="</pre><script>alert(1)</script>", code="abc\u202edef", unheard="of")

    shown = page(desk, order)

    assert "<script>alert" not in shown
    assert "&lt;script&gt;alert(1)" in shown
    assert r"abc\u202edef" in shown
    assert "\u202e" not in shown
    assert "&quot;unheard&quot;: &quot;of&quot;" in shown


@pytest.mark.parametrize(
    "value",
    ["\ud800", "\x00", "x" * 10_000, "ی" * 300, {"an": "object"}, ["a", {"b": None}], True, 10**40, None],
    ids=repr,
)
def test_a_page_survives_whatever_a_vendor_sends(desk: Client, order: Order, value: Any) -> None:
    fields = order.account.adapter().fields(order.raw)
    order = with_document(order, **{name: value for name in fields if "." not in name})

    assert desk.get(f"/orders/{order.pk}/").status_code == 200
    assert desk.get(f"/orders/{order.pk}/edit/").status_code == 200


def test_a_long_text_is_folded(desk: Client, order: Order) -> None:
    order = with_document(order, aiModePrompt="word " * 200)

    shown = page(desk, order)

    assert '<details class="long">' in shown
    assert "all 1000 characters" in shown


def test_the_copy_is_as_old_as_the_last_complete_pass(desk: Client, order: Order) -> None:
    now = timezone.now()
    Order.objects.filter(pk=order.pk).update(seen_at=now - timedelta(days=3))
    SyncRun.objects.update(started_at=now - timedelta(hours=2))
    assert "copy 2 h old" in words_of(page(desk, order))

    SyncRun.objects.update(complete=False)
    assert "copy 3 d old" in words_of(page(desk, order))


def test_looking_again_reads_this_order_now(desk: Client, order: Order, liner: LinerSimulator) -> None:
    liner.edit(order.vendor_id, title="Changed at Liner")

    answer = desk.post(f"/orders/{order.pk}/look/", follow=True)

    assert answer.redirect_chain == [(f"/orders/{order.pk}/", 302)]
    said = words_of(answer.content.decode())
    assert "Read from Liner just now: it has changed." in said
    assert "Changed at Liner" in said
    assert "nothing has changed" in words_of(desk.post(f"/orders/{order.pk}/look/", follow=True).content.decode())


def test_looking_again_in_vain_is_said_calmly(desk: Client, order: Order, liner: LinerSimulator) -> None:
    liner.fail("404", times=None)

    answer = desk.post(f"/orders/{order.pk}/look/", follow=True)

    said = words_of(answer.content.decode())
    assert "The order could not be read from Liner." in said
    assert order.title in said


def test_a_disabled_account_is_not_read(desk: Client, order: Order, liner: LinerSimulator) -> None:
    VendorAccount.objects.update(enabled=False)
    before = len(liner.journal.entries)

    answer = desk.post(f"/orders/{order.pk}/look/", follow=True)

    assert "is disabled" in words_of(answer.content.decode())
    assert len(liner.journal.entries) == before


def test_slow_vendors_keep_no_more_than_a_few_threads_from_other_pages(
    desk: Client, order: Order, liner: LinerSimulator, sam: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calling, "_free", BoundedSemaphore(1))
    liner.set(latency_ms=2000)
    before = len(liner.journal.entries)
    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(_post_apart, signed_in(sam), f"/orders/{order.pk}/look/")
        wait_for(lambda: len(liner.journal.entries) > before)
        refused = desk.post(f"/orders/{order.pk}/look/", follow=True)
        assert not slow.done()
    assert calling.BUSY in words_of(refused.content.decode())
    assert len(liner.journal.entries) == before + 1
    liner.set(latency_ms=0)
    assert calling.BUSY not in desk.post(f"/orders/{order.pk}/look/", follow=True).content.decode()


def _post_apart(client: Client, path: str) -> None:
    try:
        client.post(path)
    finally:
        connections.close_all()


def test_looking_again_takes_a_post(desk: Client, order: Order) -> None:
    assert desk.get(f"/orders/{order.pk}/look/").status_code == 405


def test_an_order_that_is_gone_says_so_and_offers_no_edit(desk: Client, order: Order, liner: LinerSimulator) -> None:
    liner.replace(order.vendor_id, None)
    desk.post(f"/orders/{order.pk}/look/")

    shown = page(desk, order)

    assert "Liner does not list this order any more" in shown
    assert "gone since" in words_of(shown)
    assert f"/orders/{order.pk}/edit/" not in shown
    assert desk.get(f"/orders/{order.pk}/edit/").status_code == 302


def test_an_order_that_never_was_is_not_found(desk: Client) -> None:
    assert desk.get("/orders/987654/").status_code == 404
    assert desk.get("/orders/98765432109876543210987654321/").status_code == 404
    assert desk.get("/edits/987654/").status_code == 404


def test_a_locked_field_says_why(desk: Client, order: Order, strict: None) -> None:
    assert "The code is locked while leads are fed by it." in page(desk, order)


@pytest.mark.parametrize("theirs", [None, "+79005550000"], ids=["applied", "conflict"])
def test_personal_data_is_masked_for_those_who_may_not_see_it(
    order: Order, alice: User, ada: User, strict: None, liner: LinerSimulator, theirs: str | None
) -> None:
    edit = accept(order, alice, {"callCenterPhone": "+79007654321"})
    if theirs:
        liner.edit(order.vendor_id, callCenterPhone=theirs)
    advance_edit(edit.pk)
    phones = [phone[1:] for phone in (order.raw["callCenterPhone"], "+79007654321", theirs) if phone]

    for address in (f"/orders/{order.pk}/?edit={edit.pk}", f"/edits/{edit.pk}/"):
        full = signed_in(alice).get(address).content.decode()
        masked = signed_in(ada).get(address).content.decode()
        assert all(phone in full for phone in phones)
        assert not any(phone in masked for phone in phones)
        assert "hidden: personal data" in masked
    assert "It may hold personal data" in page(signed_in(ada), order)


def test_the_timeline_says_who_changed_what_when_and_why(desk: Client, order: Order, alice: User) -> None:
    edit = accept(order, alice, {"title": "A new one"}, reason="customer called", ticket="48213")
    advance_edit(edit.pk)

    said = words_of(page(desk, order))

    timeline = said[said.index("Timeline") :]
    assert "alice applied" in timeline
    assert f"Title {order.title} → becomes A new one" in timeline
    assert "customer called 48213" in timeline


def test_a_timeline_shows_the_latest_and_says_where_the_rest_is(order: Order, alice: User, sam: User) -> None:
    now = timezone.now()
    for number in range(31):
        Edit.objects.create(
            order=order,
            account=order.account,
            author=alice,
            author_name="alice",
            submit_token=f"t{number}",
            changes={},
            base_revision=1,
            created_at=now,
            concluded_at=now,
            state=State.APPLIED,
        )

    assert "Earlier edits" in page(signed_in(sam), order)
    assert "Earlier edits" not in page(signed_in(alice), order)


def test_an_outcome_stands_at_the_top_of_its_order(desk: Client, order: Order, alice: User) -> None:
    edit = accept(order, alice, {"title": "A new one", "leadsPriority": "77"})
    advance_edit(edit.pk)

    shown = page(desk, order, f"?edit={edit.pk}")

    assert f'id="card-{edit.pk}"' in shown
    assert "data-polls" not in shown
    said = words_of(shown)
    assert "Applied. Field Asked for The order says now" in said
    assert "as asked A new one" in said
    assert f'id="card-{edit.pk}"' not in page(desk, order)


@pytest.mark.parametrize(
    "query", ["?edit=", "?edit=no", "?edit=0", "?edit=99999999999999999999", "?edit=" + "9" * 5000, "?edit=²"]
)
def test_an_outcome_of_nothing_is_no_error(desk: Client, order: Order, query: str) -> None:
    assert 'class="card outcome"' not in page(desk, order, query)


def test_the_outcome_of_another_order_is_not_shown(desk: Client, order: Order, alice: User) -> None:
    other = Order.objects.select_related("account").exclude(pk=order.pk).first()
    assert other is not None
    edit = accept(other, alice, {"title": "Elsewhere"})

    assert "Elsewhere" not in page(desk, order, f"?edit={edit.pk}")


FATES: list[tuple[str, Callable[[LinerSimulator, Order], Any], str]] = [
    ("refused", lambda liner, order: liner.fail("403", intent="write"), "Refused by Liner:"),
    ("not sent", lambda liner, order: liner.fail("401", intent="read", times=None), "Not sent:"),
    ("conflict", lambda liner, order: liner.edit(order.vendor_id, title="Theirs"), "Conflict:"),
    ("unknown", lambda liner, order: liner.fail("drop", intent="write"), "Unknown."),
    ("gone", lambda liner, order: liner.replace(order.vendor_id, None), "Conflict:"),
    ("no change", lambda liner, order: liner.edit(order.vendor_id, title="Mine"), "Nothing to change."),
]


@pytest.mark.parametrize(("cause", "verb"), [fate[1:] for fate in FATES], ids=[fate[0] for fate in FATES])
def test_every_outcome_begins_with_its_verb(
    desk: Client,
    order: Order,
    alice: User,
    liner: LinerSimulator,
    cause: Callable[[LinerSimulator, Order], Any],
    verb: str,
) -> None:
    edit = accept(order, alice, {"title": "Mine"})
    cause(liner, order)
    advance_edit(edit.pk)

    shown = page(desk, order, f"?edit={edit.pk}")

    assert f"<strong>{verb}</strong>" in shown


def test_a_conflict_shows_three_columns_and_keeps_what_was_typed(
    desk: Client, order: Order, alice: User, liner: LinerSimulator
) -> None:
    edit = accept(order, alice, {"title": "Mine", "leadsPriority": "77"})
    liner.edit(order.vendor_id, title="Theirs")
    advance_edit(edit.pk)

    said = words_of(page(desk, order, f"?edit={edit.pk}"))

    assert f"Field You saw Yours Liner now Title {order.title} Mine Theirs" in said
    assert "Edit again with my values" in said

    form = desk.get(f"/orders/{order.pk}/edit/?from={edit.pk}").content.decode()
    assert 'value="Mine"' in form
    assert 'value="77"' in form
    kept = desk.get(f"/orders/{order.pk}/edit/?from={edit.pk}&mine=&mine=leadsPriority").content.decode()
    assert 'value="Theirs"' in kept
    assert 'value="77"' in kept


def test_an_applied_edit_is_not_made_again(desk: Client, order: Order, alice: User) -> None:
    edit = accept(order, alice, {"title": "Mine"})
    advance_edit(edit.pk)
    Order.objects.filter(pk=order.pk).update(raw={**order.raw, "title": "Later"})

    assert 'value="Mine"' not in desk.get(f"/orders/{order.pk}/edit/?from={edit.pk}").content.decode()


def test_an_edit_under_way_is_told_on_its_order_to_everyone(order: Order, alice: User, bob: User) -> None:
    edit = accept(order, alice, {"title": "Soon"}, hold_seconds=60)

    shown = page(signed_in(bob), order)

    assert "Going out" in words_of(shown)
    assert 'hx-trigger="poll" data-polls' in shown
    assert f"/edits/{edit.pk}/withdraw/" not in shown
    assert f"/edits/{edit.pk}/withdraw/" in page(signed_in(alice), order)


def test_a_page_that_waits_changes_nothing_and_hears_when_the_edit_is_settled(
    desk: Client, order: Order, alice: User, liner: LinerSimulator
) -> None:
    edit = accept(order, alice, {"title": "Soon"}, hold_seconds=60)
    poll = {"HX-Request": "true"}
    first = desk.get(f"/edits/{edit.pk}/?stamp=", headers=poll)
    stamp = first.content.decode().split("?stamp=")[1].split('"')[0]
    assert first.status_code == 200
    assert "<html" not in first.content.decode()
    assert desk.get(f"/edits/{edit.pk}/?stamp={stamp}", headers=poll).status_code == 204
    assert liner.journal.since(intent="write") == []

    Edit.objects.filter(pk=edit.pk).update(next_at=timezone.now())
    assert "A worker takes it on next." in desk.get(f"/edits/{edit.pk}/?stamp={stamp}", headers=poll).content.decode()
    assert liner.journal.since(intent="write") == []
    advance_due_edits()
    settled = desk.get(f"/edits/{edit.pk}/?stamp={stamp}", headers=poll)

    assert "Applied." in settled.content.decode()
    assert "data-polls" not in settled.content.decode()
    assert "settled" in settled.headers["HX-Trigger-After-Swap"]
    assert len(liner.journal.since(intent="write")) == 1


def test_waiting_costs_little(desk: Client, order: Order, alice: User, django_assert_max_num_queries: Any) -> None:
    edit = accept(order, alice, {"title": "Soon"}, hold_seconds=60)

    with django_assert_max_num_queries(7):  # session, person, two for the permissions, the edit
        desk.get(f"/edits/{edit.pk}/?stamp=x", headers={"HX-Request": "true"})


def test_an_unknown_outcome_says_when_it_is_looked_at_again(
    desk: Client, order: Order, alice: User, liner: LinerSimulator
) -> None:
    edit = accept(order, alice, {"title": "Lost"})
    liner.fail("drop", intent="write")
    advance_edit(edit.pk)

    said = words_of(page(desk, order, f"?edit={edit.pk}"))

    assert "Unknown." in said
    assert "Liner is asked again" in said
    assert "Do not make the edit again before this has settled" in said
    assert "Check now" in said


def test_an_unknown_outcome_that_needs_a_person_says_what_to_do(desk: Client, order: Order, alice: User) -> None:
    edit = accept(order, alice, {"title": "Lost"})
    for state in (State.CHECKING, State.SENDING, State.UNKNOWN):
        Edit.objects.filter(pk=edit.pk).update(state=state, next_at=None)

    shown = page(desk, order)

    assert "Look in Liner’s own panel" in shown
    assert "data-polls" not in shown


def test_what_else_became_of_the_order_is_loud(
    desk: Client, order: Order, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Harsh(Liner):
        def aftermath(self, before: Raw, after: Raw) -> str:
            return "Liner has cancelled the order."

    monkeypatch.setitem(VENDORS, "liner", Harsh)
    edit = accept(order, alice, {"title": "Mine"})
    advance_edit(edit.pk)

    assert '<p class="aftermath" dir="auto">Liner has cancelled the order.</p>' in page(desk, order)


def test_the_page_of_an_edit_tells_the_call_the_answer_and_the_steps(desk: Client, order: Order, alice: User) -> None:
    edit = accept(order, alice, {"title": "A new one"}, reason="customer called", ticket="48213")
    advance_edit(edit.pk)

    said = words_of(desk.get(f"/edits/{edit.pk}/").content.decode())

    assert f"POST /v2/order/update/{order.vendor_id}/" in said
    assert '{ "title": "A new one" }' in said
    assert "In a word yes HTTP status 200" in said
    assert "customer called" in said
    assert "being sent" in said


def test_pages_take_the_right_permission(order: Order, alice: User) -> None:
    edit = accept(order, alice, {"title": "Mine"}, hold_seconds=60)
    nobody = signed_in(User.objects.create_user("nobody"))
    for address in (f"/orders/{order.pk}/", f"/edits/{edit.pk}/", f"/orders/{order.pk}/edit/"):
        assert nobody.get(address).status_code == 403
        assert Client().get(address).status_code == 302
    for address in (f"/orders/{order.pk}/look/", f"/edits/{edit.pk}/withdraw/", f"/orders/{order.pk}/edit/"):
        assert nobody.post(address).status_code == 403
    only_sees = signed_in(make_person("ada", "administrator"))
    assert "Edit <kbd" not in page(only_sees, order)
    assert only_sees.get(f"/orders/{order.pk}/edit/").status_code == 403
