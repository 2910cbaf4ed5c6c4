"""Filters as controls on a page: forms whose fields are made once for the same choices, and not for every request."""

from collections.abc import Iterable, Mapping
from copy import deepcopy
from functools import lru_cache
from typing import Any

from django import forms
from django.forms.utils import flatatt
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django_filters import ChoiceFilter, Filter

Choices = Iterable[tuple[Any, str]]
Offered = tuple[tuple[str, tuple[tuple[Any, str], ...]], ...]


class Select(forms.Select):
    """A select, written out here: Django's own renders a template for every option."""

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        """The element with its options, of which the chosen one is marked."""
        attributes = flatatt({**self.attrs, **(attrs or {})})
        chosen = "" if value is None else str(value)
        return format_html('<select name="{}"{}>{}</select>', name, attributes, options(tuple(self.choices), chosen))


class OneOf(ChoiceFilter):  # type: ignore[misc]
    """One of some choices, in a select."""

    def __init__(self, **options: Any) -> None:
        super().__init__(widget=Select, **options)


class _Shared(dict[str, forms.Field]):
    """Fields that are shared by all forms of a class: nobody alters them, so no form needs copies."""

    def __deepcopy__(self, memo: Any) -> "_Shared":
        return self


@lru_cache(maxsize=128)
def form_of(filters: Any, offered: Offered) -> type[forms.Form]:
    """The form of a filter set, with these choices for some of its filters by name."""
    choices: Mapping[str, Any] = dict(offered)
    controls: dict[str, Filter] = deepcopy(filters.base_filters)
    fields = {}
    for name, control in controls.items():
        if name in choices:
            control.extra["choices"] = choices[name]
        fields[name] = control.field
        # Without "off" some browsers put back what was chosen before the address was changed.
        fields[name].widget.attrs |= {"aria-label": control.label.capitalize(), "autocomplete": "off"}
        if filters.form_id:
            fields[name].widget.attrs["form"] = filters.form_id
    made: type[forms.Form] = type(f"{filters.__name__}Form", (forms.Form,), dict(fields))
    made.base_fields = _Shared(made.base_fields)
    return made


class Controls:
    """The controls of a form with what was asked for, by name, as elements for a page."""

    def __init__(self, form: type[forms.Form], asked: Mapping[str, Any]) -> None:
        self._form, self._asked = form, asked

    def __getitem__(self, name: str) -> SafeString:
        return _drawn(self._form, name, self._asked.get(name))


@lru_cache(maxsize=512)
def _drawn(form: type[forms.Form], name: str, asked: str | None) -> SafeString:
    return form({} if asked is None else {name: asked})[name].as_widget()


@lru_cache(maxsize=128)
def options(choices: tuple[tuple[Any, Any], ...], chosen: str = "") -> SafeString:
    """The options of a select or of a list of suggestions."""
    return format_html_join(
        "",
        '<option value="{}"{}>{}</option>',
        ((value, SafeString(" selected") if str(value) == chosen else "", label) for value, label in choices),
    )
