"""What an agent sees of a vendor's order, and what of it can be edited: one declaration each."""

import copy
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Self

from django import forms

from vendors.characters import legible, word
from vendors.controls import EMPTY, Control
from vendors.paths import get

Raw = Mapping[str, Any]  # one order, as the vendor sent it
Changes = Mapping[str, Any]  # field name -> new value, in the form field's own Python type
Choice = Mapping[str, Any]  # {"value": …, "label": …} and whatever else the vendor tells about it
Lists = Mapping[str, Sequence[Choice]]  # the account's pick lists, by name


def plain(value: Any) -> Any:
    """The value itself: what JSON already knows how to carry."""
    return value


@dataclass(frozen=True, kw_only=True)
class Shown:
    """One thing an agent sees.

    `read` is where it is in the document: a dotted path, or a function of the document. None says that the vendor
    never shows it. `personal` values are masked for those who may not see personal data. `list` names the pick list
    that turns its ids into words; `bound` looks them up. `say` puts a value into words where `in_words` does not
    fit, such as cents that are money. A `stamp` is what the vendor notes on every change: its own change is no news.
    """

    label: str
    read: str | Callable[[Raw], Any] | None
    section: str = "Order"
    personal: bool = False
    list: str = ""
    help: str = ""
    say: Callable[[Any], str] | None = None
    stamp: bool = False
    labels: Mapping[str, str] = field(default_factory=dict, repr=False)

    def value(self, raw: Raw) -> Any:
        """What the document says, untouched; None where it says nothing."""
        if self.read is None:
            return None
        return get(raw, self.read) if isinstance(self.read, str) else self.read(raw)

    def current(self, raw: Raw) -> Any:
        """What `text` puts into words: here the document's own value."""
        return self.value(raw)

    def text(self, value: Any) -> str:
        """A value of `current` in words that are safe to show; "" for nothing."""
        return legible(self.say(value) if self.say else in_words(value, self.labels))

    @property
    def source(self) -> str:
        """The vendor's own name for it, as far as it has one."""
        return self.read if isinstance(self.read, str) else ""

    def bound(self, raw: Raw, lists: Lists) -> Self:
        """The same entry for one order, with the account's words for its ids."""
        if not self.list:
            return self
        return replace(self, labels={word(each["value"]): str(each["label"]) for each in lists.get(self.list, ())})


@dataclass(frozen=True, kw_only=True)
class Field(Shown):
    """One thing an agent may also edit.

    `name` is the vendor's own write path, the one name used in forms, history, command line and payload. `form` is a
    Django form field from `vendors.controls` or Django itself: its widget, limits and `to_python` are the whole
    truth about which values there are and when two of them are the same. `group` names fields that only make sense
    together and travel together. `dump` turns a cleaned value into what goes on the wire. `landed` tells from the
    order before and after an edit whether a wanted value arrived, where comparing it with what the order says now
    would not do: True, False, or None where it cannot be told. `shown_when_cleared` are values that the vendor may
    show for one that was cleared. `without` takes what a wanted value added to an order, under names of its own, out
    of the later one of two states again, and returns that state itself where there is nothing of the kind.
    """

    name: str
    form: forms.Field
    group: str = ""
    dump: Callable[[Any], Any] = plain
    landed: Callable[[Raw, Raw, Any], bool | None] | None = None
    shown_when_cleared: Sequence[Any] = ()
    without: Callable[[Raw, Raw, Any], Raw] | None = None

    @property
    def source(self) -> str:
        return self.name

    def current(self, raw: Raw) -> Any:
        """The document's value in the form field's Python type, so that it can be compared with a typed one.

        A value that the form field cannot read is returned as it is: shown, kept, and equal only to itself.
        """
        return self.taken(self.value(raw))

    def taken(self, value: Any) -> Any:
        """A value of any document in the form field's Python type, like `current`."""
        if isinstance(self.form, Control):
            return self.form.read(value)
        try:
            return self.form.to_python(value)
        except forms.ValidationError:
            return value

    def same(self, one: Any, other: Any) -> bool:
        """Whether two cleaned values mean the same to the vendor."""
        return bool(self.canonical(one) == self.canonical(other))

    def arrived(self, before: Raw, after: Raw, wanted: Any) -> bool | None:
        """Whether a wanted value is in the order now: True, False where the old one is, else None."""
        if self.landed is not None:
            return self.landed(before, after, wanted)
        now = self.current(after)
        if self.same(now, wanted) or (wanted in EMPTY and now in self.shown_when_cleared):
            return True
        return False if self.same(now, self.current(before)) else None

    def canonical(self, value: Any) -> Any:
        """A form of a cleaned value in which equal means: the same to the vendor."""
        if isinstance(self.form, Control):
            return self.form.canonical(value)
        return None if value in self.form.empty_values else value

    def text(self, value: Any) -> str:
        """A value of `current`, or a cleaned one, in words that are safe to show; "" for nothing."""
        if self.say:
            return legible(self.say(value))
        if isinstance(self.form, Control):
            return legible(self.form.text(value))
        if value in self.form.empty_values:
            return ""
        return legible(str(self.form.prepare_value(value)))

    def bound(self, raw: Raw, lists: Lists) -> Self:
        """The same field for one order: with the account's choices, and the present value always among them."""
        form = copy.deepcopy(self.form)
        form.label = self.label
        form.help_text = self.help
        if isinstance(form, Control):
            form.offer(lists.get(self.list, ()) if self.list else None, present=self.value(raw))
        return replace(self, form=form)


class Fields(Mapping[str, Field]):
    """The fields of one order by name. Each is made ready for it when somebody first asks for that one."""

    def __init__(self, entries: Iterable[Shown], raw: Raw, lists: Lists) -> None:
        self._entries = {entry.name: entry for entry in entries if isinstance(entry, Field)}
        self._ready: dict[str, Field] = {}
        self._raw, self._lists = raw, lists

    def __getitem__(self, name: str) -> Field:
        if name not in self._ready:
            self._ready[name] = self._entries[name].bound(self._raw, self._lists)
        return self._ready[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def __contains__(self, name: object) -> bool:
        return name in self._entries


def in_words(value: Any, labels: Mapping[str, str] | None = None) -> str:
    """Any JSON value in words: labels for ids, Yes and No, moments readable, one item of a list a line."""
    if value in EMPTY:
        return ""
    if isinstance(value, list | tuple):
        return "\n".join(in_words(each, labels) or word(each) for each in value)
    if labels and word(value) in labels:
        return labels[word(value)]
    if isinstance(value, bool):
        return "Yes" if value else "No"
    return _moment_in_words(value) if isinstance(value, str) else word(value)


def _moment_in_words(text: str) -> str:
    """An ISO moment as `1 Jan 2024, 00:00 UTC`, in the zone the vendor wrote it in; any other text as it is."""
    if not re.fullmatch(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d\S*", text, re.ASCII):
        return text
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return text
    seconds = moment.strftime(":%S") if moment.second else ""
    return f"{moment.day} {moment:%b %Y, %H:%M}{seconds} {moment.tzname() or ''}".strip()
