"""One whole trial: simulators, submitters, workers and a nemesis; then calm, recovery, and the verdict."""

import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from threading import Thread
from typing import Any

from django.conf import settings
from django.db import connections

from config.environment import ROOT
from orders.trial import desk
from orders.trial.coverage import Coverage, cover
from orders.trial.evidence import Vendors, read_rows
from orders.trial.herd import SUBMITTERS, Herd
from orders.trial.judging import judge
from orders.trial.mixture import rules
from orders.trial.nemesis import Nemesis, done_in_words
from orders.trial.nursery import Nursery
from orders.trial.report import Report
from orders.trial.surroundings import Trial
from orders.trial.wishes import ACCEPTED, REFUSED, WITHDRAWN, WRONG, Diary
from vendors.sandbox.remote import Remote

BLOW = 0.5  # seconds between two acts of the nemesis, where enough comes about between them:
BLOW_EVERY = 2  # edits that are concluded; a slow machine would see nothing but deaths
LONGEST_PEACE = 5.0  # seconds after which it acts in any case
SETTLING = 180.0  # seconds within which everything has to settle once the faults are over
QUIESCING = 30.0


@dataclass(frozen=True, kw_only=True)
class Course:
    """How a trial goes: so many edits, faults in this share of the calls, and so many workers."""

    edits: int
    faults: float
    workers: int
    seed: int
    vendors: Sequence[str]
    folder: Path
    say: Callable[[str], None] = field(default=lambda line: None)

    @property
    def lag(self) -> int:
        """For how many milliseconds vendors may show what was before."""
        return (0, 250)[self.seed % 2]

    @property
    def switches(self) -> Mapping[str, Mapping[str, Any]]:
        """What the vendors' documents leave open, one way or the other by the seed."""
        lag = {"lag_ms": self.lag}
        own = {"second_lock": "same"} if self.seed % 2 else {"second_lock": "inuse", "lock_seconds": 3}
        required = ("partial", "example")[self.seed % 2]
        return {
            "liner": lag,
            "altcraft": lag,
            "caliq": {**lag, **own},
            "lia": {"analysis_ms": 150, "required": required},
        }


@dataclass(kw_only=True)
class Done:
    """What came of it: the verdict, which cases were reached, and how long it took in seconds."""

    report: Report
    coverage: Coverage
    nemesis: str
    submitting: float
    settling: float


def run(course: Course) -> Done:
    """Run a whole trial on the database of the settings, which has to be empty. Raises desk.NotEmpty."""
    with _sandbox(course) as remotes, Nursery(course.folder) as nursery:
        course.say("The vendors are there; mirroring their orders.")
        desk.prepare(remotes, switches=course.switches)
        _let_fail(remotes, course)
        told = {"seed": course.seed, "until": course.edits, "vendors": list(course.vendors)}
        herd = Herd(nursery, course.workers, {**told, "folder": str(course.folder)})
        stops = (settings.LEASE_SECONDS, settings.LEASE_SECONDS * 4)
        nemesis = Nemesis(herd=herd, remotes=remotes, random=Random(f"nemesis:{course.seed}"), stop_seconds=stops)
        began = time.monotonic()
        barred = _rage(herd, nemesis, course)
        submitted = time.monotonic()
        nemesis.end()
        for remote in remotes.values():
            remote.clear_faults()
        course.say(f"All is submitted after {submitted - began:.0f} s ({done_in_words(nemesis.done)}). Now calm.")
        _settle(herd, remotes)
        settled = time.monotonic()
        herd.send_home()
        report, coverage = _verdict(course, remotes, barred)
        return Done(
            report=report,
            coverage=coverage,
            nemesis=done_in_words(nemesis.done),
            submitting=submitted - began,
            settling=settled - submitted,
        )


def _let_fail(remotes: Mapping[str, Remote], course: Course) -> None:
    for at, (slug, remote) in enumerate(remotes.items()):
        known, seed = remote.about()["faults"]["names"], course.seed * 10 + at
        for rule in rules(known=known, chance=course.faults, seed=seed, locks=slug == "caliq"):
            remote.fail(*rule["faults"], **{name: value for name, value in rule.items() if name != "faults"})


def _rage(herd: Herd, nemesis: Nemesis, course: Course) -> dict[str, float]:
    """Until all is submitted. In the middle of it somebody is dismissed: since when, is returned.

    By a thread of its own: whoever has to go on first, to let it write, may be one that the nemesis has stopped.
    """
    barred: dict[str, float] = {}
    diaries = _diaries(course)
    dismissing = Thread(target=_dismiss, args=(barred,))
    herd.start()
    struck, concluded = time.monotonic(), 0
    while herd.submitters or dismissing.is_alive():
        time.sleep(BLOW)
        herd.renew()
        now = desk.concluded()
        if now - concluded >= BLOW_EVERY or time.monotonic() - struck > LONGEST_PEACE:
            struck, concluded = time.monotonic(), now
            nemesis.act()
        else:
            nemesis.relent()
        if dismissing.ident is None and sum(len(diary.answers()) for diary in diaries) > course.edits // 2:
            dismissing.start()
    return barred


def _dismiss(barred: dict[str, float]) -> None:
    try:
        desk.dismiss(desk.LEAVER)
        barred[desk.LEAVER] = time.time()
    finally:
        connections.close_all()


def _settle(herd: Herd, remotes: Mapping[str, Remote]) -> None:
    """Let recovery finish, then the simulators, then whatever that brought up."""
    end = time.monotonic() + SETTLING
    for _ in range(2):
        while time.monotonic() < end and not (desk.clean() and not _locks(remotes)):
            herd.renew()
            time.sleep(0.1)
        for remote in remotes.values():
            remote.quiesce(QUIESCING)


def _verdict(course: Course, remotes: Mapping[str, Remote], barred: Mapping[str, float]) -> tuple[Report, Coverage]:
    vendors = Vendors(journals={slug: remote.journal() for slug, remote in remotes.items()}, locks=_locks(remotes))
    wishes = [wish for diary in _diaries(course) for wish in diary.wishes().values()]
    answers = {number: answer for diary in _diaries(course) for number, answer in diary.answers().items()}
    told = {wish.token: answers[wish.number] for wish in wishes if wish.number in answers}
    trial = Trial(
        wishes=wishes,
        accepted={token: each["edits"] for token, each in told.items() if each["answer"] in {ACCEPTED, WITHDRAWN}},
        turned_away=[token for token, each in told.items() if each["answer"] == REFUSED],
        barred=barred,
        lag=course.lag / 1000,
    )
    report = judge(trial, vendors)
    for token, each in told.items():
        if each["answer"] == WRONG:
            report.accuse("wrong", f"{token}: {each['note']}")
    rows, _ = read_rows(wishes, vendors)
    return report, cover(rows, vendors, {slug: remote.about()["faults"]["names"] for slug, remote in remotes.items()})


def _locks(remotes: Mapping[str, Remote]) -> list[str]:
    """The orders that are locked for the desk, as their vendors see it."""
    locked = {slug: remote.lists().get("locks", {}) for slug, remote in remotes.items()}
    return [f"{slug} {order}" for slug, locks in locked.items() for order, lock in locks.items() if lock["by"] == "api"]


def _diaries(course: Course) -> list[Diary]:
    return [Diary(course.folder / f"diary-{place}") for place in range(SUBMITTERS)]


@contextmanager
def _sandbox(course: Course) -> Iterator[dict[str, Remote]]:
    """The simulators as a process of their own, on a free port."""
    # Of each vendor. An order comes round again and again, until an edit stays unknown that its vendor does not show.
    orders = max(60, course.edits // 10)
    command = [sys.executable, "manage.py", "sandbox", "--port=0", f"--orders={orders}", f"--seed={course.seed}"]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        address = _address(process)
        yield {slug: Remote(address, slug) for slug in course.vendors}
    finally:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.communicate(timeout=20)
        process.kill()


def _address(process: "subprocess.Popen[str]") -> str:
    assert process.stdout is not None
    for line in process.stdout:
        if listening := re.search(r"listens at (\S+)", line):
            return listening[1]
    raise RuntimeError("The simulators did not start; why, stands above.")
