"""The environment: production starts only with what it needs, and a wrong value is one sentence that names it."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from config.environment import INSECURE_FIELD_KEY, INSECURE_SECRET_KEY, read_dotenv

ROOT = Path(__file__).resolve().parent.parent.parent
PRODUCTION = {
    "DEBUG": "false",
    "SECRET_KEY": "7Qx-a-key-of-the-tests-with-more-than-fifty-characters-9Zb",
    "FIELD_ENCRYPTION_KEYS": "dGVzdHMtb25seS1ub3QtYS1zZWNyZXQtYXQtYWxsISE=",
    "ALLOWED_HOSTS": "desk.example.com",
}
OWN = {"PATH", "HOME", "LANG", "PYTHONPATH", "VIRTUAL_ENV"}  # whatever else stands in the environment stays out
EMPTY = dict.fromkeys(["ALLOW_PRIVATE_HOSTS", "BEHIND_PROXY"], "false")  # a developer's own .env stays out, too


def run(*command: str, **changes: str | None) -> subprocess.CompletedProcess[str]:
    """Run Python in production's environment with some changes; None takes a variable away."""
    kept = {name: value for name, value in os.environ.items() if name in OWN or name.startswith("COVERAGE")}
    own = {"DATABASE_URL": "sqlite://:memory:", "HTTPS": "true", **EMPTY, **PRODUCTION, **changes}
    environment = {**kept, **{name: value or "" for name, value in own.items()}}
    return subprocess.run(
        [sys.executable, *command], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60, check=False
    )


def refusal(**changes: str | None) -> str:
    """What the settings say to these variables."""
    result = run("manage.py", "check", **changes)
    assert result.returncode == 1, result.stdout
    assert "Traceback" not in result.stderr
    assert result.stderr.startswith("amend: ")
    return result.stderr.strip()


# Production


def test_production_passes_the_deployment_check_without_a_warning() -> None:
    result = run("manage.py", "check", "--deploy", "--fail-level", "INFO")
    assert result.stdout + result.stderr == "System check identified no issues (0 silenced).\n"
    assert result.returncode == 0


def test_private_hosts_in_production_are_a_warning() -> None:
    result = run("manage.py", "check", "--deploy", "--fail-level", "WARNING", ALLOW_PRIVATE_HOSTS="true")
    assert result.returncode == 1
    assert "vendors.W001" in result.stderr


def test_the_server_starts_with_what_production_needs() -> None:
    result = run("-c", "from config.wsgi import application; print(type(application).__name__)")
    assert (result.stdout.strip(), result.returncode) == ("WSGIHandler", 0)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"DEBUG": "true"}, "DEBUG is on"),
        ({"SECRET_KEY": None}, "SECRET_KEY is missing"),
        ({"SECRET_KEY": INSECURE_SECRET_KEY}, "SECRET_KEY is the default one"),
        ({"FIELD_ENCRYPTION_KEYS": None}, "FIELD_ENCRYPTION_KEYS is missing"),
        ({"FIELD_ENCRYPTION_KEYS": INSECURE_FIELD_KEY}, "FIELD_ENCRYPTION_KEYS: key 1 is the one everybody knows"),
        ({"ALLOWED_HOSTS": None}, "ALLOWED_HOSTS is missing"),
    ],
)
def test_the_server_refuses_to_start_on_an_unsafe_environment(changes: dict[str, str | None], said: str) -> None:
    result = run("-c", "import config.wsgi", **changes)
    assert result.returncode == 1
    assert f"ImproperlyConfigured: {said}" in result.stderr.strip().splitlines()[-1]


def test_development_needs_no_variable_but_debug() -> None:
    result = run("manage.py", "check", DEBUG="true", SECRET_KEY=None, FIELD_ENCRYPTION_KEYS=None, ALLOWED_HOSTS=None)
    assert result.returncode == 0, result.stderr


# Single values


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("DEBUG", "maybe", "DEBUG is 'maybe'; write DEBUG=true or DEBUG=false."),
        ("ALLOW_PRIVATE_HOSTS", "2", "ALLOW_PRIVATE_HOSTS is '2'; write ALLOW_PRIVATE_HOSTS=true or"),
        ("HTTPS", "https", "HTTPS is 'https'; write HTTPS=true or"),
        ("BEHIND_PROXY", "nginx", "BEHIND_PROXY is 'nginx'; write BEHIND_PROXY=true or"),
        ("SECRET_KEY", "short", "SECRET_KEY has 5 characters; use 50 or more"),
        ("FIELD_ENCRYPTION_KEYS", "c2hvcnQ=", "FIELD_ENCRYPTION_KEYS: key 1 is not 32 bytes"),
        ("ALLOWED_HOSTS", "https://desk.example.com", "ALLOWED_HOSTS takes bare host names"),
        ("DATABASE_URL", "mysql://ann:canary@db.example.com/amend", "DATABASE_URL must look like sqlite:///"),
        ("DATABASE_URL", "oops://ann:canary@db.example.com/amend", "DATABASE_URL must look like sqlite:///"),
        ("DATABASE_URL", "postgis://ann:canary@db.example.com/amend", "DATABASE_URL must look like sqlite:///"),
        ("DATABASE_URL", "postgres://ann:canary@db.example.com:port/amend", "DATABASE_URL must look like sqlite:///"),
        ("DATABASE_URL", "canary", "DATABASE_URL must look like sqlite:///"),
        ("TIME_ZONE", "Atlantis", "TIME_ZONE is 'Atlantis'; write a name such as Europe/London."),
        ("LOG_LEVEL", "loud", "LOG_LEVEL is 'LOUD'; write one of: "),
        ("HOLD_SECONDS", "11", "HOLD_SECONDS is '11'; write seconds from 0 to 10."),
        ("QUIET_SECONDS", "-1", "QUIET_SECONDS is '-1'; write seconds from 0 to 3600."),
        ("QUIET_SECONDS", "nan", "QUIET_SECONDS is 'nan'; write seconds from 0 to 3600."),
        ("LEASE_SECONDS", "0", "LEASE_SECONDS is '0'; write seconds from 1 to 3600."),
        ("RECHECK_SECONDS", "5,soon", "RECHECK_SECONDS is 'soon'; write seconds from 0 to 86400."),
        ("RECHECK_SECONDS", ",", "RECHECK_SECONDS is empty; write pauses in seconds"),
    ],
)
def test_a_wrong_value_is_one_sentence_that_names_the_variable(name: str, value: str, said: str) -> None:
    printed = refusal(**{name: value})
    assert printed.startswith(f"amend: {said}")
    assert "canary" not in printed
    assert "\n" not in printed


def test_a_second_field_key_is_checked_as_well() -> None:
    keys = f"{PRODUCTION['FIELD_ENCRYPTION_KEYS']},canary"
    assert refusal(FIELD_ENCRYPTION_KEYS=keys).startswith("amend: FIELD_ENCRYPTION_KEYS: key 2 is not 32 bytes")
    assert "canary" not in refusal(FIELD_ENCRYPTION_KEYS=keys)


def test_a_value_that_begins_with_a_dollar_is_taken_as_it_is() -> None:
    secret = "$PATH-and-fifty-more-characters-of-randomness-0123456789"
    result = run("-c", "from config import settings; print(settings.SECRET_KEY)", SECRET_KEY=secret)
    assert result.stdout.strip() == secret


# .env


def test_the_dotenv_file_fills_in_what_the_environment_leaves_unset(tmp_path: Path) -> None:
    path = tmp_path / ".env"
    path.write_text("# a comment\n\nTIME_ZONE=America/Sao_Paulo\nexport HOLD_SECONDS=3\n")
    done = run("-c", _READ, str(path), TIME_ZONE="Asia/Tokyo")
    assert done.stdout.split() == ["Asia/Tokyo", "3"]


_READ = """
import os, sys
from pathlib import Path
from config.environment import read_dotenv
os.environ.pop("HOLD_SECONDS", None)
read_dotenv(Path(sys.argv[1]))
print(os.environ["TIME_ZONE"], os.environ["HOLD_SECONDS"])
"""


def test_a_broken_line_of_the_dotenv_file_is_named_and_not_shown(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / ".env"
    path.write_text("# fine\nSECRET_KEY: canary\n")
    with pytest.raises(ImproperlyConfigured, match="line 2: write NAME=value") as refused:
        read_dotenv(path)
    assert "canary" not in str(refused.value) + caplog.text


def test_a_dotenv_file_that_is_no_text_is_named(tmp_path: Path) -> None:
    path = tmp_path / ".env"
    path.write_bytes(b"SECRET_KEY=\xff\xfe")
    with pytest.raises(ImproperlyConfigured, match="cannot be read as UTF-8"):
        read_dotenv(path)


# .env.example


def test_every_variable_is_in_the_example_and_nothing_else() -> None:
    asked = re.compile(r"\b(?:read_[a-z_]+|env\.[a-z_]+|environ\.get)\(\s*\"([A-Z][A-Z_]+)\"")
    read = {name for path in (ROOT / "config").glob("*.py") for name in asked.findall(path.read_text())}
    example = (ROOT / ".env.example").read_text()
    assert len(read) >= 13
    assert read == set(re.findall(r"^([A-Z_]+)=", example, re.M))


def test_every_variable_of_the_example_is_explained_above_it() -> None:
    blocks = (ROOT / ".env.example").read_text().strip().split("\n\n")
    for block in blocks:
        assert block.startswith("#")
        assert len(re.findall(r"^[A-Z_]+=", block, re.M)) <= 1


def test_the_example_starts_once_its_two_keys_are_filled_in() -> None:
    example = dict(re.findall(r"^([A-Z_]+)=(.*)$", (ROOT / ".env.example").read_text(), re.M))
    empty = {name for name, value in example.items() if not value}
    assert empty == {"SECRET_KEY", "FIELD_ENCRYPTION_KEYS", "BROKER_URL"}  # without a broker it is the database
    filled = {**example, "SECRET_KEY": PRODUCTION["SECRET_KEY"], "DATABASE_URL": "sqlite://:memory:"}
    filled["FIELD_ENCRYPTION_KEYS"] = PRODUCTION["FIELD_ENCRYPTION_KEYS"]
    result = run("manage.py", "check", "--deploy", "--fail-level", "WARNING", **filled)
    assert result.returncode == 0, result.stderr
