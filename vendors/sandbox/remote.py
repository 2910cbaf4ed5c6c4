"""The handle on a simulator that runs in another process: the same words as `Simulator`, over the control paths."""

import json
from collections.abc import Mapping
from typing import Any
from urllib.error import HTTPError
from urllib.parse import quote, urlencode
from urllib.request import ProxyHandler, Request, build_opener

_OPENER = build_opener(ProxyHandler({}))  # never through a proxy: the control paths answer this machine only


class Remote:
    """One simulator of a sandbox at `address` (`http://127.0.0.1:8001`). Raises ValueError where it refuses."""

    def __init__(self, address: str, slug: str) -> None:
        self.url = f"{address.rstrip('/')}/{slug}"
        self._sandbox = f"{address.rstrip('/')}/_sandbox"
        self._control = f"{self._sandbox}/{slug}"

    def about(self) -> dict[str, Any]:
        """Address, seed, size, number of orders, pending effects, switches and faults."""
        return dict(self._call("GET", "/"))

    def journal(self, since: int = 0, *, order: str = "", intent: str = "") -> list[dict[str, Any]]:
        """The entries after `since`; each is `vendors.sandbox.journal.Entry` as JSON."""
        query = urlencode({"since": since, "order": order, "intent": intent})
        return list(self._call("GET", f"/journal?{query}")["entries"])

    def counters(self) -> dict[str, dict[str, int]]:
        """Order → how many reads and writes it had, and how many of them changed it."""
        return dict(self._call("GET", "/journal?since=999999999")["counters"])

    def orders(self) -> list[str]:
        return list(self._call("GET", "/orders"))

    def order(self, order_id: str | int) -> dict[str, Any]:
        """The true state of an order."""
        return dict(self._call("GET", f"/order/{quote(str(order_id), safe='')}"))

    def lists(self) -> dict[str, Any]:
        return dict(self._call("GET", "/lists"))

    def set(self, **settings: str | int) -> None:
        self._call("POST", "/switches", settings)

    def fail(self, *faults: str, **rule: Any) -> None:
        self._call("POST", "/faults", {"faults": faults, **rule})

    def clear_faults(self) -> None:
        self._call("DELETE", "/faults")

    def change(self, order_id: str | int, changes: Mapping[str, Any]) -> None:
        """Change an order at the vendor, by dotted path, past all rules."""
        self._call("POST", "/edit", {"order": str(order_id), "changes": changes})

    def delete(self, order_id: str | int) -> None:
        self._call("POST", "/edit", {"order": str(order_id), "delete": True})

    def act(self, what: str, **arguments: Any) -> Any:
        return self._call("POST", "/act", {"what": what, **arguments})

    def reset(self, **to: int) -> None:
        """Begin anew, with `seed` and `size` where they are given."""
        self._call("POST", "/reset", to)

    def down(self, seconds: float) -> None:
        """Let the whole sandbox, every vendor of it, refuse connections for so long."""
        self._call("POST", "", {"seconds": seconds}, to=f"{self._sandbox}/down")

    def quiesce(self, seconds: float = 30.0) -> bool:
        """Wait until no delayed effect is pending; False where that takes longer."""
        return bool(self._call("GET", f"/quiesce?seconds={seconds}", timeout=seconds + 10)["quiet"])

    def _call(self, method: str, path: str, body: Any = None, timeout: float = 30.0, to: str = "") -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = Request((to or self._control) + path, data=data, method=method)  # noqa: S310 - always http
        try:
            with _OPENER.open(request, timeout=timeout) as answer:
                return json.load(answer)
        except HTTPError as refusal:
            with refusal:
                raise ValueError(json.load(refusal).get("error", str(refusal))) from None
