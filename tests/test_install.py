"""What `make` does before anything else: the environment, with nothing but Python at hand."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.test_tree import ROOT


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A project without requirements, so that nothing has to be fetched."""
    (tmp_path / "requirements").mkdir()
    shutil.copy(ROOT / "requirements" / "install.py", tmp_path / "requirements")
    for kind in ("run", "dev"):
        (tmp_path / "requirements" / f"{kind}.txt").write_text("")
    return tmp_path


def install(tree: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(tree / "requirements" / "install.py"), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, env=os.environ | environment)


def test_an_environment_is_made_once(tree: Path) -> None:
    first = install(tree, "run")
    assert first.returncode == 0, first.stderr
    assert "Creating .venv" in first.stdout
    assert (tree / ".venv/bin/python").exists()
    assert install(tree, "run").stdout == ""


def test_it_is_made_without_uv_too(tree: Path, tmp_path: Path) -> None:
    broken = tmp_path / "bin" / "uv"  # such as a version manager leaves behind
    broken.parent.mkdir()
    broken.write_text("#!/bin/sh\nexit 127\n")
    broken.chmod(0o755)
    done = install(tree, "run", PATH=f"{broken.parent}:{os.environ['PATH']}")
    assert done.returncode == 0, done.stderr
    assert "with pip" in done.stdout
    assert subprocess.call([tree / ".venv/bin/python", "-m", "pip", "--version"], stdout=subprocess.DEVNULL) == 0


def test_changed_requirements_are_installed(tree: Path) -> None:
    install(tree, "run")
    (tree / "requirements" / "run.txt").write_text("# changed\n")
    again = install(tree, "run")
    assert "Installing requirements/run.txt" in again.stdout
    assert "Creating" not in again.stdout
    assert install(tree, "run").stdout == ""


def test_what_is_enough_to_test_is_enough_to_run(tree: Path) -> None:
    assert "requirements/dev.txt" in install(tree, "dev").stdout
    assert install(tree, "run").stdout == ""
    assert install(tree, "dev").stdout == ""


def test_a_requirement_without_its_hash_is_refused(tree: Path) -> None:
    (tree / "requirements" / "run.txt").write_text("django==5.2.19\n")
    done = install(tree, "run")
    assert done.returncode == 1
    assert "could not be installed" in done.stderr
    assert not list((tree / ".venv").glob("lib/*/site-packages/django"))


def test_an_environment_whose_python_is_gone_is_made_anew(tree: Path) -> None:
    install(tree, "run")
    (tree / ".venv/bin/python").unlink()
    (tree / ".venv/bin/python").symlink_to("/nonexistent/python3")
    assert "Creating .venv" in install(tree, "run").stdout
    assert subprocess.call([tree / ".venv/bin/python", "-c", ""]) == 0


@pytest.mark.parametrize("version", [(3, 9, 2), (3, 15, 0)])
def test_an_unfit_python_is_told_in_a_sentence(tree: Path, version: tuple[int, int, int]) -> None:
    script = tree / "requirements" / "install.py"
    pretend = f"import sys, runpy; sys.version_info = {version}; sys.argv = ['', 'run']"
    done = subprocess.run(
        [sys.executable, "-c", f"{pretend}; runpy.run_path({str(script)!r}, run_name='__main__')"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr.startswith("amend: Python 3.11 to 3.14 is needed")
    assert not (tree / ".venv").exists()
