"""What was asked of a database, counted: statements, those that write, and how often something had to be made last."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

WRITES = {"INSERT", "UPDATE", "DELETE"}
ENDS = {"COMMIT", "ROLLBACK"}


class Cost(NamedTuple):
    """`statements` without those that begin and end a transaction. A write outside of one is a commit by itself."""

    statements: int
    writes: int
    commits: int


def cost_of(queries: Iterable[Mapping[str, str]]) -> Cost:
    """The cost of queries as Django's own log has them, in their order, for one connection."""
    statements = writes = commits = 0
    is_within = False
    for query in queries:
        word = query["sql"].split(None, 1)[0].upper().rstrip(";")
        if word == "BEGIN":
            is_within = True
        elif word in ENDS:
            is_within = False
            commits += word == "COMMIT"
        else:
            statements += 1
            if word in WRITES:
                writes += 1
                commits += not is_within
    return Cost(statements, writes, commits)
