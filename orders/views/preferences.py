"""What people choose for themselves."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from orders.models import Preferences
from orders.services.preferring import preferences_of
from orders.views.requests import DeskRequest


class PreferencesForm(forms.ModelForm):  # type: ignore[type-arg]
    """A person's own preferences; what is left empty is as the desk has it."""

    hold_seconds = forms.IntegerField(
        label="Seconds before an edit goes out",
        min_value=0,
        max_value=Preferences.MOST_HOLD_SECONDS,
        required=False,
        error_messages=dict.fromkeys(["invalid", "min_value", "max_value"], "Enter whole seconds, from 0 to 10."),
    )

    class Meta:
        model = Preferences
        fields = ["hold_seconds"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["hold_seconds"]
        field.help_text = (
            "From 0 to 10. While it waits, you can take an edit back, and nothing of it has left."
            f" Empty: as this desk has it, {settings.HOLD_SECONDS:g} s."
        )
        field.widget.attrs |= {
            "inputmode": "numeric",
            "autocomplete": "off",
            "autofocus": "hold_seconds" in self.errors,
        }


@require_http_methods(["GET", "HEAD", "POST"])
def preferences(request: DeskRequest) -> HttpResponse:
    """The form of one's own preferences, for everybody who is signed in. 422 where something cannot be saved."""
    chosen = preferences_of(request.user)
    form = PreferencesForm(request.POST if request.method == "POST" else None, instance=chosen)
    if not form.is_valid():
        status = 422 if form.is_bound else 200
        return render(request, "orders/preferences.html", {"form": form}, status=status)
    Preferences.objects.update_or_create(user=request.user, defaults=form.cleaned_data)
    messages.success(request, "Your preferences are saved.")
    return redirect("preferences")
