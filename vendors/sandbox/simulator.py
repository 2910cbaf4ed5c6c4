"""What every simulator is made of: a world of orders, switches, faults and a journal around one method, `handle`."""

import copy
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, ClassVar

from vendors.sandbox.changes import Differences, differences, put, set_dotted, written
from vendors.sandbox.faults import ALL, STATUSES, TRUE_ANSWERS, Fault, Plan, Rule
from vendors.sandbox.journal import Entry, Journal
from vendors.sandbox.messages import Request, Response
from vendors.sandbox.pending import Pending
from vendors.sandbox.switches import Switch, Switches

Order = dict[str, Any]
Twist = Callable[[Request, Response], Response]

LATENCY = Switch(settings=("0",), number=True, about="how long every answer takes, in milliseconds")


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """An answer and how it travels: whole, reset, drop, hang, cut, drip or flood."""

    response: Response
    how: str
    seconds: float
    entry: Entry


class Simulator(ABC):
    """A strict fake of one vendor. The contract for writing one is at the top of `vendors.sandbox.server`."""

    slug: ClassVar[str]
    label: ClassVar[str]
    credentials: ClassVar[Mapping[str, str]]
    options: ClassVar[Mapping[str, Any]] = {}  # of an account at this simulator, where the vendor's defaults differ
    switches: ClassVar[Mapping[str, Switch]] = {}
    twists: ClassVar[Mapping[str, Twist]] = {}
    stamps: ClassVar[frozenset[str]] = (
        frozenset()
    )  # fields the vendor keeps itself, such as the time of the last change
    secret_keys: ClassVar[Sequence[str]] = ()  # names under which credentials travel in a body

    def __init__(self, *, seed: int = 1, size: int = 320) -> None:
        self.seed, self.size = seed, size
        self.url = ""  # where it is served, without a slash at the end; set by the server
        self.orders: dict[str, Order] = {}
        self.switch = Switches({**self.switches, "latency_ms": LATENCY})
        self.journal = Journal(list(self.credentials.values()), self.secret_keys)
        self.faults = Plan((*ALL, *self.twists))
        self.pending = Pending()
        self.lock = threading.RLock()
        self._deferred: list[tuple[float, Callable[[], None]]] | None = None
        self._older: dict[str, list[tuple[float, Order | None]]] = {}
        self.build()

    # What a vendor writes

    @abstractmethod
    def build(self) -> None:
        """Fill `orders` and whatever else there is, from `seed` and `size` alone."""

    @abstractmethod
    def handle(self, request: Request) -> Response:
        """Answer one request as the vendor would, changing `orders` in place. Called under the lock."""

    @abstractmethod
    def failure(self, status: int, message: str) -> Response:
        """The vendor's own shape of a failure with this HTTP status."""

    def refusal(self, message: str) -> Response:
        """The vendor's own way to say no to a change that it understood."""
        return self.failure(400, message)

    def intent(self, request: Request) -> str:
        """ "read" or "write"."""
        return "read" if request.method in {"GET", "HEAD", "OPTIONS"} else "write"

    def order_of(self, request: Request) -> str:
        """The id of the one order that the request is about, "" where it is about none or many."""
        return ""

    def stamp(self, order: Order) -> None:  # noqa: B027 - not every vendor keeps such a time
        """Note on the order itself that it has just been changed."""

    def lag(self) -> float:
        """For how many seconds readers still see what was before a change."""
        return 0.0

    def lists(self) -> Mapping[str, Any]:
        """What else exists in this world, for tests: agents, products, …"""
        return {}

    def act(self, what: str, **arguments: Any) -> Any:
        """Let something happen at the vendor that no API call asked for. Raises ValueError where it is not known."""
        raise ValueError(f"Nothing called {what!r} can happen here.")

    def deliver_to(self, url: str) -> None:  # noqa: B027 - not every vendor calls anybody
        """Tell this address from now on what happens, as an administrator would have set up at the vendor."""

    # What a vendor may call while it handles a request

    def seen(self, order_id: str) -> Order | None:
        """An order as readers see it now, with the lag; None where there is none. Not to be changed."""
        oldest_hidden = time.monotonic() - self.lag()
        for changed_at, before in self._older.get(order_id, ()):
            if changed_at > oldest_hidden:
                return before
        return self.orders.get(order_id)

    def later(self, seconds: float, effect: Callable[[], None]) -> None:
        """Do something in so many seconds, without the lock. Dropped where the request turns out not to count."""
        if self._deferred is not None:
            self._deferred.append((seconds, effect))
        else:
            self.pending.add(seconds, effect)

    def now(self) -> datetime:
        return datetime.now(UTC)

    # What tests and the control paths use

    def set(self, **settings: str | int) -> None:
        """Set switches by name. Raises ValueError for a name or a setting that is not known."""
        self.switch.set(settings)

    def fail(self, *faults: str, **rule: Any) -> None:
        """Let the next call fail, or those that match: see `faults.Rule` for the filters. One call for each fault."""
        times = None if rule.get("chance", 1.0) < 1 else len(faults)
        with self.lock:
            self.faults.add(Rule(faults=faults, **{"times": times, **rule}))

    def order(self, order_id: str | int) -> Order:
        """The true state of an order, as a copy. Raises KeyError."""
        with self.lock:
            return copy.deepcopy(self.orders[str(order_id)])

    def edit(self, order_id: str | int, **changes: Any) -> None:
        """Change an order at the vendor, by dotted path, past all rules. Raises KeyError, ValueError."""
        self.change(order_id, changes)

    def change(self, order_id: str | int, changes: Mapping[str, Any]) -> None:
        """`edit` with the changes in a mapping."""
        with self.lock:
            changed = copy.deepcopy(self.orders[str(order_id)])
            set_dotted(changed, changes)
            self.replace(order_id, changed)

    def replace(self, order_id: str | int, order: Order | None) -> None:
        """Put a whole order in the place of another at the vendor, or (None) delete it, past all rules."""
        with self.lock:
            before = copy.deepcopy(self.orders.get(str(order_id)))
            if order is None:
                self.orders.pop(str(order_id), None)
            else:
                self.orders[str(order_id)] = order
                if differences(before, order):
                    self.stamp(order)
            self.journal.edit(str(order_id), written(self._note_change(str(order_id), before)))

    def quiesce(self, seconds: float = 30.0) -> bool:
        """Wait until no delayed effect is pending; False where that takes longer."""
        return self.pending.wait(seconds)

    def reset(self, *, seed: int | None = None, size: int | None = None) -> None:
        """Begin anew: the world of this seed and size, switches at their defaults, no faults, an empty journal."""
        self.pending.cancel()
        with self.lock:
            self.seed = self.seed if seed is None else seed
            self.size = self.size if size is None else size
            self.switch.clear()
            self.faults.clear()
            self.faults.happened.clear()
            self.journal.clear()
            self.orders.clear()
            self._older.clear()
            self.build()

    # How a request passes through

    def exchange(self, request: Request) -> Delivery:
        """Take a request in, apply it as far as its fault allows, and say what goes out and how."""
        with self.lock:
            intent, order = self.intent(request), self.order_of(request)
            entry = self.journal.call(request, intent=intent, order=order)
            fault = self.faults.choose(request, intent=intent, order=order, number=entry.number, slug=self.slug)
            response = self._apply(request, entry) if fault is None else self._fail(request, entry, fault)
            delay = response.delay + self.switch.number("latency_ms") / 1000
        return Delivery(
            response=replace(response, delay=delay),
            how=fault.delivery if fault else "whole",
            seconds=fault.seconds if fault else 0.0,
            entry=entry,
        )

    def _fail(self, request: Request, entry: Entry, fault: Fault) -> Response:
        entry.fault = str(fault)
        if fault.name == "late":
            self.pending.add(fault.seconds, lambda: self._apply_late(request, entry))
            return Response()
        truth = None
        if fault.applied or fault.name in TRUE_ANSWERS or fault.name in self.twists:
            share = "half" if fault.name == "partly" else "all" if fault.applied and fault.name != "lie" else "none"
            truth = self._apply(request, entry, share=share)
        if fault.name in self.twists and truth:
            return self.twists[fault.name](request, truth)
        if fault.name == "error_applied":
            return self.refusal("The change could not be saved.")
        if fault.name in STATUSES:
            failure = self.failure(int(fault.name[:3]), f"Error {fault.name[:3]}.")
            return replace(failure, headers={**failure.headers, **fault.retry_headers()})
        return fault.answer(truth)

    def _apply_late(self, request: Request, entry: Entry) -> None:
        with self.lock:
            if self.journal.holds(entry):
                self._apply(request, entry)

    def _apply(self, request: Request, entry: Entry, share: str = "all") -> Response:
        """Let the vendor handle the request, then keep all of its effect, half of it or none."""
        before = copy.deepcopy(self.orders.get(entry.order)) if entry.order else None
        self._deferred = []
        try:
            response = self.handle(request)
        finally:
            deferred, self._deferred = self._deferred, None
        if share == "none":
            self._put_back(entry.order, before)
            return response
        if share == "half":
            self._put_half_back(entry.order, before)
        for seconds, effect in deferred:
            self.pending.add(seconds, effect)
        found = self._note_change(entry.order, before) if entry.order else {}
        entry.changes = written(found)
        entry.changed = any(path[:1] and path[0] not in self.stamps for path in found) or (() in found)
        if entry.changed:
            entry.applied = time.time()
            self.journal.count_change(entry.order)
        return response

    def _put_back(self, order_id: str, before: Order | None) -> None:
        if before is not None:
            self.orders[order_id] = before
        elif order_id:
            self.orders.pop(order_id, None)

    def _put_half_back(self, order_id: str, before: Order | None) -> None:
        """Undo every second change; of a single one, nothing."""
        after = self.orders.get(order_id)
        if before is None or after is None:
            return
        mine = [(path, was) for path, (was, _) in differences(before, after).items() if path[0] not in self.stamps]
        for path, was in mine[1::2]:
            put(after, path, was)

    def _note_change(self, order_id: str, before: Order | None) -> Differences:
        """Compare with what was before, and keep that for readers that lag behind."""
        found = differences(before, self.orders.get(order_id))
        if found and self.lag():
            older = self._older.setdefault(order_id, [])
            horizon = time.monotonic() - self.lag()
            older[:] = [*(each for each in older if each[0] > horizon), (time.monotonic(), before)]
            self.pending.hold(self.lag())
        return found
