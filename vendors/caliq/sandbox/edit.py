"""What OrderEdit accepts and what becomes of it: first what speaks against the order, then part by part.

A part that is accepted returns its effect. The effects take place once all parts are accepted, unless a switch says
that the good ones do in any case.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from vendors.caliq.sandbox.issues import Objection
from vendors.caliq.sandbox.lines import edit_line
from vendors.caliq.sandbox.orders import delivered, revalue
from vendors.caliq.sandbox.shapes import ADDRESS, EDIT, LINE, LINES, NotUnderstood, read_object
from vendors.caliq.sandbox.shown import is_editable
from vendors.caliq.sandbox.world import Thing, World
from vendors.sandbox.switches import Switches

Effect = Callable[[], None]
_LONGEST = {"CustomerPONumber": (20, 9010), "DeliveryRequirement": (1, 9012), "ProductCode": (25, 9029)}
_DELIVERY = {
    "DeliveryCompany": "Del_Company",
    **{key: f"Del_{key}" for key in ADDRESS if key not in {"DeliveryCompany", "DeliveryAddressID", "DirectDelivery"}},
}


@dataclass
class Edit:
    """One call: the world it is made in, the order it is about, and its body as far as it was understood."""

    world: World
    order: Thing
    body: Thing
    switch: Switches


def read_edit(body: Any, switch: Switches) -> Thing:
    """The body with everything inside it understood, too long texts cut or left as the switch says."""
    read = read_object(body, EDIT, switch)
    if not read.get("LockID") or not read.get("EventID"):
        raise NotUnderstood("LockID and EventID are required")
    if not read.get("AccountNo") and (switch["account_required"] == "yes" or not read.get("CustomerID")):
        raise NotUnderstood("AccountNo is required")
    if len(read.get("AccountNo", "")) > 10:
        raise NotUnderstood("AccountNo is too long")
    if "EditDeliveryAddress" in read:
        read["EditDeliveryAddress"] = read_object(read["EditDeliveryAddress"], ADDRESS, switch, where="address")
    if "OrderEditLines" in read:
        lines = read_object(read["OrderEditLines"], LINES, switch, where="lines").get("OrderEditLine", [])
        read["OrderEditLines"] = [_cut(read_object(line, LINE, switch, where="line"), switch) for line in lines]
    return _cut(read, switch)


def edit_order(edit: Edit) -> list[Objection]:
    """Change the order as far as Caliq accepts it; return what it objects to, [] for nothing."""
    against = list(_against_order(edit))
    if against:
        return against
    objections: list[Objection] = []
    effects: list[Effect] = []
    for part in _parts(edit):
        try:
            effects.append(part())
        except Objection as objection:
            objections.append(objection)
    if not objections or edit.switch["failed_edit"] == "partial":
        for effect in effects:
            effect()
        revalue(edit.order)
    return objections


def _cut(part: Thing, switch: Switches) -> Thing:
    for name, (longest, _) in _LONGEST.items():
        if len(part.get(name, "")) > longest:
            if switch["too_long"] == "400":
                raise NotUnderstood(f"{name} is too long")
            if switch["too_long"] == "cut":
                part[name] = part[name][:longest]
    return part


def _against_order(edit: Edit) -> Iterator[Objection]:
    order, body = edit.order, edit.body
    lock = order["_lock"]
    if lock is None or lock["id"] != body["LockID"]:
        yield Objection(9002, body["LockID"])
    account, customer = body.get("AccountNo", order["AccountNo"]), body.get("CustomerID", order["AccountID"])
    if (account, customer) != (order["AccountNo"], order["AccountID"]):
        yield Objection(9003, account)
    if order["Kind"] != "Order":
        yield Objection(9004, order["Kind"])
    elif order["Status"] != "In Progress":
        yield Objection(9005, order["Status"])
    elif any(line["QtyInWarehouse"] for line in order["_lines"]) and edit.switch["warehouse_closes"] == "order":
        yield Objection(9006)
    elif not is_editable(order, edit.switch):
        yield Objection(9007)


def _parts(edit: Edit) -> Iterator[Callable[[], Effect]]:
    """Everything the call asks for, each to be checked by itself."""
    names: dict[str, Callable[[Edit], Effect]] = {
        "CustomerPONumber": _po_number,
        "OrderNotes": _notes,
        "Carriage": _carriage,
        "CustomerHold": _hold,
        "EditDeliveryAddress": _address,
    }
    for name, part in names.items():
        if name in edit.body:
            yield lambda part=part: part(edit)  # type: ignore[misc] # a default that binds the loop's value
    if "DeliveryRequirement" in edit.body or "DeliveryRequirementDate" in edit.body:
        yield lambda: _requirement(edit)
    yield lambda: _method(edit)
    for line in edit.body.get("OrderEditLines", []):
        yield lambda line=line: edit_line(edit.world, edit.order, line, edit.switch)  # type: ignore[misc]


def _po_number(edit: Edit) -> Effect:
    text = edit.body["CustomerPONumber"]
    if len(text) > _LONGEST["CustomerPONumber"][0]:
        raise Objection(9010, text)
    customer = edit.world.customers[edit.order["AccountID"]]
    if not text and customer["CustPurchOrderMandatory"] and edit.switch["po_mandatory"] == "issue":
        raise Objection(9011)
    return _set(edit, "CustomerPONo", text, "CustomerPONumber")


def _notes(edit: Edit) -> Effect:
    return _set(edit, "OrderNotes", edit.body["OrderNotes"], "OrderNotes")


def _set(edit: Edit, key: str, text: str, name: str) -> Effect:
    """A text; what an empty one does is open (Caliq: order edit page)."""
    if not text and edit.switch["empty_string"] == "issue":
        raise Objection(9016, name)
    if not text and edit.switch["empty_string"] == "kept":
        return lambda: None
    return lambda: edit.order.update({key: text})


def _carriage(edit: Edit) -> Effect:
    return lambda: edit.order.update(Carriage=edit.body["Carriage"])


def _hold(edit: Edit) -> Effect:
    """True sets it, anything else changes nothing (Caliq: order edit page)."""
    return lambda: edit.order.update(CustomerHold=edit.order["CustomerHold"] or edit.body["CustomerHold"])


def _requirement(edit: Edit) -> Effect:
    letter = edit.body.get("DeliveryRequirement") or edit.order["DeliveryRequirement"]
    day = edit.body.get("DeliveryRequirementDate")
    if letter not in {"A", "D", "W"}:
        raise Objection(9012, letter)
    if letter == "A":
        if day and edit.switch["date_with_a"] == "issue":
            raise Objection(9014, day)
        day = None
    elif not _is_day(day):
        raise Objection(9013, day or "")
    return lambda: edit.order.update(DeliveryRequirement=letter, DeliveryRequirementDate=day)


def _is_day(text: Any) -> bool:
    if not isinstance(text, str) or len(text) != 8 or not text.isdecimal():
        return False
    try:
        return bool(datetime.strptime(text, "%Y%m%d"))  # noqa: DTZ007 - a day, not a moment
    except ValueError:
        return False


def _method(edit: Edit) -> Effect:
    """The despatch method, sent or not: a number that cannot be null may become 0 (Caliq: sample bodies)."""
    if "DespatchMethodID" not in edit.body and edit.switch["omitted_method"] == "keep":
        return lambda: None
    method = edit.body.get("DespatchMethodID", 0)
    if method == 0 and "DespatchMethodID" in edit.body and edit.switch["zero_method"] == "keep":
        return lambda: None
    if (method and method not in edit.world.methods) or (not method and edit.switch["zero_method"] == "issue"):
        raise Objection(9015, method)
    return lambda: edit.order.update(DespatchMethodID=method)


def _address(edit: Edit) -> Effect:
    """The delivery address. Two parts of it are no one-off address and no address at all where they are left out."""
    sent = edit.body["EditDeliveryAddress"]
    one_off, id_ = sent.get("DirectDelivery", False), sent.get("DeliveryAddressID", 0)
    texts = {key: sent[name] for name, key in _DELIVERY.items() if name in sent}
    kept = edit.world.customers[edit.order["AccountID"]]["addresses"].get(id_)
    if not one_off and not (kept and kept["Active"] and kept["AllowDelivery"]):
        raise Objection(9030, id_)
    if one_off and not texts.get("Del_Line1"):
        raise Objection(9031)
    if (one_off or "Del_Country" in texts) and texts.get("Del_Country") not in edit.world.countries:
        raise Objection(9032, texts.get("Del_Country", ""))
    if kept and not one_off and edit.switch["kept_address"] == "account":
        texts |= delivered(kept)
    effects = [_set(edit, key, text, key) for key, text in texts.items()]

    def effect() -> None:
        edit.order.update({"DirectDelivery": one_off, "Del_AddressID": 0 if one_off else id_})
        for each in effects:
            each()

    return effect
