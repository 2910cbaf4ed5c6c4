"""Lists with one item a line: phone numbers, dates, working hours."""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from vendors.characters import refuse_control_characters, renderable
from vendors.controls.control import EMPTY, Control
from vendors.controls.texts import parse_phone
from vendors.payloads import dumps

_CLOCK = re.compile(r"([0-9]{1,2}):([0-9]{2})", re.ASCII)
_LINE_END = re.compile("\r\n|\r|\n")


class Lines(Control):
    """A list with one item a line. An item that is already there is kept even where it could not be typed today."""

    widget = forms.Textarea

    def __init__(self, *, clearable: bool = True, rows: int = 4, **kwargs: Any) -> None:
        self.items: list[Any] = []
        super().__init__(required=not clearable, **kwargs)
        self.widget.attrs["rows"] = rows

    def offer(self, choices: Sequence[Mapping[str, Any]] | None, *, present: Any) -> None:
        super().offer(choices, present=present)
        self.items = list(present) if isinstance(present, list | tuple) else []

    def fits(self, value: Any) -> bool:
        return value in EMPTY or isinstance(value, list | tuple)

    def parse_line(self, line: str) -> Any:
        """One line as an item. Raises ValidationError where it is none."""
        return line

    def write_item(self, item: Any) -> str:
        """One item as a line: as JSON where it would not read back from a line as it is."""
        plain = isinstance(item, str) and item and item == item.strip() and not re.search("[\r\n]", item)
        return renderable(item) if plain else renderable(dumps(item))

    def parse(self, value: Any) -> Any:
        if value in EMPTY:
            return []
        if isinstance(value, list | tuple):
            return list(value)
        if not isinstance(value, str):
            raise ValidationError("Enter one item a line.", code="invalid_list")
        kept: dict[str, list[Any]] = {}
        for item in self.items:
            kept.setdefault(self.write_item(item), []).append(item)
        lines = [line.strip() for line in _LINE_END.split(value)]
        return [
            (kept[line].pop(0) if len(kept[line]) > 1 else kept[line][0]) if line in kept else self._read(line, number)
            for number, line in enumerate(lines, 1)
            if line
        ]

    def clean(self, value: Any) -> list[Any]:
        """The items. Those that arrive as data, from the command line, are written as typed ones would be."""
        cleaned = super().clean(value)
        if not isinstance(value, list | tuple):
            return cleaned  # type: ignore[no-any-return]
        return [
            item if item in self.items else self._read(self.write_item(item), at) for at, item in enumerate(cleaned, 1)
        ]

    def run_validators(self, value: Any) -> None:
        for number, item in enumerate(value or (), 1):
            if item not in self.items:
                self._read(self.write_item(item), number)

    def canonical(self, value: Any) -> Any:
        if value in EMPTY:
            return None
        return [self._plain(item) for item in value] if isinstance(value, list | tuple) else value

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, list | tuple):
            return "\n".join(self.write_item(item) for item in value)
        return super().prepare_value(value)

    def text(self, value: Any) -> str:
        return str(self.prepare_value(value))

    def _read(self, line: str, number: int) -> Any:
        try:
            refuse_control_characters(line)
            return self.parse_line(line)
        except ValidationError as wrong:
            raise ValidationError(f"Line {number}: {wrong.messages[0]}") from wrong

    def _plain(self, item: Any) -> Any:
        """The item as it would be typed today, where it could be."""
        try:
            return self.parse_line(self.write_item(item))
        except ValidationError:
            return item


class Phones(Lines):
    """Phone numbers, one a line, in international form."""

    def parse_line(self, line: str) -> str:
        return parse_phone(line)


class Dates(Lines):
    """Dates, one a line, as 2026-01-31."""

    def parse_line(self, line: str) -> str:
        if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", line, re.ASCII):
            raise ValidationError("Enter a date as 2026-01-31.")
        try:
            return date.fromisoformat(line).isoformat()
        except ValueError as wrong:
            raise ValidationError(f"{line} is not a day of the calendar.") from wrong


class Intervals(Lines):
    """Working hours, one interval a line, as 09:00-18:00. Items of any other shape are kept as they are.

    An end before its start is taken for a slip, unless an interval that is already there runs over midnight.
    """

    def parse_line(self, line: str) -> list[str]:
        ends = re.split(r"\s*[-–—]\s*", line)
        if len(ends) != 2 or not all(_CLOCK.fullmatch(end) for end in ends):
            raise ValidationError("Enter hours as 09:00-18:00.")
        start, end = (_clock(each) for each in ends)
        if start == end or (start > end and not any(_runs_over_midnight(item) for item in self.items)):
            raise ValidationError("The end has to be later than the start.")
        return [start, end]

    def write_item(self, item: Any) -> str:
        if isinstance(item, str) and item not in self.items:
            return item  # as a line is typed
        return f"{item[0]}-{item[1]}" if _is_interval(item) else renderable(dumps(item))


def _is_interval(item: Any) -> bool:
    return (
        isinstance(item, list | tuple)
        and len(item) == 2
        and all(isinstance(end, str) and _CLOCK.fullmatch(end) for end in item)
    )


def _runs_over_midnight(item: Any) -> bool:
    return _is_interval(item) and item[0].zfill(5) > item[1].zfill(5)


def _clock(text: str) -> str:
    hours, minutes = text.split(":")
    if int(hours) > 23 or int(minutes) > 59:
        raise ValidationError(f"{text} is not a time of the day.")
    return f"{int(hours):02}:{minutes}"
