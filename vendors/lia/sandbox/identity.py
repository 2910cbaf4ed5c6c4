"""The analysis of a customer's identity that an update sets off, and what becomes of the order by it."""

from datetime import datetime

from vendors.lia.sandbox.things import SKIPS_ANALYSES, Thing, analysis, cpf, moment
from vendors.lia.sandbox.update import IDENTITY
from vendors.sandbox.switches import Switches

# Documents of the sandbox's own, each with its result. Lia documents only the one that skips and the denial below.
DENIED = cpf(901)
IRREGULAR = cpf(902)
FAILED = cpf(903)
RESULTS: dict[str, tuple[str, str | None, str]] = {
    DENIED: ("denied", "invalid_data", "Dado inconsistente"),
    IRREGULAR: ("denied", "irregular_cpf", "CPF irregular"),
    FAILED: ("failed", None, "Não foi possível analisar o CPF"),
}
DOCUMENTED = ("43849589862", "John Armless Two")  # Lia: order update page, its example

_TRIGGERS = {
    "identity": set(IDENTITY),
    "contact": {*IDENTITY, "email", "phone"},
    "address": {*IDENTITY, "email", "phone", "address"},
}


def is_analysed(kept: Thing, changed: set[str], switch: Switches) -> bool:
    """Whether an update with these keys, of which these changed, sets an analysis off."""
    told = changed if switch["trigger_on"] == "change" else set(kept)
    return bool(told & _TRIGGERS[switch["trigger"]])


def analyse(order: Thing, at: datetime) -> None:
    """Append an analysis, and cancel the order in place where it is not approved. The new values stay."""
    document, name = order["customer_document"], order["customer_name"]
    if document == SKIPS_ANALYSES:
        return
    result = RESULTS[DENIED] if (document, name) == DOCUMENTED else RESULTS.get(document, ("approved", None, ""))
    status, reason, words = result
    key = (order["id"], "update", len(order["analyses"]))
    order["analyses"].append(analysis("identity", status, reason, moment(at), *key))
    if status != "approved":
        order |= {
            "status": "canceled",
            "cancelation_reason": "analysis_failed" if status == "failed" else "analysis_denied",
            "translated_cancelation_reason": words,
            "finished_at": None,
        }
