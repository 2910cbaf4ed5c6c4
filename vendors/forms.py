"""The form of an account: what every account has, and what the account's vendor declares."""

import copy
from collections.abc import Mapping
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import capfirst
from django.views.decorators.debug import sensitive_variables

from vendors.accounts import label_of, merge_credentials
from vendors.contract import Vendor
from vendors.hosts import read_base_url
from vendors.models import VendorAccount
from vendors.secrets import SecretUnreadable

CREDENTIAL = "credential_"
REMOVAL = "remove_credential_"
OPTION = "option_"
BUDGET = ("requests_per_second", "burst", "reserve_percent", "when_down")
KEPT_WHERE_EMPTY = BUDGET[1:]


class AccountForm(forms.ModelForm):  # type: ignore[type-arg] # generic for type checkers only
    """An account of one vendor. Once valid, `credentials` are all the account will have, in clear.

    A secret is never rendered. An empty box leaves what is stored.
    """

    vendor_class: ClassVar[type[Vendor]]

    class Meta:
        model = VendorAccount
        fields = ("name", "base_url", "requires_reason", "sync_minutes", "enabled", *BUDGET)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.credentials: dict[str, str] = {}
        if self.instance.pk is None:
            self.instance.vendor = self.vendor_class.slug
        for name, value in self.instance.cleaned_options().items():
            self.initial.setdefault(OPTION + name, value)
        for name in KEPT_WHERE_EMPTY:
            self.fields[name].required = False
        stored = _stored(self.instance)
        for name in self.vendor_class.credentials:
            if CREDENTIAL + name in self.fields:
                self.fields[CREDENTIAL + name].help_text = _help(self.instance, name, stored)

    def clean_base_url(self) -> str:
        return read_base_url(self.cleaned_data["base_url"])

    @sensitive_variables()
    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        for name in KEPT_WHERE_EMPTY:
            if cleaned.get(name, "") in {None, ""} and name not in self.errors:
                cleaned[name] = getattr(self.instance, name)
        if "base_url" not in cleaned:
            return cleaned
        given = {name: self._given(name) for name in self.vendor_class.credentials}
        try:
            self.credentials = merge_credentials(account=self.instance, base_url=cleaned["base_url"], given=given)
        except ValidationError as wrong:
            for name, messages in wrong.message_dict.items():
                self.fields[CREDENTIAL + name].help_text = ""  # it would offer what is just refused
                self.add_error(CREDENTIAL + name, messages)
        return cleaned

    def _given(self, name: str) -> str | None:
        typed: str = self.cleaned_data.get(CREDENTIAL + name, "")
        return None if self.cleaned_data.get(REMOVAL + name) and not typed else typed

    def _post_clean(self) -> None:
        """Carry the options over to the account, beside what Django carries over by itself."""
        self.instance.options = {
            name: self.cleaned_data[OPTION + name]
            for name in self.vendor_class.declared_options
            if OPTION + name in self.cleaned_data
        }
        super()._post_clean()  # type: ignore[misc] # not in the stubs


def account_form(vendor: type[Vendor], account: VendorAccount | None = None) -> type[AccountForm]:
    """The form for accounts of this vendor; for a stored one also with what it takes to remove its optional secrets."""
    stored = (_stored(account) if account else None) or {}
    declared: dict[str, Any] = {"vendor_class": vendor}
    for name, field in vendor.credentials.items():
        declared[CREDENTIAL + name] = _password(name, field)
        if not field.required and name in stored:
            declared[REMOVAL + name] = forms.BooleanField(required=False, label=f"Remove {label_of(name, field)}")
    for name, field in vendor.declared_options.items():
        declared[OPTION + name] = copy.deepcopy(field)
    return type(f"{vendor.__name__}AccountForm", (AccountForm,), declared)


def _password(name: str, field: forms.Field) -> forms.CharField:
    """A box for a secret. It may stay empty: whether that will do is decided by what is stored."""
    return forms.CharField(
        label=capfirst(label_of(name, field)),
        required=False,
        strip=True,
        widget=forms.PasswordInput(attrs={"autocomplete": "off", "spellcheck": "false"}, render_value=False),
    )


def _stored(account: VendorAccount) -> Mapping[str, str] | None:
    """The stored credentials; None where they cannot be read any more."""
    try:
        return account.credentials
    except SecretUnreadable:
        return None


def _help(account: VendorAccount, name: str, stored: Mapping[str, str] | None) -> str:
    if stored is None:
        return "Set, but it cannot be decrypted with the keys in FIELD_ENCRYPTION_KEYS: enter it again."
    if name not in stored:
        return "Not set."
    day = account.credentials_set_at and date_format(timezone.localtime(account.credentials_set_at), "j F Y")
    return f"Set on {day} — leave empty to keep it." if day else "Set — leave empty to keep it."
