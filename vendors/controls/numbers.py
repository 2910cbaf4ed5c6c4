"""Numbers, written in plain digits. Inputs are text inputs: a browser blanks a number input it cannot read."""

import re
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import DecimalValidator, MaxValueValidator, MinValueValidator

from vendors.characters import word
from vendors.controls.control import EMPTY, Control

MOST_DIGITS = 18


class Number(Control):
    """A whole number. Its Python type is int, None for nothing."""

    widget = forms.TextInput

    def __init__(
        self, *, clearable: bool = True, min_value: int | None = None, max_value: int = 2**31 - 1, **kwargs: Any
    ) -> None:
        super().__init__(required=not clearable, **kwargs)
        self.min_value, self.max_value = min_value, max_value
        self.validators += _limits(min_value, max_value)
        self.widget.attrs["inputmode"] = "numeric" if min_value is not None and min_value >= 0 else "text"

    def parse(self, value: Any) -> Any:
        text = "" if value in EMPTY else word(value).strip()
        if not text:
            return None
        if isinstance(value, bool) or not re.fullmatch(rf"[+-]?[0-9]{{1,{MOST_DIGITS}}}", text, re.ASCII):
            raise ValidationError("Enter a whole number.", code="invalid")
        return int(text)


class Amount(Control):
    """A number with decimals, exactly as it is written: 10.10 stays 10.10, and is the same as 10.1.

    Its Python type is Decimal, None for nothing. `unit` is said after it in words.
    """

    widget = forms.TextInput

    def __init__(
        self,
        *,
        clearable: bool = True,
        places: int = 2,
        min_value: Decimal | None = None,
        max_value: Decimal | None = None,
        unit: str = "",
        **kwargs: Any,
    ) -> None:
        super().__init__(required=not clearable, **kwargs)
        self.unit = unit
        self.validators += [*_limits(min_value, max_value), DecimalValidator(MOST_DIGITS, places)]
        self.widget.attrs["inputmode"] = "decimal"

    def parse(self, value: Any) -> Any:
        text = "" if value in EMPTY else word(value).strip()
        if not text:
            return None
        # A vendor's number may be of any size: one that would fill the page with zeros is not read.
        if isinstance(value, Decimal) and value.is_finite() and -MOST_DIGITS <= value.adjusted() <= MOST_DIGITS:
            return value
        if isinstance(value, bool) or not re.fullmatch(r"[+-]?[0-9]{1,18}(\.[0-9]{1,18})?", text, re.ASCII):
            raise ValidationError("Enter a number with a point before its decimals, such as 10.10.", code="invalid")
        return Decimal(text)

    def prepare_value(self, value: Any) -> Any:
        return format(value, "f") if _is_modest(value) else super().prepare_value(value)

    def text(self, value: Any) -> str:
        said = format(value, "f") if _is_modest(value) else super().text(value)
        return f"{said} {self.unit}" if said and self.unit else said


def _is_modest(value: Any) -> bool:
    return isinstance(value, Decimal) and value.is_finite() and abs(value.adjusted()) <= MOST_DIGITS


def _limits(least: Any, most: Any) -> list[Any]:
    return [
        *([] if least is None else [MinValueValidator(least)]),
        *([] if most is None else [MaxValueValidator(most)]),
    ]
