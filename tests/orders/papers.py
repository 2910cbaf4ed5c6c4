"""A browser without JavaScript, as far as forms go: what a page's form would post, and the words of a page."""

import re
from collections.abc import Mapping
from html.parser import HTMLParser
from typing import Any


class Form(HTMLParser):
    """The first form of a page that posts to `action`: `values` holds what it posts, by name, as lists.

    Disabled inputs, unticked boxes and buttons are left out. `labels` are the texts of its buttons by value.
    """

    def __init__(self, page: str, action: str) -> None:
        super().__init__()
        self.values: dict[str, list[str]] = {}
        self.disabled: set[str] = set()
        self.invalid: set[str] = set()
        self.buttons: list[str] = []
        self._action, self._inside, self._done = action, False, False
        self._text: list[str] | None = None
        self._select: tuple[str, list[tuple[str, bool]]] | None = None
        self.feed(page.replace("\r\n", "\n").replace("\r", "\n"))
        assert self._done, f"no form for {action}"

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        here = {name: value or "" for name, value in attributes}
        if tag == "form" and here.get("action") == self._action and not self._done:
            self._inside = True
        if not self._inside:
            return
        name = here.get("name", "")
        if here.get("aria-invalid") == "true":
            self.invalid.add(name)
        if "disabled" in here and name:
            self.disabled.add(name)
        elif tag == "input" and name and (here.get("type") != "checkbox" or "checked" in here):
            self.values.setdefault(name, []).append(here.get("value", ""))
        elif tag == "textarea":
            self._text = self.values.setdefault(name, [])
            self._text.append("")
        elif tag == "select":
            self._select = (name, [])
        elif tag == "button" and name:
            self.buttons.append(here.get("value", ""))
        if tag == "option" and self._select:
            self._select[1].append((here.get("value", ""), "selected" in here))

    def handle_data(self, data: str) -> None:
        if self._text is not None:
            self._text[-1] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "form" and self._inside:
            self._inside, self._done = False, True
        if tag == "textarea" and self._text is not None:
            # A browser drops the first line end, and posts those of the web.
            self._text[-1] = self._text[-1].removeprefix("\n").replace("\n", "\r\n")
            self._text = None
        if tag == "select" and self._select:
            name, options = self._select
            chosen = [value for value, selected in options if selected] or [value for value, _ in options[:1]]
            self.values.setdefault(name, []).extend(chosen[:1])
            self._select = None

    def post(self, action: str, **typed: Any) -> dict[str, Any]:
        """What pressing the button with this `_action` posts, after these inputs were changed; None leaves one out."""
        everything = {**self.values, **{name: as_list(value) for name, value in typed.items() if value is not None}}
        kept = {name: value for name, value in everything.items() if name not in typed or typed[name] is not None}
        return {**kept, "_action": action}


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def words_of(page: str) -> str:
    """The page as its readers see it: without tags, each run of space as one."""
    text = re.sub(r"<(script|style|head)\b.*?</\1>|<[^>]*>", " ", page, flags=re.S)
    for code, character in ESCAPES.items():
        text = text.replace(code, character)
    return " ".join(text.split())


ESCAPES: Mapping[str, str] = {"&lt;": "<", "&gt;": ">", "&quot;": '"', "&#x27;": "'", "&amp;": "&"}
