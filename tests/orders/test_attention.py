"""What needs a person: who sees what, with which next action, what takes it off the list, and what the count costs."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.utils import timezone

from orders.models import Edit, Order, SyncRun
from orders.services import advance_edit, draft_changes, resolve_edit, submit_edit, sync_account
from orders.services.attending import (
    accounts_in_trouble,
    count_attention,
    edits_needing_a_person,
    forget_hold,
    matter_of,
)
from orders.services.dealing import deal_with_edit
from orders.services.drafting import present
from orders.services.holding import ASKED, release_left_holds
from orders.states import FELL_THROUGH, LIVE, State
from tests.orders.papers import words_of
from tests.orders.rows import make_account, make_change, make_edit, make_order
from tests.orders.test_holding import StubbornCaliq, accept
from tests.orders.test_holding import caliq as caliq
from tests.orders.test_holding import editable as editable
from tests.orders.worlds import signed_in
from vendors import secrets
from vendors.liner.sandbox import LinerSimulator
from vendors.models import AccountHealth, VendorAccount

pytestmark = pytest.mark.django_db(transaction=True)

ADDRESS = "/attention/"
LONG_AGO = timedelta(hours=1)


def page(person: User, query: str = "") -> str:
    answer = signed_in(person).get(ADDRESS + query)
    assert answer.status_code == 200
    return str(answer.content.decode())


def rows(html: str) -> list[str]:
    return [words_of(each) for each in re.findall(r'<li class="matter" data-row>.*?</li>', html, re.S)]


def count(html: str) -> str:
    found = re.search(r'<span id="attention-count">(.*?)</span>', html)
    assert found
    return found[1]


@pytest.fixture
def quiet(db: None) -> VendorAccount:
    return make_account()


def of_each_kind(account: VendorAccount, author: User) -> dict[str, Edit]:
    """An edit for every way to need a person, and for every way not to."""
    now = timezone.now()
    past, soon = now - LONG_AGO, now + timedelta(minutes=5)

    def edit(state: State, **columns: Any) -> Edit:
        return make_edit(make_order(account), author, state, at=past, **columns)

    return {
        **{f"needs: {state.value}": edit(state) for state in FELL_THROUGH},
        "needs: unknown": edit(State.UNKNOWN, next_at=None),
        "needs: stuck, waiting": edit(State.ACCEPTED, next_at=past),
        "needs: stuck, left": edit(State.SENDING, next_at=past, busy_until=past),
        "needs: lock of an applied one": edit(State.APPLIED, hold="4711"),
        "needs: lock of a withdrawn one": edit(State.WITHDRAWN, hold="4711"),
        "needs: lock of a lost one": edit(State.UNKNOWN, hold="4711", next_at=soon),
        "needs: lock asked for": edit(State.NO_CHANGE, hold=ASKED),
        "held by somebody": edit(State.SENDING, next_at=past, busy_until=soon),
        "due just now": edit(State.ACCEPTED, next_at=now - timedelta(seconds=30)),
        "looked at later": edit(State.UNKNOWN, next_at=soon),
        "lock in use": edit(State.CHECKING, next_at=soon, hold="4711"),
        "lock just left": make_edit(make_order(account), author, State.APPLIED, hold="4711"),
        "asked for 2 min ago": make_edit(
            make_order(account), author, State.APPLIED, at=now - timedelta(minutes=2), hold=ASKED
        ),
        "dealt with": edit(State.REFUSED, dealt_with_at=now, dealt_with_by=author),
        **{state.value: edit(state) for state in (State.APPLIED, State.ECHOED, State.NO_CHANGE, State.WITHDRAWN)},
    }


def test_exactly_what_needs_a_person_is_listed(quiet: VendorAccount, alice: User) -> None:
    edits = of_each_kind(quiet, alice)
    expected = {edit.pk for name, edit in edits.items() if name.startswith("needs")}

    found = set(edits_needing_a_person(person=alice, everybody=False).values_list("pk", flat=True))

    assert {name for name, edit in edits.items() if edit.pk in found ^ expected} == set()
    now = timezone.now()
    assert {edit.pk for edit in edits.values() if matter_of(edit, now)} == expected
    assert len(rows(page(alice))) == len(expected) == int(count(page(alice)))


def test_an_agent_sees_their_own_and_a_supervisor_all_or_their_own(
    quiet: VendorAccount, alice: User, bob: User, sam: User, ada: User
) -> None:
    for number, author in (("A-1", alice), ("B-1", bob), ("S-1", sam)):
        make_edit(make_order(quiet, number=number), author, State.REFUSED)

    def numbers(person: User, query: str = "") -> set[str]:
        return set(re.findall(r"#([ABS]-1)</span>", page(person, query)))

    assert numbers(alice) == numbers(alice, "?who=all") == {"A-1"}
    assert numbers(sam) == numbers(ada) == numbers(sam, "?who=nonsense") == {"A-1", "B-1", "S-1"}
    assert numbers(sam, "?who=mine") == {"S-1"}
    assert 'aria-label="Whose"' not in page(alice)
    assert (count(page(alice)), count(page(sam)), count(page(ada))) == ("1", "3", "3")


def test_each_says_what_happened_who_when_and_what_to_do_next(order: Order, alice: User, liner: LinerSimulator) -> None:
    liner.fail("403", intent="write")
    draft = draft_changes(order=order, values={"title": "No"}, seen=present(order))
    (edit,) = submit_edit(order=order, author=alice, draft=draft, submit_token="t1", reason="a call", ticket="7")
    assert advance_edit(edit.pk).state == State.REFUSED

    html = page(alice)

    (row,) = rows(html)
    explanation = Edit.objects.get(pk=edit.pk).explanation
    assert row.startswith(f"refused #{order.number} {order.title} Liner {explanation} alice, ")
    assert row.endswith(f"Edit again Done : edit {edit.pk} of #{order.number}")
    assert f'href="/orders/{order.pk}/edit/?from={edit.pk}"' in html
    again = signed_in(alice).get(f"/orders/{order.pk}/edit/?from={edit.pk}").content.decode()
    assert 'value="No"' in again
    assert '<input type="hidden" name="_reason" value="a call">' in again
    assert '<input type="hidden" name="_ticket" value="7">' in again


def test_a_conflict_leads_to_its_three_values_and_an_unknown_to_settling(quiet: VendorAccount, alice: User) -> None:
    conflict = {"title": {"label": "Title", "seen": "a", "mine": "b", "theirs": "c"}}
    disputed = make_edit(make_order(quiet), alice, State.CONFLICT, conflict=conflict)
    gone = make_edit(make_order(quiet), alice, State.CONFLICT, explanation="The order no longer has the field x.")
    lost = make_edit(make_order(quiet), alice, State.UNKNOWN, next_at=None)

    html = page(alice)

    assert f'href="/orders/{disputed.order_id}/?edit={disputed.pk}">Compare</a>' in html
    assert f'href="/orders/{gone.order_id}/edit/?from={gone.pk}">Edit again</a>' in html
    assert f'href="/orders/{lost.order_id}/?edit={lost.pk}">Settle it</a>' in html
    assert f"/edits/{lost.pk}/deal/" not in html


def test_done_takes_it_off_the_list_once(quiet: VendorAccount, alice: User, sam: User) -> None:
    edit = make_edit(make_order(quiet), alice, State.REFUSED)
    client = signed_in(alice)

    answer = client.post(f"/edits/{edit.pk}/deal/", follow=True)

    assert answer.redirect_chain == [(ADDRESS, 302)]
    said = words_of(answer.content.decode())
    assert f"Edit {edit.pk} of #{edit.order.number} is dealt with." in said
    assert "Nothing needs you" in said
    assert count(answer.content.decode()) == ""
    assert "Dealt with by alice," in words_of(client.get(f"/edits/{edit.pk}/").content.decode())
    edit.refresh_from_db()
    first = edit.dealt_with_at
    assert edit.dealt_with_by == alice
    again = signed_in(sam).post(f"/edits/{edit.pk}/deal/", {"who": "mine"}, follow=True)
    assert again.redirect_chain == [(f"{ADDRESS}?who=mine", 302)]
    assert "Somebody has seen to this already." in words_of(again.content.decode())
    edit.refresh_from_db()
    assert (edit.dealt_with_at, edit.dealt_with_by) == (first, alice)


def test_done_without_leaving_the_page_gives_the_line_that_remains_and_the_new_count(
    quiet: VendorAccount, alice: User
) -> None:
    edits = [make_edit(make_order(quiet), alice, State.REFUSED) for _ in range(3)]

    answer = signed_in(alice).post(f"/edits/{edits[0].pk}/deal/", headers={"HX-Request": "true"})

    html = answer.content.decode()
    assert "<html" not in html
    assert "is dealt with." in html
    assert '<span id="attention-count" hx-swap-oob="innerHTML">2</span>' in html
    assert '<span id="attention-count-folded" hx-swap-oob="innerHTML">2</span>' in html


def test_dismissing_the_card_deals_with_it_too(quiet: VendorAccount, alice: User, bob: User) -> None:
    edit = make_edit(make_order(quiet), alice, State.REFUSED)
    address = f"/orders/{edit.order_id}/?edit={edit.pk}"
    assert f'action="/edits/{edit.pk}/deal/"' not in signed_in(bob).get(address).content.decode()
    client = signed_in(alice)
    assert f'action="/edits/{edit.pk}/deal/"' in client.get(address).content.decode()

    answer = client.post(f"/edits/{edit.pk}/deal/", {"then": "order"})

    assert answer["Location"] == f"/orders/{edit.order_id}/"
    assert f'action="/edits/{edit.pk}/deal/"' not in client.get(address).content.decode()


@pytest.mark.parametrize("state", [*LIVE, State.APPLIED, State.WITHDRAWN])
def test_what_did_not_fall_through_is_not_dealt_with(quiet: VendorAccount, alice: User, state: State) -> None:
    edit = make_edit(make_order(quiet), alice, state, next_at=None)

    assert deal_with_edit(edit=edit, by=alice) is False
    assert Edit.objects.get(pk=edit.pk).dealt_with_at is None


def test_a_later_edit_with_at_least_the_same_fields_deals_with_it(order: Order, bob: User, alice: User) -> None:
    both = {"title": make_change(), "leadsPriority": make_change(label="Priority")}
    one = {"title": make_change()}
    wider, same, other = (
        make_edit(order, alice, State.REFUSED, changes=changes)
        for changes in (both, one, {"code": make_change(label="Code")})
    )
    elsewhere = make_edit(Order.objects.exclude(pk=order.pk)[0], alice, State.REFUSED, changes=one)
    draft = draft_changes(order=order, values={"title": "At last"}, seen=present(order))
    (edit,) = submit_edit(order=order, author=bob, draft=draft, submit_token="later")

    assert advance_edit(edit.pk).state == State.APPLIED

    dealt = Edit.objects.exclude(dealt_with_at=None)
    assert [(each.pk, each.dealt_with_by) for each in dealt] == [(same.pk, bob)]
    assert {wider.pk, other.pk, elsewhere.pk} == {
        edit.pk for edit in edits_needing_a_person(person=alice, everybody=False)
    }


def test_a_later_edit_that_was_refused_too_deals_with_nothing(order: Order, alice: User, liner: LinerSimulator) -> None:
    make_edit(order, alice, State.REFUSED)
    liner.fail("403", intent="write")
    draft = draft_changes(order=order, values={"title": "Again"}, seen=present(order))
    (edit,) = submit_edit(order=order, author=alice, draft=draft, submit_token="later")
    assert advance_edit(edit.pk).state == State.REFUSED

    assert count_attention(person=alice, everybody=False) == "2"


@pytest.mark.parametrize("applied", [True, False])
def test_settling_by_hand_is_dealing_with_it(quiet: VendorAccount, alice: User, bob: User, applied: bool) -> None:
    edit = make_edit(make_order(quiet), alice, State.UNKNOWN, next_at=None)
    assert count_attention(person=alice, everybody=False) == "1"

    resolve_edit(edit=edit, by=bob, applied=applied, note="Seen in the panel.")

    assert count_attention(person=alice, everybody=False) == ""
    assert Edit.objects.get(pk=edit.pk).dealt_with_by == (None if applied else bob)


# Locks


def test_a_lock_that_caliq_does_not_take_back_is_told_until_it_does(
    caliq: StubbornCaliq, editable: Order, alice: User
) -> None:
    caliq.keeps_locks = True
    done = advance_edit(accept(editable, alice, "PO-HELD").pk)
    assert (done.state, bool(done.hold)) == (State.APPLIED, True)
    assert rows(page(alice)) == []
    late = timezone.now() + timedelta(minutes=2)

    (found,) = edits_needing_a_person(person=alice, everybody=False, now=late)

    assert matter_of(found, late) == "lock"
    caliq.keeps_locks = False
    assert release_left_holds() == 1
    assert not edits_needing_a_person(person=alice, everybody=False, now=late).exists()


def test_a_lock_says_since_when_and_what_to_do_at_the_vendor(quiet: VendorAccount, alice: User) -> None:
    past = timezone.now() - LONG_AGO
    granted = make_edit(make_order(quiet), alice, State.APPLIED, at=past, hold="4711")
    asked = make_edit(make_order(quiet), alice, State.NOT_SENT, at=past, hold=ASKED)

    lines = rows(page(alice))

    assert len(lines) == 2
    assert "may be locked at Liner by our own request, whose answer was lost" in lines[0]
    assert "has not taken its lock on the order back" in lines[1]
    for line, edit in zip(lines, (asked, granted), strict=True):
        assert line.startswith("locked")
        assert "locked for 1 h" in line
        assert "unlock it there if it is locked" in line
        assert line.endswith(f"It is not locked : edit {edit.pk} of #{edit.order.number}")


def test_somebody_who_saw_to_the_lock_takes_it_off_the_record_and_the_history_says_so(
    quiet: VendorAccount, alice: User
) -> None:
    past = timezone.now() - LONG_AGO
    edit = make_edit(make_order(quiet), alice, State.REFUSED, at=past, hold=ASKED)
    assert [line.split()[0] for line in rows(page(alice))] == ["locked"]

    signed_in(alice).post(f"/edits/{edit.pk}/deal/", {"matter": "lock"})

    edit.refresh_from_db()
    assert (edit.hold, edit.dealt_with_at) == ("", None)
    assert edit.steps.latest("pk").note == "alice saw to the lock at Liner."
    assert [line.split()[0] for line in rows(page(alice))] == ["refused"]
    assert forget_hold(edit=edit, by=alice) is False


def test_a_lock_that_is_in_use_is_not_forgotten(quiet: VendorAccount, alice: User) -> None:
    later = timezone.now() + timedelta(minutes=1)
    checking = make_edit(make_order(quiet), alice, State.CHECKING, hold="4711")
    worked_on = make_edit(make_order(quiet), alice, State.APPLIED, hold="4711", busy_until=later)

    for edit in (checking, worked_on):
        assert forget_hold(edit=edit, by=alice) is False
        assert Edit.objects.get(pk=edit.pk).hold == "4711"


# Accounts


def test_an_account_whose_last_sync_failed_is_told_to_those_who_answer_for_it(
    mirrored: VendorAccount, alice: User, sam: User, ada: User, liner: LinerSimulator
) -> None:
    ada.user_permissions.set([])
    mirrored.encrypted_credentials = secrets.encrypt(dict.fromkeys(liner.credentials, "a-key-that-was-withdrawn"))
    mirrored.save()
    run = sync_account(account=mirrored)
    assert run.error

    assert rows(page(alice)) == []
    (told,) = rows(page(sam))
    assert re.match(r"account Liner To be mended, since \d\d:\d\d: ", told)
    assert "An administrator can look after it." in told
    assert f'href="/admin/vendors/vendoraccount/{mirrored.pk}/change/">Open the account</a>' in page(ada)
    assert [count(page(each)) for each in (alice, sam, ada)] == ["", "1", "1"]
    assert rows(page(sam, "?who=mine")) == []

    mirrored.encrypted_credentials = secrets.encrypt(liner.credentials)
    mirrored.save()
    sync_account(account=mirrored)
    assert rows(page(sam)) == []


def test_only_the_last_finished_sync_of_an_enabled_account_counts(quiet: VendorAccount) -> None:
    now = timezone.now()
    disabled = make_account("Old", enabled=False)
    for account in (quiet, disabled):
        SyncRun.objects.create(account=account, started_at=now - LONG_AGO, finished_at=now - LONG_AGO, error="No.")
    SyncRun.objects.create(account=quiet, started_at=now)

    assert [(trouble.account, trouble.words) for trouble in accounts_in_trouble()] == [
        (quiet, "Its last sync ended with an error: No.")
    ]
    SyncRun.objects.create(account=quiet, started_at=now, finished_at=now)
    assert accounts_in_trouble() == []


# Who may


def test_nobody_dismisses_an_edit_that_is_not_theirs_but_a_supervisor(
    quiet: VendorAccount, alice: User, bob: User, sam: User, ada: User
) -> None:
    edit = make_edit(make_order(quiet), alice, State.REFUSED)

    for person in (bob, ada, User.objects.create_user("nobody")):
        assert signed_in(person).post(f"/edits/{edit.pk}/deal/").status_code == 403
        assert Edit.objects.get(pk=edit.pk).dealt_with_at is None
    assert signed_in(alice).get(f"/edits/{edit.pk}/deal/").status_code == 405
    assert signed_in(sam).post(f"/edits/{edit.pk}/deal/").status_code == 302
    assert Edit.objects.get(pk=edit.pk).dealt_with_by == sam


def test_one_who_only_looks_finds_nothing_to_press(quiet: VendorAccount, alice: User, ada: User) -> None:
    of_each_kind(quiet, alice)

    (listed,) = re.findall(r'<ol id="matters".*?</ol>', page(ada), re.S)

    assert "<form" not in listed
    assert "<button" not in listed
    assert set(re.findall(r'class="button" href="[^"]*">(.*?)</a>', listed)) == {"See the edit"}


def test_what_a_vendor_said_of_personal_values_is_kept_from_those_who_may_not_see_them(
    quiet: VendorAccount, alice: User, ada: User
) -> None:
    changes = {"phone": make_change(label="Phone", personal=True)}
    make_edit(
        make_order(quiet), alice, State.REFUSED, changes=changes, explanation="+55 11 90000-7777 is no phone number."
    )

    assert "+55 11 90000-7777" in page(alice)
    assert "+55 11 90000-7777" not in page(ada)
    assert "Refused by Liner" in words_of(page(ada))


def test_hostile_words_are_shown_as_words(quiet: VendorAccount, alice: User) -> None:
    hostile = "<script>alert(1)</script>\u202egnp"
    make_edit(make_order(quiet, title=hostile), alice, State.REFUSED, explanation=hostile)

    assert "<script>alert" not in page(alice)
    assert "\u202e" not in re.findall(r'<p class="sentence".*?</p>', page(alice), re.S)[0]


# What it costs


def test_a_long_list_goes_on_page_by_page(quiet: VendorAccount, alice: User, sam: User) -> None:
    now = timezone.now()
    made = [make_edit(make_order(quiet), alice, State.REFUSED, at=now - timedelta(minutes=ago)) for ago in range(60)]
    first = page(sam, "?who=all")
    (more,) = re.findall(r'id="more-link" class="button" href="(.*?)"', first)

    second = page(sam, more.replace("&amp;", "&"))

    numbers = re.findall(r"/edits/(\d+)/deal/", first)[::2] + re.findall(r"/edits/(\d+)/deal/", second)[::2]
    assert [int(each) for each in numbers] == [edit.pk for edit in made]
    assert "That is all of them." in second
    assert "That page is no longer known" in page(sam, "?after=made-up")


@pytest.mark.parametrize("who", ["alice", "sam"])
def test_the_count_takes_one_query_however_much_there_is(
    quiet: VendorAccount, alice: User, sam: User, who: str, django_assert_num_queries: Any
) -> None:
    person, everybody = {"alice": (alice, False), "sam": (sam, True)}[who]
    with django_assert_num_queries(1):
        assert count_attention(person=person, everybody=everybody) == ""
    order = make_order(quiet)
    for _ in range(99):
        make_edit(order, alice, State.REFUSED)
    with django_assert_num_queries(1):
        assert count_attention(person=person, everybody=everybody) == "99"
    make_edit(order, alice, State.REFUSED)
    with django_assert_num_queries(1):
        assert count_attention(person=person, everybody=everybody) == "99+"


def test_the_page_takes_as_many_queries_however_long_it_is(
    quiet: VendorAccount, alice: User, sam: User, django_assert_max_num_queries: Any
) -> None:
    of_each_kind(quiet, alice)
    for _ in range(20):
        make_edit(make_order(quiet), alice, State.REFUSED)
    client = signed_in(sam)
    with django_assert_max_num_queries(8):  # session, person, two for the permissions, accounts, edits, the count
        client.get(ADDRESS)


def test_a_fragment_asks_for_no_count(quiet: VendorAccount, alice: User, django_assert_max_num_queries: Any) -> None:
    edit = make_edit(make_order(quiet), alice, State.UNKNOWN, next_at=timezone.now() + LONG_AGO)
    client = signed_in(alice)
    with django_assert_max_num_queries(5):  # session, person, two for the permissions, the edit
        client.get(f"/edits/{edit.pk}/?stamp=x", headers={"HX-Request": "true"})


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL weighs a small table otherwise")
def test_what_is_over_is_never_walked_through(quiet: VendorAccount, alice: User) -> None:
    for everybody, index in ((False, "edit_author_open"), (True, "edit_open")):
        edits = edits_needing_a_person(person=alice, everybody=everybody)
        assert index in edits.order_by("-created_at", "-id").values("pk")[:50].explain()


def test_the_count_follows_when_an_edit_settles_on_an_open_page(
    order: Order, alice: User, liner: LinerSimulator
) -> None:
    liner.fail("403", intent="write")
    draft = draft_changes(order=order, values={"title": "No"}, seen=present(order))
    (edit,) = submit_edit(order=order, author=alice, draft=draft, submit_token="t1", hold_seconds=60)
    client, poll = signed_in(alice), {"HX-Request": "true"}
    assert "attention-count" not in client.get(f"/edits/{edit.pk}/?stamp=", headers=poll).content.decode()
    Edit.objects.filter(pk=edit.pk).update(next_at=timezone.now())
    advance_edit(edit.pk)

    settled = client.get(f"/edits/{edit.pk}/?stamp=", headers=poll).content.decode()

    assert "Refused by Liner" in settled
    assert '<span id="attention-count" hx-swap-oob="innerHTML">1</span>' in settled


def test_nothing_needs_anybody_in_words(quiet: VendorAccount, alice: User, sam: User) -> None:
    assert "Nothing needs you" in words_of(page(alice))
    assert "Nothing needs anybody" in words_of(page(sam))
    assert "Attention" in words_of(page(alice))


def test_an_account_whose_vendor_does_not_answer_is_told_with_since_when(quiet: VendorAccount, sam: User) -> None:
    since = timezone.now() - timedelta(minutes=9)
    AccountHealth.objects.create(account=quiet, failures=5, failing_since=since, probe_at=since)

    (trouble,) = accounts_in_trouble()

    assert (trouble.account, trouble.since) == (quiet, since)
    assert "Liner" in trouble.words
    assert count_attention(person=sam, everybody=True) == "1"
