"""What holds in every topology: all edits arrive, once, whoever dies; schedules run once among all workers."""

import time
from typing import Any

from tests.topologies.brokers import Redis
from tests.topologies.conftest import OpenStage
from tests.topologies.stage import Stage, kill, wait_for


def mirrored(stage: Stage) -> dict[str, int]:
    """The orders, once a worker has mirrored them by itself."""
    wait_for(lambda: any(sync["complete"] for sync in stage.inside("look")["syncs"]))
    orders: dict[str, int] = stage.inside("look")["orders"]
    assert len(orders) > 20
    return orders


def states(stage: Stage) -> dict[str, str]:
    return {order: edit["state"] for order, edit in stage.inside("look")["edits"].items()}


def settled(stage: Stage, *orders: str) -> dict[str, Any]:
    """The edits of these orders, once each has come to its end."""
    live = {"accepted", "checking", "sending", "looking", "unknown"}

    def done() -> dict[str, Any] | None:
        found: dict[str, Any] = stage.inside("look")["edits"]
        return None if any(found[order]["state"] in live for order in orders) else found

    ended: dict[str, Any] = wait_for(done)
    return ended


def writes(stage: Stage) -> dict[str, int]:
    """How often each order was written to."""
    written = [entry["order"] for entry in stage.liner.journal(intent="write")]
    return {order: written.count(order) for order in written}


def hangs(stage: Stage, fault: str, intent: str, order: str = "") -> None:
    """The next call of this kind gets no answer, for longer than a worker lives here."""
    stage.liner.fail(fault, intent=intent, order=order, seconds=60)


def arrived(stage: Stage, intent: str, since: int) -> Any:
    return wait_for(lambda: stage.liner.journal(since, intent=intent))


def newest(stage: Stage) -> int:
    return max((entry["id"] for entry in stage.liner.journal()), default=0)


def test_what_a_killed_worker_was_at_is_finished_by_another(stage: Stage) -> None:
    doomed = stage.start_worker()
    alice = stage.start_web()
    orders = mirrored(stage)
    checked, applied, lost, quick = list(orders)[:4]

    alice.edit(orders[quick], title="Quick")
    assert settled(stage, quick)[quick]["state"] == "applied"

    # In the middle of everything that a worker does: checking, mirroring, sending what arrives and what does not.
    for begin, fault, intent, order in (
        (lambda: alice.edit(orders[checked], title="Checked"), "timeout", "read", ""),
        (lambda: stage.inside("make_due"), "timeout", "read", ""),
        (lambda: alice.edit(orders[applied], title="Applied"), "timeout:after", "write", applied),
        (lambda: alice.edit(orders[lost], title="Lost"), "timeout:before", "write", lost),
    ):
        since = newest(stage)
        hangs(stage, fault, intent, order)
        begin()
        arrived(stage, intent, since)
    heir = stage.start_worker()
    kill(doomed)
    killed_at = time.monotonic()

    edits = settled(stage, checked, applied, lost)

    took = time.monotonic() - killed_at
    assert {order: edits[order]["state"] for order in (checked, applied, lost)} == {
        checked: "applied",
        applied: "applied",
        lost: "not_applied",
    }, stage.said()
    assert writes(stage) == dict.fromkeys((quick, checked, applied, lost), 1)
    assert stage.liner.order(checked)["title"] == "Checked"
    assert edits[applied]["why"] == "No answer came, but the change is there: applied."
    wait_for(lambda: not any(sync["running"] for sync in stage.inside("look")["syncs"]))
    syncs = stage.inside("look")["syncs"]
    assert [sync["error"] for sync in syncs] == ["", "The process that ran it died.", ""], (took, syncs)
    assert syncs[-1]["complete"]

    heir.terminate()
    assert heir.wait(60) == 0
    assert stage.inside("look")["workers"] == 1  # the one that could not sign off


def test_many_edits_and_a_schedule_among_several_workers_whose_database_breaks_off(stage: Stage) -> None:
    workers = [stage.start_worker() for _ in range(2)]
    alice = stage.start_web()
    orders = mirrored(stage)
    assert len(stage.inside("look")["syncs"]) == 1

    chosen = list(orders)[:12]
    for order in chosen[:6]:
        alice.edit(orders[order], title=f"Title {order}")
    settled(stage, *chosen[:6])
    stage.inside("cut")
    stage.inside("make_due")
    for order in chosen[6:]:
        alice.edit(orders[order], title=f"Title {order}")
    edits = settled(stage, *chosen)

    assert {edit["state"] for edit in edits.values()} == {"applied"}, edits
    assert writes(stage) == dict.fromkeys(chosen, 1)
    assert all(stage.liner.order(order)["title"] == f"Title {order}" for order in chosen)
    wait_for(lambda: len(stage.inside("look")["syncs"]) > 1)
    for worker in workers:
        worker.terminate()
    assert [worker.wait(60) for worker in workers] == [0, 0]
    assert [sync["complete"] for sync in stage.inside("look")["syncs"]] == [True, True]
    assert stage.inside("look")["workers"] == 0


def test_a_broker_that_is_away_costs_seconds_and_no_edit(redis: Redis, stages: OpenStage, tmp_path: Any) -> None:
    stage = stages(f"sqlite:///{tmp_path}/desk.sqlite3", redis.url)
    stage.start_worker()
    alice = stage.start_web()
    orders = mirrored(stage)
    first, second, third = list(orders)[:3]

    alice.edit(orders[first], title="With the broker")
    settled(stage, first)
    redis.stop()
    alice.edit(orders[second], title="Without it")
    edits = settled(stage, second)
    redis.start()
    alice.edit(orders[third], title="With it again")
    edits = settled(stage, third)

    assert {edit["state"] for edit in edits.values()} == {"applied"}
    assert writes(stage) == dict.fromkeys((first, second, third), 1)
    assert "task_not_enqueued" in stage.said()


def test_a_broker_that_is_frozen_costs_seconds_and_no_edit(redis: Redis, stages: OpenStage, tmp_path: Any) -> None:
    stage = stages(f"sqlite:///{tmp_path}/desk.sqlite3", redis.url)
    stage.start_worker()
    alice = stage.start_web()
    orders = mirrored(stage)
    first, second, third = list(orders)[:3]

    alice.edit(orders[first], title="With the broker")
    settled(stage, first)
    redis.freeze()
    stage.inside("make_due")  # so that the worker's own pass asks the broker as well
    alice.edit(orders[second], title="While it is frozen")
    settled(stage, second)
    redis.thaw()
    alice.edit(orders[third], title="With it again")
    edits = settled(stage, third)

    assert {edit["state"] for edit in edits.values()} == {"applied"}
    assert writes(stage) == dict.fromkeys((first, second, third), 1)
    assert "task_not_enqueued" in stage.said()
    # A pass over an account comes through the broker alone, so the worker listens to it again.
    before = len(stage.inside("look")["syncs"])
    wait_for(lambda: stage.inside("make_due") and len(stage.inside("look")["syncs"]) > before)
