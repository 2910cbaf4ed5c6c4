"""The bench measures what it says it does; its figures are nobody's test."""

import re
import shutil
import subprocess
import sys

from tests.test_tree import ROOT

GOALS = ("G1", "G2", "G3", "G4", "G5", "G5b", "G6", "G7a", "G7b", "G8", "G9", "G10")


def test_every_group_prints_a_line_with_its_ratio_and_goal() -> None:
    groups = ["list", "growth", "search", "export", "sync", "edit"]
    done = subprocess.run(
        [sys.executable, "manage.py", "bench", "--orders", "300", "--synced", "300", "--only", *groups],
        cwd=ROOT, capture_output=True, text=True, check=False, timeout=280,
    )  # fmt: skip

    assert done.returncode == 0, done.stderr
    if not shutil.which("sqlite3"):
        assert "G12 csv/own-csv  left out" in done.stdout
    for goal in (*GOALS, *(["G12", "G12b"] if shutil.which("sqlite3") else [])):
        line = rf"^{goal} .* ratio [\d.,]+ \(.*\)  goal [<>]=[\d.]+  (ok|MISSED|noisy)"
        assert re.search(line, done.stdout, re.M), f"{goal}: {done.stdout}"
