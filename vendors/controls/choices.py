"""Choices: one of a vendor's words, yes or no, several ids of a pick list."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.html import format_html
from django.utils.safestring import SafeString

from vendors.characters import legible, renderable, word
from vendors.controls.control import EMPTY, Control


class OneOf(Control, forms.ChoiceField):
    """A choice of the vendor's words, each with a readable label.

    The present value is always among the choices. Clearing is offered only where `clearable`. `coerce` turns the
    word that a form posts into the Python type; it raises ValueError for a word that it cannot take.
    """

    def __init__(
        self,
        words: Sequence[tuple[str, str]] = (),
        *,
        clearable: bool = False,
        coerce: Callable[[str], Any] = str,
        **kwargs: Any,
    ) -> None:
        self.words = list(words)
        self.labels = dict(self.words)
        self.clearable = clearable
        self.coerce = coerce
        super().__init__(required=not clearable, choices=self.words, **kwargs)

    def offer(self, choices: Sequence[Mapping[str, Any]] | None, *, present: Any) -> None:
        super().offer(choices, present=present)
        words = self.words if choices is None else _words(choices)
        shown = self.prepare_value(self.read(present))
        self.labels = {**dict([_unlisted(shown)] if shown else []), **dict(words)}
        blank = [("", "—")] if self.clearable or not shown else []
        self.choices = [*blank, *words, *([] if not shown or shown in dict(words) else [_unlisted(shown)])]

    def parse(self, value: Any) -> Any:
        if value in EMPTY:
            return None
        try:
            if not isinstance(value, Mapping | list | tuple):
                return self.coerce(word(value))
        except (ValueError, TypeError):
            pass
        raise ValidationError(f"“{legible(word(value))}” is not one of the choices.", code="invalid_choice")

    def validate(self, value: Any) -> None:
        super().validate(None if value is None else self.prepare_value(value))

    def text(self, value: Any) -> str:
        return "" if value in EMPTY else self.labels.get(self.prepare_value(value), word(value))


class YesNo(OneOf):
    """Yes or no as a select: an unticked check box is not sent, so it could not be told from an untouched one."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__([("true", "Yes"), ("false", "No")], coerce=_to_bool, **kwargs)


class Checks(forms.CheckboxSelectMultiple):
    """Check boxes whose name arrives even where none is ticked: else nothing chosen would look like not asked."""

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        boxes = super().render(name, value, attrs, renderer)
        if (attrs or {}).get("disabled"):
            return boxes  # disabled boxes do not arrive, and neither may their name
        return format_html('<input type="hidden" name="{}" value="">{}', name, boxes)


class Several(Control, forms.MultipleChoiceField):
    """Several ids from the account's pick list. The order of what stays is kept; ids not in the list are kept too."""

    widget = Checks

    def __init__(self, *, coerce: Callable[[str], Any] = str, clearable: bool = True, **kwargs: Any) -> None:
        self.coerce = coerce
        self.labels: dict[str, str] = {}
        self.items: list[Any] = []
        super().__init__(required=not clearable, **kwargs)

    def offer(self, choices: Sequence[Mapping[str, Any]] | None, *, present: Any) -> None:
        super().offer(choices, present=present)
        self.items = self.split(present) if self.fits(present) else []
        words = _words(choices or ())
        chosen = self.prepare_value(self.read(present))
        self.labels = {**dict(map(_unlisted, chosen)), **dict(words)}
        unlisted = [_unlisted(each) for each in dict.fromkeys(chosen) if each not in dict(words)]
        # What is chosen now stands first, so that nobody has to scroll to see it.
        self.choices = sorted([*words, *unlisted], key=lambda choice: choice[0] not in chosen)

    def fits(self, value: Any) -> bool:
        return value in EMPTY or isinstance(value, list | tuple)

    def split(self, value: Any) -> list[Any]:
        """The single ids of a value. Raises ValidationError where it is of no form that can be read."""
        if value in EMPTY:
            return []
        if isinstance(value, Mapping):
            raise ValidationError("Choose from the list.", code="invalid_list")
        return list(value) if isinstance(value, list | tuple) else [value]

    def parse(self, value: Any) -> Any:
        """The ids: those already there in their present order, then the added ones in the order given."""
        wanted = self._shown(value)
        stay = [each for each in self.items if each == "" or renderable(word(each)) in wanted]
        known = {renderable(word(each)) for each in stay}
        try:
            return [*stay, *(self.coerce(each) for each in dict.fromkeys(wanted) if each not in known)]
        except (ValueError, TypeError) as wrong:
            raise ValidationError("Choose from the list.", code="invalid_list") from wrong

    def validate(self, value: Any) -> None:
        super().validate(self._shown(value))

    def canonical(self, value: Any) -> Any:
        if value in EMPTY:
            return None
        return sorted({word(each) for each in value}) if isinstance(value, list | tuple) else value

    def posted(self, value: Any) -> Any:
        return sorted(self.prepare_value(value))

    def prepare_value(self, value: Any) -> Any:
        try:
            return self._shown(value)
        except ValidationError:
            return [renderable(word(value))]

    def text(self, value: Any) -> str:
        return "\n".join(self.labels.get(each, each) for each in self.prepare_value(value))

    def _shown(self, value: Any) -> list[str]:
        return [renderable(word(each)) for each in self.split(value) if each != ""]


def choices_of(entries: Iterable[Any], value: str, label: Callable[[Mapping[str, Any]], str]) -> list[dict[str, Any]]:
    """A pick list from a vendor's entries; those that are no objects, or whose `value` is no id, are left out.

    Labels are made legible, so that every database can store them.
    """
    return [
        {"value": entry[value], "label": legible(label(entry)) or word(entry[value])}
        for entry in entries
        if isinstance(entry, Mapping) and is_id(entry.get(value))
    ]


def is_id(value: Any) -> bool:
    """Whether this can stand for something at a vendor: a number, or text that is not empty and safe to store."""
    if isinstance(value, str):
        return bool(value) and value == legible(value)
    return isinstance(value, int) and not isinstance(value, bool)


def _words(choices: Sequence[Mapping[str, Any]]) -> list[tuple[str, str]]:
    return [(renderable(word(each["value"])), legible(word(each["label"]))) for each in choices]


def _unlisted(shown: str) -> tuple[str, str]:
    return shown, f"{legible(shown)} (not in the list)"


def _to_bool(text: str) -> bool:
    match text.strip().lower():
        case "true" | "yes" | "1":
            return True
        case "false" | "no" | "0":
            return False
    raise ValueError(text)
