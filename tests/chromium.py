"""Find the Chromium that the browser tests drive: what CHROMIUM names, else what is installed."""

import os
import shutil

PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
MISSING = (
    "Chromium is missing, so this browser test is left out. Install it with: sudo apt-get install chromium,"
    " or name it: CHROMIUM=/path/to/chromium"
)


def find_chromium() -> str | None:
    """The path of the program, None where there is none."""
    return os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, PROGRAMS)), None)


def must_run() -> bool:
    """Whether a missing browser is a failure: on continuous integration nobody would notice a test left out."""
    return os.environ.get("CI", "").lower() in {"1", "true", "yes"}
