"""The database of a trial: made for it and thrown away, or an empty one that was made for a trial. Never a real one."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
from psycopg import sql

MARK = "trial"  # in the name of every database that a trial may be run on


class Unusable(Exception):
    """The database that was named is none for a trial; the message says why."""


@contextmanager
def throw_away(named: str, folder: Path) -> Iterator[str]:
    """The DATABASE_URL of a database for one trial: "sqlite" and "postgresql" make one, and remove it. Raises Unusable.

    An address has to be that of a database with MARK in its name. Whether it is empty, the trial itself asks.
    """
    if named == "sqlite":
        yield f"sqlite:///{folder / 'trial.sqlite3'}"
    elif named in {"postgres", "postgresql"}:
        with _scratch(os.environ.get("DATABASE_URL", "")) as url:
            yield url
    elif MARK in urlsplit(named).path.rpartition("/")[2]:
        yield named
    else:
        raise Unusable(f"A trial runs on an empty database with “{MARK}” in its name only, and this is not so named.")


@contextmanager
def _scratch(server: str) -> Iterator[str]:
    """A new database on the server of this address."""
    parts = urlsplit(server)
    if parts.scheme not in {"postgres", "postgresql"}:
        raise Unusable("DATABASE_URL names no PostgreSQL server, on which a database for the trial could be made.")
    name = f"amend_{MARK}_{secrets.token_hex(4)}"
    admin = parts._replace(scheme="postgresql").geturl()
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        try:
            yield parts._replace(path=f"/{name}").geturl()
        finally:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
