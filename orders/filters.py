"""What the list and the history can be narrowed down by. A value that makes no sense is reported and left out."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

from django.contrib.auth.models import User
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db.models import Q, QuerySet
from django.utils import timezone
from django_filters import CharFilter, ChoiceFilter, DateFilter, FilterSet, TypedChoiceFilter

from orders.keyset import Sort
from orders.models import Edit, EditField, Order
from orders.searching import matching, read_search
from orders.states import LIVE, Outcome, State

Choices = Iterable[tuple[Any, str]]

SORTS = {
    "": ("Changed: newest first", Sort("changed_at")),
    "changed": ("Changed: oldest first", Sort("changed_at", descending=False)),
    "-created": ("Created: newest first", Sort("created_at", nullable=True)),
    "created": ("Created: oldest first", Sort("created_at", descending=False, nullable=True)),
    "number": ("Number: ascending", Sort("number", descending=False)),
    "-number": ("Number: descending", Sort("number")),
    "title": ("Title: A to Z", Sort("title", descending=False)),
    "-title": ("Title: Z to A", Sort("title")),
}
EDITED = {"yes": "Edited here", "me": "Edited by me", "unsettled": "Not settled yet"}
UNDER_WAY = "under_way"
LONGEST_SEARCH = 2000
_DAYS = [MinValueValidator(date(2000, 1, 1)), MaxValueValidator(date(2999, 12, 31))]


class Filters(FilterSet):  # type: ignore[misc]
    """A filter set whose choices are given, so that drawing it asks the database nothing."""

    def __init__(self, data: Mapping[str, Any], *, queryset: QuerySet[Any], user: User, **choices: Choices) -> None:
        super().__init__(data, queryset=queryset)
        self.user = user
        for name, offered in choices.items():
            self.filters[name].extra["choices"] = list(offered)

    @property
    def problems(self) -> list[str]:
        """What was asked for and is not understood, in sentences."""
        labels = {name: str(each.label).lower() for name, each in self.filters.items()}
        return [f"The {labels[name]} in this address is not known here and was left out." for name in self.form.errors]

    @property
    def chosen(self) -> dict[str, Any]:
        """What the rows are narrowed down by, by name."""
        return {name: value for name, value in self.form.cleaned_data.items() if value not in ("", None)}


class OrderFilters(Filters):
    """The list: found by search, of an account, in a status, edited here or not."""

    q = CharFilter(method="search", label="search", max_length=LONGEST_SEARCH)
    account = TypedChoiceFilter(label="account", empty_label="All accounts", coerce=int)
    status = ChoiceFilter(label="status", empty_label="All statuses")
    edited = ChoiceFilter(method="edited_here", label="edit", empty_label="Edited or not", choices=EDITED.items())
    sort = ChoiceFilter(
        method="leave", label="sorting", empty_label=SORTS[""][0],
        choices=[(name, label) for name, (label, _) in SORTS.items() if name],
    )  # fmt: skip

    class Meta:
        model = Order
        fields: list[str] = []

    def search(self, orders: QuerySet[Order], name: str, text: str) -> QuerySet[Order]:
        return orders.filter(matching(read_search(text)))

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

    person = TypedChoiceFilter(field_name="author", label="person", empty_label="Everyone", coerce=int)
    account = TypedChoiceFilter(label="account", empty_label="All accounts", coerce=int)
    outcome = ChoiceFilter(method="with_outcome", label="outcome", empty_label="All outcomes",
        choices=[*Outcome.choices, (UNDER_WAY, "Under way")])  # fmt: skip
    field = CharFilter(method="of_field", label="field", max_length=200)
    since = DateFilter(method="from_day", label="first day", validators=_DAYS)
    until = DateFilter(method="to_day", label="last day", validators=_DAYS)
    why = CharFilter(method="because", label="text", max_length=200)

    class Meta:
        model = Edit
        fields: list[str] = []

    def with_outcome(self, edits: QuerySet[Edit], name: str, which: str) -> QuerySet[Edit]:
        under_way = [state for state in LIVE if state != State.UNKNOWN]
        return edits.filter(state__in=under_way if which == UNDER_WAY else [which])

    def of_field(self, edits: QuerySet[Edit], name: str, typed: str) -> QuerySet[Edit]:
        """By the field's name, or by the first part of one: `customValues` finds `customValues.10`."""
        named = Q(name=typed) | Q(name__startswith=f"{typed}.")
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


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))
