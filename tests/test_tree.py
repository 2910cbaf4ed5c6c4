"""What the repository promises about itself: what it holds, what it does not hold, and that its documents are true."""

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from django.core.management import get_commands
from packaging.requirements import Requirement
from packaging.version import Version

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
PIN = re.compile(
    r"^([a-z0-9][a-z0-9._-]*)(?:\[[a-z,]+\])?==(\S+)(?: ; [^\\]+)? \\\n((?: {4}--hash=sha256:[0-9a-f]{64}(?: \\)?\n)+)",
    re.M,
)
MADE_LATER = (".venv/", ".env", "var/", "staticfiles/")  # what the files of the repository make
LONGEST_SCRIPT = 40_000  # characters: what a person writes by hand stays below, what a library's build makes does not


def tracked(*patterns: str) -> list[Path]:
    """The files that are in the repository or about to be, by glob."""
    if not (ROOT / ".git").exists() or not shutil.which("git"):
        pytest.skip("needs the repository")
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--", *patterns]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
    return [ROOT / name for name in listed if (ROOT / name).is_file()]


def pins(kind: str) -> dict[str, str]:
    text = (ROOT / "requirements" / f"{kind}.txt").read_text()
    return {name: version for name, version, _ in PIN.findall(text)}


def documents() -> list[Path]:
    return [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]


def test_scripts_and_styles_are_our_own() -> None:
    found = tracked("*.js", "*.css", "*.mjs", "*.woff*", "*.ttf")
    assert found
    for path in found:
        text = path.read_text()
        assert path.relative_to(ROOT).parts[0] == "static", path
        assert ".min." not in path.name, path
        assert len(text) < LONGEST_SCRIPT, path
        assert not re.search(r"/\*!|@license|sourceMappingURL|Copyright", text), path


def test_templates_hold_no_inline_script_or_style() -> None:
    found = tracked("*.html")
    assert found
    inline = re.compile(r"<style|\sstyle\s*=|\son[a-z]+\s*=|hx-on|javascript:|<script(?![^>]*\ssrc=)", re.I)
    for path in found:
        text = re.sub(r"{#.*?#}|{% comment.*?endcomment %}", "", path.read_text(), flags=re.S)
        assert not (seen := inline.search(text)), f"{path}: {seen[0]}"


def test_templates_load_nothing_from_elsewhere() -> None:
    for path in tracked("*.html", "*.css", "*.js"):
        outside = re.findall(r"""(?:src|href)=["'](?:https?:)?//|url\(["']?(?:https?:)?//|@import""", path.read_text())
        assert not outside, path


@pytest.mark.parametrize("kind", ["run", "dev"])
def test_every_requirement_is_pinned_and_hashed(kind: str) -> None:
    text = (ROOT / "requirements" / f"{kind}.txt").read_text()
    rest = re.sub(r"^ *#.*\n", "", PIN.sub("", text), flags=re.M)
    assert rest.strip() == ""
    assert len(pins(kind)) > 20


def test_requirements_to_test_hold_those_to_run() -> None:
    assert pins("run").items() <= pins("dev").items()


def test_requirements_fit_the_project() -> None:
    for kind, wanted in (("run", PROJECT["project"]["dependencies"]), ("dev", PROJECT["dependency-groups"]["dev"])):
        for requirement in map(Requirement, wanted):
            pinned = pins(kind)[requirement.name.lower()]
            assert requirement.specifier.contains(Version(pinned)), f"make lock: {requirement} is pinned to {pinned}"


def test_no_file_names_a_package_index() -> None:
    # Each with one letter in brackets, so that this file is not found itself.
    indexes = re.compile(r"py[p]i\.org|python[h]osted|registry\.np[m]js|index-ur[l] *=|find-lin[k]s|jsde[l]ivr|un[p]kg")
    for path in tracked():
        assert not (seen := indexes.search(path.read_text(errors="replace"))), f"{path}: {seen[0]}"
    assert not tracked("uv.lock")


def test_import_rules_hold() -> None:
    """In a process of its own: the linter silences every logger that there was before it."""
    program = Path(sys.executable).parent / "lint-imports"
    done = subprocess.run([program, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_every_vendor_is_under_the_import_rules() -> None:
    folders = {f"vendors.{found.parent.name}" for found in (ROOT / "vendors").glob("*/vendor.py")}
    contracts = {contract["name"]: contract for contract in PROJECT["tool"]["importlinter"]["contracts"]}
    layers = contracts["The vendors, from top to bottom, and none knows another"]["layers"]
    assert any(folders <= set(re.findall(r"[a-z.]+", layer)) for layer in layers)


def test_documents_name_files_that_exist() -> None:
    known = [f"/{path.relative_to(ROOT)}" for path in tracked()]
    assert documents()
    for path in documents():
        text = path.read_text()
        linked = re.findall(r"\]\((?!https?:|#)([^)#]+)", text)
        quoted = re.findall(r"`([\w.-]+/[\w./-]*|[\w-]+\.(?:py|md|toml|txt|html|css|js|example))`", text)
        for name in linked + [name for name in quoted if not name.startswith(MADE_LATER)]:
            assert any(f"/{name}" in each for each in known), f"{path.name} names {name}"


def test_documents_name_commands_that_exist() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.M))
    for path in documents():
        text = path.read_text()
        for target in re.findall(r"(?:^ *|`)make ([a-z]+)", text, re.M):
            assert target in targets, f"{path.name} names make {target}"
        for command in re.findall(r"manage\.py ([a-z_]+)", text):
            assert command in get_commands(), f"{path.name} names manage.py {command}"
