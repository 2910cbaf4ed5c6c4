"""How a Lia account authenticates, and how what Lia leaves open is settled for it."""

from collections.abc import Mapping
from typing import Any

from django import forms

CREDENTIALS: Mapping[str, forms.Field] = {
    "token": forms.CharField(label="API token"),
    # The token is the key of the webhooks' signatures too: what was signed before a change stays valid with this one.
    "previous_token": forms.CharField(label="previous API token", required=False),
}

OPTIONS: Mapping[str, forms.Field] = {
    "list_orders": forms.BooleanField(
        label="List orders",
        required=False,
        initial=False,
        help_text="Lia documents no list of orders. Without it orders arrive by webhook and by pasted id or address.",
    ),
    "complete_body": forms.BooleanField(
        label="Send the complete customer",
        required=False,
        initial=False,
        help_text="Send, beside what changed, all that Lia's table marks as required and that is not locked.",
    ),
    "signature": forms.ChoiceField(
        label="Signature",
        choices=[("omit", "leave it out"), ("operator", "send the operator's own")],
        initial="omit",
        help_text="Lia's table marks it as required, its example leaves it out. The customer's is never made up.",
    ),
    "operator_ip": forms.GenericIPAddressField(
        label="Operator's IP address",
        required=False,
        initial="127.0.0.1",
        help_text="What a signature says as remote_ip: the public address of your office. 127.0.0.1 is Lia's example.",
    ),
    "operator_user_agent": forms.CharField(
        label="Operator's user agent",
        required=False,
        initial="Amend",
        max_length=200,
        help_text="What a signature says as user_agent.",
    ),
    "webhook_digest": forms.ChoiceField(
        label="Webhook signature",
        choices=[("sha1", "SHA-1, bare hex"), ("sha256", "sha256= and hex")],
        initial="sha1",
        help_text="Lia's pages contradict each other. Only the form chosen here is accepted.",
    ),
}


def signature(options: Mapping[str, Any]) -> dict[str, Any]:
    """What a body says about who changes the order: nothing, or the desk's own address, never the customer's."""
    if options.get("signature") != "operator":
        return {}
    own = {name: options.get(name) or OPTIONS[name].initial for name in ("operator_ip", "operator_user_agent")}
    return {"signature": {"remote_ip": own["operator_ip"], "user_agent": own["operator_user_agent"]}}
