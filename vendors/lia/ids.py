"""The ids of Lia's orders. Even Lia's own examples are no valid UUIDs, so an id is taken as it comes."""

from typing import Any
from urllib.parse import parse_qs, quote, unquote, urlsplit

from vendors.errors import OrderGone

LONGEST = 200  # characters, percent-encoded
ORDERS = "/external_api/v1/orders"


def id_of(raw: Any) -> str:
    """The id in an order's document. Raises ValueError where there is none that could be asked for."""
    given = raw.get("id")
    found = str(given) if isinstance(given, str | int) and not isinstance(given, bool) else ""
    if not is_id(found):
        raise ValueError("This is no Lia order: it has no usable id.")
    return found


def is_id(text: str) -> bool:
    """Whether this can stand in a path without leading elsewhere."""
    return text not in {"", ".", ".."} and text.isprintable() and " " not in text and len(quote(text)) <= LONGEST


def path_of(vendor_id: str) -> str:
    """Where an order is read and changed. Raises OrderGone for what cannot be an id."""
    if not is_id(vendor_id):
        raise OrderGone("Lia cannot have an order with this id.")
    return f"{ORDERS}/{quote(vendor_id, safe='')}"


def id_in_path(path: str) -> str:
    """The id that `path_of` put there."""
    return unquote(path.rpartition("/")[2])


def id_in_text(text: str) -> str:
    """A pasted id, or what a pasted checkout address carries as one; "" for neither.

    The two can differ for one and the same order (Lia: order update page, its example): only Lia can tell.
    """
    pasted = text.strip()
    if "://" in pasted:
        try:
            address = urlsplit(pasted)
        except ValueError:
            return ""
        in_path = unquote(address.path.rstrip("/").rpartition("/")[2])
        pasted = next(iter(parse_qs(address.query).get("order_id", [])), in_path).strip()
    return pasted if is_id(pasted) else ""
