"""What the list and the history can be narrowed down by. A value that makes no sense is reported and left out."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.contrib.auth.models import User
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db.models import Q, QuerySet
from django.http import QueryDict
from django.utils import timezone
from django_filters import CharFilter, ChoiceFilter, DateFilter, FilterSet

from orders.keyset import Sort
from orders.models import Edit, EditField, Order
from orders.search.conditions import listed
from orders.search.index import Found, find
from orders.search.reading import read_search
from orders.states import LIVE, Outcome, State
from vendors.fields import Field
from vendors.registry import VENDORS

Choices = Iterable[tuple[Any, str]]

SORTS = {
    "": ("Changed: newest first", Sort("changed_at")),
    "changed": ("Changed: oldest first", Sort("changed_at", descending=False)),
    "-created": ("Created: newest first", Sort("created_at", nullable=True)),
    "created": ("Created: oldest first", Sort("created_at", descending=False, nullable=True)),
    "-edited": ("Edited here: newest first", Sort("edited_at", nullable=True)),
    "number": ("Number: ascending", Sort("number", descending=False)),
    "-number": ("Number: descending", Sort("number")),
    "title": ("Title: A to Z", Sort("title", descending=False)),
    "-title": ("Title: Z to A", Sort("title")),
}
EDITED = {"yes": "Edited here", "me": "Edited by me", "unsettled": "Not settled yet"}
UNDER_WAY = "under_way"
LONGEST_SEARCH = 2000
_DAYS = [MinValueValidator(date(2000, 1, 1)), MaxValueValidator(date(2999, 12, 31))]


class _Day(forms.DateInput):
    """The browser's own calendar, which wants its value as it sends it: 2025-11-21."""

    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


class Filters(FilterSet):  # type: ignore[misc]
    """A filter set whose choices are given, so that drawing it asks the database nothing."""

    form_id = ""  # the form on the page that the controls belong to, where they do not stand in it

    def __init__(self, data: Mapping[str, Any], *, queryset: QuerySet[Any], user: User, **choices: Choices) -> None:
        super().__init__(data, queryset=queryset)
        self.user = user
        for name, offered in choices.items():
            self.filters[name].extra["choices"] = list(offered)
        for name, control in self.form.fields.items():
            # Without "off" some browsers put back what was chosen before the address was changed.
            control.widget.attrs |= {"aria-label": self.filters[name].label.capitalize(), "autocomplete": "off"}
            if self.form_id:
                control.widget.attrs["form"] = self.form_id

    @property
    def problems(self) -> list[str]:
        """What was asked for and cannot be done, in sentences."""
        return [self._problem(name, errors) for name, errors in self.form.errors.get_json_data().items()]

    @property
    def chosen(self) -> dict[str, Any]:
        """What was asked for and understood, by name."""
        return {name: value for name, value in self.form.cleaned_data.items() if value not in ("", None)}

    def address(self, **also: object) -> str:
        """The link that asks for the same, and for this too; what is empty is left out."""
        query = QueryDict(mutable=True)
        for name, value in {**self.chosen, **also}.items():
            if value:
                query[name] = str(value)
        return f"?{query.urlencode()}" if query else "."

    def _problem(self, name: str, errors: list[dict[str, str]]) -> str:
        given = str(self.data.get(name, ""))
        short = given if len(given) <= 40 else f"{given[:39]}…"
        why = "is not known here" if errors[0]["code"] == "invalid_choice" else "cannot be used"
        return f"The {self.filters[name].label} “{short}” {why}, so it was left out."


class OrderFilters(Filters):
    """The list: found by search, of an account, in a status, edited here or not."""

    form_id = "find"
    found: Found | None = None  # once `qs` was asked for, where something is searched for

    q = CharFilter(method="search", label="search", max_length=LONGEST_SEARCH)
    account = ChoiceFilter(label="account", empty_label="All accounts")
    status = ChoiceFilter(label="status", empty_label="All statuses")
    edited = ChoiceFilter(method="edited_here", label="edit", empty_label="Edited or not", choices=list(EDITED.items()))
    sort = ChoiceFilter(
        method="leave", label="sorting", empty_label=SORTS[""][0],
        choices=[(name, label) for name, (label, _) in SORTS.items() if name],
    )  # fmt: skip

    class Meta:
        model = Order
        fields: list[str] = []

    def search(self, orders: QuerySet[Order], name: str, text: str) -> QuerySet[Order]:
        """A person who may not see personal data does not find by it either."""
        personal = self.user.has_perm("orders.view_personal")
        self.found = find(orders, read_search(text), personal=personal)
        return self.found.orders

    def edited_here(self, orders: QuerySet[Order], name: str, which: str) -> QuerySet[Order]:
        if which == "yes":
            return orders.filter(edited_at__isnull=False)
        mine = Q(author=self.user) if which == "me" else Q(state__in=LIVE)
        return orders.filter(pk__in=Edit.objects.filter(mine).values("order"))

    def leave(self, orders: QuerySet[Order], name: str, value: str) -> QuerySet[Order]:
        return orders

    @property
    def order(self) -> Sort:
        """How the rows are sorted."""
        return SORTS[self.form.cleaned_data.get("sort", "")][1]


class HistoryFilters(Filters):
    """The history: by whom, of which account, with which outcome, of which field, when, and why."""

    person = ChoiceFilter(field_name="author", label="person", empty_label="Everyone")
    account = ChoiceFilter(label="account", empty_label="All accounts")
    outcome = ChoiceFilter(method="with_outcome", label="outcome", empty_label="All outcomes",
        choices=[*Outcome.choices, (UNDER_WAY, "Under way")])  # fmt: skip
    order = CharFilter(method="of_order", label="order", max_length=200)
    field = CharFilter(method="of_field", label="field", max_length=200)
    since = DateFilter(method="from_day", label="first day", validators=_DAYS, widget=_Day)
    until = DateFilter(method="to_day", label="last day", validators=_DAYS, widget=_Day)
    why = CharFilter(method="because", label="text", max_length=200)

    class Meta:
        model = Edit
        fields: list[str] = []

    def with_outcome(self, edits: QuerySet[Edit], name: str, which: str) -> QuerySet[Edit]:
        under_way = [state for state in LIVE if state != State.UNKNOWN]
        return edits.filter(state__in=under_way if which == UNDER_WAY else [which])

    def of_order(self, edits: QuerySet[Edit], name: str, typed: str) -> QuerySet[Edit]:
        """By the order's number, or by its id at the vendor."""
        return edits.filter(order__in=Order.objects.filter(listed([typed])).values("pk"))

    def of_field(self, edits: QuerySet[Edit], name: str, typed: str) -> QuerySet[Edit]:
        """By the field's name or label, or by the first part of a name: `customValues` finds `customValues.10`."""
        labelled = [each for each, label in known_fields() if label.casefold() == typed.casefold()]
        named = Q(name__in=[typed, *labelled]) | Q(name__startswith=f"{typed}.")
        return edits.filter(pk__in=EditField.objects.filter(named).values("edit"))

    def from_day(self, edits: QuerySet[Edit], name: str, day: date) -> QuerySet[Edit]:
        return edits.filter(created_at__gte=_midnight(day))

    def to_day(self, edits: QuerySet[Edit], name: str, day: date) -> QuerySet[Edit]:
        return edits.filter(created_at__lt=_midnight(day + timedelta(days=1)))

    def because(self, edits: QuerySet[Edit], name: str, text: str) -> QuerySet[Edit]:
        """In reason or ticket. SQLite folds the case of ASCII alone, so other letters are looked for in each case."""
        found = Q()
        for written in {text, text.lower(), text.upper(), text.capitalize()}:
            found |= Q(reason__icontains=written) | Q(ticket__icontains=written)
        return edits.filter(found)


def known_fields() -> list[tuple[str, str]]:
    """Name and label of every field that the vendors declare, by label."""
    declared = {
        (entry.name, entry.label) for vendor in VENDORS.values() for entry in vendor.page if isinstance(entry, Field)
    }
    return sorted(declared, key=lambda each: each[1].casefold())


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))
