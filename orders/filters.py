"""What the list and the history can be narrowed down by. A value that makes no sense is reported and left out."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property, lru_cache
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib.auth.models import User
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db.models import Exists, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Coalesce
from django.db.models.lookups import GreaterThan
from django.utils import timezone
from django_filters import CharFilter, DateFilter, FilterSet

from orders.keyset import Sort
from orders.models import Edit, EditField, Order
from orders.narrowing import Equal, Indexed, Narrowed, along_index, few_of, unindexed
from orders.search.conditions import listed
from orders.search.index import Found, find
from orders.search.reading import read_search
from orders.selects import Choices, Controls, OneOf, form_of
from orders.states import LIVE, Outcome, State
from orders.tuples import tuples
from vendors.contract import Vendor
from vendors.fields import Field
from vendors.registry import VENDORS

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

# What an index begins with before the column that the rows are sorted by; see the models' Meta.
_ALL, _ACCOUNT = frozenset[str](), frozenset({"account_id"})
BY_COLUMN: dict[str, Indexed] = {
    "changed_at": [_ALL, _ACCOUNT, frozenset({"status"}), frozenset({"account_id", "status"})],
    "created_at": [_ALL, _ACCOUNT],
    "edited_at": [_ALL],
    "number": [_ALL, _ACCOUNT],
    "title": [_ALL, _ACCOUNT],
}
EDITED_BY_COLUMN: dict[str, Indexed] = {"changed_at": [_ALL, _ACCOUNT], "edited_at": [_ALL]}  # of edited orders alone
EDITS_BY_TIME: Indexed = [
    _ALL,
    *map(frozenset, (["author_id"], ["account_id"], ["state"])),
    *map(frozenset, (["author_id", "account_id"], ["author_id", "state"], ["account_id", "state"])),
]
# Every name that was ever used: one probe of an index for each, however many edits there are.
_USED_FIELDS = """
    WITH RECURSIVE found(name) AS (
        SELECT MIN(one.name) FROM orders_editfield AS one
        UNION ALL
        SELECT (SELECT MIN(one.name) FROM orders_editfield AS one WHERE one.name > found.name)
        FROM found WHERE found.name IS NOT NULL
    )
    SELECT name FROM found WHERE name IS NOT NULL LIMIT %s
"""
MOST_FIELDS = 5_000
_NEVER = datetime(1, 1, 1, tzinfo=UTC)
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
        # Not the library's own, which copies every filter for every request: nobody alters one.
        self.data, self.queryset, self.user, self.filters = data, queryset, user, self.base_filters
        self._offered = tuple((name, tuple(offered)) for name, offered in choices.items())

    @cached_property
    def form(self) -> forms.Form:
        """What was asked for, understood or not."""
        return self._form(self.data)

    @property
    def controls(self) -> Controls:
        """The controls for a page."""
        return Controls(self._form, self.data)

    @property
    def _form(self) -> type[forms.Form]:
        kind: Any = type(self)
        return form_of(kind, self._offered)

    @property
    def problems(self) -> list[str]:
        """What was asked for and cannot be done, in sentences."""
        return [self._problem(name, errors) for name, errors in self.form.errors.get_json_data().items()]

    @cached_property
    def chosen(self) -> dict[str, Any]:
        """What was asked for and understood, by name."""
        self.form.is_valid()
        return {name: value for name, value in self.form.cleaned_data.items() if value not in ("", None)}

    def address(self, **also: object) -> str:
        """The link that asks for the same, and for this too; what is empty is left out."""
        query = {name: str(value) for name, value in {**self.chosen, **also}.items() if value}
        return f"?{urlencode(query)}" if query else "."

    @property
    def in_words(self) -> str:
        """What was asked for and understood, such as "person alice, first day 2025-11-21"; "" for everything."""
        return ", ".join(
            f"{self.filters[name].label} {self._shown(name, value)}" for name, value in self.chosen.items()
        )

    def _shown(self, name: str, value: Any) -> str:
        offered = dict(getattr(self.form.fields[name], "choices", ()))
        return str(offered.get(value, value))

    def _problem(self, name: str, errors: list[dict[str, str]]) -> str:
        given = str(self.data.get(name, ""))
        short = given if len(given) <= 40 else f"{given[:39]}…"
        why = "is not known here" if errors[0]["code"] == "invalid_choice" else "cannot be used"
        return f"The {self.filters[name].label} “{short}” {why}, so it was left out."


class OrderFilters(Filters):
    """The list: found by search, of an account, in a status, edited here or not."""

    form_id = "find"
    found: Found | None = None  # once `narrowed` was asked for, where something is searched for

    q = CharFilter(label="search", max_length=LONGEST_SEARCH)
    account = OneOf(label="account", empty_label="All accounts")
    status = OneOf(label="status", empty_label="All statuses")
    edited = OneOf(label="edit", empty_label="Edited or not", choices=list(EDITED.items()))
    sort = OneOf(
        label="sorting", empty_label=SORTS[""][0], choices=[(name, label) for name, (label, _) in SORTS.items() if name]
    )

    class Meta:
        model = Order
        fields: list[str] = []

    @property
    def order(self) -> Sort:
        """How the rows are sorted."""
        return SORTS[self.chosen.get("sort", "")][1]

    @cached_property
    def narrowed(self) -> Narrowed[Order]:
        """The orders that were asked for. A person who may not see personal data does not find by it either."""
        narrowed = self._edited(_equal(self.chosen, {"account": "account_id", "status": "status"}))
        text = self.chosen.get("q")
        if text is None:
            return narrowed
        self.found = find(narrowed.rows, read_search(text), personal=self.user.has_perm("orders.view_personal"))
        if self.found.few:
            return Narrowed(self.found.orders)
        return Narrowed(self.found.orders, narrowed.walked or narrowed.rows, is_counted=False)

    def _edited(self, equal: Equal) -> Narrowed[Order]:
        """Those of an account and in a status, as far as that was asked for; all, or those edited in some way."""
        column = self.order.column
        along = along_index(self.queryset, equal, BY_COLUMN[column])
        match self.chosen.get("edited"):
            case "me":
                return self._with_edits(Edit.objects.filter(author=self.user), equal, along)
            case "unsettled":
                return self._with_edits(Edit.objects.filter(state__in=LIVE), equal, along)
            case "yes" if column in EDITED_BY_COLUMN:
                edited = self.queryset.filter(edited_at__isnull=False)
                return along_index(edited, equal, EDITED_BY_COLUMN[column])
            case "yes":
                return along.filter(GreaterThan(Coalesce("edited_at", Value(_NEVER)), Value(_NEVER)))
        return along

    def _with_edits(self, edits: QuerySet[Edit], equal: Equal, along: Narrowed[Order]) -> Narrowed[Order]:
        few = few_of(edits, "order_id")
        if few is None:
            return along.filter(Exists(edits.filter(order=OuterRef("pk"))))
        return Narrowed(self.queryset.filter(*unindexed(equal), pk__in=few))


class HistoryFilters(Filters):
    """The history: by whom, of which account, with which outcome, of which field, when, and why."""

    person = OneOf(label="person", empty_label="Everyone")
    account = OneOf(label="account", empty_label="All accounts")
    outcome = OneOf(label="outcome", empty_label="All outcomes", choices=[*Outcome.choices, (UNDER_WAY, "Under way")])
    order = CharFilter(label="order", max_length=200)
    field = CharFilter(label="field", max_length=200)
    since = DateFilter(label="first day", validators=_DAYS, widget=_Day)
    until = DateFilter(label="last day", validators=_DAYS, widget=_Day)
    why = CharFilter(label="text", max_length=200)

    class Meta:
        model = Edit
        fields: list[str] = []

    @cached_property
    def narrowed(self) -> Narrowed[Edit]:
        """The edits that were asked for."""
        equal = _equal(self.chosen, {"person": "author_id", "account": "account_id", "outcome": "state"})
        few: list[Q] = []
        rest: list[Any] = []
        if equal.get("state") == UNDER_WAY:
            few.append(Q(state__in=[state for state in LIVE if state != State.UNKNOWN]))
            del equal["state"]
        if typed := self.chosen.get("order"):
            few.append(_of_order(typed))
        if typed := self.chosen.get("field"):
            one, others = _of_field(typed)
            few, rest = few + one, rest + others
        if text := self.chosen.get("why"):
            rest.append(_because(text))
        edits = self._in_time()
        if few:
            return Narrowed(edits.filter(*few, *unindexed(equal), *rest))
        return along_index(edits, equal, EDITS_BY_TIME).filter(*rest)

    def _in_time(self) -> QuerySet[Edit]:
        edits = self.queryset
        if since := self.chosen.get("since"):
            edits = edits.filter(created_at__gte=_midnight(since))
        if until := self.chosen.get("until"):
            edits = edits.filter(created_at__lt=_midnight(until + timedelta(days=1)))
        return edits


def _equal(chosen: Mapping[str, Any], columns: Mapping[str, str]) -> dict[str, str | int]:
    """Column -> the value that was chosen for it; ids as numbers."""
    return {
        column: int(chosen[name]) if column.endswith("_id") else chosen[name]
        for name, column in columns.items()
        if name in chosen
    }


def _of_order(typed: str) -> Q:
    """By the order's number, or by its id at the vendor."""
    return Q(order__in=few_of(Order.objects.filter(listed([typed])), "id") or [])


def _of_field(typed: str) -> tuple[list[Q], list[Any]]:
    """By the field's name or label, or by the first part of a name: `customValues` finds `customValues.10`.

    The condition stands in the first list where few edits fulfil it, and else in the second.
    """
    folded = typed.casefold()
    labelled = {name for name, label in known_fields() if label.casefold() == folded}
    used = (name for (name,) in tuples(_USED_FIELDS, [MOST_FIELDS]))
    names = [name for name in used if name == typed or name in labelled or name.startswith(f"{typed}.")]
    named = EditField.objects.filter(name__in=names)
    few = few_of(named, "edit_id")
    return ([], [Exists(named.filter(edit=OuterRef("pk")))]) if few is None else ([Q(pk__in=few)], [])


def _because(text: str) -> Q:
    """In reason or ticket. SQLite folds the case of ASCII alone, so other letters are looked for in each case."""
    found = Q()
    for written in {text, text.lower(), text.upper(), text.capitalize()}:
        found |= Q(reason__icontains=written) | Q(ticket__icontains=written)
    return found


def known_fields() -> list[tuple[str, str]]:
    """Name and label of every field that the vendors declare, by label."""
    return _declared(tuple(VENDORS.values()))


@lru_cache
def _declared(vendors: tuple[type[Vendor], ...]) -> list[tuple[str, str]]:
    declared = {(entry.name, entry.label) for vendor in vendors for entry in vendor.page if isinstance(entry, Field)}
    return sorted(declared, key=lambda each: each[1].casefold())


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))
