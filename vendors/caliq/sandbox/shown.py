"""Orders and lines as Caliq's reads show them, under every setting of the switches that concern reading."""

from typing import Any

from vendors.caliq.sandbox.world import Thing
from vendors.sandbox.switches import Switches

PERHAPS_UNREAD = ("OrderNotes", "DeliveryRequirement", "DeliveryRequirementDate", "DespatchMethodID", "CustomerHold")
DOCUMENTED_OF_DELIVERY = ("Del_Company", "Del_Line1")


def shown_order(order: Thing, switch: Switches) -> Thing:
    """The order without its lines, which have a call of their own."""
    shown = {key: value for key, value in order.items() if not key.startswith("_")}
    shown["Editable"] = is_editable(order, switch)
    shown["DeliveryRequirementDate"] = _date(order["DeliveryRequirementDate"], switch)
    if switch["unread_fields"] == "hidden":
        shown = {key: value for key, value in shown.items() if key not in PERHAPS_UNREAD}
    if switch["delivery_fields"] == "documented":
        shown = {key: value for key, value in shown.items() if not _is_undocumented_of_delivery(key)}
    return shown


def shown_line(order: Thing, line: Thing, switch: Switches) -> Thing:
    """A line with the ids of its order, its product and itself."""
    shown = {"OrderID": order["ID"], "OrderNumber": order["Number"], **line}
    shown["Editable"] = line["Editable"] and is_editable(order, switch) and not line["QtyInWarehouse"]
    for key in ("RequiredDate", "EstimatedDate"):
        shown[key] = _date(line[key], switch)
    if switch["line_version"] == "older":
        del shown["QtyAllocated"]
    return shown


def is_editable(order: Thing, switch: Switches) -> bool:
    """What Caliq says of the order as a whole."""
    in_warehouse = any(line["QtyInWarehouse"] for line in order["_lines"]) and switch["warehouse_closes"] == "order"
    return bool(
        order["Editable"] and order["Kind"] == "Order" and order["Status"] == "In Progress" and not in_warehouse
    )


def _date(day: Any, switch: Switches) -> Any:
    if day:
        return day
    return "" if switch["unknown_date"] == "empty" else None


def _is_undocumented_of_delivery(key: str) -> bool:
    return key == "DirectDelivery" or (key.startswith("Del_") and key not in DOCUMENTED_OF_DELIVERY)
