"""The paths under /_sandbox/ by which another process steers a simulator and asks it for the truth."""

import ipaddress
from collections.abc import Callable
from typing import Any

from vendors.sandbox.journal import as_json
from vendors.sandbox.messages import Request, Response
from vendors.sandbox.simulator import Simulator

Steer = Callable[[Simulator, Request, str], Any]


def is_loopback(address: str) -> bool:
    """Whether a peer's address is this machine itself."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    mapped = parsed.ipv4_mapped if isinstance(parsed, ipaddress.IPv6Address) else None
    return (mapped or parsed).is_loopback


def steer(simulator: Simulator, request: Request, what: str, rest: str) -> Response:
    """Answer one control request: JSON, 400 or 404 with {"error": …} where it makes no sense."""
    action = _ACTIONS.get((request.method, what))
    if action is None:
        paths = ", ".join(f"{method} {path}" for method, path in _ACTIONS)
        return Response.json({"error": f"There is no such path. There are: {paths}."}, status=404)
    try:
        return Response.json(action(simulator, request, rest))
    except LookupError as missing:  # no such order, or an order without such a line
        return Response.json({"error": f"There is no {missing}."}, status=404)
    except (TypeError, ValueError) as wrong:
        return Response.json({"error": str(wrong)}, status=400)


def _about(simulator: Simulator, request: Request, rest: str) -> Any:
    return {
        "slug": simulator.slug,
        "url": simulator.url,
        "seed": simulator.seed,
        "size": simulator.size,
        "orders": len(simulator.orders),
        "pending": simulator.pending.count,
        "switches": simulator.switch.as_table(),
        "faults": simulator.faults.as_table(),
    }


def _journal(simulator: Simulator, request: Request, rest: str) -> Any:
    since = int(request.argument("since") or 0)
    with simulator.lock:
        entries = simulator.journal.since(
            since, order=request.argument("order") or "", intent=request.argument("intent") or ""
        )
        counters = {order: dict(counts) for order, counts in simulator.journal.counters.items()}
        return {"entries": as_json(entries), "counters": counters}


def _switches(simulator: Simulator, request: Request, rest: str) -> Any:
    simulator.set(**_object(request))
    return simulator.switch.as_table()


def _add_fault(simulator: Simulator, request: Request, rest: str) -> Any:
    rule = _object(request)
    faults = rule.pop("faults", [])
    simulator.fail(*([faults] if isinstance(faults, str) else faults), **rule)
    return simulator.faults.as_table()


def _clear_faults(simulator: Simulator, request: Request, rest: str) -> Any:
    simulator.faults.clear()
    return simulator.faults.as_table()


def _edit(simulator: Simulator, request: Request, rest: str) -> Any:
    body = _object(request)
    order_id = str(body["order"])
    if body.get("delete") is True:
        simulator.replace(order_id, None)
        return None
    simulator.change(order_id, body["changes"])
    return simulator.order(order_id)


def _act(simulator: Simulator, request: Request, rest: str) -> Any:
    arguments = _object(request)
    with simulator.lock:
        return simulator.act(str(arguments.pop("what", "")), **arguments)


def _order(simulator: Simulator, request: Request, rest: str) -> Any:
    return simulator.order(rest)


def _orders(simulator: Simulator, request: Request, rest: str) -> Any:
    with simulator.lock:
        return list(simulator.orders)


def _lists(simulator: Simulator, request: Request, rest: str) -> Any:
    with simulator.lock:
        return dict(simulator.lists())


def _reset(simulator: Simulator, request: Request, rest: str) -> Any:
    simulator.reset(**_object(request))
    return _about(simulator, request, rest)


def _quiesce(simulator: Simulator, request: Request, rest: str) -> Any:
    return {"quiet": simulator.quiesce(float(request.argument("seconds") or 30))}


def _object(request: Request) -> dict[str, Any]:
    body = request.json() if request.body else {}
    if not isinstance(body, dict):
        raise TypeError("Send a JSON object.")
    return body


_ACTIONS: dict[tuple[str, str], Steer] = {
    ("GET", ""): _about,
    ("GET", "journal"): _journal,
    ("GET", "orders"): _orders,
    ("GET", "order"): _order,
    ("GET", "lists"): _lists,
    ("GET", "quiesce"): _quiesce,
    ("POST", "switches"): _switches,
    ("POST", "faults"): _add_fault,
    ("DELETE", "faults"): _clear_faults,
    ("POST", "edit"): _edit,
    ("POST", "act"): _act,
    ("POST", "reset"): _reset,
}
