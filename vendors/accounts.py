"""What is done with an account: read what was entered, save it, try it."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.views.decorators.debug import sensitive_variables

from vendors import secrets
from vendors.circuit import start_afresh
from vendors.contract import Vendor
from vendors.hosts import origin_of
from vendors.models import VendorAccount
from vendors.secrets import SecretUnreadable

# What can change of an account besides its credentials, and what people call it.
WORDS = {
    "vendor": "vendor",
    "name": "name",
    "base_url": "base URL",
    "options": "options",
    "requires_reason": "requires a reason",
    "sync_minutes": "minutes between syncs",
    "enabled": "enabled",
    "requests_per_second": "requests per second",
    "burst": "burst",
    "reserve_percent": "reserve for people",
    "when_down": "when the vendor is down",
}
# After a change of these, what was found out about the account says nothing any more.
STARTS_AFRESH = {"base_url", "requests_per_second", "burst", "encrypted_credentials"}


@sensitive_variables()
def merge_credentials(*, account: VendorAccount, base_url: str, given: Mapping[str, str | None]) -> dict[str, str]:
    """All credentials that the account will have at `base_url`, once `given` is taken into account.

    `account` is as it is stored, or new with its vendor set. An empty value means unchanged, None removes one that
    is optional. What is stored is kept only for the scheme, host and port that it was entered for. A changed secret
    is kept as the previous one where the vendor has a place for that. Raises ValidationError with messages by the
    credential's name; none of them repeats a secret.
    """
    vendor = account.vendor_class
    refuse_unknown_names("credential", given, vendor.credentials, vendor)
    kept, why_not = _stored_credentials(account, base_url)
    merged, problems = _replaced(vendor, kept, given)
    for name, field in vendor.credentials.items():
        if field.required and name not in merged and name not in problems:
            problems[name] = [why_not or f"Enter the {label_of(name, field)}."]
    if not problems:
        against = vendor.check_account(base_url=base_url, credentials=merged)
        problems = {next(iter(vendor.credentials)): against} if against else {}
    if problems:
        raise ValidationError(problems)
    return merged


def read_options(*, vendor: type[Vendor], given: Mapping[str, Any]) -> dict[str, Any]:
    """The given options as the vendor's own fields read them; None stands for the default.

    Raises ValidationError with messages by option name.
    """
    refuse_unknown_names("option", given, vendor.declared_options, vendor)
    read, problems = {}, {}
    for name, value in given.items():
        try:
            field = vendor.declared_options[name]
            read[name] = field.initial if value is None else _clean(field, value)
        except ValidationError as wrong:
            problems[name] = [*wrong.messages, *_choices_of(vendor.declared_options[name])]
    if problems:
        raise ValidationError(problems)
    return read


@sensitive_variables()
def save_account(*, account: VendorAccount, credentials: Mapping[str, str], via: str = "") -> list[str]:
    """Store the account with these credentials, all of them, and return what changed, in words; [] for nothing.

    Everything has been read by the functions above and `full_clean`. The history says what changed and `via`,
    the way in which it was changed; never a secret. Nothing is written where nothing changed.
    """
    before = VendorAccount.objects.filter(pk=account.pk).first()
    changed = [name for name in WORDS if before is None or _differs(name, before, account)]
    words = [WORDS[name] for name in changed]
    if before is None or _readable(before) != dict(credentials):
        account.encrypted_credentials = secrets.encrypt(credentials)
        account.credentials_set_at = timezone.now()
        changed += ["encrypted_credentials", "credentials_set_at"]
        words.append("credentials")
    if not words:
        return []
    account._change_reason = ", ".join(filter(None, [_reason(before, words), via]))  # type: ignore[attr-defined]
    # Only what changed: the pick lists may have been refreshed in the meantime.
    account.save(update_fields=changed if before else None)
    if before and STARTS_AFRESH & set(changed):
        start_afresh(account.pk)
    return words


def refuse_unknown_names(
    kind: str, given: Mapping[str, Any], declared: Mapping[str, forms.Field], vendor: type[Vendor]
) -> None:
    """Raise ValidationError, by name, for every given name that the vendor does not declare."""
    known = f"It has {', '.join(declared)}." if declared else "It has none."
    unknown = {name: [f"{vendor.label} has no {kind} of this name. {known}"] for name in given if name not in declared}
    if unknown:
        raise ValidationError(unknown)


def label_of(name: str, field: forms.Field) -> str:
    """What people call a declared credential or option."""
    return str(field.label or name)


@sensitive_variables()
def _replaced(
    vendor: type[Vendor], kept: Mapping[str, str], given: Mapping[str, str | None]
) -> tuple[dict[str, str], dict[str, list[str]]]:
    """What was kept with what is given in its place, and what is wrong with that, by name."""
    merged, problems = dict(kept), {}
    for name, value in given.items():
        if value is None:
            merged.pop(name, None)
        elif value:
            try:
                merged[name] = _clean(vendor.credentials[name], value)
            except ValidationError as wrong:
                problems[name] = wrong.messages
    for name, keeper in vendor.rotates.items():
        if name in kept and merged.get(name) != kept[name] and given.get(keeper, "") == "":
            merged[keeper] = kept[name]
    return merged, problems


def _stored_credentials(account: VendorAccount, base_url: str) -> tuple[dict[str, str], str]:
    """What is stored and may be kept at `base_url`, and why nothing is."""
    if not account.encrypted_credentials:
        return {}, ""
    if origin_of(account.base_url) != origin_of(base_url):
        return {}, (
            f"Enter this again: credentials belong to their host, and {_origin_text(account.base_url)}"
            f" has become {_origin_text(base_url)}."
        )
    try:
        return account.credentials, ""
    except SecretUnreadable:
        return {}, "Enter this again: what is stored cannot be decrypted with the keys in FIELD_ENCRYPTION_KEYS."


def _origin_text(base_url: str) -> str:
    scheme, host, port = origin_of(base_url)
    return f"{scheme}://{host}:{port}"


def _choices_of(field: forms.Field) -> list[str]:
    choices: Any = getattr(field, "choices", ())
    return [f"It can be: {', '.join(str(value) for value, _ in choices)}."] if choices else []


def _clean(field: forms.Field, value: Any) -> Any:
    if isinstance(field, forms.BooleanField) and str(value).lower() not in {"true", "false"}:
        raise ValidationError("Write true or false.")
    return field.clean(value)


def _differs(name: str, before: VendorAccount, after: VendorAccount) -> bool:
    if name == "options":
        return before.cleaned_options() != after.cleaned_options()
    return bool(getattr(before, name) != getattr(after, name))


def _readable(account: VendorAccount) -> dict[str, str] | None:
    try:
        return account.credentials
    except SecretUnreadable:
        return None


def _reason(before: VendorAccount | None, words: Sequence[str]) -> str:
    """What the history says. Its column holds 100 characters."""
    if before is None:
        return "account created"
    return "credentials changed" if words[-1] == "credentials" else ""
