"""What a browser makes of a form: reads the HTML of an input and posts it back, as the HTML standard says."""

import re
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.http import QueryDict


def post_back(name: str, field: forms.Field, initial: Any) -> QueryDict:
    """What arrives for one field of a form that nobody touched."""
    form = forms.Form(initial={name: initial})
    form.fields[name] = field
    html = str(form[name]).encode("utf-8").decode("utf-8")  # a page that cannot be encoded is never sent
    return QueryDict(urlencode(_Page(html).posted(), encoding="utf-8"))


def retyped(name: str, field: forms.Field, initial: Any) -> Any:
    """The untouched value as the field's widget reads it from the post."""
    return field.widget.value_from_datadict(post_back(name, field, initial), {}, name)


class _Page(HTMLParser):
    """The successful controls of some HTML, in their order."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self._posted: list[tuple[str, str]] = []
        self._textarea: tuple[str, list[str]] | None = None
        self._select: tuple[str, list[tuple[str, bool]]] | None = None
        # The parser of a browser reads line ends as \n and NUL as a replacement character.
        self.feed(re.sub("\r\n?", "\n", html).replace("\0", "\N{REPLACEMENT CHARACTER}"))
        self.close()

    def posted(self) -> list[tuple[str, str]]:
        return [(name, re.sub("\r\n|\r|\n", "\r\n", value)) for name, value in self._posted]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        match tag:
            case "input":
                self._input(given)
            case "textarea":
                self._textarea = (given["name"], [])
            case "select":
                self._select = (given["name"], [])
            case "option" if self._select:
                self._select[1].append((given.get("value", ""), "selected" in given))

    def handle_data(self, data: str) -> None:
        if self._textarea:
            self._textarea[1].append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea" and self._textarea:
            name, parts = self._textarea
            self._posted.append((name, re.sub("\r\n?", "\n", "".join(parts).removeprefix("\n"))))
            self._textarea = None
        if tag == "select" and self._select:
            name, options = self._select
            chosen = [value for value, selected in options if selected] or [value for value, _ in options[:1]]
            self._posted += [(name, value) for value in chosen[:1]]
            self._select = None

    def _input(self, given: dict[str, str]) -> None:
        kind, value = given.get("type", "text"), given.get("value", "")
        if kind in {"checkbox", "radio"}:
            if "checked" in given:
                self._posted.append((given["name"], given.get("value", "on")))
            return
        if kind in {"text", "tel", "search", "url", "email"}:
            value = re.sub("[\r\n]", "", value)
        if kind == "number" and not re.fullmatch(r"-?\d+(\.\d+)?([eE][-+]?\d+)?", value, re.ASCII):
            value = ""
        if kind == "date" and not re.fullmatch(r"\d{4,}-\d\d-\d\d", value, re.ASCII):
            value = ""
        self._posted.append((given["name"], value))
