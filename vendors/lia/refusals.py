"""Lia's no. Its pages show no error at all, so the status decides and the text is taken from wherever it stands."""

from collections.abc import Iterator, Mapping
from typing import Any

from vendors import payloads
from vendors.errors import Issue, Rejected, Unreachable

# A client's mistake that nothing was done about. The order is looked at afterwards, so a wrong guess comes to light.
REFUSALS = frozenset({400, 409, 422, 429})


def refusal_of(failure: Unreachable) -> Rejected | None:
    """The refusal in an answer, None where it is none and the outcome is unknown."""
    answer = failure.answer
    if answer is None or answer.status not in REFUSALS:
        return None
    try:
        body = payloads.loads(answer.text)
    except payloads.NotJSON:
        body = None
    issues = list(_issues(body)) or [Issue(message=f"Lia refused without a reason (HTTP {answer.status}).")]
    return Rejected(issues, answer=answer, retry_after=failure.retry_after)


def with_hint(refusal: Rejected) -> Rejected:
    """The same refusal where only changed fields were sent: what Lia misses may be fields that did not change."""
    hint = (
        "If Lia asks for fields that were not changed here, an administrator can set the account's option to send the"
        " complete body."
    )
    issues = [*refusal.issues, Issue(message=hint)]
    return Rejected(issues, answer=refusal.answer, retry_after=refusal.retry_after)


def _issues(body: Any) -> Iterator[Issue]:
    if isinstance(body, Mapping):
        for key in ("errors", "error", "message"):
            yield from _named(body.get(key), "")


def _named(said: Any, field: str) -> Iterator[Issue]:
    """Messages by field, however deep: {"address": {"zipcode": ["is invalid"]}} names address.zipcode."""
    if isinstance(said, str) and said.strip():
        yield Issue(message=f"{field}: {said}" if field else said, field=field)
    elif isinstance(said, list):
        for each in said:
            yield from _named(each, field)
    elif isinstance(said, Mapping):
        for name, each in said.items():
            yield from _named(each, f"{field}.{name}" if field else str(name))
