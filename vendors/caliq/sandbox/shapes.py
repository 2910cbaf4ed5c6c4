"""What a body has to look like before anybody reads it: names, types and lengths of the documented parameters."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from vendors.sandbox.switches import Switches

LARGEST_INT = 2**31 - 1


class NotUnderstood(Exception):
    """Caliq answers 400: the parameters could not be understood."""


# Name → type, "?" where null is no error. What looks not nullable in the documentation is not (Caliq: sample bodies).
PARAMS = {"apiKey": "text"}
LOCK = {"apiKey": "text", "EventID": "int?", "LockID": "int?"}
ORDER = {
    "apiKey": "text",
    "OrdersSince": "text?",
    "AccountNo": "text?",
    "CustomerID": "int",
    "EventID": "int",
    "EventNo": "int",
    "ReturnLines": "bool?",
    "OnlyActive": "bool?",
}
ORDER_LINE = {"apiKey": "text", "OrderID": "int", "OrderNo": "int", "OrderType": "text?"}
ORDER_CHANGE = {"apiKey": "text", "ChangesSince": "text?"}
CALL_LIST = {"apiKey": "text", "DateFrom": "text?", "DateTo": "text?"}
EDIT = {
    "apiKey": "text",
    "LockID": "int",
    "CustomerID": "int?",
    "AccountNo": "text?",
    "EventID": "int",
    "CustomerPONumber": "text?",
    "OrderNotes": "text?",
    "DeliveryRequirement": "text?",
    "DeliveryRequirementDate": "text?",
    "DespatchMethodID": "int",
    "Carriage": "number?",
    "CustomerHold": "bool?",
    "EditDeliveryAddress": "object?",
    "OrderEditLines": "object?",
}
ADDRESS = {
    "DeliveryAddressID": "int",
    "DirectDelivery": "bool",
    **dict.fromkeys(("DeliveryCompany", "Line1", "Line2", "Line3", "Town", "County", "Postcode", "Country"), "text?"),
    **dict.fromkeys(("Firstname", "Surname", "Email", "Phone"), "text?"),
}
LINES = {"OrderEditLine": "list?"}
LINE = {"LineID": "int?", "ProductID": "int?", "ProductCode": "text?", "Quantity": "int?", "UnitPrice": "number?"}

_TYPES: Mapping[str, tuple[type, ...]] = {
    "text": (str,),
    "int": (int,),
    "bool": (bool,),
    "number": (int, Decimal),
    "object": (dict,),
    "list": (list,),
}


def read_object(body: Any, names: Mapping[str, str], switch: Switches, *, where: str = "body") -> dict[str, Any]:
    """The body without its nulls, every name known and every value of its type. Raises NotUnderstood."""
    if not isinstance(body, dict):
        raise NotUnderstood(f"{where} is no object")
    read = {}
    for name, value in body.items():
        if name not in names:
            if switch["unknown_name"] == "reject":
                raise NotUnderstood(f"{where} has no {name}")
            continue
        kept = _read(name, value, names[name], switch)
        if kept is not None:
            read[name] = kept
    return read


def _read(name: str, value: Any, kind: str, switch: Switches) -> Any:
    if value is None:
        return _null(name, kind, switch)
    types = _TYPES[kind.rstrip("?")]
    if isinstance(value, str) and str not in types and switch["numbers_as_text"] == "accept":
        value = _from_text(value, types)
    if type(value) not in types:  # exactly: in JSON true is no number
        raise NotUnderstood(f"{name} is no {kind.rstrip('?')}")
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) > LARGEST_INT:
        raise NotUnderstood(f"{name} is too large")
    return value


def _null(name: str, kind: str, switch: Switches) -> Any:
    if kind.endswith("?"):
        return None
    setting = switch["null_method"] if name == "DespatchMethodID" else switch["null_number"]
    if setting == "reject":
        raise NotUnderstood(f"{name} is null")
    return 0 if setting == "zero" else None


def _from_text(value: str, types: tuple[type, ...]) -> Any:
    try:
        return int(value) if types == (int,) else Decimal(value) if Decimal in types else value
    except (ValueError, ArithmeticError):
        return value
