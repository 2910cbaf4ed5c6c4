"""Which edits are open: the one condition that the partial indexes of edits are made for."""

from typing import Any

from django.db.models import BooleanField, F, Func
from django.db.models.sql.compiler import SQLCompiler

from orders.states import MAY_NEED_A_PERSON


class IsOpen(Func):
    """`orders.models.edits.OPEN`, spelled out: SQLite uses a partial index only for a condition without parameters."""

    output_field = BooleanField()

    def __init__(self) -> None:
        super().__init__(F("dealt_with_at"), F("state"), F("hold"))

    def as_sql(self, compiler: SQLCompiler, connection: Any, **_: Any) -> tuple[str, list[Any]]:  # type: ignore[override]
        dealt_with_at, state, hold = (compiler.compile(each)[0] for each in self.source_expressions)
        states = ", ".join(f"'{each.value}'" for each in MAY_NEED_A_PERSON)
        return f"(({dealt_with_at} IS NULL AND {state} IN ({states})) OR NOT ({hold} = ''))", []
