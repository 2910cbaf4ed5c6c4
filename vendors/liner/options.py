"""The options of Liner's selects. Whether the wire carries their code or their title, and several of them as an
array or as a string with commas, is not documented (Liner: custom field list page)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from vendors.characters import legible, word
from vendors.controls import EMPTY, OneOf, Several

Dump = Callable[[Any], Any]


@dataclass(frozen=True)
class Options:
    """The options of one field, by their code as text: the code as Liner has it, and the title."""

    codes: Mapping[str, Any]
    titles: Mapping[str, str]

    @classmethod
    def read(cls, params: Any) -> "Options":
        """From a field's `params`, whatever they are: what is no option is left out."""
        found = [each for each in params if isinstance(each, Mapping)] if isinstance(params, list) else []
        coded = [each for each in found if isinstance(each.get("code"), str | int) and each["code"] not in EMPTY]
        return cls(
            {word(each["code"]): each["code"] for each in coded},
            {word(each["code"]): legible(word(each.get("title") or each["code"])) for each in coded},
        )

    def code(self, item: Any) -> Any:
        """The code, as text, of an item that may be a code or a title; an unknown item stays as it is."""
        text = word(item)
        if text in self.titles:
            return text
        return next((code for code, title in self.titles.items() if title == text), item)

    def know(self, item: Any) -> bool:
        return word(self.code(item)) in self.titles

    def split(self, value: Any) -> list[Any]:
        """The codes in an array or in a string with commas."""
        if isinstance(value, str):
            value = [item.strip() for item in value.split(",") if item.strip()]
        return [self.code(item) for item in value] if isinstance(value, list | tuple) else []

    def writer(self, example: Sequence[Any]) -> Dump:
        """How one code goes on the wire where these items are on it already: as their title, as text, or as it is."""
        if any(word(item) not in self.titles and self.know(item) for item in example):
            return lambda code: self.titles.get(word(code), code)
        if any(isinstance(item, str) and item in self.titles for item in example):
            return lambda code: word(code) if word(code) in self.titles else code
        return lambda code: self.codes.get(word(code), code)


class OneOption(OneOf):
    """One option. Its Python type is the code as text; a title means its code."""

    def __init__(self, options: Options) -> None:
        super().__init__(list(options.titles.items()), clearable=True, coerce=lambda text: word(options.code(text)))


class SomeOptions(Several):
    """Several options, in an array or in a string with commas. Unknown ones are kept."""

    def __init__(self, options: Options) -> None:
        self.options = options
        super().__init__(coerce=lambda text: word(options.code(text)))

    def offer(self, choices: Sequence[Mapping[str, Any]] | None, *, present: Any) -> None:
        options = [{"value": code, "label": title} for code, title in self.options.titles.items()]
        super().offer(options, present=present)

    def fits(self, value: Any) -> bool:
        return isinstance(value, str) or super().fits(value)

    def split(self, value: Any) -> list[Any]:
        return self.options.split(value) if isinstance(value, str | list | tuple) else super().split(value)


def one_option(options: Options, example: Any) -> tuple[OneOption, Dump]:
    """A control for one option, and how its value goes on the wire where the example is on it already."""
    write = options.writer([] if example in EMPTY else [example])
    return OneOption(options), lambda code: "" if code in EMPTY else write(code)


def some_options(options: Options, example: Any) -> tuple[SomeOptions, Dump]:
    """The same for several options: a string with commas where the example is one, else an array."""
    if isinstance(example, str) and example:
        comma = ", " if ", " in example else ","
        write = options.writer([item.strip() for item in example.split(",")])
        return SomeOptions(options), lambda codes: comma.join(word(write(code)) for code in codes or ())
    write = options.writer(example if isinstance(example, list) else [])
    return SomeOptions(options), lambda codes: [write(code) for code in codes or ()]
