"""What Lia's pages leave open, as switches. The first setting of each is the default."""

from vendors.sandbox.switches import Switch

SWITCHES: dict[str, Switch] = {
    "required": Switch(
        settings=("example", "table", "partial"),
        about="what an update has to hold: the table's fields without signature as in the example, all of them, any",
    ),
    "unknown_key": Switch(settings=("reject", "ignore"), about="a key in an update that no page shows"),
    "document_mask": Switch(settings=("accept", "reject"), about="a document with points and hyphen"),
    "check_digits": Switch(settings=("checked", "unchecked"), about="the check digits of a document"),
    "cnpj": Switch(settings=("accept", "reject"), about="a CNPJ for a company; the update page speaks of CPF only"),
    "locked": Switch(
        settings=("reject_if_different", "reject_if_present", "ignore"),
        about="name, birthdate or document in an update of a charged order",
    ),
    "trigger": Switch(
        settings=("identity", "contact", "address"),
        about="which fields set an analysis off: the three of identity, e-mail and phone too, the address too",
    ),
    "trigger_on": Switch(settings=("change", "presence"), about="whether an unchanged value sets an analysis off"),
    "analysis_ms": Switch(settings=("3000",), number=True, about="how long an analysis keeps an answer waiting"),
    "closed": Switch(
        settings=("refuse_canceled", "contact_only", "refuse_both"), about="an update of a canceled or finished order"
    ),
    "refusal_status": Switch(settings=("422", "400", "409"), about="the HTTP status of a refused update"),
    "errors": Switch(
        settings=("errors", "error", "message", "empty", "html"), about="the body of every answer that says no"
    ),
    "read_one": Switch(settings=("present", "absent"), about="GET /orders/:id, which no page documents"),
    "list": Switch(settings=("results", "data", "bare", "absent"), about="GET /orders, which no page documents"),
    "paging": Switch(settings=("honored", "ignored"), about="page and per_page in the list of orders"),
    "contacts": Switch(settings=("objects", "strings"), about="e-mail and phone in an order"),
    "newer_keys": Switch(settings=("present", "missing"), about="keys that only the newer of two schemas has"),
    "extra_keys": Switch(settings=("none", "some"), about="keys of an order that no page shows"),
    "address": Switch(settings=("shown", "null"), about="the address in an order"),
    "words": Switch(settings=("known", "unknown"), about="kinds of analyses and of checkouts"),
    "second_charge": Switch(settings=("refuse", "accept"), about="charging an order that is charged already"),
    "world": Switch(settings=("sandbox", "production"), about="production has no way to simulate payments"),
    "host": Switch(settings=("any", "lia"), about="whether the Host header has to be one of Lia's"),
    "webhook_digest": Switch(settings=("sha1", "sha256"), about="the signature of a delivery: bare hex, or sha256= "),
    "webhook_events": Switch(settings=("bare", "dotted"), about="canceled with an entity beside it, or order.canceled"),
    "webhook_ids": Switch(settings=("32", "31"), about="how many characters the id of a message has"),
    "webhook_times": Switch(settings=("once", "twice"), about="how often a message is sent"),
    "webhook_order": Switch(
        settings=("in_order", "older_last"), about="whether the state before a change is sent after the one behind it"
    ),
    "webhook_timing": Switch(
        settings=("before", "after"), about="whether order.canceled leaves before the answer of the update or after it"
    ),
}
