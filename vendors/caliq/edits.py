"""The body of an order edit: only what changed, and what Caliq would misread if it were left out.

Null means "leave it as it is" and so does a missing key (Caliq: order edit page). Three values are suspected not to
know that, because they look as if they could not be null. `DeliveryAddressID` and `DirectDelivery` go with every
address, from the order as it was just read. `DespatchMethodID` does so with every edit, where the account says so.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from vendors.caliq.address import ADDRESS, KEPT_ID, ONE_OFF
from vendors.caliq.documents import Part, is_id, lines_of, order_of
from vendors.caliq.fields import REQUIREMENT
from vendors.caliq.lines import NEW_LINE
from vendors.contract import Changes
from vendors.fields import Field, Raw

LONGEST_ACCOUNT = 10
Fields = Mapping[str, Field]


def edit_body(raw: Raw, fields: Fields, changes: Changes, *, repeats_method: bool = False) -> dict[str, Any]:
    """The body without key and lock; `repeats_method` adds the despatch method that the order has.

    Raises ValueError where the order does not say whose it is.
    """
    wire = {name: fields[name].dump(value) for name, value in changes.items()}
    body = {**_identity(order_of(raw)), **{name: value for name, value in wire.items() if "." not in name}}
    method = order_of(raw).get("DespatchMethodID")
    if repeats_method and is_id(method):
        body.setdefault("DespatchMethodID", method)
    body |= _requirement(raw, fields, wire)
    if any(name.startswith(f"{ADDRESS}.") for name in wire):
        body[ADDRESS] = _address(raw, fields, wire)
    lines = list(_lines(raw, wire))
    if lines:
        body["OrderEditLines"] = {"OrderEditLine": lines}
    _refuse_null(body)
    return body


def problems_with(raw: Raw, fields: Fields, changes: Changes) -> dict[str, str]:
    """What is wrong with these changes taken together, by field name."""

    def then(name: str) -> Any:
        """What the order will say: the new value, else the present one; None where nobody can know."""
        return changes[name] if name in changes else fields[name].current(raw)

    problems = dict(_problems_of_requirement(changes, then("DeliveryRequirement"), then("DeliveryRequirementDate")))
    if changes.get("CustomerHold") is False:
        problems["CustomerHold"] = "A hold can only be set: Caliq takes “No” for “leave it as it is”."
    if any(name.startswith(f"{ADDRESS}.") for name in changes):
        hidden = {part for part in ("Line1", "Country") if fields[f"{ADDRESS}.{part}"].read is None}
        missing = [part for part in ("Line1", "Country") if part not in hidden and not then(f"{ADDRESS}.{part}")]
        problems |= _problems_of_address(then(ONE_OFF), then(KEPT_ID), missing)
    return problems


def _identity(order: Part) -> dict[str, Any]:
    """Which order, and whose: the page wants the account number and says that the customer's id would do."""
    account, customer = order.get("AccountNo"), order.get("AccountID")
    if not isinstance(account, str) or not account or len(account) > LONGEST_ACCOUNT:
        raise ValueError(
            "Caliq wants the account number with every edit, at most 10 characters, and this order shows none such."
        )
    return {
        "EventID": order["ID"],
        "AccountNo": account,
        **({"CustomerID": customer} if is_id(customer) else {}),
    }


def _requirement(raw: Raw, fields: Fields, wire: Mapping[str, Any]) -> dict[str, Any]:
    """When to deliver: the letter and, where it asks for one, the date, whichever of them changed."""
    group = [name for name, field in fields.items() if field.group == REQUIREMENT]
    if not any(name in wire for name in group):
        return {}
    both = {name: wire.get(name, fields[name].value(raw)) for name in group}
    if both.get("DeliveryRequirement") == "A":
        both = {name: value for name, value in both.items() if name in wire}
    return {name: value for name, value in both.items() if value}


def _address(raw: Raw, fields: Fields, wire: Mapping[str, Any]) -> dict[str, Any]:
    """The whole address: what changed, and the rest as the order shows it. Empty parts that stay empty are left out."""
    address = {}
    for name, field in fields.items():
        if field.group != ADDRESS:
            continue
        if name in wire:
            address[name.removeprefix(f"{ADDRESS}.")] = wire[name]
        elif (value := field.value(raw)) not in (None, ""):
            address[name.removeprefix(f"{ADDRESS}.")] = value
    address.setdefault("DeliveryAddressID", 0)  # what Caliq would read in its place
    if not isinstance(address.get("DirectDelivery"), bool):
        raise ValueError("Say whether the address is a one-off: this order does not show it.")
    return address


def _lines(raw: Raw, wire: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The changed lines in the order of the page, then the new one: a line without an id (Caliq: order edit line)."""
    for line_id in lines_of(raw):
        prefix = f"OrderEditLines.{line_id}."
        parts = {name.removeprefix(prefix): value for name, value in wire.items() if name.startswith(prefix)}
        if parts:
            yield {"LineID": line_id, **parts}
    if NEW_LINE in wire:
        yield dict(wire[NEW_LINE])


def _problems_of_requirement(changes: Changes, letter: Any, date: Any) -> Iterator[tuple[str, str]]:
    if "DeliveryRequirement" not in changes and "DeliveryRequirementDate" not in changes:
        return
    if letter in {"D", "W"} and not date:
        yield "DeliveryRequirementDate", f"“{letter}” needs a date: enter it in the same edit."
    if letter == "A" and "DeliveryRequirementDate" in changes:
        yield "DeliveryRequirementDate", "A date counts with D and W only, and this order is for as soon as possible."


def _problems_of_address(one_off: Any, kept_id: Any, missing: list[str]) -> Iterator[tuple[str, str]]:
    if not isinstance(one_off, bool):
        yield (
            ONE_OFF,
            "This order does not show whether its address is a one-off, and Caliq wants it with every change.",
        )
    elif one_off:
        for part in missing:
            yield f"{ADDRESS}.{part}", "A one-off address needs its first line and its country."
    elif not is_id(kept_id):
        yield KEPT_ID, "An address that is no one-off is one of the customer's: enter its id."


def _refuse_null(part: Any) -> None:
    """Null would silently mean "unchanged"."""
    if part is None:
        raise ValueError("This edit would send an empty value, which Caliq takes for “leave it as it is”.")
    for inner in part.values() if isinstance(part, Mapping) else part if isinstance(part, list) else ():
        _refuse_null(inner)
