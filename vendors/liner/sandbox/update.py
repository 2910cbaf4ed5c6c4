"""What Liner accepts in an order update, and what it keeps of it (Liner: order update and request schema pages)."""

import re
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from vendors.liner.sandbox.fields import ENUMS, NEVER_BLANK, READ_ONLY, TYPES, zero_of
from vendors.liner.sandbox.world import HIDDEN, SCENARIOS, Thing, World
from vendors.sandbox.switches import Switches

_LARGEST_INT = 2**31 - 1
_SKIP = object()


class Wrong(ValueError):
    """A value that Liner does not accept; the message is its own, in its own language."""


def update_order(world: World, order: Thing, body: Thing, switch: Switches) -> list[str]:
    """Change the order in place as far as Liner accepts the body; return what it objects to, [] for nothing."""
    accepted: Thing = {}
    problems: list[str] = []
    for name, value in body.items():
        try:
            kept = _read(world, order, name, value, switch)
        except Wrong as wrong:
            problems.append(f"{name}: {wrong}")
        else:
            accepted |= {} if kept is _SKIP else {name: kept}
    if not problems or switch["one_bad_field"] == "stored_partly":
        order |= accepted
    return problems


def _read(world: World, order: Thing, name: str, value: Any, switch: Switches) -> Any:
    """The value to keep for one key of the body. Raises Wrong."""
    if name in READ_ONLY:
        raise Wrong("поле нельзя изменить")
    if name not in TYPES:
        if switch["unknown_key"] == "reject":
            raise Wrong("неизвестное поле")
        return _SKIP
    if value is None or value == "":
        return _blank(order, name, switch)
    kept = _typed(TYPES[name], name, value)
    if name == "code":
        _check_code(world, order, kept, switch)
    if name == "sipEndpointIds":
        _check_owner(world, order, kept, switch)
    if name == "customValues":
        return _custom_values(world, order, kept, switch)
    _check_references(world, order, name, kept, switch)
    return kept


def _blank(order: Thing, name: str, switch: Switches) -> Any:
    if name == "customValues":
        return {}
    if name not in NEVER_BLANK or switch["clearing_fixed"] == "accept":
        return None
    if switch["clearing_fixed"] == "reject":
        raise Wrong("поле не может быть пустым")
    if name in ENUMS:
        return ENUMS[name][0]
    return f"order-{order['id']}" if name == "code" else zero_of(name)


def _typed(kind: str, name: str, value: Any) -> Any:
    """The value, if it is of the field's type. Raises Wrong."""
    if kind == "enum":
        return _one_of(value, ENUMS[name])
    if kind.startswith("array"):
        read = {"array of ids": _int, "array of dates": _date, "array of intervals": _interval}.get(kind, _string)
        return [read(item) for item in _of_type(value, list, "ожидается массив")]
    if kind == "object":
        return _of_type(value, dict, "ожидается объект")
    return {"string": _string, "int": _int, "bool": _bool}[kind](value)


def _of_type(value: Any, kind: type, message: str) -> Any:
    if type(value) is not kind:  # exactly: in JSON true is no number
        raise Wrong(message)
    return value


def _string(value: Any) -> str:
    return str(_of_type(value, str, "ожидается строка"))


def _bool(value: Any) -> bool:
    return bool(_of_type(value, bool, "ожидается true или false"))


def _int(value: Any) -> int:
    if abs(_of_type(value, int, "ожидается целое число")) > _LARGEST_INT:
        raise Wrong("число слишком большое")
    return int(value)


def _float(value: Any) -> float:
    return float(_int(value) if type(value) is int else _of_type(value, float, "ожидается число"))


def _date(value: Any) -> str:
    return _by_pattern(value, r"\d{4}-\d\d-\d\d", "ожидается дата ГГГГ-ММ-ДД", date.fromisoformat)


def _datetime(value: Any) -> str:
    pattern = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d)"
    return _by_pattern(value, pattern, "ожидается дата и время ISO 8601", datetime.fromisoformat)


def _by_pattern(value: Any, pattern: str, message: str, parse: Any) -> str:
    try:
        if re.fullmatch(pattern, _string(value), re.ASCII):
            parse(value)
            return str(value)
    except ValueError:
        pass
    raise Wrong(message)


def _interval(value: Any) -> list[str]:
    ends = _of_type(value, list, "ожидается интервал [начало, конец]")
    if len(ends) != 2 or not all(re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", _string(end), re.ASCII) for end in ends):
        raise Wrong("ожидается интервал из двух значений ЧЧ:ММ")
    return list(ends)


def _one_of(value: Any, words: Iterable[str]) -> str:
    if _string(value) not in words:
        raise Wrong(f"недопустимое значение «{value}»")
    return str(value)


def _check_code(world: World, order: Thing, code: str, switch: Switches) -> None:
    """What an order has already, it may keep."""
    if switch["duplicate_code"] == "accept" or code == order["code"]:
        return
    if any(each["code"] == code for each in world.orders.values()):
        raise Wrong(f"код «{code}» уже используется")


def _check_owner(world: World, order: Thing, numbers: list[int], switch: Switches) -> None:
    """A number may belong to one order. What an order already has, it may keep."""
    for number in set(numbers) - set(order["sipEndpointIds"] or ()):
        owner = world.numbers[number]["orderId"] if number in world.numbers else None
        if owner not in {None, order["id"]} and switch["foreign_number"] == "reject":
            raise Wrong(f"номер {number} закреплён за другим заказом")


def _check_references(world: World, order: Thing, name: str, value: Any, switch: Switches) -> None:
    """Ids that are in no list, but on the order already or hidden in Liner, are known to it all the same."""
    known = {
        "agentUserIds": world.users.keys(),
        "agentGroupIds": world.agent_groups.keys(),
        "sipEndpointIds": world.numbers.keys(),
        "callAttemptsGroupId": world.attempts.keys(),
        "callScenarioId": SCENARIOS,
    }.get(name)
    if known is None or switch["unknown_id"] == "accept":
        return
    ids, present = (value, order[name] or []) if isinstance(value, list) else ([value], [order[name]])
    unknown = set(ids) - set(known) - set(present) - {HIDDEN}
    if unknown:
        raise Wrong(f"не найдено: {', '.join(map(str, sorted(unknown)))}")


def _custom_values(world: World, order: Thing, sent: Thing, switch: Switches) -> Thing:
    kept = {key: _custom_value(world, order, key, value, switch) for key, value in sent.items()}
    return kept if switch["custom_values"] == "replace" else {**(order["customValues"] or {}), **kept}


def _custom_value(world: World, order: Thing, key: str, value: Any, switch: Switches) -> Any:
    field = world.custom_field(key)
    if field is None or field["essence"] != "orders":
        if key not in (order["customValues"] or {}) and switch["unknown_id"] == "reject":
            raise Wrong(f"дополнительное поле «{key}» не найдено")
        if isinstance(value, dict | list):
            raise Wrong(f"дополнительное поле «{key}»: ожидается простое значение")
        return None if value == "" else value
    if value is None or value == "":
        return None
    try:
        return _custom_typed(field, value, switch)
    except Wrong as wrong:
        raise Wrong(f"«{field['title']}» — {wrong}") from wrong


def _custom_typed(field: Thing, value: Any, switch: Switches) -> Any:
    """A custom value as it is kept: options always by their code, several of them always as a list."""
    codes = {option[switch["select_value"]]: option["code"] for option in field["params"]}
    if field["type"] == "select":
        return codes[_one_of(value, codes)]
    if field["type"] == "multiselect":
        if switch["multiselect_value"] == "comma_string":
            items = [item.strip() for item in _string(value).split(",")]
        else:
            items = _of_type(value, list, "ожидается массив")
        return [codes[_one_of(item, codes)] for item in items]
    read = {"string": _string, "int": _int, "float": _float, "date": _date, "datetime": _datetime, "bool": _bool}
    return read[field["type"]](value)
