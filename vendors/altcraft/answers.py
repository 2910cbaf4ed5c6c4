"""What Altcraft's answers mean. A no may come with HTTP 200: the verdict is in the body (Altcraft: API interaction)."""

from collections.abc import Mapping
from typing import Any

from vendors.characters import legible, word
from vendors.contract import Reply
from vendors.controls import EMPTY
from vendors.errors import AccountRefused, Answer, Issue, Rejected, Unreachable

ODD = "The answer is not of Altcraft's form."
TOKEN_CODES = {401, 403}  # no token, no right
LONGEST = 500  # characters of one text


def check(status: int, body: Any) -> None:
    """Yes is HTTP 200 with `error` the number 0; any other number is a no, on any status below 500.

    What has no such number is no verdict: the rest is for HTTP to say, and a 2xx is not believed. `error_text` tells
    nothing, because a success has one as well.
    """
    error = body.get("error") if isinstance(body, Mapping) else None
    if isinstance(error, bool) or not isinstance(error, int):
        if status < 300:
            raise Unreachable(f"{ODD} It should hold an error number.", sent=True)
        return
    if status == 429 or (error == 0 and (status == 200 or status >= 300)):
        return
    if error == 0:
        raise Unreachable(f"{ODD} It says yes with HTTP {status}.", sent=True)
    _refuse(error, body.get("error_text"))


def rows_of(body: Any, path: str) -> list[Any]:
    """The entries of a list, which may be null where there are none. Raises Unreachable where there is no list."""
    rows = body.get("result") if isinstance(body, Mapping) else None
    if isinstance(body, Mapping) and "result" in body and rows is None:
        return []
    if not isinstance(rows, list):
        raise Unreachable(f"Altcraft answered {path} with something that is no list.", sent=True)
    return rows


def reply_of(answer: Answer, body: Any, sent: Mapping[str, Any], name: str) -> Reply:
    """The yes to an update, which has to repeat the three ids (Altcraft: order line status page).

    Nothing else ever confirms the change. Raises Unreachable where the answer repeats nothing, or something else.
    """
    echo = body.get("data") if isinstance(body, Mapping) else None
    if not isinstance(echo, Mapping):
        raise Unreachable("Altcraft says yes, but does not repeat what was sent.", sent=True, answer=answer)
    different = [what for key, what in _IDS.items() if echo.get(key) != sent[key]]
    if different:
        said = f"The answer does not match: it speaks of another {' and another '.join(different)}."
        raise Unreachable(said, sent=True, answer=answer)
    return Reply(answer=answer, echoed=frozenset({name}))


_IDS = {"order_external_id": "order", "order_line_external_id": "line", "status_external_id": "status"}


def _refuse(error: int, text: Any) -> None:
    message = ("" if text in EMPTY else legible(word(text)))[:LONGEST] or "Altcraft gave no reason."
    if error in TOKEN_CODES:
        raise AccountRefused(f"Altcraft does not accept the token: {message} [{error}]")
    raise Rejected([Issue(message=message, code=str(error))])
