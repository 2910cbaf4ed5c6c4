"""Putting an edit back: at every vendor, by the ordinary form, over what the vendor holds today."""

from collections.abc import Mapping
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from orders.models import Edit, Order
from orders.services import advance_edit, draft_changes, look_again, settle_edit, submit_edit
from orders.services.drafting import present
from orders.services.reverting import Reversal, may_revert, reversals_of
from orders.services.submitting import EditRefused
from orders.states import State
from tests.orders.cases import Case, open_case, writes
from tests.orders.cases_applied import A_GROUP, ONE_FIELD, SEVERAL_FIELDS
from tests.orders.papers import Form, words_of
from tests.orders.worlds import make_person
from tests.vendors.sandboxes import sandbox as sandbox
from vendors.liner.sandbox import LinerSimulator
from vendors.liner.vendor import Liner
from vendors.models import VendorAccount
from vendors.registry import VENDORS
from vendors.rules import ReadOnly
from vendors.sandbox.server import Server

pytestmark = pytest.mark.django_db(transaction=True)


def each(*cases: Case) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("case", cases, ids=lambda case: f"{case.vendor}-{case.order[-5:]}")


def fresh(order: Order) -> Order:
    return Order.objects.select_related("account").get(pk=order.pk)


def make(order: Order, author: User, values: Mapping[str, Any], **more: Any) -> list[Edit]:
    """Edit the order over what it is now, and see each call through to its end."""
    order = fresh(order)
    draft = draft_changes(order=order, values=values, seen=present(order))
    assert draft.errors == {}
    token = f"token-of-a-test-{Edit.objects.count()}"
    edits = submit_edit(order=order, author=author, draft=draft, submit_token=token, agreed=True, **more)
    return [settle_edit(edit=edit, seconds=20) for edit in edits]


def told(edit: Edit) -> dict[str, Reversal]:
    edit.order = fresh(edit.order)
    return {each.name: each for each in reversals_of(edit=edit, vendor=edit.order.account.adapter())}


class Desk:
    """Somebody who presses Revert…, chooses, and goes through the form."""

    def __init__(self, person: User, edit: Edit) -> None:
        self.client, self.edit = Client(), edit
        self.client.force_login(person)
        self.address, self.form = f"/edits/{edit.pk}/revert/", f"/orders/{edit.order_id}/edit/"

    def open(self) -> str:
        """The page, after the order was read again."""
        answer = self.client.post(self.address, follow=True)
        assert answer.redirect_chain == [(self.address, 302)]
        return str(answer.content.decode())

    def offered(self) -> dict[str, list[str]]:
        """What the page has ticked from the start."""
        return Form(self.open(), self.address).values

    def go_on(self, *fields: str) -> Form:
        answer = self.client.get(self.address, {"chosen": "yes", "field": fields}, follow=True)
        assert answer.status_code == 200
        return Form(answer.content.decode(), self.form)

    def send(self, form: Form, **typed: Any) -> Any:
        """Review the form and send it, agreeing to whatever it asks."""
        review = self.client.post(self.form, form.post("review", **typed))
        assert review.status_code == 200, words_of(review.content.decode())
        page = review.content.decode()
        posted = Form(page.replace('name="_agree"', 'checked name="_agree"'), self.form)
        return self.client.post(self.form, posted.post("send"))


@pytest.fixture
def applied(order: Order, alice: User) -> Edit:
    (edit,) = make(order, alice, {"title": "By alice", "leadsPriority": "77"})
    assert edit.state == State.APPLIED
    return edit


def said(answer: Any) -> str:
    return words_of(answer.content.decode())


# At every vendor


@each(*(case for case in [*ONE_FIELD, *SEVERAL_FIELDS, *A_GROUP] if case.vendor != "altcraft"))
def test_what_an_edit_did_is_put_back_through_the_form(sandbox: Server, alice: User, case: Case) -> None:
    simulator = sandbox[case.vendor]
    order = open_case(simulator, case)
    before = {name: field.current(order.raw) for name, field in order.account.adapter().fields(order.raw).items()}
    (edit,) = make(order, alice, case.typed)
    assert edit.state == State.APPLIED, edit.explanation
    desk = Desk(alice, edit)

    offered = desk.offered()
    assert set(offered["field"]) == set(case.typed)
    answer = desk.send(desk.go_on(*offered["field"]))

    assert answer.status_code == 303
    revert = Edit.objects.exclude(pk=edit.pk).get()
    assert (revert.state, revert.reverts) == (State.APPLIED, edit), revert.explanation
    assert set(revert.changes) == set(case.typed)
    now = fresh(order)
    fields = now.account.adapter().fields(now.raw)
    assert all(fields[name].same(fields[name].current(now.raw), before[name]) for name in case.typed)
    assert len(writes(simulator)) == 2


@each(*(case for case in ONE_FIELD if case.vendor == "altcraft"))
def test_what_a_vendor_never_showed_cannot_be_put_back_and_says_what_was_last_sent(
    sandbox: Server, alice: User, case: Case
) -> None:
    simulator = sandbox[case.vendor]
    (edit,) = make(open_case(simulator, case), alice, case.typed)
    assert edit.state == State.ECHOED
    desk = Desk(alice, edit)

    page = desk.open()

    assert "Altcraft did not show what it was before" in words_of(page)
    assert "not shown by Altcraft last sent from here: delivered , by alice" in words_of(page)
    assert "Nothing of this edit can be put back from here." in words_of(page)
    assert "field" not in Form(page, desk.address).values
    assert desk.go_on("lines.line_02.status").values.get("lines.line_02.status") != ["new"]
    assert len(writes(simulator)) == 1


@each(*(case for case in SEVERAL_FIELDS if case.vendor == "altcraft"))
def test_where_altcraft_shows_a_status_each_call_is_put_back_by_itself(
    sandbox: Server, alice: User, case: Case
) -> None:
    simulator = sandbox[case.vendor]
    simulator.set(line_status="shown")
    order = open_case(simulator, case)
    was = simulator.order(case.order)["lines"]
    first, second = make(order, alice, case.typed)
    assert {first.state, second.state} == {State.APPLIED}
    desk = Desk(alice, first)

    desk.send(desk.go_on(*desk.offered()["field"]))

    revert = Edit.objects.latest("pk")
    assert (revert.state, revert.reverts, set(revert.changes)) == (State.APPLIED, first, set(first.changes))
    now = simulator.order(case.order)["lines"]
    assert now[0]["status"] == was[0]["status"]
    assert now[2]["status"] != was[2]["status"]


def test_a_line_that_was_added_is_not_taken_away_again(sandbox: Server, alice: User) -> None:
    case = next(case for case in ONE_FIELD if case.vendor == "caliq")
    order = open_case(sandbox["caliq"], case)
    known = [line["Code"] for line in sandbox["caliq"].order(case.order)["_lines"]]
    line = {"ProductCode": known[0], "Quantity": 2, "UnitPrice": "9.50"}
    (edit,) = make(order, alice, {"OrderEditLines.+": line})
    assert edit.state == State.APPLIED, edit.explanation

    (reversal,) = told(edit).values()

    assert "cannot be taken back from here" in reversal.obstacle
    assert "Caliq cannot remove a line again." in reversal.obstacle


def test_nothing_is_put_where_nothing_means_unchanged(sandbox: Server, alice: User) -> None:
    case = next(case for case in ONE_FIELD if case.vendor == "caliq")
    sandbox["caliq"].change("70001", {"CustomerPONo": ""})
    sandbox["caliq"].change("70001", {"AccountNo": "LARK317", "AccountID": 317})
    order = open_case(sandbox["caliq"], Case(vendor="caliq", order="70001", typed={}))
    (edit,) = make(order, alice, case.typed)
    assert edit.state == State.APPLIED, edit.explanation

    (reversal,) = told(edit).values()

    assert reversal.obstacle.startswith("The earlier value cannot be put back. For Caliq an empty value means")


# Today's values


def test_a_field_that_somebody_changed_since_is_a_conflict_and_chosen_knowingly_alone(
    applied: Edit, alice: User, liner: LinerSimulator, order: Order
) -> None:
    liner.edit(applied.order.vendor_id, title="Theirs, later")
    desk = Desk(alice, applied)

    page = desk.open()

    assert Form(page, desk.address).values["field"] == ["leadsPriority"]
    row = words_of(page.split('value="title"')[1].split("</tr>")[0])
    assert order.title in row
    assert "By alice" in row
    assert "conflict: changed since Theirs, later changed at Liner, found at" in row
    desk.send(desk.go_on("title"))
    assert Edit.objects.latest("pk").state == State.APPLIED
    assert liner.order(order.vendor_id)["title"] == order.title
    assert liner.order(order.vendor_id)["leadsPriority"] == 77


def test_a_conflict_names_the_edit_that_changed_the_field_since(
    applied: Edit, alice: User, bob: User, order: Order
) -> None:
    (later,) = make(order, bob, {"title": "Bob's"})

    page = Desk(alice, applied).open()

    row = words_of(page.split('value="title"')[1].split("</tr>")[0])
    assert f"conflict: changed since Bob's bob , by edit {later.pk} at" in row


def test_what_changes_after_the_page_was_opened_is_a_conflict_before_anything_is_sent(
    applied: Edit, alice: User, liner: LinerSimulator
) -> None:
    desk = Desk(alice, applied)
    form = desk.go_on(*desk.offered()["field"])
    liner.edit(applied.order.vendor_id, title="Theirs, just now")

    desk.send(form)

    revert = Edit.objects.latest("pk")
    assert (revert.state, revert.reverts) == (State.CONFLICT, applied)
    assert len(liner.journal.since(intent="write")) == 1


def test_a_field_that_is_back_already_is_closed(applied: Edit, liner: LinerSimulator, order: Order) -> None:
    liner.edit(order.vendor_id, title=order.title)
    look_again(order=fresh(order))

    assert told(applied)["title"].obstacle == "Liner has the earlier value again."
    assert told(applied)["leadsPriority"].is_plain


def test_what_somebody_else_had_done_already_is_not_undone(order: Order, alice: User, liner: LinerSimulator) -> None:
    """The edit found its own value there, so putting back what its author saw would undo another's work."""
    draft = draft_changes(order=order, values={"title": "Same idea", "leadsPriority": "77"}, seen=present(order))
    (edit,) = submit_edit(order=order, author=alice, draft=draft, submit_token="one-idea")
    liner.edit(order.vendor_id, title="Same idea")
    assert advance_edit(edit.pk).state == State.APPLIED
    assert liner.journal.since(intent="write")[0].body == '{"leadsPriority":77}'

    reversals = told(Edit.objects.get(pk=edit.pk))

    assert reversals["title"].obstacle == "The edit changed nothing here: Liner had this value already."
    assert reversals["leadsPriority"].is_plain


def test_where_the_order_cannot_be_read_the_last_copy_is_shown_and_said_to_be_one(
    applied: Edit, alice: User, liner: LinerSimulator
) -> None:
    liner.fail("500", times=None)

    page = Desk(alice, applied).open()

    assert "The order could not be read from Liner, so this is the last copy." in words_of(page)
    assert "as the edit left it" in words_of(page)


def test_an_order_that_is_gone_is_not_reverted(applied: Edit, alice: User, liner: LinerSimulator) -> None:
    liner.replace(applied.order.vendor_id, None)
    desk = Desk(alice, applied)

    answer = desk.client.post(desk.address, follow=True)

    assert answer.redirect_chain[-1][0] == f"/edits/{applied.pk}/"
    assert "does not list this order any more" in said(answer)
    assert "Revert…" not in said(answer)


# Today's rules


def test_todays_rules_close_a_field_in_their_own_words(
    applied: Edit, alice: User, monkeypatch: pytest.MonkeyPatch, liner: LinerSimulator
) -> None:
    desk = Desk(alice, applied)
    form = desk.go_on("title", "leadsPriority")

    class Locked(Liner):
        rules = (lambda raw: ReadOnly("The title is locked by now.", ("title",)),)

    monkeypatch.setitem(VENDORS, "liner", Locked)
    page = desk.open()
    assert "The title is locked by now." in words_of(page)
    assert Form(page, desk.address).values["field"] == ["leadsPriority"]
    assert "title" not in desk.go_on("title", "leadsPriority").invalid
    answer = desk.client.post(desk.form, form.post("review", title="By hand"))
    assert answer.status_code == 422
    assert "The title is locked by now." in said(answer)
    assert len(liner.journal.since(intent="write")) == 1


def test_a_reason_and_a_caution_are_asked_for_as_with_any_edit(
    order: Order, alice: User, liner: LinerSimulator
) -> None:
    flipped = "false" if order.raw["autoDialingEnabled"] else "true"
    (edit,) = make(order, alice, {"autoDialingEnabled": flipped})
    VendorAccount.objects.update(requires_reason=True)
    desk = Desk(alice, edit)
    form = desk.go_on("autoDialingEnabled")
    review = desk.client.post(desk.form, form.post("review"))
    assert "starts, stops or redirects real calls" in said(review)

    assert desk.send(form).status_code == 422
    answer = desk.client.post(desk.form, Form(review.content.decode(), desk.form).post("send", _reason="because"))
    assert answer.status_code == 422
    assert "Agree to this first" in said(answer)
    assert Form(answer.content.decode(), desk.form).values["_reverts"] == [str(edit.pk)]
    assert len(liner.journal.since(intent="write")) == 1


# The link


def test_the_link_is_shown_both_ways(applied: Edit, alice: User, sam: User, order: Order) -> None:
    desk = Desk(alice, applied)
    form = desk.go_on("title", "leadsPriority")
    assert f"This reverts edit {applied.pk} by alice." in words_of(
        desk.client.post(desk.form, form.post("review")).content.decode()
    )
    desk.send(form)
    revert = Edit.objects.latest("pk")
    there, back = f"Reverts edit {applied.pk} .", f"Reverted by edit {revert.pk} ."

    assert there in said(desk.client.get(f"/edits/{revert.pk}/"))
    assert back in said(desk.client.get(f"/edits/{applied.pk}/"))
    timeline = said(desk.client.get(order.get_absolute_url()))
    assert there in timeline
    assert back in timeline
    supervisor = Desk(sam, applied).client
    assert there in said(supervisor.get(f"/history/?open={revert.pk}"))
    assert back in said(supervisor.get(f"/history/?open={applied.pk}"))


def test_a_timeline_takes_as_many_queries_however_much_was_reverted(applied: Edit, alice: User, order: Order) -> None:
    for number in range(3):
        edit = make(order, alice, {"title": f"Number {number}"})[0]
        make(order, alice, {"title": edit.changes["title"]["old"]}, reverts=edit)
    client = Desk(alice, applied).client
    with CaptureQueriesContext(connection) as queries:
        client.get(order.get_absolute_url())
    asked = [query["sql"] for query in queries if '"reverts_id" IN' in query["sql"]]
    assert len(asked) == 1
    assert len([query for query in queries if 'FROM "orders_edit"' in query["sql"]]) <= 6


def test_a_revert_of_some_fields_is_said_to_be_one_in_part(applied: Edit, alice: User) -> None:
    desk = Desk(alice, applied)
    desk.send(desk.go_on("title"))

    revert = Edit.objects.latest("pk")
    assert f"Reverted in part by edit {revert.pk} ." in said(desk.client.get(f"/edits/{applied.pk}/"))


def test_a_revert_that_did_not_come_about_claims_nothing(applied: Edit, alice: User, liner: LinerSimulator) -> None:
    desk = Desk(alice, applied)
    liner.fail("403", intent="write")
    desk.send(desk.go_on("title"))

    revert = Edit.objects.latest("pk")
    assert revert.state == State.REFUSED
    assert f"Was to be reverted by edit {revert.pk} : refused." in said(desk.client.get(f"/edits/{applied.pk}/"))
    assert f"Was to revert edit {applied.pk} ." in said(desk.client.get(f"/edits/{revert.pk}/"))
    again = Form(desk.client.get(f"{desk.form}?from={revert.pk}").content.decode(), desk.form)
    assert again.values["_reverts"] == [str(applied.pk)]


def test_a_form_that_came_to_put_nothing_back_claims_no_revert(applied: Edit, alice: User) -> None:
    desk = Desk(alice, applied)
    desk.send(desk.go_on("title"), title="Something else altogether")

    assert Edit.objects.latest("pk").reverts is None


def test_a_revert_can_be_reverted(applied: Edit, alice: User, liner: LinerSimulator, order: Order) -> None:
    desk = Desk(alice, applied)
    desk.send(desk.go_on("title"))
    again = Desk(alice, Edit.objects.latest("pk"))
    again.send(again.go_on("title"))

    assert liner.order(order.vendor_id)["title"] == "By alice"
    assert Edit.objects.latest("pk").reverts == again.edit


def test_choosing_nothing_says_so(applied: Edit, alice: User) -> None:
    desk = Desk(alice, applied)

    answer = desk.client.get(desk.address, {"chosen": "yes"}, follow=True)

    assert answer.redirect_chain == [(desk.address, 302)]
    assert "Choose at least one field to put back." in said(answer)


# Who may


def test_its_author_and_supervisors_may_revert(
    applied: Edit, alice: User, bob: User, sam: User, ada: User, liner: LinerSimulator
) -> None:
    for person, may in ((alice, True), (bob, False), (sam, True), (ada, False)):
        desk = Desk(person, applied)
        assert may_revert(edit=applied, person=person) is may, person
        assert ("Revert…" in said(desk.client.get(f"/edits/{applied.pk}/"))) is may, person
        assert (desk.client.get(desk.address).status_code == 200) is may, person
        assert (desk.client.post(desk.address).status_code == 302) is may, person
        by_hand = desk.client.get(f"{desk.form}?revert={applied.pk}&field=title")
        assert (by_hand.status_code == 200) is may, person
    forged = Desk(bob, applied)
    form = Form(forged.client.get(forged.form).content.decode(), forged.form)
    answer = forged.client.post(forged.form, form.post("send", title="Back", _reverts=str(applied.pk)))
    assert answer.status_code == 422
    assert f"Only alice or a supervisor can revert edit {applied.pk}" in said(answer)
    assert len(liner.journal.since(intent="write")) == 1


def test_an_edit_of_another_order_is_not_reverted_here(applied: Edit, alice: User, liner: LinerSimulator) -> None:
    other = Order.objects.select_related("account").exclude(pk=applied.order_id)[0]
    with pytest.raises(EditRefused, match="one of another order"):
        make(other, alice, {"title": "x"}, reverts=applied)
    desk = Desk(alice, applied)
    assert desk.client.get(f"/orders/{other.pk}/edit/?revert={applied.pk}&field=title").status_code == 403


@pytest.mark.parametrize("fault", ["403", "drop"])
def test_what_was_not_applied_cannot_be_reverted(order: Order, alice: User, liner: LinerSimulator, fault: str) -> None:
    liner.fail(fault, intent="write")
    draft = draft_changes(order=order, values={"title": "x"}, seen=present(order))
    (edit,) = submit_edit(order=order, author=alice, draft=draft, submit_token="nothing-came-of-it")
    assert advance_edit(edit.pk).state in {State.REFUSED, State.UNKNOWN}

    assert Desk(alice, edit).client.get(f"/edits/{edit.pk}/revert/").status_code == 403


def test_personal_values_are_neither_shown_nor_put_back_for_those_who_may_not_see_them(
    sandbox: Server, sam: User
) -> None:
    case = next(case for case in ONE_FIELD if case.vendor == "lia")
    order = open_case(sandbox["lia"], case)
    (edit,) = make(order, sam, case.typed)
    assert edit.state == State.APPLIED, edit.explanation
    discreet = make_person("dora", "supervisor")
    discreet.groups.get().permissions.remove(discreet.groups.get().permissions.get(codename="view_personal"))
    desk = Desk(discreet, edit)

    page = desk.open()

    assert "You may not see personal data, so you cannot put it back either." in words_of(page)
    change = edit.changes["phone"]
    assert change["old_text"] not in page
    assert change["new_text"] not in page
    by_hand = desk.client.get(f"{desk.form}?revert={edit.pk}&field=phone").content.decode()
    assert change["old_text"] not in by_hand


def test_the_hold_of_a_revert_is_that_of_whoever_makes_it(applied: Edit, sam: User, settings: Any) -> None:
    settings.HOLD_SECONDS = 9
    desk = Desk(sam, applied)
    desk.send(desk.go_on("title"))

    revert = Edit.objects.latest("pk")
    assert (revert.state, revert.author, revert.reverts) == (State.ACCEPTED, sam, applied)
    assert f"To be reverted by edit {revert.pk} : waiting to be sent." in said(desk.client.get(f"/edits/{applied.pk}/"))
    assert revert.next_at is not None
    assert revert.next_at > timezone.now()
