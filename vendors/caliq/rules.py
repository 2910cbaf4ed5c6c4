"""What Caliq does not let anybody change, and what cannot be taken back. Each reason says what would unlock it."""

from vendors.caliq.documents import lines_of, number_of, order_of, say
from vendors.fields import Raw
from vendors.rules import Caution, ReadOnly, Rule


def only_orders_are_edited(raw: Raw) -> ReadOnly | None:
    """Caliq: order page, Kind."""
    kind = order_of(raw).get("Kind")
    if kind == "Order":
        return None
    return ReadOnly(
        f"Only orders can be edited, and this is of the kind “{say(kind) or 'unknown'}”. Nothing unlocks it:"
        " edit the order that it belongs to."
    )


def only_orders_in_progress_are_edited(raw: Raw) -> ReadOnly | None:
    """Caliq: order page, Status."""
    status = order_of(raw).get("Status")
    if status == "In Progress":
        return None
    return ReadOnly(
        f"Only an order in progress can be edited, and the status of this one is “{say(status) or 'unknown'}”."
        " It opens again if Caliq puts it back to “In Progress”."
    )


def an_order_in_the_warehouse_is_not_edited(raw: Raw) -> ReadOnly | None:
    """Caliq: order edit page."""
    there = [
        f"{quantity:f} of {say(line.get('Code')) or f'line {line_id}'}"
        for line_id, line in lines_of(raw).items()
        if (quantity := number_of(line.get("QtyInWarehouse"))) and quantity > 0
    ]
    if not there:
        return None
    return ReadOnly(
        f"An order in the warehouse cannot be edited, and {_first(there)} {'is' if len(there) == 1 else 'are'} being"
        " picked or packed. It opens again when the warehouse has despatched that or handed it back."
    )


def an_order_has_to_be_editable(raw: Raw) -> ReadOnly | None:
    """Caliq: order page, Editable. An order without the key is left to Caliq's own verdict."""
    editable = order_of(raw).get("Editable", True)
    if editable is True:
        return None
    return ReadOnly(
        f"Caliq does not let this order be edited: its Editable is “{say(editable) or 'empty'}”. Caliq alone decides"
        " that. Look again later, or ask whoever works on the order there."
    )


def a_line_has_to_be_editable(raw: Raw) -> ReadOnly | None:
    """Caliq: order line model, Editable."""
    closed = [line_id for line_id, line in lines_of(raw).items() if line.get("Editable", True) is not True]
    if not closed:
        return None
    return ReadOnly(
        "Caliq does not let this line be edited: its own Editable is “false”. Caliq alone decides that, as when a part"
        " of the line has been despatched. Look again later; the other lines are not concerned.",
        [f"OrderEditLines.{line_id}.*" for line_id in closed],
    )


def a_customer_hold_is_never_released(raw: Raw) -> ReadOnly | Caution | None:
    """Caliq: order edit page, CustomerHold: true sets it, anything else changes nothing."""
    if order_of(raw).get("CustomerHold") is True:
        return ReadOnly(
            "A customer hold can only be set from here, and this order is on hold. Release it in Caliq itself.",
            ["CustomerHold"],
        )
    return Caution(
        "This puts the order on customer hold, and nothing here can release it again: only Caliq itself can.",
        ["CustomerHold"],
    )


def a_line_of_a_kit_has_others_beside_it(raw: Raw) -> Caution | None:
    """Caliq: order line model. What becomes of the rest of a kit is not documented."""
    kits = [
        line_id
        for line_id, line in lines_of(raw).items()
        if line.get("IsKitHeader") is True or line.get("IsKitItem") is True
    ]
    if not kits:
        return None
    return Caution(
        "This line belongs to a kit. Caliq does not say what becomes of the rest of the kit: check all its lines"
        " afterwards.",
        [f"OrderEditLines.{line_id}.*" for line_id in kits],
    )


def _first(words: list[str]) -> str:
    """The first three of many, and how many more there are."""
    shown = " and ".join(words[:3]) if len(words) <= 2 else ", ".join(words[:3])
    return shown if len(words) <= 3 else f"{shown} and {len(words) - 3} more"


RULES: tuple[Rule, ...] = (
    only_orders_are_edited,
    only_orders_in_progress_are_edited,
    an_order_in_the_warehouse_is_not_edited,
    an_order_has_to_be_editable,
    a_line_has_to_be_editable,
    a_customer_hold_is_never_released,
    a_line_of_a_kit_has_others_beside_it,
)
