"""What OrderEdit does with a line: one that is there, or a new one (Caliq: order edit line model)."""

from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from vendors.caliq.sandbox.issues import Objection
from vendors.caliq.sandbox.orders import new_line, number
from vendors.caliq.sandbox.world import Thing, World
from vendors.sandbox.switches import Switches

LONGEST_CODE = 25
REPRICED = Decimal("0.95")


def edit_line(world: World, order: Thing, sent: Thing, switch: Switches) -> Callable[[], None]:
    """The effect of one line of an edit. Raises Objection."""
    if "LineID" not in sent:
        return _add(world, order, sent, switch)
    line = next((each for each in order["_lines"] if each["LineID"] == sent["LineID"]), None)
    if line is None:
        raise Objection(9020, sent["LineID"])
    _check_line(line, sent, switch)
    return lambda: _change(order, line, sent, switch)


def _check_line(line: Thing, sent: Thing, switch: Switches) -> None:
    id_ = line["LineID"]
    if not line["Editable"] or line["QtyInWarehouse"]:
        raise Objection(9021, id_)
    if line["IsKitItem"] and switch["kit_items"] == "issue":
        raise Objection(9028, id_)
    if ("ProductID" in sent or "ProductCode" in sent) and switch["product_change"] == "issue":
        raise Objection(9022, id_)
    quantity: int = sent["Quantity"] if "Quantity" in sent else line["Qty"]
    if quantity < 0 or (quantity == 0 and switch["zero_quantity"] == "issue"):
        raise Objection(9025, id_)
    if quantity and quantity < line["QtyDespatched"] + line["QtyInWarehouse"]:
        raise Objection(9026, id_)


def _change(order: Thing, line: Thing, sent: Thing, switch: Switches) -> None:
    if sent.get("Quantity") == 0 and switch["zero_quantity"] == "removed":
        order["_lines"].remove(line)
        return
    if "Quantity" in sent and sent["Quantity"] != line["Qty"]:
        line["Qty"] = sent["Quantity"]
        if switch["reprices"] == "yes":
            price = number(line["UnitPriceList"]) * REPRICED
            line["UnitPrice"] = price.quantize(Decimal("0.01"), ROUND_HALF_UP)
    if "UnitPrice" in sent:
        line["UnitPrice"] = sent["UnitPrice"]


def _add(world: World, order: Thing, sent: Thing, switch: Switches) -> Callable[[], None]:
    product = _product(world, sent)
    code = product["Code"]
    if (not product["CanSell"] or product["Status"] == 3) and switch["unsellable"] == "issue":
        raise Objection(9024, code)
    if sent.get("Quantity", 0) < 1:
        raise Objection(9025, code)
    price = sent.get("UnitPrice")
    if price is None and switch["new_line_price"] == "issue":
        raise Objection(9027, code)
    if price is None:
        price = product["Price"] if switch["new_line_price"] == "list" else 0
    return lambda: order["_lines"].append(new_line(world, product, sent["Quantity"], price))


def _product(world: World, sent: Thing) -> Any:
    code, id_ = sent.get("ProductCode"), sent.get("ProductID")
    if code is not None and len(code) > LONGEST_CODE:
        raise Objection(9029, code)
    by_code = next((each for each in world.products.values() if code and each["Code"].lower() == code.lower()), None)
    by_id = next((each for each in world.products.values() if each["ID"] == id_), None)
    found = by_code or by_id
    if found is None or (code and by_code is None) or (id_ and by_id is not found):
        raise Objection(9023, code or id_ or "")
    return found
