"""What all tests share."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from django.db.models.signals import post_migrate
from hypothesis import HealthCheck, settings
from pytest_django.plugin import DjangoDbBlocker

from tests.vendors.sandboxes import sandbox as sandbox
from tests.vendors.sandboxes import sandbox_process as sandbox_process

CRASHES = "crashes"  # the property of a test that says how many there were


# A busy machine is no failure: nothing that is tried with invented values is timed.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")


def pytest_configure(config: pytest.Config) -> None:
    """Let templates name static files that nobody has collected, and let nobody look where others collect them."""
    from django.conf import settings as desk

    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    desk.STORAGES = {**desk.STORAGES, "staticfiles": plain}
    folder = Path(tempfile.mkdtemp(prefix="amend-tests-"))
    config.add_cleanup(lambda: shutil.rmtree(folder, ignore_errors=True))
    desk.STATIC_ROOT = folder / "staticfiles"
    if "sqlite" in (database := desk.DATABASES["default"])["ENGINE"]:
        # A file, as in use: other threads and processes have connections of their own. Nothing outlives a power cut.
        database.setdefault("TEST", {})["NAME"] = str(folder / "tests.sqlite3")
        pragmas = database["OPTIONS"]["init_command"].replace("synchronous=FULL", "synchronous=OFF")
        database["OPTIONS"] = {**database["OPTIONS"], "init_command": pragmas}
    # What a test has done in the background is done at once, in its own thread: a worker is started where one is tried.
    desk.TASKS = {"default": {"BACKEND": "django_tasks.backends.immediate.ImmediateBackend", "QUEUES": []}}
    # A password of a test needs no protection, and a slow hash would cost each of them half a second.
    desk.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher", *desk.PASSWORD_HASHERS]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """On a database other than the embedded one, run what touches a database: the rest would only run twice."""
    if connection.vendor == "sqlite":
        return
    touching = [item for item in items if _touches_database(item)]
    config.hook.pytest_deselected(items=[item for item in items if not _touches_database(item)])
    items[:] = touching


def _touches_database(item: pytest.Item) -> bool:
    if item.get_closest_marker("once") or item.get_closest_marker("browser"):
        return False
    fixtures = set(getattr(item, "fixturenames", ()))
    return bool(item.get_closest_marker("django_db") or fixtures & {"db", "transactional_db", "live_server"})


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """How many crashes the sweeps made, over all the processes that tests ran in."""
    every = (report for reports in terminalreporter.stats.values() for report in reports)
    reports = [report for report in every if getattr(report, "when", "") == "call"]
    counted = [value for report in reports for name, value in getattr(report, "user_properties", ()) if name == CRASHES]
    if counted:
        terminalreporter.write_line(f"{sum(counted)} crashes at {len(counted)} edits were recovered from")


@pytest.fixture(autouse=True)
def _new_connections() -> None:
    """No test speaks over a connection that an earlier one has left, or under its settings."""
    from vendors.sessions import forget_sessions

    forget_sessions()


@pytest.fixture(autouse=True)
def _no_pauses() -> None:
    """No test waits for what an earlier one could not give back: its edits had the same keys."""
    from orders.services import holding

    holding.left_locks.clear()
    holding.away_accounts.clear()


@pytest.fixture(autouse=True)
def _no_use_from_afar(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a test that is one transaction no other thread writes down how much an account was used.

    It would wait for the end of that transaction, which may wait for it. What earlier tests have counted is forgotten.
    """
    from vendors import use

    use._tallies.clear()
    marker = request.node.get_closest_marker("django_db")
    if marker is None or not marker.kwargs.get("transaction"):
        monkeypatch.setattr(use, "SECONDS_BETWEEN", float("inf"))


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Let tests empty the tables between them: everything else that the database refuses, it refuses here too.

    In the end whoever is still signed in to PostgreSQL, such as a thread that nobody waited for, is shown out: their
    database could not be dropped otherwise.
    """
    from orders.guards import install_after_migration, install_guards

    post_migrate.disconnect(install_after_migration, sender=apps.get_app_config("orders"))
    with django_db_blocker.unblock():
        install_guards(connection, against_deletion=False)
    yield
    if connection.vendor == "postgresql":
        with django_db_blocker.unblock(), connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
