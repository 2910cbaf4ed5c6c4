"""What vendors deliver by themselves: who is believed, what is kept, and how often."""

import copy
import hashlib
import hmac
import json
import logging
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from config.logs import redact
from orders.models import Delivery, Order, Revision
from orders.services import draft_changes, receive_delivery, settle_edit, submit_edit
from orders.services.drafting import present
from orders.services.mirror import store_found
from orders.states import State
from tests.vendors.lia.worlds import alice as alice
from tests.vendors.lia.worlds import find_order, set_option
from tests.vendors.lia.worlds import lia_account as lia_account
from tests.vendors.lia.worlds import lia_mirrored as lia_mirrored
from tests.vendors.lia.worlds import lia_simulator as lia_simulator
from vendors import secrets
from vendors.contract import Found
from vendors.errors import SignatureWrong
from vendors.lia.sandbox import LiaSimulator
from vendors.lia.sandbox.identity import DENIED
from vendors.lia.sandbox.shown import snapshot
from vendors.lia.sandbox.world import order_id
from vendors.models import VendorAccount

pytestmark = pytest.mark.django_db

OPEN = order_id(1)
LATER, EARLIER = "2030-01-01T10:00:00.000-03:00", "2020-01-01T10:00:00.000-03:00"


def a_message(order: dict[str, Any], number: int = 1, **changes: Any) -> bytes:
    """A signed order.canceled, as bytes that no parser would write again."""
    data = {**snapshot(order), "status": "canceled", "updated_at": LATER, **changes}
    return json.dumps(
        {"id": f"message-{number}", "data": data, "event": "canceled", "entity": "order"}, ensure_ascii=False, indent=1
    ).encode()


def signature_of(body: bytes, key: str) -> str:
    return hmac.new(key.encode(), body, hashlib.sha1).hexdigest()


def deliver(account: VendorAccount, body: bytes, *, method: str = "POST", **more: Any) -> int:
    """Call the account's address as the vendor would, without session and token. Returns the status."""
    signature = more["signature"] if "signature" in more else signature_of(body, account.credentials["token"])
    path = reverse("hook", args=[more.get("vendor", account.vendor), more.get("token", account.hook_token)])
    client = Client(enforce_csrf_checks=True)
    answer = client.generic(method, path, body, "application/json", headers={"X-Lia-Signature": signature})
    assert answer.content == b""
    return int(answer.status_code)


# Who is believed


def test_a_signed_order_is_taken_in(lia_mirrored: VendorAccount) -> None:
    before = find_order(lia_mirrored, OPEN)

    assert deliver(lia_mirrored, a_message(before.raw)) == 200

    after = find_order(lia_mirrored, OPEN)
    assert (after.status, after.revision) == ("canceled", before.revision + 1)
    assert after.raw["offer"] == before.raw["offer"]
    assert "contact" not in after.raw
    delivery = Delivery.objects.get()
    assert (delivery.delivery_id, delivery.event, delivery.account) == ("message-1", "order.canceled", lia_mirrored)


@pytest.mark.parametrize("signature", ["", "0" * 40, "sha256=" + "0" * 64, "é"])
def test_a_wrong_signature_is_401_and_stores_nothing(lia_mirrored: VendorAccount, signature: str) -> None:
    before = find_order(lia_mirrored, OPEN)
    assert deliver(lia_mirrored, a_message(before.raw), signature=signature) == 401
    assert find_order(lia_mirrored, OPEN).revision == before.revision
    assert Delivery.objects.count() == 0


def test_a_changed_byte_is_a_wrong_signature(lia_mirrored: VendorAccount) -> None:
    body = a_message(find_order(lia_mirrored, OPEN).raw)
    signed = signature_of(body, lia_mirrored.credentials["token"])
    assert deliver(lia_mirrored, body.replace(b"canceled", b"finished"), signature=signed) == 401
    assert deliver(lia_mirrored, json.dumps(json.loads(body)).encode(), signature=signed) == 401
    assert deliver(lia_mirrored, body, signature=signed) == 200


def test_what_was_signed_before_a_change_of_token_is_still_believed(lia_mirrored: VendorAccount) -> None:
    """Through the way in which tokens are really changed, with nothing said about the old one."""
    from vendors.accounts import merge_credentials, save_account

    old = lia_mirrored.credentials["token"]
    given = {"token": "sandbox_a-new-token-0002"}
    merged = merge_credentials(account=lia_mirrored, base_url=lia_mirrored.base_url, given=given)
    save_account(account=lia_mirrored, credentials=merged)

    body = a_message(find_order(lia_mirrored, OPEN).raw)
    assert deliver(lia_mirrored, body, signature=signature_of(body, old)) == 200
    body = a_message(find_order(lia_mirrored, OPEN).raw, 2)
    assert deliver(lia_mirrored, body, signature=signature_of(body, "sandbox_a-new-token-0002")) == 200

    merged = merge_credentials(account=lia_mirrored, base_url=lia_mirrored.base_url, given={"previous_token": None})
    save_account(account=lia_mirrored, credentials=merged)
    assert deliver(lia_mirrored, body, signature=signature_of(body, old)) == 401


def test_a_token_does_not_follow_an_account_to_another_host(lia_mirrored: VendorAccount) -> None:
    from vendors.accounts import merge_credentials

    given = {"token": "sandbox_another"}
    assert merge_credentials(account=lia_mirrored, base_url="http://127.0.0.2:1/lia", given=given) == given


# Which address it is


def test_an_unknown_address_is_404(lia_mirrored: VendorAccount) -> None:
    body = a_message(find_order(lia_mirrored, OPEN).raw)
    assert deliver(lia_mirrored, body, token="x" * 43) == 404
    assert deliver(lia_mirrored, body, vendor="liner") == 404
    assert Delivery.objects.count() == 0


def test_a_disabled_account_has_no_address(lia_mirrored: VendorAccount) -> None:
    body = a_message(find_order(lia_mirrored, OPEN).raw)
    VendorAccount.objects.update(enabled=False)
    assert deliver(lia_mirrored, body) == 404
    VendorAccount.objects.update(enabled=True)
    assert deliver(lia_mirrored, body) == 200


def test_a_vendor_that_never_delivers_has_no_address(lia_mirrored: VendorAccount) -> None:
    VendorAccount.objects.update(vendor="liner")
    account = VendorAccount.objects.get()
    assert deliver(account, b"{}") == 404


def test_every_account_has_an_address_of_its_own(lia_account: VendorAccount) -> None:
    other = VendorAccount.objects.create(vendor="lia", name="Lia 2", base_url="http://127.0.0.1:9/lia")
    assert other.hook_token != lia_account.hook_token
    assert min(len(other.hook_token), len(lia_account.hook_token)) >= 43


@pytest.mark.parametrize(
    ("method", "status"), [("POST", 200), ("PUT", 200), ("PATCH", 200), ("GET", 405), ("HEAD", 405)]
)
def test_the_verb_of_a_webhook_can_be_chosen(lia_mirrored: VendorAccount, method: str, status: int) -> None:
    """Trap: webhook verb is configurable."""
    assert deliver(lia_mirrored, a_message(find_order(lia_mirrored, OPEN).raw), method=method) == status


def test_a_large_body_is_not_read(lia_mirrored: VendorAccount) -> None:
    assert deliver(lia_mirrored, b" " * (1024 * 1024 + 1)) == 413
    assert Delivery.objects.count() == 0


def test_the_address_stays_out_of_the_log(lia_mirrored: VendorAccount) -> None:
    path = reverse("hook", args=["lia", lia_mirrored.hook_token])
    event = redact(None, "warning", {"event": f"Unauthorized: {path}", "args": [path]})
    assert lia_mirrored.hook_token not in str(event)


def test_a_delivery_leaves_nothing_of_a_customer_in_the_log(
    lia_mirrored: VendorAccount, caplog: pytest.LogCaptureFixture
) -> None:
    raw = find_order(lia_mirrored, OPEN).raw
    with caplog.at_level(logging.DEBUG):
        deliver(lia_mirrored, a_message(raw))
        deliver(lia_mirrored, a_message(raw, 2), signature="0" * 40)
    said = "\n".join(record.getMessage() for record in caplog.records if record.name.startswith("orders"))
    assert "delivery_received" in said
    for canary in (raw["customer_name"], raw["customer_document"], raw["email"]["address"]):
        assert canary not in said


def test_credentials_that_cannot_be_read_are_503(lia_mirrored: VendorAccount) -> None:
    body = a_message(find_order(lia_mirrored, OPEN).raw)
    signed = signature_of(body, lia_mirrored.credentials["token"])
    VendorAccount.objects.update(encrypted_credentials="f1:nonsense")
    assert deliver(VendorAccount.objects.get(), body, signature=signed) == 503


# How often, and in which order


def test_a_duplicate_is_answered_200_and_taken_in_once(lia_mirrored: VendorAccount) -> None:
    """Redelivery repeats the body; here the second one would even change the order."""
    raw = find_order(lia_mirrored, OPEN).raw
    assert deliver(lia_mirrored, a_message(raw)) == 200
    changed = a_message(raw, customer_name="Somebody Else", updated_at="2031-01-01T00:00:00-03:00")
    assert deliver(lia_mirrored, changed) == 200
    assert find_order(lia_mirrored, OPEN).title == raw["customer_name"]
    assert Delivery.objects.count() == 1


def test_an_older_snapshot_is_ignored(lia_mirrored: VendorAccount) -> None:
    """Trap: snapshots arrive out of order; apply only if `updated_at` is newer."""
    raw = find_order(lia_mirrored, OPEN).raw
    older = a_message(raw, 1, status="in_progress", updated_at=EARLIER)
    same = a_message(raw, 2, status="finished", updated_at=raw["updated_at"])
    for body in (older, same):
        assert deliver(lia_mirrored, body) == 200
    assert find_order(lia_mirrored, OPEN).revision == 1
    assert deliver(lia_mirrored, a_message(raw, 3)) == 200
    assert deliver(lia_mirrored, a_message(raw, 4, status="in_progress", updated_at=EARLIER)) == 200
    assert find_order(lia_mirrored, OPEN).status == "canceled"
    assert Delivery.objects.count() == 4


def test_a_snapshot_without_a_date_counts_as_new(lia_mirrored: VendorAccount) -> None:
    assert deliver(lia_mirrored, a_message(find_order(lia_mirrored, OPEN).raw, updated_at=None)) == 200
    assert find_order(lia_mirrored, OPEN).status == "canceled"


def test_an_order_that_nobody_knew_arrives_by_itself(lia_simulator: LiaSimulator, lia_account: VendorAccount) -> None:
    assert deliver(lia_account, a_message(lia_simulator.order(OPEN))) == 200
    order = find_order(lia_account, OPEN)
    assert (order.status, order.revision) == ("canceled", 1)
    assert order.raw["offer"]["name"]


def test_a_look_that_began_before_a_delivery_does_not_undo_it_and_a_later_state_wins(
    lia_mirrored: VendorAccount,
) -> None:
    """A delivery may arrive while the order is being read: the vendor's own dates decide, whoever is stored last."""
    begun = find_order(lia_mirrored, OPEN).seen_at
    raw = copy.deepcopy(find_order(lia_mirrored, OPEN).raw)
    assert deliver(lia_mirrored, a_message(raw)) == 200

    def look(**changes: Any) -> str:
        found = Found(raw={**raw, **changes})
        store_found(account=lia_mirrored, vendor=lia_mirrored.adapter(), found=[found], as_of=begun)
        return find_order(lia_mirrored, OPEN).status

    seen_at = find_order(lia_mirrored, OPEN).seen_at
    assert look() == "canceled"
    assert look(status="finished", updated_at="2031-01-01T00:00:00-03:00") == "finished"
    assert find_order(lia_mirrored, OPEN).seen_at == seen_at


@pytest.mark.parametrize(
    "envelope",
    [
        {"id": "m", "event": "payment.paid", "data": {"id": "p1", "amount_cents": 1}},
        {"id": "m", "event": "waved", "entity": "hand", "data": {}},
        {"id": "m", "event": "canceled", "entity": "order", "data": {"id": None}},
        {"id": "m", "event": "canceled", "entity": "order", "data": "none"},
        {"id": "m", "event": "\x00" * 300, "entity": "o"},
        ["no envelope"],
    ],
)
def test_what_is_signed_and_not_understood_is_acknowledged(lia_mirrored: VendorAccount, envelope: Any) -> None:
    """Trap: event lists disagree; acknowledge unknown events with 2xx."""
    assert deliver(lia_mirrored, json.dumps(envelope).encode()) == 200
    assert Delivery.objects.count() == 1
    assert Revision.objects.count() == 0


def test_a_vendor_without_deliveries_takes_nothing_in(lia_mirrored: VendorAccount) -> None:
    VendorAccount.objects.update(vendor="liner", options={})
    assert receive_delivery(account=VendorAccount.objects.get(), headers={}, body=b"{}") == "no order"
    assert Delivery.objects.count() == 0


def test_the_wrong_digest_is_a_wrong_signature(lia_mirrored: VendorAccount) -> None:
    body = a_message(find_order(lia_mirrored, OPEN).raw)
    key = lia_mirrored.credentials["token"]
    long = "sha256=" + hmac.new(key.encode(), body, hashlib.sha256).hexdigest()
    with pytest.raises(SignatureWrong):
        receive_delivery(account=lia_mirrored, headers={"X-Lia-Signature": long}, body=body)
    set_option(lia_mirrored, webhook_digest="sha256")
    assert receive_delivery(account=lia_mirrored, headers={"X-Lia-Signature": long}, body=body) == "taken"


# From the simulator, over real HTTP


@pytest.fixture
def hooked(lia_simulator: LiaSimulator, lia_mirrored: VendorAccount, live_server: Any) -> VendorAccount:
    """The account, with its simulator calling the running desk."""
    lia_simulator.act("subscribe", url=live_server.url + reverse("hook", args=["lia", lia_mirrored.hook_token]))
    return lia_mirrored


def edit(order: Order, author: User, values: dict[str, Any]) -> Any:
    draft = draft_changes(order=order, values=values, seen=present(order))
    (accepted,) = submit_edit(order=order, author=author, draft=draft, submit_token="t1", agreed=True)
    return settle_edit(edit=accepted)


def answers(simulator: LiaSimulator) -> list[int]:
    assert simulator.quiesce()
    return [each["response_code"] for each in simulator.lists()["deliveries"]]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("timing", ["before", "after"])
@pytest.mark.parametrize("times", ["once", "twice"])
@pytest.mark.parametrize("order_of", ["in_order", "older_last"])
def test_the_echo_of_an_edit_is_the_same_before_its_answer_and_after_it(
    lia_simulator: LiaSimulator, hooked: VendorAccount, alice: User, timing: str, times: str, order_of: str
) -> None:
    """Trap: own edit echoes as a webhook, perhaps before the PUT returns, perhaps twice and out of order."""
    lia_simulator.set(webhook_timing=timing, webhook_times=times, webhook_order=order_of, analysis_ms=300)

    done = edit(find_order(hooked, OPEN), alice, {"customer_document": DENIED})

    assert set(answers(lia_simulator)) == {200}
    assert done.state == State.APPLIED
    assert "canceled the order for good" in done.aftermath
    order = find_order(hooked, OPEN)
    assert (order.status, order.raw["customer_document"]) == ("canceled", DENIED)
    assert order.raw["offer"]["payment_configurations"]
    assert Delivery.objects.count() == len(lia_simulator.lists()["deliveries"])


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("settings", "options"),
    [
        ({"webhook_digest": "sha256"}, {"webhook_digest": "sha256"}),
        ({"webhook_events": "dotted"}, {}),
        ({"webhook_ids": "31"}, {}),
    ],
)
def test_what_happens_at_lia_shows_up_here(
    lia_simulator: LiaSimulator, hooked: VendorAccount, settings: dict[str, str], options: dict[str, str]
) -> None:
    set_option(hooked, **options)
    lia_simulator.set(**settings)
    lia_simulator.act("charge", order=OPEN)
    lia_simulator.act("pay", order=OPEN)
    assert answers(lia_simulator) == [200]
    order = find_order(hooked, OPEN)
    assert (order.status, bool(order.raw["billings"])) == ("finished", True)


@pytest.mark.django_db(transaction=True)
def test_a_redelivery_changes_nothing_and_an_old_key_is_believed_while_it_is_kept(
    lia_simulator: LiaSimulator, hooked: VendorAccount
) -> None:
    lia_simulator.act("cancel", order=OPEN)
    assert answers(lia_simulator) == [200]
    lia_simulator.act("rotate", token="sandbox_demo_token_0002")
    (delivery,) = lia_simulator.lists()["deliveries"]
    again = {"token": "sandbox_demo_token_0002", "previous_token": hooked.credentials["token"]}
    VendorAccount.objects.update(encrypted_credentials=secrets.encrypt(again))
    account = VendorAccount.objects.get()
    revision = find_order(account, OPEN).revision

    account.connect().http.write("POST", f"/external_api/v1/webhook_deliveries/{delivery['id']}/deliver", body={})

    assert answers(lia_simulator) == [200]
    assert find_order(account, OPEN).revision == revision
    assert Delivery.objects.count() == 1
