"""A vendor that declares everything an account can have."""

from collections.abc import Mapping

from django import forms

from vendors.liner.vendor import Liner


class Guarded(Liner):
    """Liner, but for what its accounts hold: an optional secret, options of several kinds, an opinion on tokens."""

    slug = "guarded"
    label = "Guarded"
    credentials = {"token": forms.CharField(label="Token"), "old_token": forms.CharField(required=False)}
    rotates = {"token": "old_token"}
    declared_options = {
        "limit": forms.IntegerField(min_value=1, initial=10),
        "strict": forms.BooleanField(required=False, initial=False),
        "parts": forms.MultipleChoiceField(choices=[("a", "A"), ("b", "B")], initial=["a"]),
    }

    @classmethod
    def check_account(cls, *, base_url: str, credentials: Mapping[str, str]) -> list[str]:
        is_wrong = "sandbox" in base_url and credentials["token"].startswith("production_")
        return ["This is a production token, and the host is a sandbox."] if is_wrong else []
