"""Read the environment, and say in one sentence what is wrong with it and how to mend it."""

import logging
import math
import os
import re
import zoneinfo
from pathlib import Path

import environ
from cryptography.fernet import Fernet
from django.core.exceptions import ImproperlyConfigured

ROOT = Path(__file__).resolve().parent.parent


class _Env(environ.Env):  # type: ignore[misc]
    """django-environ, without its reading of a value such as `$ABC` as the name of another variable."""

    def str(self, var: str, default: str = "", multiline: bool = False) -> str:
        return os.environ.get(var, default)


env = _Env()

# What a checkout without any environment runs on, in DEBUG only. Known to everyone, so worth nothing.
INSECURE_SECRET_KEY = "django-insecure-for-development-only-never-for-orders-of-real-people"  # noqa: S105
INSECURE_FIELD_KEY = "ZGV2ZWxvcG1lbnQtb25seS1ub3QtYS1zZWNyZXQtISE="

_DOTENV_LINE = re.compile(r"#|(export )?[A-Za-z_0-9]+=")


def read_dotenv(path: Path = ROOT / ".env") -> None:
    """Take what `.env` says for every variable that the environment itself leaves unset."""
    if not path.is_file():
        return
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as wrong:
        raise ImproperlyConfigured(f"{path} cannot be read as UTF-8 text: {type(wrong).__name__}.") from wrong
    for number, line in enumerate(lines, start=1):
        # The parser would log such a line as it stands, and half a line may be a secret.
        if line.strip() and not _DOTENV_LINE.match(line):
            raise ImproperlyConfigured(f"{path}, line {number}: write NAME=value, or # before a comment.")
    environ.Env.read_env(path)


def read_bool(name: str, default: bool) -> bool:
    value = env.str(name, default=str(default)).strip().lower()
    if value in {"true", "1", "yes", "on"}:
        return True
    if value in {"false", "0", "no", "off", ""}:
        return False
    raise ImproperlyConfigured(f"{name} is {value!r}; write {name}=true or {name}=false.")


def read_seconds(name: str, default: float, *, most: float, least: float = 0) -> float:
    value = env.str(name, default=str(default)).strip()
    return _seconds(name, value, most, least)


def read_pauses(name: str, default: str) -> tuple[float, ...]:
    """A comma-separated list of pauses in seconds, such as `2,10,60`."""
    value = env.str(name, default=default)
    pauses = tuple(_seconds(name, part.strip(), 86_400) for part in value.split(",") if part.strip())
    if not pauses:
        raise ImproperlyConfigured(f"{name} is empty; write pauses in seconds, for example {name}={default}.")
    return pauses


def read_secret_key(debug: bool) -> str:
    value = env.str("SECRET_KEY", default="")
    if not value and debug:
        return INSECURE_SECRET_KEY
    if not value:
        raise ImproperlyConfigured(
            "SECRET_KEY is missing; set it to 50 or more random characters, for example from"
            " python -c 'import secrets; print(secrets.token_urlsafe(50))'."
        )
    if not debug and (value == INSECURE_SECRET_KEY or value.startswith("django-insecure")):
        raise ImproperlyConfigured("SECRET_KEY is the default one that everybody knows; set your own random value.")
    if not debug and len(value) < 32:
        raise ImproperlyConfigured(f"SECRET_KEY has {len(value)} characters; use 50 or more random ones.")
    return value


def read_field_encryption_keys(debug: bool) -> list[str]:
    """The keys for stored credentials, newest first: the first encrypts, every one decrypts."""
    keys = [key.strip() for key in env.str("FIELD_ENCRYPTION_KEYS", default="").split(",") if key.strip()]
    if not keys and debug:
        return [INSECURE_FIELD_KEY]
    make_one = "make one with python -c 'from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())'"
    if not keys:
        raise ImproperlyConfigured(f"FIELD_ENCRYPTION_KEYS is missing; {make_one}.")
    for position, key in enumerate(keys, start=1):
        try:
            Fernet(key)
        except ValueError as wrong:
            raise ImproperlyConfigured(
                f"FIELD_ENCRYPTION_KEYS: key {position} is not 32 bytes in URL-safe base64; {make_one}."
            ) from wrong
        if not debug and key == INSECURE_FIELD_KEY:
            raise ImproperlyConfigured(f"FIELD_ENCRYPTION_KEYS: key {position} is the one everybody knows; {make_one}.")
    return keys


def read_allowed_hosts(debug: bool) -> list[str]:
    hosts = [host.strip() for host in env.str("ALLOWED_HOSTS", default="").split(",") if host.strip()]
    if any("://" in host or "/" in host for host in hosts):
        raise ImproperlyConfigured("ALLOWED_HOSTS takes bare host names such as desk.example.com, without https://.")
    return hosts or (["localhost", "127.0.0.1", "[::1]"] if debug else [])


def read_time_zone() -> str:
    value = env.str("TIME_ZONE", default="Europe/London").strip()
    try:
        zoneinfo.ZoneInfo(value)
    except (OSError, ValueError, zoneinfo.ZoneInfoNotFoundError) as wrong:
        raise ImproperlyConfigured(f"TIME_ZONE is {value!r}; write a name such as Europe/London.") from wrong
    return value


def read_log_level() -> str:
    value = env.str("LOG_LEVEL", default="INFO").strip().upper()
    levels = list(logging.getLevelNamesMapping())
    if value not in levels:
        raise ImproperlyConfigured(f"LOG_LEVEL is {value!r}; write one of: {', '.join(levels)}.")
    return value


def _seconds(name: str, value: str, most: float, least: float = 0) -> float:
    try:
        seconds = float(value)
    except ValueError:
        seconds = math.nan
    if not least <= seconds <= most:
        raise ImproperlyConfigured(f"{name} is {value!r}; write seconds from {least:g} to {most:g}.")
    return seconds
