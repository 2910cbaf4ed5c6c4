"""What all tests share."""

import tempfile
from pathlib import Path

import pytest
from django.apps import apps
from django.db import connection
from django.db.models.signals import post_migrate
from pytest_django.plugin import DjangoDbBlocker

from tests.vendors.sandboxes import sandbox as sandbox
from tests.vendors.sandboxes import sandbox_process as sandbox_process


def pytest_configure(config: pytest.Config) -> None:
    """Let templates name static files that nobody has collected."""
    from django.conf import settings

    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = {**settings.STORAGES, "staticfiles": plain}
    if "sqlite" in (database := settings.DATABASES["default"])["ENGINE"]:
        # A file, as in use: other threads and processes have connections of their own. Nothing outlives a power cut.
        database.setdefault("TEST", {})["NAME"] = str(Path(tempfile.mkdtemp(prefix="amend-tests-")) / "tests.sqlite3")
        pragmas = database["OPTIONS"]["init_command"].replace("synchronous=FULL", "synchronous=OFF")
        database["OPTIONS"] = {**database["OPTIONS"], "init_command": pragmas}
    # A password of a test needs no protection, and a slow hash would cost each of them half a second.
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher", *settings.PASSWORD_HASHERS]


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> None:
    """Let tests empty the tables between them: everything else that the database refuses, it refuses here too."""
    from orders.guards import install_after_migration, install_guards

    post_migrate.disconnect(install_after_migration, sender=apps.get_app_config("orders"))
    with django_db_blocker.unblock():
        install_guards(connection, against_deletion=False)
