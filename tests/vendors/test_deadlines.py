"""What cuts calls off: in time, once, in the order of their ends, and never a call that is over."""

import subprocess
import sys
import time
from functools import partial

from config.environment import ROOT
from tests.topologies.stage import wait_for
from vendors.deadlines import Watchdog

SOON, LATER = 0.05, 30.0  # seconds
FORKING = """
import os, threading
from vendors.deadlines import watchdog
with watchdog.watching(30, lambda: None):  # its thread runs here, and is not there in the child
    child = os.fork()
    if child == 0:
        cut = threading.Event()
        with watchdog.watching(0.05, cut.set):
            os._exit(0 if cut.wait(5) else 1)
    os._exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


def test_what_takes_too_long_is_cut_off_once() -> None:
    cut = list[float]()
    began = time.monotonic()
    with Watchdog().watching(SOON, lambda: cut.append(time.monotonic() - began)):
        wait_for(lambda: cut)
        time.sleep(2 * SOON)
    assert len(cut) == 1
    assert cut[0] >= SOON


def test_what_is_over_is_never_cut_off() -> None:
    cut = list[str]()
    dog = Watchdog()
    with dog.watching(SOON, lambda: cut.append("first")):
        pass
    with dog.watching(2 * SOON, lambda: cut.append("second")):
        wait_for(lambda: cut)
    assert cut == ["second"]


def test_an_earlier_end_is_not_kept_waiting_by_a_later_one() -> None:
    cut = list[str]()
    dog = Watchdog()
    with dog.watching(LATER, lambda: cut.append("later")):
        time.sleep(SOON)  # the thread sleeps by now, until the later one
        with dog.watching(20 * SOON, lambda: cut.append("second")), dog.watching(SOON, lambda: cut.append("first")):
            wait_for(lambda: len(cut) == 2)
    assert cut == ["first", "second"]


def test_it_begins_anew_after_a_rest() -> None:
    cut = list[int]()
    dog = Watchdog()
    for number in range(3):
        with dog.watching(SOON, partial(cut.append, number)):
            wait_for(partial(cut.__contains__, number))
        time.sleep(SOON)
    assert cut == [0, 1, 2]


def test_a_forked_process_has_one_of_its_own() -> None:
    assert subprocess.run([sys.executable, "-W", "ignore", "-c", FORKING], cwd=ROOT, check=False).returncode == 0
