"""The vendors that Amend knows. A new one is one line here and one folder beside this file."""

from vendors.altcraft.vendor import Altcraft
from vendors.caliq.vendor import Caliq
from vendors.contract import Vendor
from vendors.lia.vendor import Lia
from vendors.liner.vendor import Liner

VENDORS: dict[str, type[Vendor]] = {vendor.slug: vendor for vendor in (Liner, Caliq, Altcraft, Lia)}


def choices() -> list[tuple[str, str]]:
    """Every vendor as a form choice."""
    return [(slug, vendor.label) for slug, vendor in VENDORS.items()]
