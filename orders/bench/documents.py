"""Deterministic orders as a vendor shows them: the same number gives the same order, on every machine."""

from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

START = datetime(2026, 1, 1, tzinfo=UTC)
STATUSES = ("delivered",) * 12 + ("info", "in_progress", "waiting", "canceled", "paused", "returned", "new", "success")
FIRST = (
    "Anna",
    "Ivan",
    "João",
    "Mary",
    "Zoë",
    "Omar",
    "Lena",
    "Peter",
    "Sofia",
    "Karl",
    "Nina",
    "Paul",
    "Rosa",
    "Hugo",
)
LAST = (
    "Smith", "Ivanova", "da Silva", "Müller", "Okafor", "Novák", "Armless", "Peck", "Lind", "Costa", "Weber", "Haddad",
    "Kowalska", "Rossi", "Dubois", "Larsen", "Popov", "Ferreira", "Moreau", "Berg",
)  # fmt: skip
MIDDLE = ("Alba", "Bruno", "Clara", "Dario", "Elsa", "Fritz", "Greta", "Heidi", "Igor", "Jana", "Kurt", "Luisa")


def document(number: int) -> dict[str, Any]:
    """An order as Liner shows one, about 1.2 kB of JSON."""
    random = Random(number)  # noqa: S311 - not a secret
    name = f"{random.choice(FIRST)} {random.choice(MIDDLE)} {random.choice(LAST)}"
    moment = (START + timedelta(seconds=6 * number)).isoformat()
    return {
        "id": number,
        "title": f"{name} {random.randrange(0x1000000):06x}",
        "code": f"ORD-{number:08d}",
        "status": random.choice(STATUSES),
        "serviceTitle": "Windows and balconies",
        "callCenterPhone": f"+7495{random.randrange(10**7):07d}",
        "createdAt": moment,
        "updatedAt": moment,
        "aiModePrompt": "Tell the caller the price, the time of the visit and the name of the fitter. " * 6,
        "customValues": {str(key): f"value {random.randrange(1000)}" for key in range(10, 18)},
        "email": f"{name.split()[0].lower()}.{number}@example.com",
        "autoDialingEnabled": bool(number % 3),
        "schedule": [["09:00", "18:00"]] * 5,
    }


def words_of(raw: dict[str, Any]) -> list[str]:
    """What of a document is searched."""
    return [str(raw[name]) for name in ("id", "title", "code", "callCenterPhone", "email")]
