"""An order as Liner's list shows it, under every setting of the switches that concern reading."""

from typing import Any

from vendors.liner.sandbox.fields import KEYS, zero_of
from vendors.liner.sandbox.world import Thing, World
from vendors.sandbox.switches import Switches

_CUSTOM_ZERO = {"int": 0, "float": 0, "bool": False, "multiselect": []}


def shown_order(world: World, order: Thing, switch: Switches) -> Thing:
    """The 33 documented keys, with cleared values, options and the empty map written as the switches say."""
    shown = {name: order[name] for name in KEYS}
    for name in KEYS:
        if shown[name] is None:
            shown[name] = _cleared(zero_of(name), switch)
    values = dict(_custom_values(world, order["customValues"] or {}, switch))
    shown["customValues"] = [] if not values and switch["empty_custom_values"] == "[]" else values
    return shown


def _cleared(zero: Any, switch: Switches) -> Any:
    """A cleared value. Only custom values can be absent; other keys are always there."""
    return {"empty_string": "", "type_zero": zero}.get(switch["cleared_as"])


def _custom_values(world: World, values: Thing, switch: Switches) -> list[tuple[str, Any]]:
    found: list[tuple[str, Any]] = []
    for key, value in values.items():
        field = world.custom_field(key)
        kind = field["type"] if field else ""
        if value is None and switch["cleared_as"] == "absent":
            continue
        if value is None:
            found.append((key, _cleared(_CUSTOM_ZERO.get(kind, ""), switch)))
        elif field and kind in {"select", "multiselect"}:
            found.append((key, _options(field, value, switch)))
        else:
            found.append((key, value))
    return found


def _options(field: Thing, value: Any, switch: Switches) -> Any:
    words = {option["code"]: option[switch["select_value"]] for option in field["params"]}
    if isinstance(value, list):
        items = [str(words.get(code, code)) for code in value]
        return ",".join(items) if switch["multiselect_value"] == "comma_string" else items
    return words.get(value, value)
