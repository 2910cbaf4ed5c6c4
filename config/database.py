"""Turn DATABASE_URL into Django's settings, with what an order desk needs of each engine."""

from pathlib import Path
from typing import Any

from django.core.exceptions import ImproperlyConfigured

from config.environment import ROOT, env

# FULL, not NORMAL: the record that a send has begun must survive a power cut, or the send could be made twice.
SQLITE_PRAGMAS = (
    "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; PRAGMA recursive_triggers=ON;"
)

PREPARED_AFTER = 3  # times that a connection has carried a statement out


def read_database() -> dict[str, Any]:
    """What DATABASE_URL names: `sqlite:///path` or `postgres://user:password@host:port/name`."""
    url = env.str("DATABASE_URL", default="sqlite:///var/amend.sqlite3")
    # The parser warns about any other scheme, and repeats the password in its warning.
    if url.partition("://")[0] not in {"sqlite", "postgres", "postgresql"}:
        raise ImproperlyConfigured(_SAYS)
    try:
        config: dict[str, Any] = dict(env.db_url_config(url))
    except Exception as wrong:  # environ raises whatever its parser meets
        raise ImproperlyConfigured(_SAYS) from wrong
    engine = config.get("ENGINE", "")
    if engine == "django.db.backends.sqlite3":
        return config | _sqlite(config) | {"ENGINE": "config.sqlite"}
    if engine == "django.db.backends.postgresql":
        # The pool checks a connection before it lends it, so a restarted server is not an error page.
        pool = {"min_size": 0, "max_size": 40, "timeout": 20}
        # To plan a statement takes longer than to carry it out, for nearly all of an edit or a page.
        options = {"pool": pool, "server_side_binding": True, "prepare_threshold": PREPARED_AFTER}
        kept = {"CONN_MAX_AGE": 0, "CONN_HEALTH_CHECKS": True}
        return config | kept | {"OPTIONS": options | config.get("OPTIONS", {})}
    raise ImproperlyConfigured(_SAYS)


_SAYS = "DATABASE_URL must look like sqlite:///var/amend.sqlite3 or postgres://user:password@host:5432/name."


def _sqlite(config: dict[str, Any]) -> dict[str, Any]:
    name = config["NAME"]
    if name != ":memory:":
        path = Path(name) if Path(name).is_absolute() else ROOT / name
        path.parent.mkdir(parents=True, exist_ok=True)
        name = str(path)
    return {
        "NAME": name,
        "CONN_MAX_AGE": None,
        "OPTIONS": {"timeout": 30, "transaction_mode": "IMMEDIATE", "init_command": SQLITE_PRAGMAS},
    }
