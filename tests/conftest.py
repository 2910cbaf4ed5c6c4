"""What all tests share."""

import pytest

from tests.vendors.sandboxes import sandbox as sandbox
from tests.vendors.sandboxes import sandbox_process as sandbox_process


def pytest_configure(config: pytest.Config) -> None:
    """Let templates name static files that nobody has collected."""
    from django.conf import settings

    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = {**settings.STORAGES, "staticfiles": plain}
