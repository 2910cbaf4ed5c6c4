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
    broken = tmp_path / "programs" / "uv"  # such as a version manager leaves behind
    broken.parent.mkdir()
    program(broken, "exit 127")
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


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    """A folder of programs to have instead of the machine's own: sudo lets everyone, and apt-get notes its words."""
    programs = tmp_path / "programs"
    programs.mkdir()
    program(programs / "sudo", 'shift; exec "$@"')
    program(programs / "apt-get", f'echo "$@" >> {programs}/asked')
    return programs


def program(path: Path, script: str) -> None:
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


def test_what_debian_leaves_out_of_python_is_asked_of_apt(tree: Path, machine: Path) -> None:
    (machine / "ensurepip.py").write_text("raise ImportError")
    done = install(tree, "run", PATH=str(machine), PYTHONPATH=str(machine))
    package = f"python3.{sys.version_info[1]}-venv"
    assert (machine / "asked").read_text().splitlines()[-1].endswith(f"--no-install-recommends {package}")
    assert done.returncode == 1
    assert done.stderr.strip().endswith(f"Complete it with: sudo apt-get install {package}")


def test_chromium_is_asked_of_apt_once(tree: Path, machine: Path) -> None:
    program(machine / "apt-get", f'echo "$@" >> {machine}/asked; /bin/cp {machine}/sudo {machine}/chromium')
    assert install(tree, "browser", PATH=str(machine)).stdout == "Installing Chromium for the browser tests\n"
    assert " chromium " in (machine / "asked").read_text()
    assert install(tree, "browser", PATH=str(machine)).stdout == ""


def test_where_apt_cannot_the_browser_tests_are_left_out(tree: Path, machine: Path) -> None:
    done = install(tree, "browser", PATH=str(machine))
    assert done.returncode == 0
    assert "the browser tests are left out. Install it with: sudo apt-get install chromium" in done.stdout


def test_redis_is_asked_of_apt_once_and_not_left_running(tree: Path, machine: Path) -> None:
    program(machine / "apt-get", f'echo "$@" >> {machine}/asked; /bin/cp {machine}/sudo {machine}/redis-server')
    program(machine / "systemctl", f'echo "systemctl $@" >> {machine}/asked')
    assert install(tree, "broker", PATH=str(machine)).stdout == "Installing redis-server for the tests of Celery\n"
    asked = (machine / "asked").read_text().splitlines()
    assert asked[-2].endswith(" redis-server")
    assert asked[-1] == "systemctl disable --quiet --now redis-server"
    assert install(tree, "broker", PATH=str(machine)).stdout == ""


def test_where_apt_cannot_the_tests_of_celery_are_left_out(tree: Path, machine: Path) -> None:
    done = install(tree, "broker", PATH=str(machine))
    assert done.returncode == 0
    assert "the tests of Celery are left out. Install it with: sudo apt-get install redis-server" in done.stdout


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
