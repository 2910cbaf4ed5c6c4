"""The gate before a vendor: asked before every call, told after it. Without an account behind it, it stands open."""

from typing import Protocol

from vendors.errors import VendorError


class Gate(Protocol):
    """What may keep a call back. One gate serves one caller at a time."""

    def enter(self, *, reads: bool, urgent: bool = False) -> None:
        """Let one call out, after a bounded wait where that helps. An `urgent` one always passes. Raises GateClosed."""

    def reserve(self) -> None:
        """Let the next write out in advance: it will not be kept back any more. Raises GateClosed."""

    def leave(self, failure: VendorError | None, pause: float | None) -> None:
        """Hear what came of a call that was let out, and for how many seconds the vendor asked for a pause."""


class OpenGate:
    """Lets everything pass."""

    def enter(self, *, reads: bool, urgent: bool = False) -> None:
        """Let the call out."""

    def reserve(self) -> None:
        """Let the next write out."""

    def leave(self, failure: VendorError | None, pause: float | None) -> None:
        """Keep nothing of it."""
