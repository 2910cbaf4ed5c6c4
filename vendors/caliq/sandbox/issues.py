"""What Caliq objects to. Ids and words are invented, and recognisably so: none are documented."""

from typing import Any

MESSAGES: dict[int, str] = {
    9000: "The order could not be saved.",
    9001: "The event does not exist.",
    9002: "The lock is not valid for this event.",
    9003: "Account and customer do not match the event.",
    9004: "Only an event of the kind Order can be edited.",
    9005: "Only an order in progress can be edited.",
    9006: "The order is in the warehouse and cannot be edited.",
    9007: "The order cannot be edited.",
    9010: "CustomerPONumber is too long.",
    9011: "A purchase order number is mandatory for this customer.",
    9012: "DeliveryRequirement must be A, D or W.",
    9013: "DeliveryRequirementDate is not a valid date.",
    9014: "DeliveryRequirementDate is not used with A.",
    9015: "The despatch method does not exist.",
    9016: "The field cannot be cleared.",
    9020: "The order line is not on this order.",
    9021: "The order line cannot be edited.",
    9022: "The product of an order line cannot be changed.",
    9023: "The product does not exist.",
    9024: "The product cannot be sold.",
    9025: "Quantity must be 1 or more.",
    9026: "Quantity is below what has left already.",
    9027: "UnitPrice is missing on a new line.",
    9028: "An item of a kit cannot be edited on its own.",
    9029: "ProductCode is too long.",
    9030: "The delivery address is not an address of this customer.",
    9031: "A direct delivery needs Line1.",
    9032: "Country is not known.",
    9090: "Prices were kept as they are.",
}


class Objection(Exception):
    """One part of an edit that Caliq does not do. `extra` says which line or value it is about."""

    def __init__(self, id_: int, extra: Any = "") -> None:
        super().__init__(MESSAGES[id_])
        self.id, self.extra = id_, str(extra)


def issue(objection: Objection, *, with_text: bool = True) -> dict[str, Any]:
    """The objection as OrderEdit answers it (Caliq: order edit page)."""
    message = MESSAGES[objection.id] if with_text else ""
    return {"ID": objection.id, "Message": message, "ExtraData": objection.extra}
