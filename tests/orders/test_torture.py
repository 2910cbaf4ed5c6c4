"""`manage.py torture` with small numbers: the real processes, the real faults, the real verdict."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from django.db import connection

from orders.trial.fields import HIDDEN
from orders.trial.mixture import names_for, rules
from orders.trial.report import FORBIDDEN, Report
from orders.trial.wishes import ACCEPTED, Diary, Wish
from vendors.sandbox.faults import ALL

ROOT = Path(__file__).resolve().parent.parent.parent


def torture(*arguments: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "manage.py", "torture", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=280)


@pytest.mark.django_db(transaction=True)
def test_some_edits_through_faults_kills_and_drifts_leave_no_contradiction() -> None:
    ended = torture("--edits=48", "--workers=2", "--seed=4", f"--db={connection.vendor}", "--json")

    assert ended.returncode == 0, ended.stdout[-4000:] + ended.stderr[-4000:]
    done = json.loads(ended.stdout)
    counts = done["counts"]
    assert done["database"] == connection.vendor
    assert {name: counts[name] for name in FORBIDDEN} == dict.fromkeys(FORBIDDEN, 0)
    assert counts["edits"] > 40  # some of the submissions are two edits, a few are refused
    assert counts["sent"] > counts["edits"] / 3
    assert 0 < counts["applied"] <= counts["sent"]
    assert counts["unknown"] == counts["hidden"] + counts["overwritten"] + counts["gone"]
    assert sum(done["outcomes"].values()) == counts["edits"]
    assert "kill -9" in done["nemesis"]
    assert done["cells"]


def test_a_database_that_is_not_named_for_a_trial_is_refused(tmp_path: Path) -> None:
    ended = torture(f"--db=sqlite:///{tmp_path}/amend.sqlite3")
    assert (ended.returncode, ended.stdout) == (1, "")
    assert "“trial” in its name" in ended.stderr
    assert not list(tmp_path.iterdir())


def test_a_database_that_holds_anything_is_refused(tmp_path: Path) -> None:
    import sqlite3

    path = tmp_path / "trial.sqlite3"
    with sqlite3.connect(path) as taken:
        taken.execute("CREATE TABLE kept (it INTEGER)")
    taken.close()

    ended = torture("--edits=1", "--vendors", "liner", f"--db=sqlite:///{path}")

    assert ended.returncode == 1
    assert "The database is not empty." in ended.stderr


def test_every_fault_is_in_the_mixture() -> None:
    drawn = {name for rule in rules(known=ALL, chance=0.3, seed=1, locks=True) for name in rule["faults"]}
    assert {name.partition(":")[0] for name in drawn} == set(ALL)
    assert set(names_for("write", ALL)) <= drawn
    shares = [rule["chance"] for rule in rules(known=ALL, chance=0.3, seed=1, locks=True) if rule["intent"] == "write"]
    assert sum(shares) == pytest.approx(0.3)
    assert not {"altcraft"} - HIDDEN


def test_a_diary_survives_a_line_that_was_cut(tmp_path: Path) -> None:
    diary = Diary(tmp_path / "diary")
    diary.wish(Wish(number=1, token="t1", vendor="liner", order="7", author="ann"))
    with diary.path.open("a") as file:
        file.write('{"number": 1, "ans')
    diary.answer(1, ACCEPTED, edits=2)

    assert diary.wishes()[1].token == "t1"
    assert diary.answers()[1]["edits"] == 2


def test_too_little_sent_is_no_trial() -> None:
    report = Report()
    report.counts.update(edits=1000, sent=599)
    assert not report.passed
    report.counts.update(sent=1)
    assert report.passed
    report.accuse("lost", "an edit")
    assert not report.passed
