"""The timeline tells what was changed at the vendor, and does not tell our own changes twice."""

import pytest
from django.contrib.auth.models import User
from django.test import Client

from orders.models import Order
from orders.services import draft_changes, look_again, settle_edit, submit_edit, sync_account
from orders.services.differing import changes_at_vendor
from orders.services.drafting import present
from tests.orders.papers import words_of
from vendors.liner.sandbox import LinerSimulator
from vendors.models import VendorAccount

pytestmark = pytest.mark.django_db


def news(order: Order) -> list[tuple[str, str, str]]:
    now = Order.objects.select_related("account").get(pk=order.pk)
    found = changes_at_vendor(order=now, vendor=now.account.adapter())
    return [(each.name, each.old, each.new) for change in found for each in change.differences]


def edit(order: Order, alice: User, **values: str) -> None:
    current = Order.objects.select_related("account").get(pk=order.pk)
    draft = draft_changes(order=current, values=values, seen=present(current))
    (accepted,) = submit_edit(order=current, author=alice, draft=draft, submit_token=repr(values), agreed=True)
    assert settle_edit(edit=accepted).state == "applied"


def test_a_change_found_by_a_sync_is_the_vendors(liner: LinerSimulator, mirrored: VendorAccount, order: Order) -> None:
    liner.edit(order.vendor_id, title="Theirs")

    sync_account(account=mirrored)

    assert news(order) == [("title", order.title, "Theirs")]


def test_our_own_change_seen_again_is_no_news(
    liner: LinerSimulator, mirrored: VendorAccount, order: Order, alice: User
) -> None:
    edit(order, alice, title="Ours")
    sync_account(account=mirrored)

    assert news(order) == []


def test_what_changed_beside_our_own_change_is_the_vendors(liner: LinerSimulator, order: Order, alice: User) -> None:
    liner.edit(order.vendor_id, serviceTitle="Theirs")
    edit(order, alice, title="Ours")

    assert [(name, new) for name, _, new in news(order)] == [("serviceTitle", "Theirs")]


def test_the_newest_stands_first_and_the_page_tells_it(
    liner: LinerSimulator, order: Order, alice: User, client: Client
) -> None:
    for title in ("First", "Second"):
        liner.edit(order.vendor_id, title=title)
        look_again(order=Order.objects.select_related("account").get(pk=order.pk))

    assert [new for _, _, new in news(order)] == ["Second", "First"]
    client.force_login(alice)
    page = words_of(client.get(order.get_absolute_url()).content.decode())
    assert "at Liner Title First → becomes Second" in page
