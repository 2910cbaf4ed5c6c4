"""What an agent should know before changing an order of Altcraft."""

from vendors.fields import Raw
from vendors.rules import Caution, Rule


def a_changed_line_may_reach_the_customer(raw: Raw) -> Caution:
    """Altcraft: order import page has a switch against triggers, order line status page has none."""
    return Caution(
        "Altcraft may send the customer a message when a line's status changes. Nothing can prevent that from here,"
        " and it cannot be taken back.",
        ("lines.*.status",),
    )


RULES: tuple[Rule, ...] = (a_changed_line_may_reach_the_customer,)
