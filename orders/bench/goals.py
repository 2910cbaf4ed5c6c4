"""What is wanted of the desk, on each database."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Goal:
    """A ratio to keep. `sqlite` and `postgresql` are limits: the most where `at_most`, else the least."""

    name: str
    what: str
    sqlite: float
    postgresql: float
    at_most: bool = False

    def limit(self, vendor: str) -> float:
        """The limit on this database."""
        return self.postgresql if vendor == "postgresql" else self.sqlite

    def is_kept(self, ratio: float, vendor: str) -> bool:
        """Whether a ratio is within the limit."""
        limit = self.limit(vendor)
        return ratio <= limit if self.at_most else ratio >= limit


GOALS = {
    goal.name: goal
    for goal in (
        Goal(name="G1", what="list-first/floor", sqlite=2.5, postgresql=1.8, at_most=True),
        Goal(name="G2", what="admin/list-first", sqlite=8, postgresql=25),
        Goal(name="G3", what="listview-middle/list-middle", sqlite=10, postgresql=80),
        Goal(name="G4", what="many/few", sqlite=1.3, postgresql=1.3, at_most=True),
        Goal(name="G5", what="icontains/search", sqlite=150, postgresql=150),
        Goal(name="G5b", what="slowest-term/list-first", sqlite=10, postgresql=10, at_most=True),
        Goal(name="G6", what="first-sync/read-and-hash", sqlite=0.20, postgresql=0.15),
        Goal(name="G7a", what="sync/update_or_create", sqlite=10, postgresql=10),
        Goal(name="G7b", what="sync/bulk_create", sqlite=1.8, postgresql=1.8),
        Goal(name="G8", what="unchanged-sync/read-and-hash", sqlite=0.5, postgresql=0.5),
        Goal(name="G9", what="slow-sync/network-only", sqlite=0.9, postgresql=0.9),
        Goal(name="G10", what="edit/null-view", sqlite=8, postgresql=9, at_most=True),
        Goal(name="G11a", what="edits-per-second/ceiling", sqlite=0.5, postgresql=0.5),
        Goal(name="G11b", what="list-beside/list-idle", sqlite=5, postgresql=5, at_most=True),
        Goal(name="G12", what="csv/own-csv", sqlite=0.20, postgresql=0.80),
        Goal(name="G12b", what="growth-of-process", sqlite=16, postgresql=16, at_most=True),
    )
}
