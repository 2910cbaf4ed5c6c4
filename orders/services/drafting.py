"""Turn what somebody typed into changes, or into reasons why not. No call is made here, and nothing is written."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.core import signing
from django.core.exceptions import ValidationError

from orders.models import Order, Revision
from vendors.contract import Changes, Raw, Request, Vendor
from vendors.fields import Field

SEEN_SALT = "orders.seen"
SEEN_SECONDS = 12 * 3600


class SeenInvalid(Exception):
    """The form does not say, or no longer truthfully, what its author saw. The message is for that person."""


@dataclass(frozen=True)
class Seen:
    """The document that the author of an edit had before them."""

    revision: int
    digest: str
    raw: Raw = field(repr=False)


@dataclass
class Draft:
    """Changes that may be made, beside what stands against others. `changes` holds cleaned values, by field name."""

    seen: Seen
    changes: dict[str, Any] = field(default_factory=dict)
    errors: dict[str, list[str]] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)

    @property
    def is_valid(self) -> bool:
        return not self.errors


@dataclass(frozen=True)
class Change:
    """One line of a preview or a history: a field and its value before and after, as data and in words."""

    name: str
    label: str
    old: Any
    new: Any
    old_text: str
    new_text: str
    personal: bool = False


def sign_seen(*, order: Order, user: AbstractBaseUser) -> str:
    """A token for a form: which state of which order this person sees."""
    return signing.dumps([order.pk, order.revision, order.digest, user.pk], salt=SEEN_SALT)


def read_seen(*, token: str, order: Order, user: AbstractBaseUser) -> Seen:
    """What the token says its bearer saw. Raises SeenInvalid where it is absent, altered, too old or another's."""
    try:
        order_id, revision, digest, user_id = signing.loads(token, salt=SEEN_SALT, max_age=SEEN_SECONDS)
    except (signing.BadSignature, ValueError, TypeError) as wrong:
        raise SeenInvalid("This form does not say which state of the order it was made from. Open it again.") from wrong
    if (order_id, user_id) != (order.pk, user.pk):
        raise SeenInvalid("This form belongs to another order or another person. Open it again.")
    if revision == order.revision and digest == order.digest:
        return present(order)
    kept = Revision.objects.filter(order=order, number=revision, digest=digest).first()
    if kept is None:
        raise SeenInvalid("The state of the order that this form was made from is no longer kept. Open it again.")
    return Seen(revision, digest, kept.raw)


def present(order: Order) -> Seen:
    """The order as the mirror holds it now."""
    return Seen(order.revision, order.digest, order.raw)


def draft_changes(*, order: Order, values: Mapping[str, Any], seen: Seen, vendor: Vendor | None = None) -> Draft:
    """What becomes of these values, by field name, as typed or as data: changes, nothing, or an error beside a field.

    A value that equals what was seen is no change. A field that today's order does not let anybody change is an
    error with the rule's own words.
    """
    vendor = vendor or order.account.adapter()
    draft = Draft(seen)
    fields = vendor.fields(seen.raw)
    for name, value in values.items():
        if name not in fields:
            draft.errors[name] = [f"This order has no field {name}."]
            continue
        _draft_one(draft, vendor, order, fields[name], value)
    if draft.changes:
        for name, problem in vendor.problems(order.raw, draft.changes).items():
            draft.errors.setdefault(name, []).append(problem)
        draft.warnings = vendor.warnings_for(order.raw, draft.changes)
    return draft


def preview_draft(*, order: Order, draft: Draft) -> list[tuple[list[Change], Request]]:
    """Exactly what would be sent for a valid draft: for each call its changes and its request."""
    vendor = order.account.adapter()
    return [
        (describe_changes(vendor, draft.seen.raw, part), vendor.request(order.raw, part))
        for part in vendor.split(draft.changes)
    ]


def describe_changes(vendor: Vendor, raw: Raw, changes: Changes) -> list[Change]:
    """Changes to a document in words and as data for the wire."""
    fields = vendor.fields(raw)
    return [_describe(fields[name], raw, value) for name, value in changes.items()]


def errors_in_words(errors: Mapping[str, Sequence[str]]) -> str:
    """All errors in one line for people without a form before them."""
    return "; ".join(f"{name}: {' '.join(messages)}" for name, messages in errors.items())


def _draft_one(draft: Draft, vendor: Vendor, order: Order, field: Field, value: Any) -> None:
    seen = field.current(draft.seen.raw)
    try:
        if field.same(field.form.to_python(value), seen):
            return
        cleaned = field.form.clean(value)
    except ValidationError as wrong:
        draft.errors[field.name] = list(wrong.messages)
        return
    except Exception:  # noqa: BLE001 - data of any shape may arrive from a command line
        draft.errors[field.name] = ["This value is not of a form that the field can take."]
        return
    if field.same(cleaned, seen):
        return
    reason = vendor.reason_against(order.raw, field.name)
    if reason:
        draft.errors[field.name] = [reason]
    else:
        draft.changes[field.name] = cleaned


def _describe(field: Field, raw: Raw, value: Any) -> Change:
    old = field.current(raw)
    return Change(
        name=field.name,
        label=field.label,
        old=field.value(raw),
        new=field.dump(value),
        old_text=field.text(old),
        new_text=field.text(value),
        personal=field.personal,
    )
