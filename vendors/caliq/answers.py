"""What Caliq's answers mean. A no comes with HTTP 200 as well: the verdict is inside (Caliq: lock and edit pages)."""

from collections.abc import Mapping, Sequence
from typing import Any

from vendors.caliq.documents import is_id, say
from vendors.caliq.places import place_of
from vendors.errors import Answer, Issue, Unreachable
from vendors.fields import Choice

ODD = "The answer is not of Caliq's form."
MOST_ISSUES = 30
LONGEST = 500  # characters of one text


class Odd(Unreachable):
    """An answer came, in a form that Caliq does not document."""

    def __init__(self, message: str = ODD, *, answer: Answer | None = None) -> None:
        super().__init__(message, sent=True, answer=answer)


def check(status: int, body: Any) -> None:
    """Refuse every answer that is none of the documented ones: an object with 200, nothing with 204, or an error."""
    if status == 200 and not isinstance(body, Mapping):
        raise Odd("The answer is empty or no object, where Caliq sends one.")
    if status == 400:
        raise Unreachable("Caliq could not understand the request (HTTP 400).", sent=True)
    if status == 404:
        raise Unreachable("Caliq knows no such address (HTTP 404).", sent=True)
    if status not in {200, 204} and 200 <= status < 300:
        raise Odd


def entries_of(body: Any, name: str) -> list[Any]:
    """The entries of a list. An empty one has no body; a wrapper of another name is taken if it is the only array.

    Raises Odd where there is no array, or none that could be told from others.
    """
    if body is None:
        return []
    arrays = [value for value in body.values() if isinstance(value, list)]
    if isinstance(body.get(name), list):
        return list(body[name])
    if len(arrays) == 1:
        return arrays[0]
    raise Odd(f"{ODD} It should hold one list, {name}, and holds {len(arrays)}.")


def verdict_of(body: Any, name: str, answer: Answer) -> Mapping[str, Any]:
    """The object `name` of an answer's body, which says OK true or false. Raises Odd where it does not."""
    verdict = body.get(name) if isinstance(body, Mapping) else None
    if not isinstance(verdict, Mapping) or not isinstance(verdict.get("OK"), bool):
        raise Odd(answer=answer)
    return verdict


def lock_of(verdict: Mapping[str, Any]) -> int | None:
    """The id of a lock that was granted; None where it was not (Caliq: event lock page)."""
    granted = verdict["OK"] is True and verdict.get("Message") == "LOCKED"
    lock = verdict.get("LockID")
    return lock if granted and is_id(lock) else None


def issues_of(verdict: Mapping[str, Any], sent: Mapping[str, Any], messages: Sequence[Choice]) -> list[Issue]:
    """What an edit's answer objects to or warns about. `sent` is the body of the edit, `messages` the texts of ids."""
    texts = {str(each["value"]): say(each["label"]) for each in messages}
    found = verdict.get("OrderEditIssues")
    if isinstance(found, Mapping):  # as the XML form wraps them
        found = next((value for value in found.values() if isinstance(value, list)), [])
    entries = found if isinstance(found, list) else []
    return [
        _issue(each if isinstance(each, Mapping) else {"Message": each}, sent, texts) for each in entries[:MOST_ISSUES]
    ]


def _issue(entry: Mapping[str, Any], sent: Mapping[str, Any], texts: Mapping[str, str]) -> Issue:
    """Caliq's own message and the text of its id, each once, and the extra data as the detail."""
    code = say(entry.get("ID"))
    said, meant, extra = say(entry.get("Message")), texts.get(code, ""), say(entry.get("ExtraData"))
    message = said or meant or "Caliq names no reason."
    details = [each for each in (meant, extra) if each and each != message]
    return Issue(
        message=message[:LONGEST],
        field=place_of(" ".join((said, meant)), extra, sent),
        code=code[:LONGEST],
        detail="; ".join(details)[:LONGEST],
    )
