"""What a test asks of one vendor's order and what has to come of it, and how to set the simulated vendor up for it.

The cases themselves are in `cases_applied` and `cases_stopped`. Their orders are those that a simulator has for every
seed; `at_vendor` gives them known values first.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from orders.demo import set_up_account
from orders.models import Order
from orders.services import sync_account
from vendors.models import VendorAccount
from vendors.sandbox.journal import Entry
from vendors.sandbox.simulator import Simulator

ADDED = {"apiKey", "token", "LockID"}  # to a body on its way out
ENDS = {"altcraft": ("echoed", "not shown")}  # what a call ends as, and what is known of its field; else:
SEEN_BY_LOOKING = ("applied", "yes")

# What a vendor changes by itself in the course of a change: amounts, times, ids, messages, analyses.
BY_ITSELF = {"Value", "ValueVAT", "ValueIncVAT", "CarriageVAT", "id", "created_at", "updated_at", "updatedAt"} | {
    "update_time",
    "_changed",
    "_lock",
    "_messages",
    "analyses",
}


@dataclass(frozen=True, kw_only=True)
class Case:
    """One order of one vendor and what is typed into its fields.

    `calls` are the bodies that have to go out, in their order and without credentials; `stored` is every leaf that
    becomes different at the vendor, one mapping a call. `at_vendor` and `switches` prepare the simulator.
    `words` are what the desk says where the edit does not come about.
    """

    vendor: str
    order: str
    typed: Mapping[str, Any]
    calls: Sequence[Mapping[str, Any]] = ()
    stored: Sequence[Mapping[str, Any]] = ()
    at_vendor: Mapping[str, Any] = field(default_factory=dict)
    switches: Mapping[str, str | int] = field(default_factory=dict)
    words: str = ""

    @property
    def ends(self) -> tuple[str, str]:
        """The outcome of each call, and what is known of each field."""
        return ENDS.get(self.vendor, SEEN_BY_LOOKING)


def prepare(simulator: Simulator, case: Case) -> None:
    """Let the simulated vendor be as the case wants it."""
    if case.vendor == "lia":
        simulator.set(required="partial", analysis_ms=0)
    simulator.set(**case.switches)
    if case.at_vendor:
        simulator.change(case.order, case.at_vendor)


def open_account(simulator: Simulator, **options: Any) -> VendorAccount:
    """The account at this simulator as the demo sets it up, with these options changed, and its orders mirrored."""
    account = set_up_account(simulator=simulator)
    assert account is not None
    account.options = {**account.options, **options}
    account.save()
    run = sync_account(account=account)
    assert (run.error, run.problems) == ("", [])
    return account


def open_case(simulator: Simulator, case: Case) -> Order:
    """The order of a prepared case in the mirror. Lia's account sends what changed alone."""
    prepare(simulator, case)
    options = {"complete_body": False} if case.vendor == "lia" else {}
    account = open_account(simulator, **options)
    return Order.objects.select_related("account").get(account=account, vendor_id=case.order)


def body_of(entry: Entry) -> Any:
    """What a journalled call carried, without what the way out adds."""
    return {name: value for name, value in json.loads(entry.body).items() if name not in ADDED}


def stored_by(entry: Entry) -> dict[str, Any]:
    """What a call made of an order, leaf by leaf, without what the vendor does by itself."""
    return {path: now for path, (_, now) in entry.changes.items() if not BY_ITSELF & set(path.split("."))}


def writes(simulator: Simulator) -> list[Entry]:
    """The calls that asked the vendor for a change."""
    return simulator.journal.since(intent="write")
