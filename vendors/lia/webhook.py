"""Lia's webhooks: who sent this, what happened, and what the order is now (Lia: webhook pages).

The validation page and the delivery log contradict each other about the signature, so the account says which of the
two forms counts. The sender never does.
"""

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from typing import Any

from vendors import payloads
from vendors.contract import Delivery, Found, Raw

SIGNATURE = "x-lia-signature"
LONGEST_ID = 100  # characters


def verify(*, body: bytes, headers: Mapping[str, str], keys: Sequence[str], digest: str) -> bool:
    """Whether the body, byte for byte as it came, is signed with one of the keys.

    `digest` is "sha1" (bare lower-case hex) or "sha256" ("sha256=" before it). Each key is tried in constant time.
    """
    given = next((value for name, value in headers.items() if name.lower() == SIGNATURE), "").encode()
    matches = [hmac.compare_digest(_signature(key, body, digest), given) for key in keys if key]
    return any(matches)


def parse(body: bytes) -> Delivery:
    """What a signed body says. Both spellings are read: {"event": "canceled", "entity": "order"} and "order.canceled".

    Where there is no usable id, the body itself is the id: Lia repeats a delivery byte for byte.
    """
    try:
        envelope = payloads.loads(body)
    except payloads.NotJSON:
        envelope = None
    if not isinstance(envelope, Mapping):
        return Delivery(id=_fingerprint(body), event="")
    entity, event = _entity_and_event(envelope)
    data = envelope.get("data")
    found = Found(raw=_order_in(data)) if entity == "order" and isinstance(data, Mapping) else None
    return Delivery(id=_id_of(envelope, body), event=f"{entity}.{event}", found=found)


def merged(known: Raw, snapshot: Raw) -> dict[str, Any]:
    """The known order as the snapshot shows it, without losing what snapshots leave out, such as most of the offer.

    An object that has become another one (by its id) is replaced. A list has the members that the snapshot has.
    """
    return {**known, **{key: _merged(known.get(key), value) for key, value in snapshot.items()}}


def _merged(known: Any, now: Any) -> Any:
    if isinstance(known, Mapping) and isinstance(now, Mapping) and known.get("id") == now.get("id"):
        return merged(known, now)
    if isinstance(known, list) and isinstance(now, list):
        by_id = {str(each["id"]): each for each in known if isinstance(each, Mapping) and "id" in each}
        return [_merged(by_id.get(str(each.get("id"))), each) if isinstance(each, Mapping) else each for each in now]
    return now


def _signature(key: str, body: bytes, digest: str) -> bytes:
    if digest == "sha256":
        return b"sha256=" + hmac.new(key.encode(), body, hashlib.sha256).hexdigest().encode()
    return hmac.new(key.encode(), body, hashlib.sha1).hexdigest().encode()


def _entity_and_event(envelope: Mapping[str, Any]) -> tuple[str, str]:
    event, entity = envelope.get("event"), envelope.get("entity")
    before, dot, after = str(event or "").rpartition(".")
    return (before, after) if dot else (str(entity or "").lower(), str(event or ""))


def _id_of(envelope: Mapping[str, Any], body: bytes) -> str:
    """The envelope's own id is opaque: hex of 31 or 32 characters, and missing from one of the two spellings."""
    given = envelope.get("id")
    return given if isinstance(given, str) and 0 < len(given) <= LONGEST_ID else _fingerprint(body)


def _fingerprint(body: bytes) -> str:
    return f"sha256:{hashlib.sha256(body).hexdigest()}"


def _order_in(data: Mapping[str, Any]) -> dict[str, Any]:
    """The order without its flat `contact`, which only repeats e-mail and phone: those it fills where they lack."""
    contact = data.get("contact")
    told = contact if isinstance(contact, Mapping) else {}
    lacking = {name: told[name] for name in ("email", "phone") if name in told and name not in data}
    return {**{key: value for key, value in data.items() if key != "contact"}, **lacking}
