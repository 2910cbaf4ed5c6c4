"""Liner's pick lists: who and what an order may refer to. Of each entry only id and words are kept."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from vendors.characters import legible, word
from vendors.controls import EMPTY, choices_of, is_id
from vendors.fields import Choice
from vendors.liner.custom_values import custom_values, example_of

_AGENTS = ("call-center", "call-center-senior")  # who the vendor's words suggest; it does not say who else may be


def user_choices(users: Iterable[Any]) -> list[Choice]:
    """Agents first, then everybody else, those who are not active last (Liner: user list page)."""
    read = [user for user in users if isinstance(user, Mapping)]
    read.sort(key=lambda user: (user.get("isActive") is False, user.get("accessGroup") not in _AGENTS, _name(user)))
    return list(choices_of(read, "id", _user_label))


def group_choices(groups: Iterable[Any]) -> list[Choice]:
    """Groups have a Russian and an English name, and either may be missing (Liner: agent group list page)."""
    return list(choices_of(groups, "id", _group_label))


def attempt_choices(groups: Iterable[Any]) -> list[Choice]:
    """Call-attempt groups with their intervals, which are minutes (Liner: call attempt list page)."""
    return list(choices_of(groups, "id", _attempts_label))


def number_choices(numbers: Iterable[Any]) -> list[Choice]:
    """Virtual numbers: title, phone, and whose own it is. Their other `params` may hold credentials: never kept."""
    return list(choices_of(numbers, "id", _number_label))


def custom_field_choices(fields: Iterable[Any], orders: Sequence[Any]) -> list[Choice]:
    """The custom fields of orders in their order, each with its type, its options and an example of its form.

    Leads have custom fields in the same numbering; one of theirs may never be offered (Liner: custom field page).
    """
    read = [field for field in fields if isinstance(field, Mapping) and field.get("essence", "orders") == "orders"]
    read.sort(key=lambda field: field["sort"] if isinstance(field.get("sort"), int) else 0)
    return [
        {
            "value": field["id"],
            "label": legible(_word(field, "title")) or f"Custom field {field['id']}",
            "type": _word(field, "type"),
            "options": (options := _options(field.get("params"))),
            "example": _example(field["id"], _word(field, "type"), options, orders),
        }
        for field in read
        if is_id(field.get("id"))
    ]


def _options(params: Any) -> list[dict[str, Any]]:
    read = [each for each in params if isinstance(each, Mapping)] if isinstance(params, list) else []
    read.sort(key=lambda option: option["sort"] if isinstance(option.get("sort"), int) else 0)
    return [
        {"code": option["code"], "title": legible(_word(option, "title"))}
        for option in read
        if is_id(option.get("code"))
    ]


def _example(field_id: Any, kind: str, options: list[dict[str, Any]], orders: Sequence[Any]) -> Any:
    values = (custom_values(order) or {} for order in orders if isinstance(order, Mapping))
    examples = (example_of(kind, options, value.get(str(field_id))) for value in values)
    return next((example for example in examples if example not in EMPTY), None)


def _name(user: Mapping[str, Any]) -> str:
    return " ".join(filter(None, (_word(user, "lastName"), _word(user, "name"))))


def _user_label(user: Mapping[str, Any]) -> str:
    group = _word(user, "accessGroup")
    away = ", not active" if user.get("isActive") is False else ""
    return f"{_name(user) or user['id']}{f' ({group})' if group else ''}{away}"


def _group_label(group: Mapping[str, Any]) -> str:
    names = group.get("names")
    return (_word(names, "ru") or _word(names, "gb")) if isinstance(names, Mapping) else ""


def _attempts_label(group: Mapping[str, Any]) -> str:
    intervals = group.get("intervals")
    minutes = ", ".join(word(each) for each in intervals) if isinstance(intervals, list) else ""
    title = _word(group, "title") or str(group["id"])
    return f"{title} ({minutes} min)" if minutes else title


def _number_label(number: Mapping[str, Any]) -> str:
    params = number.get("params")
    is_phone = number.get("connectionType") == "pstn" and isinstance(params, Mapping)
    phone = _word(params, "phone") if is_phone else ""
    owner = number.get("orderId")
    words = [_word(number, "title"), phone, f"reserved for order {word(owner)}" if owner not in EMPTY else ""]
    return ", ".join(filter(None, words))


def _word(thing: Any, key: str) -> str:
    value = thing.get(key)
    return value if isinstance(value, str) else ""
