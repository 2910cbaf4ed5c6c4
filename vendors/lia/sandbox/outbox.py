"""Lia's webhooks: who wants to be called, what is sent, and the log of it (Lia: webhook and webhook delivery pages)."""

import hashlib
import hmac
import http.client
import threading
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from vendors.lia.sandbox.things import Thing, moment, uuid_of
from vendors.sandbox.messages import dump
from vendors.sandbox.switches import Switches

EVENTS = {
    "order": ("in_progress", "finished", "canceled"),
    "billing": ("waiting_payment", "active", "finished", "canceled"),
    "bill": ("pending", "paid", "canceled"),
}
PATIENCE = 30  # seconds that a receiver has


class Outbox:
    """The subscriptions and deliveries of one simulator. Times are given from outside, so that a world can replay."""

    def __init__(self, switch: Switches) -> None:
        self.switch = switch
        self.webhooks: list[Thing] = []
        self.log: list[Thing] = []
        self._lock = threading.Lock()

    def clear(self) -> None:
        self.webhooks.clear()
        self.log.clear()

    def subscribe(self, *, url: str, entity: str = "order", events: Sequence[str] = (), verb: str = "POST") -> Thing:
        """Call this address from now on. Raises ValueError for what no webhook can be."""
        if entity not in EVENTS or not set(events) <= set(EVENTS[entity]):
            raise ValueError(f"There are {EVENTS}.")
        if urlsplit(url).scheme not in {"http", "https"} or not urlsplit(url).hostname:
            raise ValueError(f"{url} is no address.")
        number = len(self.webhooks) + 1
        webhook = {
            "id": uuid_of("webhook", number),
            "name": f"Webhook {number}",
            "url": url,
            "entity": entity,
            "events": list(events or EVENTS[entity]),
            "verb": verb.upper(),
            "enabled": True,
        }
        self.webhooks.append(webhook)
        return webhook

    def record(self, entity: str, event: str, data: Thing, at: datetime) -> list[Thing]:
        """A delivery, not sent yet, for everybody who wants this event."""
        wanted = [each for each in self.webhooks if each["entity"] == entity and event in each["events"]]
        with self._lock:
            made = [self._delivery(each, entity, event, data, at) for each in wanted if each["enabled"]]
            self.log += made
        return made

    def send(self, delivery: Thing, key: str) -> None:
        """Call the receiver once, and note what it answers; 0 where it does not."""
        webhook = next(each for each in self.webhooks if each["id"] == delivery["webhook_id"])
        body: bytes = delivery["_body"]
        delivery["request_headers"] = headers = {
            "Content-Type": "application/json",
            "X-Lia-Signature": self.sign(body, key),
            "User-Agent": "Lia-Webhooks/1.0",
            "Accept": "*/*",
        }
        status, answer = _call(webhook["verb"], webhook["url"], body, headers)
        delivery |= {"response_code": status, "response_body": answer, "attempts": delivery["attempts"] + 1}

    def sign(self, body: bytes, key: str) -> str:
        """In the form that the switch names: Lia's pages describe two."""
        if self.switch["webhook_digest"] == "sha256":
            return "sha256=" + hmac.new(key.encode(), body, hashlib.sha256).hexdigest()
        return hmac.new(key.encode(), body, hashlib.sha1).hexdigest()

    def _delivery(self, webhook: Thing, entity: str, event: str, data: Thing, at: datetime) -> Thing:
        number = len(self.log) + 1
        message_id = hashlib.sha256(f"{webhook['id']}:{number}".encode()).hexdigest()[: self._id_length()]
        envelope: dict[str, Any] = {
            "id": message_id,
            "data": data,
            "event": event,
            "entity": entity,
            "api_version": "v1",
        }
        if self.switch["webhook_events"] == "dotted":
            envelope = {"event": f"{entity}.{event}", "data": data, "timestamp": moment(at)}
        return {
            "id": uuid_of("delivery", webhook["id"], number),
            "entity_id": data["id"],
            "entity_type": entity.title(),
            "webhook_id": webhook["id"],
            "event": f"{entity}.{event}",
            "created_at": moment(at),
            "updated_at": moment(at),
            "response_code": None,
            "request_headers": {},
            "request_body": envelope,
            "response_headers": {},
            "response_body": "",
            "attempts": 0,
            "_body": dump(envelope),  # as it is sent, and sent again: compact, byte for byte
        }

    def _id_length(self) -> int:
        return int(self.switch["webhook_ids"])


def shown_delivery(delivery: Thing) -> Thing:
    """A delivery as the log shows it."""
    return {key: value for key, value in delivery.items() if key not in {"_body", "attempts"}}


def _call(verb: str, url: str, body: bytes, headers: dict[str, str]) -> tuple[int, str]:
    parts = urlsplit(url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.hostname or "", parts.port, timeout=PATIENCE)
    try:
        connection.request(verb, parts.path or "/", body, headers)
        response = connection.getresponse()
        return response.status, response.read(4096).decode("utf-8", "replace")
    except (OSError, http.client.HTTPException) as wrong:
        return 0, type(wrong).__name__
    finally:
        connection.close()
