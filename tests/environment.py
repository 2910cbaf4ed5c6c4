"""The environment that tests run in, set before Django's settings are read. DATABASE_URL may be given from outside."""

import os

os.environ.setdefault("DATABASE_URL", "sqlite:///var/test.sqlite3")
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")  # Playwright keeps an event loop in the test's thread
os.environ.update(
    DEBUG="false",
    HTTPS="false",
    SECRET_KEY="a-secret-of-the-tests-that-is-long-enough-to-pass",
    FIELD_ENCRYPTION_KEYS="dGVzdHMtb25seS1ub3QtYS1zZWNyZXQtYXQtYWxsISE=",
    ALLOWED_HOSTS="localhost,127.0.0.1,testserver",
    ALLOW_PRIVATE_HOSTS="true",
    HOLD_SECONDS="0",
    GIVE_UP_SECONDS="0",
    QUIET_SECONDS="0",
    RECHECK_SECONDS="0",
    LOG_LEVEL="WARNING",
)
