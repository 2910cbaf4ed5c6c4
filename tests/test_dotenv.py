"""The settings of a first start."""

from pathlib import Path

import pytest

from config.dotenv import write_dotenv
from config.environment import read_allowed_hosts, read_bool, read_dotenv, read_field_encryption_keys, read_secret_key

NAMES = ("DEBUG", "HTTPS", "ALLOWED_HOSTS", "ALLOW_PRIVATE_HOSTS", "SECRET_KEY", "FIELD_ENCRYPTION_KEYS")


@pytest.fixture
def dotenv(tmp_path: Path) -> Path:
    path = tmp_path / ".env"
    assert write_dotenv(path)
    return path


def test_the_settings_of_a_first_start_are_enough(dotenv: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in NAMES:
        monkeypatch.setenv(name, "")  # so that what read_dotenv sets is taken back afterwards
        monkeypatch.delenv(name)
    read_dotenv(dotenv)
    assert len(read_secret_key(debug=False)) > 50
    assert len(read_field_encryption_keys(debug=False)) == 1
    assert read_allowed_hosts(debug=False) == ["localhost", "127.0.0.1"]
    assert read_bool("ALLOW_PRIVATE_HOSTS", default=False)
    assert not read_bool("HTTPS", default=True)
    assert not read_bool("DEBUG", default=True)


def test_only_its_owner_reads_it(dotenv: Path) -> None:
    assert dotenv.stat().st_mode & 0o777 == 0o600


def test_every_machine_has_its_own_keys(dotenv: Path, tmp_path: Path) -> None:
    write_dotenv(tmp_path / "another")
    ours, theirs = (path.read_text().splitlines() for path in (dotenv, tmp_path / "another"))
    different = {mine.partition("=")[0] for mine, other in zip(ours, theirs, strict=True) if mine != other}
    assert different == {"SECRET_KEY", "FIELD_ENCRYPTION_KEYS"}


def test_an_existing_one_is_never_overwritten(dotenv: Path) -> None:
    dotenv.write_text("SECRET_KEY=mine\n")
    assert not write_dotenv(dotenv)
    assert dotenv.read_text() == "SECRET_KEY=mine\n"
