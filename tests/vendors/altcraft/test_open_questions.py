"""What Altcraft leaves open: the same work under every setting of every switch, and what some of them mean for it."""

import json

import pytest

from tests.vendors.altcraft.conftest import all_of, connected
from vendors.altcraft.sandbox import AltcraftSimulator
from vendors.altcraft.sandbox.switches import SWITCHES
from vendors.altcraft.sandbox.world import order_id
from vendors.altcraft.vendor import Altcraft
from vendors.contract import Reply
from vendors.errors import AccountRefused, OrderGone, Rejected, Unreachable, VendorError

ONE, TWO = order_id(1), order_id(2)
FIRST = "lines.line_01.status"
NUMBERS = {"lag_ms": ("0", "200"), "default_limit": ("1", "100"), "largest_limit": ("7", "1000")}
# What no adapter can work under; each has a test of its own below.
HOPELESS = {("rights", "read_only"), ("rights", "no_market"), ("tariff", "reached")}
SETTINGS = [
    (name, setting)
    for name, switch in SWITCHES.items()
    for setting in NUMBERS.get(name, switch.settings)
    if (name, setting) not in HOPELESS
]


def send(vendor: Altcraft, vendor_id: str, name: str, status: str, at: str = "") -> Reply:
    raw = vendor.order(vendor_id, at).raw
    return vendor.send(vendor.request(raw, {name: status}))


@pytest.mark.parametrize(("name", "setting"), SETTINGS)
def test_orders_are_read_and_a_line_is_changed_under_every_setting(
    simulator: AltcraftSimulator, name: str, setting: str
) -> None:
    simulator.edit(ONE, **{"lines.0.status": "new"})
    if (name, setting) == ("largest_limit", "7"):
        simulator.set(limit_above="clamp")
    simulator.set(**{name: setting})
    vendor = connected(simulator)

    found = all_of(vendor)
    assert sorted(each.raw["external_id"] for each in found) == sorted(simulator.orders)
    last = found[-1]
    assert vendor.order(last.raw["external_id"], last.at).raw == last.raw
    assert send(vendor, ONE, FIRST, "processing").echoed == {FIRST}
    assert simulator.order(ONE)["lines"][0]["status"] == "processing"
    assert simulator.order(ONE)["_messages"] == 1
    for order in found[:14]:
        assert vendor.summary(order.raw).number == order.raw["external_id"]
        assert all(isinstance(entry.text(entry.current(order.raw)), str) for entry in vendor.shown(order.raw))


def test_pages_smaller_than_asked_for_are_read_to_their_end(simulator: AltcraftSimulator, altcraft: Altcraft) -> None:
    simulator.set(largest_limit=7)
    assert len(all_of(altcraft)) == 120


def test_a_page_too_large_for_altcraft_is_refused_and_not_taken_for_an_empty_list(
    simulator: AltcraftSimulator, altcraft: Altcraft
) -> None:
    simulator.set(largest_limit=50, limit_above="reject")
    with pytest.raises(Rejected, match="limit is out of range"):
        all_of(altcraft)


@pytest.mark.parametrize("rights", ["read_only", "no_market"])
def test_a_token_without_the_right_is_refused_and_nothing_changes(
    simulator: AltcraftSimulator, altcraft: Altcraft, rights: str
) -> None:
    raw = altcraft.order(ONE).raw
    simulator.set(rights=rights)
    with pytest.raises(AccountRefused, match="No access"):
        altcraft.send(altcraft.request(raw, {FIRST: "delivered"}))
    assert simulator.order(ONE)["_messages"] == 0


def test_a_tariff_that_is_used_up_is_a_refusal(simulator: AltcraftSimulator, altcraft: Altcraft) -> None:
    raw = altcraft.order(ONE).raw
    simulator.set(tariff="reached")
    with pytest.raises(Rejected, match=r"Tariff limit reached \[402\]"):
        altcraft.send(altcraft.request(raw, {FIRST: "delivered"}))


@pytest.mark.parametrize("unknown", ["400", "404", "500"])
@pytest.mark.parametrize("failure_http", ["200", "same", "400"])
@pytest.mark.parametrize("what", ["order", "line", "status"])
def test_what_is_not_there_is_refused_or_at_worst_unknown(
    simulator: AltcraftSimulator, altcraft: Altcraft, what: str, failure_http: str, unknown: str
) -> None:
    raw = altcraft.order(ONE).raw
    simulator.set(unknown=unknown, failure_http=failure_http)
    if what == "order":
        simulator.replace(ONE, None)
    if what == "line":
        simulator.edit(ONE, **{"lines.0.external_id": "line_99"})
    if what == "status":
        del simulator.statuses["lost"]
    by_http = (unknown, failure_http) == ("500", "same")
    expected: type[VendorError] = Unreachable if by_http else Rejected
    with pytest.raises(expected, match="HTTP 500" if by_http else "not found"):
        altcraft.send(altcraft.request(raw, {FIRST: "lost"}))


def test_a_final_status_may_be_refused_and_is_not_guarded_here(
    simulator: AltcraftSimulator, altcraft: Altcraft
) -> None:
    simulator.edit(ONE, **{"lines.0.status": "delivered"})
    assert send(altcraft, ONE, FIRST, "new").echoed == {FIRST}
    simulator.edit(ONE, **{"lines.0.status": "delivered"})
    simulator.set(transitions="terminal_locked")
    with pytest.raises(Rejected, match="cannot be changed"):
        send(altcraft, ONE, FIRST, "new")


@pytest.mark.parametrize(("setting", "messages"), [("sent", 2), ("not_sent", 1)])
def test_the_same_status_again_may_message_the_customer_again(
    simulator: AltcraftSimulator, altcraft: Altcraft, setting: str, messages: int
) -> None:
    simulator.edit(ONE, **{"lines.0.status": "new"})
    simulator.set(same_status_message=setting)
    for _ in range(2):
        send(altcraft, ONE, FIRST, "delivered")
    assert simulator.order(ONE)["_messages"] == messages


def test_the_same_status_again_may_be_refused(simulator: AltcraftSimulator, altcraft: Altcraft) -> None:
    simulator.edit(ONE, **{"lines.0.status": "delivered"})
    simulator.set(same_status="error")
    with pytest.raises(Rejected, match="already set"):
        send(altcraft, ONE, FIRST, "delivered")


def test_a_line_may_move_its_order(simulator: AltcraftSimulator, altcraft: Altcraft) -> None:
    simulator.edit(ONE, status="paid")
    simulator.set(line_moves_order="all_delivered")
    before = altcraft.order(ONE).raw
    send(altcraft, ONE, FIRST, "left_at_door")
    assert "from “paid” to “delivered”" in altcraft.aftermath(before, altcraft.order(ONE).raw)


def test_a_lagging_list_shows_what_was_before(simulator: AltcraftSimulator, altcraft: Altcraft) -> None:
    simulator.set(line_status="shown", lag_ms=60_000)
    before = altcraft.order(ONE).raw
    wanted = "canceled" if before["lines"][0]["status"] != "canceled" else "new"
    send(altcraft, ONE, FIRST, wanted)
    field = altcraft.fields(before)[FIRST]
    assert field.arrived(before, altcraft.order(ONE).raw, wanted) is False
    simulator.set(lag_ms=0)
    assert field.arrived(before, altcraft.order(ONE).raw, wanted) is True


@pytest.mark.parametrize("delete", ["new", "old"])
def test_an_order_deleted_either_way_is_gone(simulator: AltcraftSimulator, altcraft: Altcraft, delete: str) -> None:
    simulator.set(delete=delete)
    if delete == "old":
        simulator.edit(ONE, _deleted=True)
    else:
        simulator.replace(ONE, None)
    with pytest.raises(OrderGone):
        altcraft.order(ONE)


@pytest.mark.parametrize("order", ["oldest_first", "newest_first"])
def test_an_order_is_found_whatever_the_order_of_the_list(
    simulator: AltcraftSimulator, altcraft: Altcraft, order: str
) -> None:
    simulator.set(list_order=order)
    assert {found.raw["external_id"] for found in all_of(altcraft)} == set(simulator.orders)
    for vendor_id in (ONE, order_id(120)):
        assert altcraft.order(vendor_id).raw["external_id"] == vendor_id


def test_a_status_made_at_altcraft_is_offered_once_the_account_names_it(simulator: AltcraftSimulator) -> None:
    simulator.act("add_status", id="gift_wrapped", name="Gift-wrapped", type="in_process")
    named = [{"id": "gift_wrapped", "name": "Gift-wrapped", "type": "in_process"}]
    assert send(connected(simulator, line_statuses=named), ONE, FIRST, "gift_wrapped").echoed == {FIRST}
    with pytest.raises(ValueError, match="no line status of this account"):
        send(connected(simulator), ONE, FIRST, "gift_wrapped")


def test_only_the_lines_of_one_order_are_touched(simulator: AltcraftSimulator, altcraft: Altcraft) -> None:
    """Line ids such as line_01 are those of many orders."""
    before = {id_: simulator.order(id_) for id_ in simulator.orders}
    send(altcraft, TWO, "lines.line_02.status", "refunded")
    changed = {id_ for id_, order in before.items() if simulator.order(id_) != order}
    assert changed == {TWO}
    (entry,) = [each for each in simulator.journal.entries if each.intent == "write"]
    assert (entry.order, set(entry.changes)) == (TWO, {"lines.1.status", "_messages", "update_time"})
    assert json.loads(entry.body)["order_line_external_id"] == "line_02"


def test_a_list_that_moves_while_it_is_read_is_not_taken_for_everything(
    simulator: AltcraftSimulator, altcraft: Altcraft
) -> None:
    batches = altcraft.batches()
    next(batches)
    simulator.edit(ONE, _id=simulator.order(order_id(120))["_id"] + 1)  # the first of the list becomes its last
    assert [found.raw["external_id"] for batch in batches for found in batch.found][-1] == ONE
    assert not altcraft.lists_everything()
    all_of(altcraft)
    assert altcraft.lists_everything()
    assert not connected(simulator, endpoint="app").lists_everything()
