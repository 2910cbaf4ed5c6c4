#!/usr/bin/env python3
"""Make this machine ready: `install.py run` for the desk, `dev` also for its tests.

Both make the environment `.venv` hold what a requirements file lists, exactly; they do nothing where it already does.
`browser` installs what the tests in Chromium need, `broker` what those of Celery do. `install.py lock` compiles both
files from pyproject.toml. Needs nothing but Python, and parses on an old one too, so that it can say what is wrong.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")  # what tests/chromium.py looks for


def main(arguments: list[str]) -> None:
    if not (3, 11) <= sys.version_info[:2] <= (3, 14):
        found = ".".join(map(str, sys.version_info[:3]))
        sys.exit(
            f"amend: Python 3.11 to 3.14 is needed, and {sys.executable} is {found}."
            " Name another one: make PYTHON=python3.11"
        )
    if arguments in (["run"], ["dev"]):
        install(arguments[0])
    elif arguments == ["browser"]:
        install_browser()
    elif arguments == ["broker"]:
        install_broker()
    elif arguments[:1] == ["lock"]:
        lock(arguments[1:])
    else:
        sys.exit("usage: install.py run | dev | browser | broker | lock [options of uv pip compile]")


def install(kind: str) -> None:
    """Bring `.venv` up to `requirements/<kind>.txt`. Does nothing where it already is."""
    if PYTHON.exists() and _recorded(kind) == _digest(kind):
        return
    uv = _uv()
    if not PYTHON.exists():
        _create(uv)
    say(f"Installing requirements/{kind}.txt with {'uv' if uv else 'pip'}; a first time takes a minute")
    listed: list[str | Path] = ["--quiet", "--require-hashes", "--requirement", HERE / f"{kind}.txt"]
    done = uv and _run([uv, "pip", "install", "--python", PYTHON, "--compile-bytecode", *listed])
    if uv and not done:
        say("uv could not; trying pip")
    if not done and not _run([*_pip(), "install", *listed]):
        sys.exit(f"amend: requirements/{kind}.txt could not be installed; what pip said stands above.")
    _record(kind)


def install_browser() -> None:
    """Install Chromium where apt may, else say that its tests are left out."""
    if os.environ.get("CHROMIUM") or any(map(shutil.which, BROWSERS)):
        return
    say("Installing Chromium for the browser tests")
    _apt("chromium", "fonts-dejavu-core")
    if not any(map(shutil.which, BROWSERS)):
        say(
            "Chromium is missing and could not be installed: the browser tests are left out."
            " Install it with: sudo apt-get install chromium, or name it: CHROMIUM=/path/to/chromium"
        )


def install_broker() -> None:
    """Install Redis where apt may, else say that the tests of Celery are left out."""
    if shutil.which("redis-server"):
        return
    say("Installing redis-server for the tests of Celery")
    _apt("redis-server")
    if not shutil.which("redis-server"):
        say(
            "redis-server is missing and could not be installed: the tests of Celery are left out."
            " Install it with: sudo apt-get install redis-server"
        )
    elif shutil.which("systemctl"):  # Debian starts what it installs; the tests start one of their own
        stop = [*_as_root(), "systemctl", "disable", "--quiet", "--now", "redis-server"]
        subprocess.call(stop, stderr=subprocess.DEVNULL)


def lock(options: list[str]) -> None:
    """Compile both files from pyproject.toml. Present pins are kept; `--upgrade` among the options renews them."""
    uv = _uv() or _private_uv()
    run, dev = "requirements/run.txt", "requirements/dev.txt"
    for rest in (["--output-file", run], ["--group", "dev", "--constraint", run, "--output-file", dev]):
        what = "pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes"
        how = "--no-emit-index-url --no-header --quiet"
        if not _run([uv, *what.split(), *how.split(), *options, *rest]):
            sys.exit("amend: the requirements could not be compiled; what uv said stands above.")


def say(sentence: str) -> None:
    sys.stdout.write(sentence + "\n")
    sys.stdout.flush()


def _create(uv: str | None) -> None:
    say(f"Creating .venv with Python {sys.version.split()[0]}")
    if uv and _run([uv, "venv", "--quiet", "--clear", "--python", sys.executable, VENV]):
        return
    _need_ensurepip()
    if not _run([sys.executable, "-m", "venv", "--clear", VENV]):
        sys.exit("amend: .venv could not be created; what Python said stands above.")


def _need_ensurepip() -> None:
    """Debian keeps the part of Python that brings pip in a package of its own."""
    if _imports(sys.executable, "ensurepip"):
        return
    package = f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"
    say(f"Python's venv module is incomplete; installing the Debian package {package}")
    _apt(package)
    if not _imports(sys.executable, "ensurepip"):
        sys.exit(f"amend: Python's venv module is incomplete. Complete it with: sudo apt-get install {package}")


def _apt(*packages: str) -> None:
    """Try to install Debian packages: as root, or where sudo asks for no password."""
    root = _as_root()
    if not shutil.which("apt-get") or (root and not shutil.which("sudo")):
        return
    environment = dict(os.environ, DEBIAN_FRONTEND="noninteractive")
    for command in (["update", "-qq"], ["install", "-qq", "--yes", "--no-install-recommends", *packages]):
        subprocess.call([*root, "apt-get", *command], stdout=subprocess.DEVNULL, env=environment)


def _as_root() -> list[str]:
    return [] if os.geteuid() == 0 else ["sudo", "-n"]


def _uv() -> str | None:
    """The path of a uv that answers: a version manager may leave a shim behind that does not."""
    found = shutil.which("uv")
    return found if found and _answers(found, "--version") else None


def _private_uv() -> Path:
    """A uv of our own, installed beside everything else."""
    home = VENV / "uv"
    if not (home / "bin" / "uv").exists():
        _need_ensurepip()
        pip: list[str | Path] = [home / "bin" / "python", "-m", "pip", "install", "--quiet", "uv"]
        if not (_run([sys.executable, "-m", "venv", home]) and _run(pip)):
            sys.exit("amend: uv could not be installed with pip; what pip said stands above.")
    return home / "bin" / "uv"


def _pip() -> list[str | Path]:
    if not _imports(PYTHON, "pip"):  # an environment that uv made has none
        _need_ensurepip()
        _run([PYTHON, "-m", "ensurepip"])
    return [PYTHON, "-m", "pip", "--disable-pip-version-check"]


def _digest(kind: str) -> str:
    return hashlib.sha256((HERE / f"{kind}.txt").read_bytes()).hexdigest()


def _recorded(kind: str) -> str:
    stamp = VENV / f"requirements-{kind}"
    return stamp.read_text() if stamp.exists() else ""


def _record(kind: str) -> None:
    """Note what is installed. Whatever is needed to run is also needed to test."""
    for done in {kind, "run"}:
        (VENV / f"requirements-{done}").write_text(_digest(done))


def _imports(python: str | Path, module: str) -> bool:
    return _answers(python, "-c", f"import {module}")


def _answers(*command: str | Path) -> bool:
    silent = subprocess.DEVNULL
    return subprocess.call([str(word) for word in command], stdout=silent, stderr=silent) == 0


def _run(command: list[str | Path]) -> bool:
    return subprocess.call([str(word) for word in command], cwd=ROOT) == 0


if __name__ == "__main__":
    main(sys.argv[1:])
