"""The PostgreSQL that tests run on is real, private and gone afterwards."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from tests.postgres import database_url
from tests.test_tree import ROOT

RUNNER = [sys.executable, "-m", "tests.postgres", "--"]


def test_a_given_server_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEST_DATABASE_URL", "postgres://me@db.example.com/mine")
    with database_url() as url:
        assert url == "postgres://me@db.example.com/mine"


def test_a_server_runs_for_the_block_and_is_gone_afterwards(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TEST_DATABASE_URL", raising=False)
    with database_url() as url:
        folder = Path(url.partition("host=")[2])
        address = f"host={folder} user=postgres dbname=postgres"
        with psycopg.connect(address) as connection:
            assert connection.info.server_version >= 140000
            lowered = connection.execute("SELECT lower('ЗАКАЗ')").fetchone()
        assert lowered == ("заказ",)
        assert folder.stat().st_mode & 0o777 == 0o700
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(address)
    assert not folder.exists()


def test_a_servers_settings_may_be_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TEST_DATABASE_URL", raising=False)
    asks = "import os, psycopg; print(*psycopg.connect(os.environ['DATABASE_URL']).execute('SHOW fsync').fetchone())"
    command = [*RUNNER[:-1], "fsync=on", "--", sys.executable, "-c", asks]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "on\n")


def test_the_exit_code_is_the_commands(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEST_DATABASE_URL", "postgres://me@db.example.com/mine")
    prints = "import os; print(os.environ['DATABASE_URL']); raise SystemExit(7)"
    done = subprocess.run(
        [*RUNNER, sys.executable, "-c", prints], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (7, "postgres://me@db.example.com/mine\n")


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_leaves_nothing_behind(ending: signal.Signals) -> None:
    waits = "import os, time; print(os.environ['DATABASE_URL'], flush=True); time.sleep(60)"
    runner = subprocess.Popen(
        [*RUNNER, sys.executable, "-c", waits],
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True, text=True,
        env={name: value for name, value in os.environ.items() if name != "TEST_DATABASE_URL"},
    )  # fmt: skip
    assert runner.stdout
    with runner:
        folder = Path(runner.stdout.readline().strip().partition("host=")[2])
        assert folder.is_dir()
        os.killpg(runner.pid, ending)
        assert runner.wait(30) == 128 + ending
    assert not folder.exists()
