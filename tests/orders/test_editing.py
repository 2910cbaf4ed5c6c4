"""Typing, reviewing, sending and taking back, as a browser without JavaScript does it, over real HTTP to Liner."""

import re
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core import signing
from django.test import Client
from django.utils import timezone

from orders.models import Edit, Order
from orders.services import advance_due_edits, advance_edit, look_again, sign_seen
from orders.services.drafting import SEEN_SALT
from orders.states import State
from tests.orders.papers import Form, words_of
from vendors.fields import Raw
from vendors.liner.sandbox import LinerSimulator
from vendors.liner.vendor import Liner
from vendors.models import VendorAccount
from vendors.registry import VENDORS
from vendors.rules import ReadOnly

pytestmark = pytest.mark.django_db(transaction=True)


class Desk:
    """An agent at the form of one order."""

    def __init__(self, person: User, order: Order) -> None:
        self.client, self.order = Client(), order
        self.client.force_login(person)
        self.address = f"/orders/{order.pk}/edit/"

    def open(self, query: str = "") -> Form:
        return Form(self.client.get(self.address + query).content.decode(), self.address)

    def post(self, data: dict[str, Any], **more: Any) -> Any:
        return self.client.post(self.address, data, **more)

    def review(self, **typed: Any) -> Form:
        """The review of these changes, typed into a fresh form that is posted whole."""
        answer = self.post(self.open().post("review", **typed))
        assert answer.status_code == 200, words_of(answer.content.decode())
        return Form(answer.content.decode(), self.address)

    def send(self, **typed: Any) -> Any:
        return self.post(self.review(**typed).post("send", _agree=None))


@pytest.fixture
def desk(alice: User, order: Order) -> Desk:
    return Desk(alice, order)


def writes(liner: LinerSimulator) -> list[str]:
    return [entry.body for entry in liner.journal.since(intent="write")]


def said(answer: Any) -> str:
    return words_of(answer.content.decode())


def test_the_whole_path_sends_only_what_changed(desk: Desk, liner: LinerSimulator, order: Order) -> None:
    review = desk.post(desk.open().post("review", title="Окна — новая", leadsPriority="77"))
    shown = said(review)
    assert "Send 2 changes to Liner?" in shown
    assert f"Title title {order.title} → becomes Окна — новая" in shown
    assert f"POST /v2/order/update/{order.vendor_id}/" in shown
    assert '{ "title": "Окна — новая", "leadsPriority": 77 }' in shown

    form = Form(review.content.decode(), desk.address)
    answer = desk.post(form.post("send", _reason="customer called", _ticket="48213"))

    edit = Edit.objects.get()
    assert (answer.status_code, answer["Location"]) == (303, f"/orders/{order.pk}/?edit={edit.pk}")
    assert writes(liner) == ['{"title":"Окна — новая","leadsPriority":77}']
    assert (edit.state, edit.author_name, edit.reason, edit.ticket) == (
        State.APPLIED,
        "alice",
        "customer called",
        "48213",
    )
    assert "Applied." in said(desk.client.get(answer["Location"]))


def test_what_is_previewed_is_what_is_sent(desk: Desk, liner: LinerSimulator) -> None:
    review = desk.review(title="Новое", agentUserIds=["", "101"], callSchedule="10:00-11:00")
    assert {name for name in review.values if not name.startswith("_")} >= {"title", "agentUserIds", "callSchedule"}
    page = desk.post(review.post("review"))
    body = re.search(r'aria-label="The body of the request">(.*?)</pre>', page.content.decode(), re.S)
    agreement = re.search(r'name="_agree" value="(\w+)"', page.content.decode())
    assert body
    assert agreement

    desk.post(review.post("send", _agree=agreement[1]))

    (sent,) = writes(liner)
    previewed = body[1].replace("&quot;", '"')
    assert re.sub(r"\s", "", previewed) == re.sub(r"\s", "", sent)


def test_two_clicks_on_send_are_one_edit(desk: Desk, liner: LinerSimulator) -> None:
    press = desk.review(title="Once").post("send")

    first, second = desk.post(press), desk.post(press)

    assert (first.status_code, second.status_code) == (303, 303)
    assert first["Location"] == second["Location"]
    assert len(writes(liner)) == 1
    assert Edit.objects.count() == 1


def test_a_second_click_finds_its_edit_even_where_the_order_is_locked_by_now(
    desk: Desk, liner: LinerSimulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    press = desk.review(title="Once").post("send")
    first = desk.post(press)

    class Locked(Liner):
        rules = (lambda raw: ReadOnly("Locked after the first change."),)

    monkeypatch.setitem(VENDORS, "liner", Locked)

    assert desk.post(press)["Location"] == first["Location"]


def test_the_same_form_with_other_values_is_refused_and_can_be_sent_on_purpose(
    desk: Desk, liner: LinerSimulator
) -> None:
    form = desk.open()
    desk.post(form.post("send", title="First"))

    answer = desk.post(form.post("send", title="Second"))

    assert answer.status_code == 409
    assert "already sent with other values" in said(answer)
    again = Form(answer.content.decode(), desk.address)
    assert again.values["title"] == ["Second"]
    assert again.values["_token"] != form.values["_token"]
    assert len(writes(liner)) == 1


def test_the_number_of_a_form_is_good_for_its_author_and_its_order_alone(
    desk: Desk, alice: User, bob: User, order: Order, liner: LinerSimulator
) -> None:
    other = Order.objects.select_related("account").exclude(pk=order.pk)[0]
    token = desk.open().values["_token"][0]
    desk.post(desk.open().post("send", title="Same words", _token=token))

    for stranger in (Desk(bob, other), Desk(alice, other)):
        answer = stranger.post(stranger.open().post("send", title="Same words", _token=token))
        assert answer.status_code == 409
        assert "already sent for another order, or by somebody else" in said(answer)
    assert len(writes(liner)) == 1


def test_nothing_changed_makes_no_call_and_no_edit(desk: Desk, liner: LinerSimulator) -> None:
    calls = len(liner.journal.entries)
    for action in ("review", "send"):
        answer = desk.post(desk.open().post(action))
        assert answer.status_code == 200
        assert "Nothing is changed" in said(answer)
    assert len(liner.journal.entries) == calls
    assert Edit.objects.count() == 0


def test_formatting_is_no_change(desk: Desk, order: Order) -> None:
    phone = order.raw["callCenterPhone"]
    spaced = f"{phone[:2]} ({phone[2:5]}) {phone[5:8]}-{phone[8:]}"

    assert "Nothing is changed" in said(desk.post(desk.open().post("review", callCenterPhone=spaced)))


def test_only_the_names_that_arrive_are_looked_at(desk: Desk, liner: LinerSimulator) -> None:
    """With JavaScript only touched inputs are sent."""
    form = desk.open()
    own = {name: words for name, words in form.values.items() if name.startswith("_")}

    desk.post({**own, "_action": "send", "title": "New"})

    assert writes(liner) == ['{"title":"New"}']


def test_invalid_input_is_told_beside_the_field_and_kept(desk: Desk, liner: LinerSimulator) -> None:
    answer = desk.post(desk.open().post("review", leadsPriority="many", callSchedule="25:00-26:00", title="Fine"))

    assert answer.status_code == 422
    page = answer.content.decode()
    form = Form(page, desk.address)
    assert form.invalid == {"leadsPriority", "callSchedule"}
    assert form.values["leadsPriority"] == ["many"]
    assert form.values["callSchedule"] == ["25:00-26:00"]
    assert form.values["title"] == ["Fine"]
    assert '<a href="#id_leadsPriority">Priority of leads</a>: Enter a whole number.' in page
    assert "2 things to put right" in page
    assert Edit.objects.count() == 0


def test_one_thing_to_put_right_is_one_thing(desk: Desk) -> None:
    assert "1 thing to put right" in said(desk.post(desk.open().post("review", leadsPriority="many")))


def test_back_keeps_everything_that_was_typed(desk: Desk) -> None:
    review = desk.review(title="New", agentUserIds=["", "101", "102"], aiModePrompt="Two\r\nlines")

    answer = desk.post(review.post("back", _reason="because", _ticket="7"))

    form = Form(answer.content.decode(), desk.address)
    assert answer.status_code == 200
    assert form.values["title"] == ["New"]
    assert set(form.values["agentUserIds"]) == {"", "101", "102"}
    assert form.values["aiModePrompt"] == ["Two\r\nlines"]
    assert form.values["_token"] == review.values["_token"]
    again = Form(desk.post(form.post("review")).content.decode(), desk.address)
    assert (again.values["_reason"], again.values["_ticket"]) == (["because"], ["7"])


def test_a_caution_must_be_agreed_to_and_only_as_it_was_read(desk: Desk, order: Order, liner: LinerSimulator) -> None:
    other = "false" if order.raw["autoDialingEnabled"] else "true"
    page = desk.post(desk.open().post("review", autoDialingEnabled=other)).content.decode()
    assert "starts, stops or redirects real calls" in page
    review = Form(page, desk.address)

    for agreed in (None, "on", "true", "0" * 16):
        answer = desk.post(review.post("send", _agree=agreed, _reason="kept"))
        assert answer.status_code == 422
        assert "Agree to this first" in said(answer)
        assert Form(answer.content.decode(), desk.address).values["_reason"] == ["kept"]
    assert writes(liner) == []

    agreement = re.search(r'name="_agree" value="(\w+)"', page)
    assert agreement
    assert desk.post(review.post("send", _agree=agreement[1])).status_code == 303
    assert len(writes(liner)) == 1


def test_an_account_can_ask_for_a_reason(desk: Desk, liner: LinerSimulator) -> None:
    VendorAccount.objects.update(requires_reason=True)
    review = desk.review(title="New")

    answer = desk.post(review.post("send", _ticket="7"))
    assert answer.status_code == 422
    assert "Say why" in said(answer)
    assert Form(answer.content.decode(), desk.address).invalid == {"_reason"}
    assert desk.post(review.post("send", _reason="   ")).status_code == 422
    assert writes(liner) == []

    assert desk.post(review.post("send", _reason="a typo")).status_code == 303


@pytest.mark.parametrize("own", [{"_reason": "x" * 501}, {"_ticket": "x" * 101}, {"_reason": "a\x00b"}])
def test_a_reason_that_cannot_be_kept_is_refused(desk: Desk, own: dict[str, str]) -> None:
    assert desk.post(desk.review(title="New").post("send", **own)).status_code == 422
    assert Edit.objects.count() == 0


def forged(order: Order, person: User, *values: Any) -> str:
    return signing.dumps(list(values) or [order.pk, order.revision, order.digest, person.pk], salt=SEEN_SALT + "x")


def test_a_form_that_does_not_say_what_its_author_saw_is_refused(
    desk: Desk, order: Order, alice: User, bob: User, liner: LinerSimulator
) -> None:
    other = Order.objects.exclude(pk=order.pk)[0]
    tokens = [
        None,
        "",
        "made up",
        forged(order, alice),
        sign_seen(order=order, user=bob),
        sign_seen(order=other, user=alice),
        sign_seen(order=order, user=alice) + "x",
        signing.dumps([order.pk, 99, "0" * 64, alice.pk], salt=SEEN_SALT),
    ]
    for token in tokens:
        answer = desk.post(desk.open().post("send", title="Typed", _seen=token))
        assert answer.status_code == 409
        assert "Open it again." in said(answer)
        form = Form(answer.content.decode(), desk.address)
        assert form.values["title"] == ["Typed"]
        assert form.values["_seen"] != [token]
    assert writes(liner) == []
    assert Edit.objects.count() == 0


@pytest.mark.parametrize("token", [None, "", "short", "x" * 65, "with space " * 2])
def test_a_form_without_its_number_is_not_sent(desk: Desk, token: str | None) -> None:
    answer = desk.post(desk.open().post("send", title="Typed", _token=token))

    assert answer.status_code == 422
    assert "without its own number" in said(answer)
    again = Form(answer.content.decode(), desk.address)
    assert desk.post(again.post("send")).status_code == 303


def test_a_second_agent_is_told_who_is_editing_and_keeps_what_was_typed(
    desk: Desk, order: Order, bob: User, settings: Any, liner: LinerSimulator
) -> None:
    settings.HOLD_SECONDS = 60
    desk.send(title="Mine")
    other = Desk(bob, order)
    assert "alice sent an edit of this order" in said(other.client.get(other.address))

    answer = other.post(other.review(title="His").post("send", _reason="why not"))

    assert answer.status_code == 409
    assert "alice sent an edit of this order" in said(answer)
    form = Form(answer.content.decode(), other.address)
    assert (form.values["title"], form.values["_reason"]) == (["His"], ["why not"])
    assert Edit.objects.count() == 1


def test_what_changed_at_the_vendor_meanwhile_is_said_before_sending(
    desk: Desk, order: Order, liner: LinerSimulator
) -> None:
    form = desk.open()
    liner.edit(order.vendor_id, serviceTitle="Theirs")
    look_again(order=order)

    answer = desk.post(form.post("review", title="Mine"))

    assert "The order has changed since you opened the form" in said(answer)
    assert "Send 1 change to Liner?" in said(answer)
    desk.post(Form(answer.content.decode(), desk.address).post("send"))
    assert writes(liner) == ['{"title":"Mine"}']


def test_a_field_that_others_changed_meanwhile_becomes_a_conflict_with_everything_kept(
    desk: Desk, order: Order, liner: LinerSimulator
) -> None:
    review = desk.review(title="Mine", leadsPriority="77")
    liner.edit(order.vendor_id, title="Theirs")

    outcome = desk.client.get(desk.post(review.post("send"))["Location"])

    assert "Conflict: Liner changed in the meantime: Title. Nothing was sent." in said(outcome)
    edit = Edit.objects.get()
    again = desk.open(f"?from={edit.pk}")
    assert (again.values["title"], again.values["leadsPriority"]) == (["Mine"], ["77"])
    desk.post(Form(desk.post(again.post("review")).content.decode(), desk.address).post("send"))
    assert writes(liner) == ['{"title":"Mine","leadsPriority":77}']


def test_a_locked_field_is_refused_in_the_rules_words(
    desk: Desk, liner: LinerSimulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    form = desk.open()

    class Locked(Liner):
        rules = (lambda raw: ReadOnly("The code is locked.", ("code",)),)

    monkeypatch.setitem(VENDORS, "liner", Locked)
    answer = desk.post(form.post("send", code="forged", title="Fine"))

    assert answer.status_code == 422
    assert "Code : The code is locked." in said(answer)
    assert writes(liner) == []


def test_an_order_that_went_while_it_was_typed_keeps_the_text(desk: Desk, order: Order) -> None:
    form = desk.open()
    Order.objects.filter(pk=order.pk).update(gone_at=timezone.now())

    answer = desk.post(form.post("send", title="Typed"))

    assert answer.status_code == 409
    assert "does not list this order any more" in said(answer)
    assert Form(answer.content.decode(), desk.address).values["title"] == ["Typed"]


def test_an_account_that_was_disabled_keeps_the_text(desk: Desk, liner: LinerSimulator) -> None:
    form = desk.open()
    VendorAccount.objects.update(enabled=False)

    answer = desk.post(form.post("send", title="Typed"))

    assert answer.status_code == 409
    assert Form(answer.content.decode(), desk.address).values["title"] == ["Typed"]
    assert writes(liner) == []


def test_a_request_that_cannot_be_built_is_said_and_nothing_is_lost(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Reluctant(Liner):
        def request(self, raw: Raw, changes: Any) -> Any:
            raise ValueError("Clearing this would mean leaving it.")

    monkeypatch.setitem(VENDORS, "liner", Reluctant)
    answer = desk.post(desk.open().post("review", title="New"))

    assert answer.status_code == 422
    assert "Clearing this would mean leaving it." in said(answer)
    assert Form(answer.content.decode(), desk.address).values["title"] == ["New"]


def test_an_edit_waits_for_its_hold_and_can_be_taken_back(desk: Desk, settings: Any, liner: LinerSimulator) -> None:
    settings.HOLD_SECONDS = 60
    where = desk.send(title="Never mind")["Location"]
    edit = Edit.objects.get()
    assert "Going out at" in said(desk.client.get(where))

    answer = desk.client.post(f"/edits/{edit.pk}/withdraw/")

    assert (answer.status_code, answer["Location"]) == (303, f"{desk.address}?from={edit.pk}")
    assert "Taken back by alice." in said(desk.client.get(where))
    Edit.objects.filter(pk=edit.pk).update(next_at=timezone.now())
    advance_edit(edit.pk)
    assert writes(liner) == []


def test_what_has_left_cannot_be_taken_back(desk: Desk, liner: LinerSimulator) -> None:
    where = desk.send(title="Gone")["Location"]

    answer = desk.client.post(f"/edits/{Edit.objects.get().pk}/withdraw/", follow=True)

    assert answer.redirect_chain == [(where, 303)]
    assert "It is too late to take this edit back." in said(answer)


def test_only_its_author_or_a_supervisor_takes_an_edit_back(
    desk: Desk, order: Order, bob: User, sam: User, settings: Any, liner: LinerSimulator
) -> None:
    settings.HOLD_SECONDS = 60
    desk.send(title="Mine")
    edit = Edit.objects.get()

    assert Desk(bob, order).client.post(f"/edits/{edit.pk}/withdraw/").status_code == 403
    assert Desk(sam, order).client.post(f"/edits/{edit.pk}/withdraw/").status_code == 303
    edit.refresh_from_db()
    assert edit.state == State.WITHDRAWN
    assert Desk(sam, order).client.get(f"/edits/{edit.pk}/withdraw/").status_code == 405


def test_htmx_gets_fragments_and_is_sent_on_by_header(desk: Desk, liner: LinerSimulator) -> None:
    htmx = {"headers": {"HX-Request": "true"}}
    wrong = desk.post(desk.open().post("review", leadsPriority="many"), **htmx)
    review = desk.post(desk.open().post("review", title="New"), **htmx)

    for answer in (wrong, review):
        assert "<html" not in answer.content.decode()
    assert (wrong.status_code, review.status_code) == (422, 200)
    sent = desk.post(Form(review.content.decode(), desk.address).post("send"), **htmx)
    assert sent.status_code == 200
    assert sent["HX-Redirect"] == f"/orders/{desk.order.pk}/?edit={Edit.objects.get().pk}"


def test_a_forged_post_without_the_safety_token_is_refused(desk: Desk, alice: User) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(alice)

    assert strict.post(desk.address, {"title": "forged", "_action": "send"}).status_code == 403


def test_hostile_text_is_shown_as_text(desk: Desk) -> None:
    hostile = "<script>alert(1)</script>\u202egnp"

    page = desk.post(desk.open().post("review", serviceTitle=hostile)).content.decode()

    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)" in page
    assert r"\u202egnp" in page


def test_no_answer_leads_to_an_honest_unknown(desk: Desk, liner: LinerSimulator) -> None:
    liner.fail("drop:after", intent="write")

    where = desk.send(title="Found out")["Location"]

    assert Edit.objects.get().state == State.UNKNOWN
    shown = said(desk.client.get(where))
    assert "Unknown." in shown
    assert "the order says now" not in shown
    Edit.objects.update(next_at=timezone.now())
    advance_due_edits()
    assert "Applied. No answer came, but the change is there" in said(
        desk.client.get(f"/edits/{Edit.objects.get().pk}/")
    )
    assert len(writes(liner)) == 1
