"""The mirror: complete, without doubles, and cheap where nothing changed."""

from datetime import timedelta

import pytest
from django.utils import timezone

from orders.models import Order, Revision
from orders.services import look_again, sync_account
from orders.services.mirror import store_found
from vendors.contract import Found
from vendors.liner.sandbox import LinerSimulator
from vendors.models import VendorAccount

pytestmark = pytest.mark.django_db(transaction=True)  # pages are read by threads of their own


def test_every_order_is_mirrored_once_with_the_document_as_it_was_sent(
    liner: LinerSimulator, mirrored: VendorAccount
) -> None:
    listed = {vendor_id for vendor_id, order in liner.orders.items() if not order.get("_archived")}
    mirror = {order.vendor_id: order for order in Order.objects.all()}

    assert len(mirror) == Order.objects.count() > 20
    assert set(mirror) <= set(liner.orders)
    assert len(listed) >= len(mirror)
    one = next(iter(mirror.values()))
    assert one.raw["title"] == one.title
    assert len(one.raw) == 33


def test_an_unchanged_order_is_not_written_again(
    liner: LinerSimulator, mirrored: VendorAccount, django_assert_max_num_queries: object
) -> None:
    before = list(Order.objects.order_by("id").values_list("revision", "changed_at", "seen_at"))

    run = sync_account(account=mirrored)

    assert (run.added, run.changed, run.failed) == (0, 0, 0)
    assert list(Order.objects.order_by("id").values_list("revision", "changed_at", "seen_at")) == before


def test_a_changed_order_gets_a_new_revision_and_the_old_document_is_kept(
    liner: LinerSimulator, mirrored: VendorAccount, order: Order
) -> None:
    liner.edit(order.vendor_id, title="Changed at Liner")

    run = sync_account(account=mirrored)

    assert run.changed == 1
    order.refresh_from_db()
    assert (order.revision, order.title) == (2, "Changed at Liner")
    kept = Revision.objects.get(order=order)
    assert (kept.number, kept.raw["title"] == "Changed at Liner") == (1, False)


def test_what_was_read_before_a_look_does_not_replace_what_the_look_saw(
    liner: LinerSimulator, mirrored: VendorAccount, order: Order
) -> None:
    began = timezone.now()
    old = dict(order.raw)
    liner.edit(order.vendor_id, title="Newer")
    look_again(order=order)

    stored = store_found(account=mirrored, vendor=mirrored.adapter(), found=[Found(raw=old)], as_of=began)

    assert stored.changed == 0
    order.refresh_from_db()
    assert order.title == "Newer"


def test_one_bad_order_is_reported_and_does_not_stop_the_others(account: VendorAccount, liner: LinerSimulator) -> None:
    found = [Found(raw=raw, at="7") for raw in ({"id": "no number"}, dict(next(iter(liner.orders.values()))))]

    stored = store_found(
        account=account, vendor=account.adapter(), found=found, as_of=timezone.now() - timedelta(seconds=1)
    )

    assert stored.added == 1
    assert len(stored.problems) == 1


def test_unknown_fields_are_kept(account: VendorAccount, liner: LinerSimulator) -> None:
    raw = {**next(iter(liner.orders.values())), "brandNew": {"deep": [1, None]}}

    store_found(account=account, vendor=account.adapter(), found=[Found(raw=raw)], as_of=timezone.now())

    assert Order.objects.get().raw["brandNew"] == {"deep": [1, None]}


def test_a_failing_vendor_ends_the_pass_and_keeps_what_was_read(liner: LinerSimulator, account: VendorAccount) -> None:
    liner.fail("500", path="offset=0", times=None)

    run = sync_account(account=account)

    assert "500" in run.error
    assert run.finished_at is not None


def test_a_read_that_fails_once_is_tried_again(liner: LinerSimulator, account: VendorAccount) -> None:
    liner.fail("503", path="/v2/order/", intent="read", retry_after="0")

    assert sync_account(account=account).error == ""


def test_wrong_credentials_end_the_pass_with_a_sentence(liner: LinerSimulator, account: VendorAccount) -> None:
    from vendors import secrets

    account.encrypted_credentials = secrets.encrypt({"api_key": "somebody-elses-key"})

    run = sync_account(account=account)

    assert "credentials" in run.error
    assert "somebody" not in run.error


@pytest.mark.parametrize("setting", ["total", "null", "absent", "offset_plus_limit"])
def test_a_pass_ends_whatever_the_last_page_says(liner: LinerSimulator, account: VendorAccount, setting: str) -> None:
    liner.set(next_on_last_page=setting)

    run = sync_account(account=account)

    assert (run.error, run.seen) == ("", run.total)


def test_an_order_that_a_complete_pass_does_not_show_is_marked_until_it_is_shown_again(
    liner: LinerSimulator, mirrored: VendorAccount, order: Order
) -> None:
    kept = liner.order(order.vendor_id)
    liner.replace(order.vendor_id, None)

    sync_account(account=mirrored)
    order.refresh_from_db()
    assert order.gone_at is not None
    assert Order.objects.exclude(gone_at=None).count() == 1

    liner.replace(order.vendor_id, kept)
    sync_account(account=mirrored)
    order.refresh_from_db()
    assert order.gone_at is None


def test_a_pass_that_failed_midway_marks_nothing_as_gone(liner: LinerSimulator, mirrored: VendorAccount) -> None:
    liner.fail("500", path="/v2/order/", times=None)

    run = sync_account(account=mirrored)

    assert not run.complete
    assert not Order.objects.exclude(gone_at=None).exists()


def test_an_account_without_its_credentials_says_so(account: VendorAccount) -> None:
    account.encrypted_credentials = ""
    account.save()

    run = sync_account(account=account)

    assert run.error == "Liner has no API key: enter its credentials again."
