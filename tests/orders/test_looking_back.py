"""What is said of an edit where the look at the order afterwards is odd: it is gone, or somebody else wrote."""

import re
from collections.abc import Callable, Iterator

import pytest
from django.contrib.auth.models import User
from django.db.models import F
from django.test import Client

from orders.models import Edit, Order
from orders.services import advance_edit, draft_changes, resolve_edit, submit_edit, sync_account
from orders.services.differing import changes_at_vendor
from orders.services.drafting import Seen, present
from orders.states import State
from tests.orders.moments import Moments
from tests.orders.scenes import CANCELING, TAKEN, Scene
from tests.orders.teeth.scene import before, looks_up_what_was_read
from vendors.lia.sandbox import LiaSimulator
from vendors.lia.sandbox.world import order_id
from vendors.liner.sandbox import LinerSimulator
from vendors.management.commands.sandbox import simulators
from vendors.models import VendorAccount
from vendors.sandbox.messages import Request, Response
from vendors.sandbox.server import Server

pytestmark = pytest.mark.django_db(transaction=True)


class Died(BaseException):
    """What nothing in the desk survives, as kill -9."""


class OddLia(LiaSimulator):
    """Lia, that answers an update with somebody else's order, or says no in characters that nothing can show."""

    answers = ""

    def handle(self, request: Request) -> Response:
        if request.method != "PUT" or not self.answers:
            return super().handle(request)
        if self.answers == "senseless":
            return Response(status=422, body=rb'{"errors":{"email":["n\u0000o \ud800"]}}')
        super().handle(request)
        return self._answer(self.orders[order_id(2)])


@pytest.fixture
def server() -> Iterator[Server]:
    kept = [each for each in simulators(size=8) if each.slug != "lia"]
    with Server([*kept, OddLia(size=8)]) as server:
        yield server
    assert not server.errors, server.errors[0]


@pytest.fixture
def scene(server: Server, alice: User) -> Scene:
    """An edit of three of Liner's fields."""
    return Scene(server["liner"], TAKEN["liner"], alice)


def when(scene: Scene, happens: Callable[[], object], *, called: bool) -> Moments:
    """Something happens while the edit is being sent: once the vendor was called, or just before."""
    done: list[int] = []

    def reached(number: int) -> None:
        is_sending = Edit.objects.filter(state=State.SENDING).exists()
        if is_sending and bool(scene.calls()) is called and not done:
            done.append(number)
            happens()

    return Moments(reached)


def test_an_order_that_went_before_it_could_be_changed_is_a_refusal(scene: Scene) -> None:
    (edit,) = scene.begin()

    with when(scene, lambda: scene.simulator.replace(scene.case.order, None), called=False):
        advance_edit(edit.pk)

    (done,) = scene.recover([edit])
    assert (done.state, done.next_at) == (State.REFUSED, None)
    assert "The order is gone" in done.explanation


def test_an_order_that_went_after_it_was_changed_leaves_the_edit_to_a_person(scene: Scene) -> None:
    (edit,) = scene.begin()

    with when(scene, lambda: scene.simulator.replace(scene.case.order, None), called=True):
        advance_edit(edit.pk)

    (done,) = scene.recover([edit])
    assert (done.state, done.next_at) == (State.UNKNOWN, None)
    assert "nobody can see what became of the edit" in done.explanation


def test_after_a_no_for_another_reason_an_order_that_went_proves_nothing(scene: Scene) -> None:
    """Who says no may have changed the order all the same, and then it went: nobody can see that it was not changed."""
    (edit,) = scene.begin()
    scene.simulator.fail("error_applied", intent="write")

    with when(scene, lambda: scene.simulator.replace(scene.case.order, None), called=True):
        advance_edit(edit.pk)

    (done,) = scene.recover([edit])
    assert (done.answer["said"], done.state, done.next_at) == ("no", State.UNKNOWN, None)
    assert "nobody can see what became of the edit" in done.explanation


@pytest.mark.parametrize(
    "changes", [{"title": "Theirs"}, {"title": "T", "leadsPriority": 9, "callHolidayOverrides": []}]
)
def test_what_somebody_wrote_over_an_unknown_edit_is_for_a_person_to_settle(
    scene: Scene, alice: User, client: Client, changes: dict[str, object]
) -> None:
    (edit,) = scene.begin()
    scene.simulator.fail("drop:after", intent="write")

    with when(scene, lambda: scene.simulator.change(scene.case.order, changes), called=True):
        advance_edit(edit.pk)

    (done,) = scene.recover([edit])
    assert (done.state, done.next_at) == (State.UNKNOWN, None)
    assert re.search("Liner shows something else for .*Title.*: check who changed it", done.explanation)
    assert "Not applied" not in done.explanation
    client.force_login(alice)
    page = client.get(done.get_absolute_url()).content.decode()
    assert "What you saw there" in page

    resolve_edit(edit=done, by=alice, applied=True, note="The log of Liner names us, then them.")
    page = client.get(done.get_absolute_url()).content.decode()
    assert "<strong>Applied.</strong>" in page


def test_a_change_that_a_sync_was_the_first_to_see_is_still_ours(scene: Scene) -> None:
    (edit,) = scene.begin()

    def die(number: int) -> None:
        if scene.calls():
            raise Died

    with pytest.raises(Died), Moments(die):
        advance_edit(edit.pk)
    assert sync_account(account=scene.order.account).error == ""

    (done,) = scene.recover([edit])
    assert done.state == State.APPLIED
    order = Order.objects.select_related("account").get(pk=scene.order.pk)
    assert changes_at_vendor(order=order, vendor=order.account.adapter()) == []


def test_the_author_of_an_earlier_save_is_no_stranger(scene: Scene, alice: User, bob: User) -> None:
    """Whoever goes back to the form and saves again knows what they wrote themselves; others do not."""
    seen = present(scene.order)
    assert save(scene.order, alice, seen, "First").state == State.APPLIED
    assert save(scene.order, alice, seen, "Second").state == State.APPLIED
    assert save(scene.order, bob, seen, "Third").state == State.CONFLICT
    assert scene.simulator.order(scene.case.order)["title"] == "Second"

    scene.simulator.edit(scene.case.order, title="Theirs")
    assert save(scene.order, alice, seen, "Fourth").state == State.CONFLICT


def save(order: Order, author: User, seen: Seen, title: str) -> Edit:
    """The edit that comes of a form in which its author saw that."""
    now = Order.objects.select_related("account").get(pk=order.pk)
    draft = draft_changes(order=now, values={"title": title}, seen=seen)
    (edit,) = submit_edit(order=now, author=author, draft=draft, submit_token=title, agreed=True)
    return advance_edit(edit.pk)


def test_a_worker_that_was_held_up_sends_nothing(scene: Scene) -> None:
    """Another one has taken the edit on meanwhile."""
    (edit,) = scene.begin()

    def hold_up() -> None:
        Edit.objects.filter(pk=edit.pk, state=State.CHECKING, fence=1).update(fence=F("fence") + 1)

    with before(looks_up_what_was_read, hold_up):
        left = advance_edit(edit.pk)

    assert (left.state, left.fence, scene.calls()) == (State.CHECKING, 2, [])
    assert not left.attempts.exists()


def test_a_lock_that_came_too_late_is_given_back(server: Server, alice: User) -> None:
    """Another worker has taken the edit on by the time the lock is granted, and cannot know of it."""
    scene = Scene(server["caliq"], TAKEN["caliq"], alice)
    (edit,) = scene.begin()

    def take_over(number: int) -> None:
        if scene.simulator.lists()["locks"]:
            Edit.objects.filter(pk=edit.pk, fence=1).update(fence=F("fence") + 1)

    with Moments(take_over):
        advance_edit(edit.pk)

    assert scene.simulator.lists()["locks"] == {}
    assert Edit.objects.get(pk=edit.pk).state == State.CHECKING
    assert scene.recover([edit])[0].state == State.APPLIED


def test_nothing_of_another_order_is_kept_where_the_vendor_answers_with_one(
    server: Server, alice: User, client: Client
) -> None:
    scene = Scene(lia := server["lia"], TAKEN["lia"], alice)
    (edit,) = scene.begin()
    lia.answers = "another"  # type: ignore[attr-defined]

    (done,) = scene.recover([edit])

    assert done.state == State.APPLIED
    theirs = lia.order(order_id(2))["customer_name"]
    client.force_login(alice)
    page = client.get(done.get_absolute_url()).content.decode()
    assert theirs not in page
    assert theirs not in str(done.answer)
    assert theirs not in "".join(done.attempts.values_list("text", flat=True))


def test_a_no_in_senseless_characters_is_a_no(server: Server, alice: User) -> None:
    scene = Scene(server["lia"], TAKEN["lia"], alice)
    (edit,) = scene.begin()
    scene.simulator.answers = "senseless"  # type: ignore[attr-defined]

    (done,) = scene.recover([edit])

    assert done.state == State.REFUSED
    assert "email: n␀o �" in done.explanation


def test_a_document_that_no_database_can_date_is_mirrored_without_its_date(
    liner: LinerSimulator, mirrored: VendorAccount, order: Order
) -> None:
    liner.edit(order.vendor_id, createdAt="0001-01-01T00:00:00+14:00")

    run = sync_account(account=mirrored)

    assert (run.error, run.failed) == ("", 0)
    order.refresh_from_db()
    assert order.created_at is None
    assert order.raw["createdAt"] == "0001-01-01T00:00:00+14:00"


def test_an_edit_that_canceled_the_order_is_no_plain_yes(server: Server, alice: User, client: Client) -> None:
    scene = Scene(server["lia"], CANCELING, alice)
    (done,) = scene.recover(scene.begin())

    assert done.state == State.APPLIED
    client.force_login(alice)
    page = client.get(scene.order.get_absolute_url(), {"edit": done.pk}).content.decode()
    assert "<strong>Applied, with consequences:</strong>" in page
    assert "Lia canceled the order for good" in page
    assert 'class="card outcome" data-hue="unknown"' in page
