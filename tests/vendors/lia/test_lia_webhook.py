"""Lia's deliveries: who signed them, what they say, and what they leave out."""

import hashlib
import hmac
import json
from typing import Any

import pytest

from tests.vendors.lia.documents import BILLING, DENIED, ORDER_ID, TOKEN, a_canceled_order, an_order, lia
from vendors.errors import SignatureWrong
from vendors.lia.webhook import merged, parse, verify

# Computed beforehand with an independent tool: key, body, SHA-1, SHA-256.
VECTORS = (
    (
        "sandbox_test_key_0001",
        '{"a":"São José"}',
        "4915d96fb39aab6da2b662d5ce091f35a71ec4ae",
        "a8e21dc5a996c5f7468e4f621dd9f9d8e27bb4cc48958754528b2fb11b8c1544",
    ),
    (
        "sandbox_test_key_0001",
        '{ "a": "São José" }',
        "18495dfd25cb5ca97226e5407e1f9ab2c3dbfc22",
        "daf40269925a1143bf7c4d04ed37d3a67e54146a312f540e5d6457e342f143cd",
    ),
)


def sha1(body: bytes, key: str = TOKEN) -> str:
    return hmac.new(key.encode(), body, hashlib.sha1).hexdigest()


def receive(body: bytes, signature: str | None = None, **secrets: str) -> Any:
    headers = {"X-Lia-Signature": sha1(body) if signature is None else signature}
    return lia().receive(headers=headers, body=body, secrets={"token": TOKEN, **secrets})


def snapshot(**changes: Any) -> dict[str, Any]:
    """A canceled order as a webhook carries it: the offer trimmed, the contacts once more and flat."""
    order = a_canceled_order(**changes)
    offer = order["offer"]
    product = {key: offer["product"][key] for key in ("id", "name", "description")}
    order["offer"] = {"id": offer["id"], "name": offer["name"], "amount_cents": 199521, "product": product}
    order["contact"] = {"email": "dandara@example.com", "phone": "5512900001234"}
    return order


# Signatures


@pytest.mark.parametrize(("key", "body", "bare", "long"), VECTORS)
def test_the_raw_bytes_are_hashed(key: str, body: str, bare: str, long: str) -> None:
    """Trap: parsing and re-serialising changes spaces and accents, and with them the digest."""
    for digest, signature in (("sha1", bare), ("sha256", f"sha256={long}")):
        headers = {"x-LIA-signature": signature}
        assert verify(body=body.encode(), headers=headers, keys=[key], digest=digest)
        assert not verify(body=body.encode() + b" ", headers=headers, keys=[key], digest=digest)
        assert not verify(body=body.encode(), headers=headers, keys=["another"], digest=digest)


@pytest.mark.parametrize("form", ["{long}", "sha256={bare}", "sha1={bare}", "sha256=", "", "{BARE}", "{bare} ", "é"])
def test_only_the_form_of_the_account_is_accepted(form: str) -> None:
    """Trap: the pages contradict each other about the algorithm; the sender does not choose it."""
    key, body, bare, long = VECTORS[0]
    given = {"X-Lia-Signature": form.format(bare=bare, long=long, BARE=bare.upper())}
    for digest in ("sha1", "sha256"):
        assert not verify(body=body.encode(), headers=given, keys=[key], digest=digest)
    crossed = {"X-Lia-Signature": f"sha256={long}"}
    assert not verify(body=body.encode(), headers=crossed, keys=[key], digest="sha1")


def test_no_header_is_no_signature() -> None:
    assert not verify(body=b"{}", headers={}, keys=[TOKEN], digest="sha1")


def test_an_empty_key_signs_nothing() -> None:
    signed = hmac.new(b"", b"{}", hashlib.sha1).hexdigest()
    assert not verify(body=b"{}", headers={"X-Lia-Signature": signed}, keys=["", ""], digest="sha1")


def test_old_and_new_key_are_valid_during_a_rotation() -> None:
    """Trap: the key is the API token, so rotating it would silently break what is in flight."""
    body = b'{"id":"m1"}'
    assert receive(body, sha1(body, "the-old-token"), previous_token="the-old-token").id == "m1"
    assert receive(body, sha1(body), previous_token="the-old-token").id == "m1"
    with pytest.raises(SignatureWrong):
        receive(body, sha1(body, "the-old-token"))


def test_the_option_chooses_the_digest() -> None:
    body = b'{"id":"m1"}'
    signature = "sha256=" + hmac.new(TOKEN.encode(), body, hashlib.sha256).hexdigest()
    vendor = lia(webhook_digest="sha256")
    delivery = vendor.receive(headers={"X-Lia-Signature": signature}, body=body, secrets={"token": TOKEN})
    assert delivery is not None
    with pytest.raises(SignatureWrong):
        vendor.receive(headers={"X-Lia-Signature": sha1(body)}, body=body, secrets={"token": TOKEN})


# Envelopes


@pytest.mark.parametrize(
    ("envelope", "event"),
    [
        ({"id": "m1", "event": "canceled", "entity": "order"}, "order.canceled"),
        ({"id": "m1", "event": "order.canceled"}, "order.canceled"),
        ({"id": "m1", "event": "order.canceled", "entity": "order"}, "order.canceled"),
    ],
)
def test_both_spellings_of_an_event_are_read(envelope: dict[str, Any], event: str) -> None:
    """Trap: event naming differs, bare or dotted."""
    delivery = parse(json.dumps({**envelope, "data": snapshot()}).encode())
    assert (delivery.id, delivery.event) == ("m1", event)
    assert delivery.found is not None
    assert delivery.found.raw["id"] == ORDER_ID


@pytest.mark.parametrize(
    "envelope",
    [
        {"id": "m1", "event": "payment.paid", "data": {"id": "p1"}},
        {"id": "m1", "event": "bill.overdue", "data": {"id": "b1"}},
        {"id": "m1", "event": "finished", "entity": "billing", "data": {"id": "b1"}},
        {"id": "m1", "event": "waved", "entity": "hand"},
        {"id": "m1", "event": "canceled", "entity": "order", "data": None},
        {"id": "m1", "event": {"a": 1}, "entity": ["order"], "data": {}},
    ],
)
def test_other_events_are_deliveries_without_an_order(envelope: dict[str, Any]) -> None:
    """Trap: event lists disagree; unknown ones are acknowledged."""
    delivery = parse(json.dumps(envelope).encode())
    assert delivery.id == "m1"
    assert delivery.found is None


@pytest.mark.parametrize("body", [b"", b"[]", b"no json", b"\xff", b"{", b"null", b"[" * 9000])
def test_a_signed_body_that_is_no_envelope_is_a_delivery_without_an_order(body: bytes) -> None:
    delivery = receive(body)
    assert delivery.found is None
    assert delivery.id


@pytest.mark.parametrize("given", [None, "", 7, "x" * 101, ["m1"]])
def test_a_message_without_a_usable_id_is_known_by_its_bytes(given: object) -> None:
    first, same, other = (
        parse(json.dumps({"id": given, "event": "order.canceled", "data": {"n": number}}).encode())
        for number in (1, 1, 2)
    )
    assert first.id == same.id != other.id
    assert len(first.id) <= 100


@pytest.mark.parametrize("given", ["0" * 31, "f" * 32, "not-hex"])
def test_ids_of_messages_are_opaque(given: str) -> None:
    assert parse(json.dumps({"id": given, "event": "order.canceled"}).encode()).id == given


# Snapshots


def test_a_snapshot_loses_nothing_of_what_was_known() -> None:
    known = an_order(billings=[BILLING], metadata={"campaign": "abril"})
    delivered = parse(json.dumps({"event": "order.canceled", "data": snapshot(billings=[{"id": "b1111"}])}).encode())
    assert delivered.found is not None
    now = merged(known, delivered.found.raw)
    assert now["status"] == "canceled"
    assert now["analyses"][-1] == DENIED
    assert now["offer"] == known["offer"]
    assert now["billings"] == known["billings"]
    assert "contact" not in now
    assert set(now) == set(known)


def test_what_became_another_object_is_replaced_and_what_is_no_more_is_gone() -> None:
    known = an_order(metadata={"a": 1})
    known["offer"]["payment_configurations"] = [{"id": "c0f1", "rate": 2}, {"id": "c0f2"}]
    email = {"id": "c0ffee99", "address": "outra@example.com"}
    now = merged(known, {"email": email, "address": None, "offer": {"id": "another", "name": "Outra"}, "analyses": []})
    assert now["email"] == email
    assert now["address"] is None
    assert now["offer"] == {"id": "another", "name": "Outra"}
    assert now["analyses"] == []
    assert now["customer_name"] == known["customer_name"]


def test_merging_changes_neither_of_the_two() -> None:
    known, shown = an_order(), snapshot()
    before = json.dumps([known, shown])
    merged(known, shown)
    assert json.dumps([known, shown]) == before


def test_the_flat_contact_fills_only_what_lacks() -> None:
    data = {
        "id": "o1",
        "contact": {"email": "dandara@example.com", "phone": "55129"},
        "email": {"address": "x@example.com"},
    }
    delivery = parse(json.dumps({"event": "order.finished", "data": data}).encode())
    assert delivery.found is not None
    assert delivery.found.raw == {"id": "o1", "email": {"address": "x@example.com"}, "phone": "55129"}


def test_a_snapshot_is_dated_by_lia() -> None:
    older, newer = lia().changed_at(an_order()), lia().changed_at(snapshot())
    assert older is not None
    assert newer is not None
    assert older < newer
    assert lia().changed_at({"updated_at": "yesterday"}) is None
