"""The topologies that docs/deployment.md describes, each as a stage to play on."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from tests.postgres import database_url
from tests.topologies.brokers import MISSING, Redis, find_redis, must_run, running_redis
from tests.topologies.stage import Stage

OpenStage = Callable[..., Stage]
DATABASE = "amend_topology"


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """A PostgreSQL for these tests alone, or beside others in the one that is given."""
    with database_url() as url:
        yield url


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[Redis]:
    """A Redis. Leaves the test out where there is none, and fails it on continuous integration."""
    if find_redis() is None:
        (pytest.fail if must_run() else pytest.skip)(MISSING)
    with running_redis(tmp_path) as redis:
        yield redis


@pytest.fixture
def stages(tmp_path: Path) -> Iterator[Callable[[str, str], Stage]]:
    """Open stages that end with the test."""
    with ExitStack() as stack:

        def open_stage(database: str, broker: str = "") -> Stage:
            stage = Stage(tmp_path, database, broker)
            stack.callback(stage.stop)
            return stage

        yield open_stage


@pytest.fixture(params=["sqlite", "postgresql", "celery"])
def stage(request: pytest.FixtureRequest, tmp_path: Path, stages: OpenStage) -> Iterator[Stage]:
    """The same desk in each of the topologies."""
    if request.param == "sqlite":
        yield stages(f"sqlite:///{tmp_path}/desk.sqlite3")
        return
    broker = request.getfixturevalue("redis").url if request.param == "celery" else ""
    server = request.getfixturevalue("postgres")
    with ExitStack() as stack:
        stack.callback(_drop, server)
        opened = stages(_create(server), broker)
        stack.callback(opened.stop)  # before its database is dropped
        yield opened


def _create(server: str) -> str:
    _drop(server)
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(DATABASE)))
    before, _, query = server.partition("?")
    return f"{before.rpartition('/')[0]}/{DATABASE}{'?' if query else ''}{query}"


def _drop(server: str) -> None:
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(DATABASE)))
