"""Text: one line, many lines, a phone number."""

import re
from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from vendors.characters import refuse_control_characters, word
from vendors.controls.control import EMPTY, Control

_SEPARATORS = re.compile(r"[ ()\-.\u00a0]")


class Text(Control, forms.CharField):
    """A line of text. Nothing of it is altered but space at the ends."""

    def __init__(self, *, clearable: bool = True, max_length: int | None = None, **kwargs: Any) -> None:
        super().__init__(required=not clearable, max_length=max_length, **kwargs)
        self.validators.append(refuse_control_characters)

    def parse(self, value: Any) -> Any:
        if value in EMPTY:
            return ""
        if isinstance(value, Mapping | list | tuple):
            raise ValidationError("This is not a text.", code="invalid")
        text = re.sub("\r\n|\r", "\n", word(value))
        return text.strip() if self.strip else text


class LongText(Text):
    """Text of many lines: spaces and line ends are kept as they are typed."""

    widget = forms.Textarea

    def __init__(self, *, clearable: bool = True, rows: int = 6, **kwargs: Any) -> None:
        super().__init__(clearable=clearable, strip=False, **kwargs)
        self.widget.attrs["rows"] = rows


class Phone(Text):
    """One phone number in international form."""

    def __init__(self, *, clearable: bool = True, **kwargs: Any) -> None:
        super().__init__(clearable=clearable, **kwargs)
        self.widget.input_type = "tel"
        self.validators.append(_refuse_what_is_no_phone)

    def parse(self, value: Any) -> Any:
        return _SEPARATORS.sub("", super().parse(value))


def parse_phone(text: str) -> str:
    """A number such as `+7 900 123-45-67` as `+79001234567`. Raises ValidationError."""
    digits = _SEPARATORS.sub("", text)
    if not re.fullmatch(r"\+[1-9][0-9]{6,14}", digits, re.ASCII):
        raise ValidationError("Enter a phone number with its country code, such as +79001234567.")
    return digits


def _refuse_what_is_no_phone(value: str) -> None:
    if value:
        parse_phone(value)
