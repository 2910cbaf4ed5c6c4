"""Drive the installed Chromium, as Playwright's own download is never used."""

from typing import Any

import pytest

from tests.chromium import MISSING, find_chromium, must_run


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """How to start the browser. Leaves the test out where there is none, and fails it on continuous integration."""
    program = find_chromium()
    if program is None:
        (pytest.fail if must_run() else pytest.skip)(MISSING)
    # The container of a CI run has neither the privileges for Chromium's sandbox nor a large /dev/shm.
    return {**browser_type_launch_args, "executable_path": program, "args": ["--no-sandbox", "--disable-dev-shm-usage"]}
