"""Databases that are made for a run and thrown away after it."""

import secrets
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql

PREFIX = "amend_bench"


@contextmanager
def scratch_database(kind: str, server: str) -> Iterator[str]:
    """The URL of an empty database of this kind, "sqlite" or "postgresql", gone when the block is left.

    `server` is the URL of a PostgreSQL whose account may create databases; nothing in it is touched.
    """
    if kind == "sqlite":
        folder = Path(tempfile.mkdtemp(prefix=f"{PREFIX}_"))
        try:
            yield f"sqlite:///{folder}/bench.sqlite3"
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        return
    name = f"{PREFIX}_{secrets.token_hex(6)}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    try:
        yield _with_name(server, name)
    finally:
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def _with_name(url: str, name: str) -> str:
    parts = urlsplit(url)
    return urlunsplit(parts._replace(path=f"/{name}"))
