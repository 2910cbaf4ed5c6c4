"""Programs beside each other end together, whatever happens."""

import os
import signal
import socket
import time
from pathlib import Path

import pytest

from orders.management import processes
from orders.management.processes import Broken, Ended, Programs, end_on_signals, why_taken


def written(path: Path) -> str:
    for _ in range(200):
        if path.exists() and (text := path.read_text()):
            return text
        time.sleep(0.05)
    raise AssertionError(f"nothing was written to {path}")


def runs(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"  # an orphan in a container may find nobody who buries it


def ends(pid: int) -> bool:
    """Whether it ends within a moment: a kill returns before its victim is gone."""
    for _ in range(100):
        if not runs(pid):
            return True
        time.sleep(0.02)
    return False


def notes_its_pid(path: Path) -> str:
    return f"import os, pathlib, signal, time; pathlib.Path({str(path)!r}).write_text(str(os.getpid()))"


def test_what_was_started_ends_with_the_block(tmp_path: Path) -> None:
    with Programs() as programs:
        programs.start("A sleeper", ["-c", f"{notes_its_pid(tmp_path / 'pid')}; time.sleep(60)"])
        pid = int(written(tmp_path / "pid"))
        assert runs(pid)
    assert not runs(pid)


def test_a_program_that_does_not_listen_to_reason_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "SECONDS_TO_END", 0.3)
    deaf = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); {notes_its_pid(tmp_path / 'pid')}"
    with Programs() as programs:
        programs.start("A deaf one", ["-c", f"{deaf}; time.sleep(60)"])
        pid = int(written(tmp_path / "pid"))
    assert not runs(pid)


def test_what_a_program_started_itself_ends_too(tmp_path: Path) -> None:
    child = f"{notes_its_pid(tmp_path / 'pid')}; time.sleep(60)"
    parent = f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {child!r}]); import time; time.sleep(60)"
    with Programs() as programs:
        programs.start("A parent", ["-c", parent])
        pid = int(written(tmp_path / "pid"))
        assert runs(pid)
    assert ends(pid)


def test_the_end_of_one_is_noticed_and_ends_the_others(tmp_path: Path) -> None:
    with Programs() as programs:
        programs.start("A sleeper", ["-c", f"{notes_its_pid(tmp_path / 'pid')}; time.sleep(60)"])
        pid = int(written(tmp_path / "pid"))
        programs.start("The short one", ["-c", "raise SystemExit(3)"])
        with pytest.raises(Broken, match=r"The short one has ended by itself \(exit code 3\)"):
            programs.watch()
    assert not runs(pid)


@pytest.mark.parametrize("ending", processes.ENDING)
def test_a_signal_ends_the_block_once(ending: signal.Signals) -> None:
    before = signal.getsignal(ending)
    tidied = False

    def is_ended() -> None:
        nonlocal tidied
        with end_on_signals():
            try:
                os.kill(os.getpid(), ending)
            finally:
                os.kill(os.getpid(), ending)  # a second one does not disturb the tidying up
                tidied = True

    with pytest.raises(Ended):
        is_ended()
    assert tidied
    assert signal.getsignal(ending) == before


def test_a_taken_port_is_told_and_a_free_one_is_not() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert why_taken(port) == f"Port {port} is in use by another program, perhaps by another start of this one."
    assert why_taken(port) == ""
