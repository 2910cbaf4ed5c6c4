"""Caliq's lock on an order: taken before an edit, given back after it (Caliq: event lock page)."""

from typing import Any

from vendors.caliq.answers import ODD, Odd, lock_of, verdict_of
from vendors.caliq.api import Api
from vendors.caliq.documents import say
from vendors.errors import Answer, Issue, Rejected, VendorError

PATH = "/api/v1/EventLock"
INUSE = "INUSE"
IN_USE = (
    "The order is open in Caliq: somebody, or a program, holds its lock, and Caliq does not say who."
    " Try again when they have closed it."
)


def take(api: Api, event_id: int) -> str:
    """The id of a new lock. The request names no lock: with one, it would release it.

    Raises Rejected where the order is in use, and Unreachable where nobody can tell whether it is locked now.
    """
    answer, verdict = _call(api, {"EventID": event_id})
    lock = lock_of(verdict)
    if lock is not None:
        return str(lock)
    if verdict["OK"]:
        raise Odd(f"{ODD} It neither grants the lock nor refuses it.", answer=answer)
    if verdict.get("Message") == INUSE:
        raise Rejected([Issue(message=IN_USE, code=INUSE)], answer=answer)
    raise Rejected([Issue(message="Caliq did not lock the order.", detail=_said(verdict))], answer=answer)


def release(api: Api, event_id: int, lock_id: int) -> None:
    """Give a lock back, whatever the account's budget; one that is gone is no error. Raises VendorError otherwise.

    Caliq does not say what it answers for a lock that is gone. Where it says no, the order is locked and unlocked
    once more: if that works, nobody held it any longer. If it is only locked by that, the error names the new `lock`.
    """
    if _call(api, {"LockID": lock_id}, urgent=True)[1]["OK"]:
        return
    answer, verdict = _call(api, {"EventID": event_id}, urgent=True)
    probe = lock_of(verdict)
    try:
        if probe is not None and _call(api, {"LockID": probe}, urgent=True)[1]["OK"]:
            return
        words = f"Caliq did not release the lock {lock_id if probe is None else probe}."
        raise Rejected([Issue(message=words, detail=_said(verdict))], answer=answer)
    except VendorError as failure:
        failure.lock = "" if probe is None else str(probe)
        raise


def _call(api: Api, body: dict[str, Any], *, urgent: bool = False) -> tuple[Answer, Any]:
    answer, content = api.change(PATH, body, urgent=urgent)
    return answer, verdict_of(content, "Lock", answer)


def _said(verdict: Any) -> str:
    return say(verdict.get("Message"))[:500]
