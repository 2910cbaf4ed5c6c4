"""Caliq's calls, as the rest of this folder makes them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from vendors.caliq.answers import entries_of
from vendors.errors import Answer, OrderGone, Unreachable
from vendors.http import Http


@dataclass(frozen=True)
class Api:
    """Every call is a POST, whether it reads or changes. Unused filters are left out: null would be no number."""

    http: Http

    def entries(self, name: str, wrapper: str, **filters: Any) -> list[Any]:
        """The entries of the list call `name`. Raises VendorError, never OrderGone."""
        try:
            return entries_of(self.http.read("POST", f"/api/v1/{name}", body=filters), wrapper)
        except OrderGone as absent:
            raise _no_such_address(absent) from absent

    def change(self, path: str, body: Mapping[str, Any], *, urgent: bool = False) -> tuple[Answer, Any]:
        """Make a call that changes something, once. Raises VendorError, never OrderGone."""
        try:
            return self.http.write("POST", path, body=body, urgent=urgent)
        except OrderGone as absent:
            raise _no_such_address(absent) from absent


def _no_such_address(absent: OrderGone) -> Unreachable:
    """Caliq has no 404 for orders: it is the address that is wrong, and no order is gone."""
    return Unreachable("Caliq knows no such address (HTTP 404).", sent=True, answer=absent.answer)
