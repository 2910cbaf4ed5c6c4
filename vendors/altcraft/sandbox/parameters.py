"""What each method takes, strictly by type, and how it says no (Altcraft: API interaction and method pages)."""

from collections.abc import Mapping
from typing import Any

from vendors.sandbox.switches import Switches

Thing = dict[str, Any]

COMMON: Mapping[str, type] = {"token": str, "format": str}
PAGING: Mapping[str, type] = {"from_id": str, "limit": int}
IDS: Mapping[str, type] = {"order_external_id": str, "order_line_external_id": str, "status_external_id": str}

# Method → what has to be there, and what may be.
METHODS: Mapping[str, tuple[Mapping[str, type], Mapping[str, type]]] = {
    "orders/list": ({}, {**PAGING, "endpoint": str}),
    "orders/get_status": ({}, {"id": int, "external_id": str}),
    "orders/update_order_line_status": (IDS, {}),
    "orders/delete": ({}, {"id": int, "external_id": str, "group_id": int, "with_fire": bool}),
    "orders/import": (
        {"data": list},
        {"custom_fields": list, "custom_line_statuses": list, "skip_triggers": bool},
    ),
    "products/list": ({}, PAGING),
    "sku/list": ({}, PAGING),
}
WORDS: Mapping[type, str] = {str: "a string", int: "an integer", bool: "a boolean", list: "an array", dict: "an object"}


class Refused(Exception):
    """Altcraft does not do this. `code` is the error of the answer; 0 where a switch decides about it.

    `status` is that of HTTP where no switch decides about it.
    """

    def __init__(self, code: int, text: str, *, status: int = 0) -> None:
        super().__init__(text)
        self.code, self.text, self.status = code, text, status


def read_parameters(method: str, body: Thing, switch: Switches) -> Thing:
    """The body of a call, each parameter of its own type. Raises Refused."""
    required, optional = METHODS[method]
    for name, kind in required.items():
        want(body, name, kind)
    for name, kind in {**COMMON, **optional}.items():
        if name in body:
            want(body, name, kind, filled=False)
    if body.get("format", "json") != "json":
        raise Refused(400, "Format is not supported")
    unknown = sorted(set(body) - {*required, *optional, *COMMON})
    if unknown and switch["unknown_parameter"] == "reject":
        raise Refused(400, f"Unknown parameter: {unknown[0]}")
    return body


def want(body: Mapping[str, Any], name: str, kind: type, *, filled: bool = True) -> Any:
    """The value of a parameter that has to be there, of this type, and unless said otherwise not empty."""
    if name not in body:
        raise Refused(400, f"Parameter {name} is required")
    value = body[name]
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise Refused(400, f"Parameter {name} must be {WORDS[kind]}")
    if filled and value in ("", [], {}):
        raise Refused(400, f"Parameter {name} must not be empty")
    return value


def want_word(body: Mapping[str, Any], name: str, words: Any) -> str:
    """The value of a parameter that has to be one of these words, in their own case."""
    value: str = want(body, name, str)
    if value not in words:
        raise Refused(400, f"Parameter {name} has an unknown value")
    return value
