"""One day, one moment. Both stay the text that the vendor uses."""

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from vendors.controls.control import EMPTY, Control
from vendors.controls.texts import Text

_ZONE = re.compile(r"(Z|[+-][0-9]{2}:?[0-9]{2})$", re.ASCII)


class Day(Control):
    """A day of the calendar, as 2026-01-31. Its Python type is that text, "" for nothing."""

    def __init__(self, *, clearable: bool = True, **kwargs: Any) -> None:
        super().__init__(required=not clearable, widget=forms.DateInput(attrs={"type": "date"}), **kwargs)

    def offer(self, choices: Sequence[Mapping[str, Any]] | None, *, present: Any) -> None:
        if present not in EMPTY and not _is_day(present):
            # A browser blanks a date input that it cannot read.
            self.widget = forms.TextInput()
        super().offer(choices, present=present)

    def parse(self, value: Any) -> Any:
        if value in EMPTY:
            return ""
        if not _is_day(value):
            raise ValidationError("Enter a day of the calendar as 2026-01-31.", code="invalid")
        return value.strip()


class Moment(Text):
    """A day and a time, in the form of the present value, else of the example, else as 2026-01-31T14:00:00Z.

    It stays text: with a zone or without one, as the vendor writes it. The same moment in two zones is the same.
    """

    def __init__(self, *, clearable: bool = True, example: Any = None, **kwargs: Any) -> None:
        super().__init__(clearable=clearable, **kwargs)
        self.example = example.strip() if _moment(example) else "2026-01-31T14:00:00Z"

    def offer(self, choices: Sequence[Mapping[str, Any]] | None, *, present: Any) -> None:
        super().offer(choices, present=present)
        if _moment(present) is not None:
            self.example = present.strip()

    def parse(self, value: Any) -> Any:
        if value not in EMPTY and not isinstance(value, str):
            raise ValidationError("This is not a day and a time.", code="invalid")
        return super().parse(value)

    def run_validators(self, value: Any) -> None:
        super().run_validators(value)
        if value and (_moment(value) is None or _form_of(value) != _form_of(self.example)):
            raise ValidationError(f"Enter a day and a time in the form of {self.example}.", code="invalid")

    def canonical(self, value: Any) -> Any:
        moment = _moment(value)
        return super().canonical(value) if moment is None else (moment.tzinfo is None, moment)


def _is_day(value: Any) -> bool:
    if not isinstance(value, str) or not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value.strip(), re.ASCII):
        return False
    try:
        return bool(date.fromisoformat(value.strip()))
    except ValueError:
        return False


def _moment(value: Any) -> datetime | None:
    if not isinstance(value, str) or not re.match(r"\s*[0-9]{4}-[0-9]{2}-[0-9]{2}[T ]", value, re.ASCII):
        return None
    try:
        return datetime.fromisoformat(value.strip())
    except ValueError:
        return None


def _form_of(text: str) -> str:
    """The form of a moment's text: digits as 9, any zone as Z."""
    return re.sub("[0-9]", "9", _ZONE.sub("Z", text.strip()))
