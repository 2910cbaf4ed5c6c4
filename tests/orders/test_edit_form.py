"""The form of an order without a browser: what it shows, what of it comes back, and what stays as it was."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar

import pytest
from django.contrib.auth.models import User
from django.http import QueryDict
from django.test import Client

from orders.forms import EditForm, ReviewForm, Typed, draft_typed, values_of
from orders.models import Edit, Order
from orders.presentation import contrast
from orders.presentation.contrast import marked
from orders.presentation.document import brief, pretty
from orders.services.drafting import present
from orders.states import State
from tests.orders.papers import Form
from vendors.fields import Field, Raw, Shown
from vendors.liner.vendor import Liner
from vendors.registry import VENDORS
from vendors.rules import ReadOnly, Rule

pytestmark = pytest.mark.django_db(transaction=True)

LOCKED = ("code", "agentUserIds", "status")


class Strict(Liner):
    """Liner, if its phones were personal data and some of its fields could not be changed."""

    rules: ClassVar[Sequence[Rule]] = (lambda raw: ReadOnly("Locked while leads are fed by it.", LOCKED),)

    def entries(self, raw: Raw) -> Sequence[Shown]:
        return [replace(each, personal=each.source == "callCenterPhone") for each in super().entries(raw)]


@pytest.fixture
def strict(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(VENDORS, "liner", Strict)


def form_of(
    order: Order, person: User, shown: dict[str, Any] | None = None, errors: Mapping[str, Sequence[str]] | None = None
) -> EditForm:
    return EditForm(order=order, person=person, raw=order.raw, shown=shown or {}, errors=errors or {})


def fill(order: Order, person: User) -> Form:
    client = Client()
    client.force_login(person)
    address = f"/orders/{order.pk}/edit/"
    return Form(client.get(address).content.decode(), address)


def posted(values: dict[str, Any]) -> Typed:
    data = QueryDict(mutable=True)
    for name, value in values.items():
        data.setlist(name, value if isinstance(value, list) else [value])
    return Typed(data)


def with_document(order: Order, **changes: Any) -> Order:
    Order.objects.filter(pk=order.pk).update(raw={**order.raw, **changes})
    return Order.objects.select_related("account").get(pk=order.pk)


def test_every_field_has_an_input_under_the_vendors_own_name(order: Order, alice: User) -> None:
    form = fill(order, alice)

    fields = order.account.adapter().fields(order.raw)
    assert len(fields) > 30
    assert set(fields) <= set(form.values)
    own = {name for name in form.values if name not in fields}
    assert own == {"csrfmiddlewaretoken", "_seen", "_token", "_reason", "_ticket"}


def test_an_untouched_form_posted_whole_changes_nothing(mirrored: Any, alice: User) -> None:
    for order in Order.objects.select_related("account"):
        typed = posted(fill(order, alice).post("review"))

        draft = draft_typed(order=order, person=alice, typed=typed, seen=present(order))

        assert draft.changes == {}, order
        assert draft.errors == {}, order


@pytest.mark.parametrize(
    "value",
    ["two\nlines", " space ", "\ud800", "a\x00b", "a\rb", {"an": "object"}, ["a", {"b": 1}], 10**30, True, None],
)
def test_an_odd_value_survives_a_round_trip_through_the_form(order: Order, alice: User, value: Any) -> None:
    fields = order.account.adapter().fields(order.raw)
    order = with_document(order, **{name: value for name in fields if "." not in name})
    typed = posted(
        {
            name: [word.replace("\x00", "\ufffd") for word in words]
            for name, words in fill(order, alice).post("review").items()
            if name != "_action"
        }
    )

    draft = draft_typed(order=order, person=alice, typed=typed, seen=present(order))

    assert draft.changes == {}
    assert draft.errors == {}


def test_what_cannot_be_changed_is_disabled_and_says_why(order: Order, alice: User, strict: None) -> None:
    client = Client()
    client.force_login(alice)
    page = client.get(f"/orders/{order.pk}/edit/").content.decode()

    form = Form(page, f"/orders/{order.pk}/edit/")

    assert set(LOCKED) <= form.disabled
    assert not set(LOCKED) & set(form.values)
    assert page.count("Locked while leads are fed by it.") == len(LOCKED)
    assert 'aria-describedby="id_code_reason"' in page


def test_a_forged_value_of_a_locked_field_is_refused_in_the_same_words(order: Order, alice: User, strict: None) -> None:
    draft = draft_typed(order=order, person=alice, typed=posted({"code": "forged"}), seen=present(order))

    assert draft.changes == {}
    assert draft.errors == {"code": ["Locked while leads are fed by it."]}


def test_personal_data_can_be_changed_by_those_who_see_it(order: Order, alice: User, ada: User, strict: None) -> None:
    typed = posted({"callCenterPhone": "+79001112233"})

    assert draft_typed(order=order, person=alice, typed=typed, seen=present(order)).changes
    refused = draft_typed(order=order, person=ada, typed=typed, seen=present(order))
    assert refused.changes == {}
    assert "may not see personal data" in refused.errors["callCenterPhone"][0]
    assert "callCenterPhone" not in form_of(order, ada).fields


def test_a_name_that_is_no_field_is_refused(order: Order, alice: User) -> None:
    draft = draft_typed(order=order, person=alice, typed=posted({"id": "7", "x": "1"}), seen=present(order))

    assert set(draft.errors) == {"id", "x"}
    problems = form_of(order, alice, errors=draft.errors).problems
    assert [(label, message) for _, label, message in problems] == [
        ("id", "This order has no field id."),
        ("x", "This order has no field x."),
    ]


def test_our_own_inputs_never_count_as_fields(order: Order, alice: User) -> None:
    typed = posted({"_token": "t", "_reason": "why", "csrfmiddlewaretoken": "c", "title": "New"})

    assert typed.names == ["title"]
    assert typed.own("reason") == "why"
    assert typed.own("ticket") == ""


def test_none_ticked_is_an_answer_and_not_asked_is_none(order: Order, alice: User) -> None:
    order = with_document(order, agentUserIds=[101])

    emptied = draft_typed(order=order, person=alice, typed=posted({"agentUserIds": ""}), seen=present(order))
    left = draft_typed(order=order, person=alice, typed=posted({}), seen=present(order))

    assert emptied.changes == {"agentUserIds": []}
    assert left.changes == {}


def test_an_input_knows_whether_it_was_touched(order: Order, alice: User) -> None:
    form = form_of(order, alice, {"title": "Typed", "code": order.raw["code"]})

    assert form["title"].is_touched
    assert form["title"].value() == "Typed"
    assert form["title"].was == f'["{order.raw["title"]}"]'.replace('\\"', '"')
    assert not form["code"].is_touched
    assert not form["serviceTitle"].is_touched


def test_an_error_stands_beside_its_field_and_in_the_summary(order: Order, alice: User) -> None:
    form = form_of(order, alice, {"leadsPriority": "many"}, {"leadsPriority": ["Enter a whole number."]})

    box = form["leadsPriority"].as_field_group()

    assert 'aria-invalid="true"' in box
    assert 'aria-describedby="id_leadsPriority_error"' in box
    assert '<ul class="errorlist" id="id_leadsPriority_error">' in box
    assert 'value="many"' in box
    assert form.problems == [("id_leadsPriority", "Priority of leads", "Enter a whole number.")]


def test_the_words_that_arrived_are_carried_on(order: Order) -> None:
    fields = order.account.adapter().fields(order.raw)
    typed = posted({"agentUserIds": ["", "101", "102"], "title": "New", "code": "same", "_token": "t"})

    assert typed.carried(fields, ["title", "agentUserIds"]) == [
        ("agentUserIds", ""),
        ("agentUserIds", "101"),
        ("agentUserIds", "102"),
        ("title", "New"),
    ]


def test_the_values_of_an_earlier_edit_fill_the_form(order: Order, alice: User, ada: User, strict: None) -> None:
    edit = Edit(
        order=order,
        account=order.account,
        author=alice,
        changes={
            "title": {"new": "Mine"},
            "agentUserIds": {"new": [101, 102]},
            "callCenterPhone": {"new": "+79001112233"},
            "gone": {"new": 1},
        },
        state=State.CONFLICT,
    )

    values = values_of(edit=edit, person=alice)
    assert sorted(values.pop("agentUserIds")) == ["101", "102"]
    assert values == {"title": "Mine", "callCenterPhone": "+79001112233"}
    assert values_of(edit=edit, person=ada, only=["", "title", "callCenterPhone"]) == {"title": "Mine"}


def test_a_reason_is_asked_for_where_the_account_wants_one(order: Order) -> None:
    data = QueryDict("_reason=&_ticket=")
    assert ReviewForm(order=order, data=data).is_valid()

    order.account.requires_reason = True
    asked = ReviewForm(order=order, data=data)
    assert asked.errors["reason"] == ["Say why: this account asks for a reason with every edit."]


@pytest.mark.parametrize(
    ("name", "word"), [("_reason", "x" * 501), ("_ticket", "x" * 101), ("_reason", "a\x00b"), ("_ticket", "a\x07")]
)
def test_a_reason_that_the_database_could_not_keep_is_refused(order: Order, name: str, word: str) -> None:
    data = QueryDict(mutable=True)
    data[name] = word

    assert not ReviewForm(order=order, data=data).is_valid()


def test_several_boxes_of_one_field_belong_together(order: Order) -> None:
    from django import forms

    class Pair(forms.MultiWidget):
        def decompress(self, value: Any) -> list[Any]:
            return value or ["", ""]

    class PairField(forms.Field):
        widget = Pair([forms.TextInput(), forms.TextInput()])

    fields = {"lines.+": Field(label="New line", read=None, name="lines.+", form=PairField())}
    typed = posted({"lines.+_0": "SEAL-KIT", "lines.+_1": "2"})

    assert typed.values(fields) == {"lines.+": ["SEAL-KIT", "2"]}
    assert typed.carried(fields, ["lines.+"]) == [("lines.+_0", "SEAL-KIT"), ("lines.+_1", "2")]


def test_short_values_are_set_beside_each_other() -> None:
    assert contrast("Old", "New").pieces == ()


def test_long_texts_show_where_they_differ() -> None:
    old = "Be polite. " * 400 + "Never promise a discount." + " Say goodbye." * 400
    shown = contrast(old, old.replace("Never", "Always"))

    assert [piece.text for piece in shown.pieces if piece.kind == "gone"] == ["Never "]
    assert [piece.text for piece in shown.pieces if piece.kind == "new"] == ["Always "]
    assert all(len(piece.text) < 130 for piece in shown.pieces)


def test_lists_show_what_went_and_what_came() -> None:
    shown = contrast("Anna\nBoris\nVera", "Anna\nVera\nYuri")

    assert [(piece.kind, piece.text) for piece in shown.pieces] == [
        ("same", "Anna"),
        ("gone", "Boris"),
        ("same", "Vera"),
        ("new", "Yuri"),
    ]


def test_texts_that_have_nothing_in_common_do_not_take_long() -> None:
    old, new = " ".join(f"a{n}" for n in range(9000)), " ".join(f"b{n}" for n in range(9000))

    assert [piece.kind for piece in contrast(old, new).pieces] == ["gone", "new"]


def test_differing_words_are_marked() -> None:
    assert [(piece.kind, piece.text) for piece in marked("blue door", "red door")] == [
        ("new", "blue "),
        ("same", "door"),
    ]
    assert marked("", "red door") == ()


def test_documents_hide_nothing() -> None:
    assert pretty({"a": "x\u202ey\u200b"}) == '{\n  "a": "x\\u202ey\\u200b"\n}'
    assert brief({"a": ["x" * 100], "b": "y" * 100}) == '{"a":["' + "x" * 100 + '"],"b":"' + "y" * 59 + '…"}'
