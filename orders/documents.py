"""A database column for JSON that must come back exactly as it went in: decimals, key order and odd characters too.

PostgreSQL's jsonb sorts keys and refuses what some vendors send (NUL, lone surrogates); these documents are never
searched inside, so they are kept as text.
"""

from typing import Any

from django.db import models

from vendors import payloads


class DocumentField(models.TextField):  # type: ignore[type-arg]  # Django takes no arguments here at run time
    """A JSON value, stored as text. Fractions come back as Decimal."""

    _pyi_private_set_type: Any
    _pyi_private_get_type: Any

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> Any:
        return None if value is None else payloads.loads(value)

    def get_prep_value(self, value: Any) -> str | None:
        return None if value is None else payloads.dumps(value)

    def to_python(self, value: Any) -> Any:
        return value

    def value_to_string(self, obj: models.Model) -> str:
        return payloads.dumps(self.value_from_object(obj))
