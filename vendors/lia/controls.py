"""Form fields for what Lia knows of a customer. However something is punctuated, it is the same."""

import re
from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator, validate_email
from django.utils import timezone

from vendors.controls import EMPTY, Day, Phone, Text
from vendors.lia.brazil import is_city

_SEPARATORS = re.compile(r"[\s./\-–—]")
_AREA_AND_NUMBER = re.compile("[1-9][1-9](9[0-9]{8}|[2-5][0-9]{7})")  # how a Brazilian writes a number at home
_EARLIEST_BIRTH = "1900-01-01"
_LONGEST_EMAIL = 254  # characters, by RFC 5321


class Digits(Text):
    """A number of one of a few lengths, each with its way to be written: {8: "#####-###"}. Kept as bare digits."""

    def __init__(self, masks: Mapping[int, str], *, wrong: str, clearable: bool = False, **kwargs: Any) -> None:
        super().__init__(clearable=clearable, **kwargs)
        self.masks, self.wrong = masks, wrong
        self.widget.attrs["inputmode"] = "numeric"

    def parse(self, value: Any) -> Any:
        return _SEPARATORS.sub("", super().parse(value))

    def run_validators(self, value: Any) -> None:
        super().run_validators(value)
        if value not in EMPTY and not self._is_whole(value):
            raise ValidationError(self.wrong, code="invalid")

    def prepare_value(self, value: Any) -> Any:
        return self.written(value) if self._is_whole(value) else super().prepare_value(value)

    def text(self, value: Any) -> str:
        return self.written(value) if self._is_whole(value) else super().text(value)

    def written(self, digits: str) -> str:
        """Whole digits the way people read them."""
        one_by_one = iter(digits)
        return "".join(next(one_by_one) if mark == "#" else mark for mark in self.masks[len(digits)])

    def _is_whole(self, value: Any) -> bool:
        return isinstance(value, str) and re.fullmatch("[0-9]+", value) is not None and len(value) in self.masks


class Document(Digits):
    """A CPF or a CNPJ. Which of the two it has to be, the order decides: the vendor asks that of both together."""

    def __init__(self, **kwargs: Any) -> None:
        masks = {11: "###.###.###-##", 14: "##.###.###/####-##"}
        super().__init__(masks, wrong="Enter the 11 digits of a CPF, or the 14 digits of a CNPJ.", **kwargs)


class Cep(Digits):
    """A postal code."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__({8: "#####-###"}, wrong="Enter the 8 digits of a CEP, such as 01310-100.", **kwargs)


class CityCode(Digits):
    """A city by its IBGE code."""

    def __init__(self, **kwargs: Any) -> None:
        wrong = "Enter the 7 digits of the city's IBGE code, such as 3550308 for São Paulo."
        super().__init__({7: "#######"}, wrong=wrong, **kwargs)

    def run_validators(self, value: Any) -> None:
        super().run_validators(value)
        if value not in EMPTY and not is_city(value):
            raise ValidationError(f"{value} is the IBGE code of no city: look for a mistyped digit.", code="invalid")


class Birthdate(Day):
    """A day from 1900 to today, as 1994-12-03. A Brazilian's 03/12/1994 is read as well."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.validators.append(_refuse_what_is_no_birth)

    def parse(self, value: Any) -> Any:
        if isinstance(value, str) and (typed := re.fullmatch(r"\s*([0-9]{2})/([0-9]{2})/([0-9]{4})\s*", value)):
            value = "-".join(reversed(typed.groups()))
        elif isinstance(value, str) and (moment := re.fullmatch(r"([0-9]{4}-[0-9]{2}-[0-9]{2})T[0-9:.Z+-]+", value)):
            value = moment[1]  # the day as it is written: converting its zone would shift it
        return super().parse(value)


class BrazilianPhone(Phone):
    """A phone number in international form. One that is written as at home, or without the plus, gets its +55."""

    def parse(self, value: Any) -> Any:
        text = super().parse(value)
        if _AREA_AND_NUMBER.fullmatch(text):
            return f"+55{text}"
        return f"+{text}" if re.fullmatch("55[0-9]{10,11}", text) or self._is_present(text) else text

    def run_validators(self, value: Any) -> None:
        super().run_validators(value)
        if value.startswith("+55") and len(value) not in {13, 14}:
            raise ValidationError("After +55 a number has 10 or 11 digits: area code and number.", code="invalid")

    def _is_present(self, text: str) -> bool:
        """Whether this is the document's own number: Lia shows numbers of any country without their plus."""
        return text == self.present and re.fullmatch("[1-9][0-9]{6,14}", text) is not None


class Email(Text):
    """An e-mail address."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.widget.attrs["inputmode"] = "email"
        self.validators += [validate_email, MaxLengthValidator(_LONGEST_EMAIL)]


def _refuse_what_is_no_birth(day: str) -> None:
    if day and not _EARLIEST_BIRTH <= day <= timezone.localdate().isoformat():
        raise ValidationError(f"Enter a day from {_EARLIEST_BIRTH} to today.", code="invalid")
