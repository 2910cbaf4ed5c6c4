"""What every control is: a Django form field that compares, words and keeps values."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from vendors.characters import renderable, word

EMPTY: tuple[Any, ...] = (None, "", [], {}, ())


class Control(forms.Field):
    """A form field that also compares, words and keeps values. Mixed in before Django's own fields.

    A subclass says in `parse` how a typed value, a value from the command line and a value of the document are read.
    Once a document's value was offered, it is always acceptable: what the page shows for it comes back as it was,
    even where `parse` or the validators would refuse it today.
    """

    present: Any = None
    offered = False

    def parse(self, value: Any) -> Any:
        """The value in the field's Python type. Raises ValidationError for what cannot be read."""
        return value

    def offer(self, choices: Sequence[Mapping[str, Any]] | None, *, present: Any) -> None:
        """Take the account's choices (None where the field has no pick list) and the document's present value.

        Where nothing is there, leaving it so clears nothing: the field is then not required.
        """
        self.present, self.offered = present, True
        self.required = self.required and present not in EMPTY
        if isinstance(self.widget, forms.TextInput) and "\n" in str(self.prepare_value(self.read(present))):
            # An input of one line would join the lines without being touched.
            self.widget = forms.Textarea(attrs={**self.widget.attrs, "rows": 3})

    def read(self, value: Any) -> Any:
        """A document's value in the field's Python type; what is of another form is returned as it is."""
        try:
            return self.parse(value) if self.fits(value) else value
        except ValidationError:
            return value

    def fits(self, value: Any) -> bool:
        """Whether a document's value has a form that this control can replace by another value of its own."""
        return value in EMPTY or not isinstance(value, Mapping | list | tuple)

    def to_python(self, value: Any) -> Any:
        """The value in the field's Python type. Raises ValidationError for what cannot be read."""
        if self.offered and self.posted(value) == self.posted(self.prepare_value(self.read(self.present))):
            return self.read(self.present)
        if not self.fits(self.present):
            raise ValidationError("The vendor sends this in a form that cannot be edited here.", code="invalid")
        return self.parse(value)

    def clean(self, value: Any) -> Any:
        """The value in the field's Python type, validated unless it is the present one."""
        cleaned = self.to_python(value)
        if self.offered and self.canonical(cleaned) == self.canonical(self.read(self.present)):
            return cleaned
        self.validate(cleaned)
        self.run_validators(cleaned)
        return cleaned

    def canonical(self, value: Any) -> Any:
        """A form of the value in which equal means: no change. All that is empty is the same."""
        return None if value in EMPTY else value

    def prepare_value(self, value: Any) -> Any:
        """The value as its input shows it."""
        return "" if value in EMPTY else renderable(word(value))

    def text(self, value: Any) -> str:
        """The value in words for people; "" for nothing."""
        return "" if value in EMPTY else word(value)

    def posted(self, value: Any) -> Any:
        """A value as a form post carries it: text with the line ends of the web, and nothing for nothing."""
        if isinstance(value, list | tuple):
            return [self.posted(each) for each in value]
        return "" if value in EMPTY else renderable(word(value))
