"""What a trial does to the desk and behind its back: kill -9, SIGSTOP, vendors that are away, orders changed there."""

import os
import signal
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from random import Random
from typing import Any, Protocol

from orders.models import Edit, Order
from orders.states import LIVE
from vendors.sandbox.remote import Remote

DRIFTS: Mapping[str, tuple[str, ...]] = {
    "liner": ("serviceTitle", "title", "aiModePrompt"),
    "caliq": ("CustomerPONo", "OrderNotes"),
    "altcraft": ("lines.0.status", "region"),
    "lia": ("customer_name", "address.street"),
}

AWAY = 0.4  # seconds for which no vendor can be connected to
BACK = 60.0  # seconds after which they have to be there again, on a machine that has much else to do
NEVER_WISHED = ("processing", "delivering", "0001", "at_point")  # statuses of Altcraft's lines that no edit asks for


class Herd(Protocol):
    """The processes of the desk, by number."""

    def alive(self) -> list[int]: ...


@dataclass
class Nemesis:
    """Does something bad at every `act`. `stop_seconds` is how long a process stands still, longer than a lease."""

    herd: Herd
    remotes: Mapping[str, Remote]
    random: Random
    stop_seconds: tuple[float, float]
    done: dict[str, int] = field(default_factory=dict)
    _stopped: dict[int, float] = field(default_factory=dict)
    _undo: list[tuple[float, Callable[[], object]]] = field(default_factory=list)
    _drifts: int = 0

    def act(self) -> None:
        """Let what was stopped go on when it is time, change an order or two, and perhaps hurt a process."""
        self.relent()
        for _ in range(self.random.choice((0, 1, 2))):
            self._attempt(self._drift)
        what = self.random.choices((self._kill, self._stop, self._nothing), (50, 25, 25))[0]
        self._attempt(what)
        if self.random.random() < 0.01:
            self._attempt(self._send_vendors_away)

    def relent(self) -> None:
        """Let go on what was stopped for long enough."""
        self._put_right(time.monotonic())

    def end(self) -> None:
        """Undo what can be undone: the vendors are back, nothing stands still, and nobody there has a lock.

        Raises OSError where the vendors do not come back.
        """
        time.sleep(2 * AWAY)  # they may just be about to leave
        end = time.monotonic() + BACK
        while not self._are_there():
            if time.monotonic() > end:
                raise OSError(f"The vendors have not come back within {BACK:.0f} s.")
            time.sleep(0.05)
        self._put_right(float("inf"))

    def _attempt(self, what: Callable[[], None]) -> None:
        # An order may be gone, a process may have ended by itself, the vendors may be away just now.
        with suppress(ValueError, OSError, Order.DoesNotExist):
            what()

    def _put_right(self, now: float) -> None:
        for process, until in list(self._stopped.items()):
            if until <= now:
                del self._stopped[process]
                with suppress(ProcessLookupError):
                    os.kill(process, signal.SIGCONT)
        for entry in [each for each in self._undo if each[0] <= now]:
            with suppress(OSError):  # the vendors are away: next time
                with suppress(ValueError):
                    entry[1]()
                self._undo.remove(entry)

    def _kill(self) -> None:
        os.kill(self._victim(), signal.SIGKILL)
        self._count("kill -9")

    def _stop(self) -> None:
        process = self._victim()
        os.kill(process, signal.SIGSTOP)
        self._stopped[process] = time.monotonic() + self.random.uniform(*self.stop_seconds)
        self._count("SIGSTOP")

    def _send_vendors_away(self) -> None:
        next(iter(self.remotes.values())).down(AWAY)
        self._count("vendors away")

    def _are_there(self) -> bool:
        with suppress(OSError):
            return bool([remote.about() for remote in self.remotes.values()])
        return False

    def _nothing(self) -> None:
        """Rest."""

    def _victim(self) -> int:
        """Never all of them at once: somebody is left to work."""
        able = [process for process in self.herd.alive() if process not in self._stopped]
        if len(able) < 2:
            raise ProcessLookupError
        return self.random.choice(able)

    def _drift(self) -> None:
        order = self._order()
        slug, remote = order.account.vendor, self.remotes[order.account.vendor]
        what = self.random.random()
        if slug == "caliq" and what < 0.3:
            verb, back = self.random.choice((("lock", "unlock"), ("to_warehouse", "from_warehouse")))
            remote.act(verb, order=order.vendor_id)
            self._later(lambda: remote.act(back, order=order.vendor_id))
            self._count(f"Caliq: {verb}")
        elif slug == "lia" and what < 0.1:
            verb = self.random.choice(("charge", "cancel"))
            remote.act(verb, order=order.vendor_id)
            self._count(f"Lia: {verb}")
        elif what > 0.99:
            remote.delete(order.vendor_id)
            self._count("orders deleted")
        else:
            self._drifts += 1
            place = self.random.choice(DRIFTS[slug])
            remote.change(order.vendor_id, {place: self._value(place)})
            self._count("values changed")

    def _value(self, place: str) -> str:
        return self.random.choice(NEVER_WISHED) if place.endswith("status") else f"Theirs b{self._drifts:06d}x"

    def _order(self) -> Order:
        """One that an edit is under way of, where there is one; else any."""
        orders = Order.objects.select_related("account").filter(account__vendor__in=self.remotes)
        busy = Edit.objects.filter(state__in=LIVE, next_at__isnull=False).values_list("order_id", flat=True)
        if self.random.random() < 0.5 and (numbers := list(busy)):
            return orders.get(pk=self.random.choice(numbers))
        return orders.get(pk=self.random.choice(list(orders.values_list("pk", flat=True))))

    def _later(self, undo: Callable[[], object]) -> None:
        self._undo.append((time.monotonic() + self.random.uniform(0.2, 1.5), undo))

    def _count(self, what: str) -> None:
        self.done[what] = self.done.get(what, 0) + 1


def done_in_words(done: Mapping[str, Any]) -> str:
    """What was done, for the report."""
    return ", ".join(f"{count} × {what}" for what, count in sorted(done.items()))
