"""What can go wrong at a vendor: four errors, each named by what the caller can do about it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What a vendor answered: the HTTP status and its body as text, capped and safe to store."""

    status: int
    text: str = field(default="", repr=False)


@dataclass(frozen=True, kw_only=True)
class Issue:
    """One thing a vendor objects to (or warns about), with the field it names where that can be told."""

    message: str
    field: str = ""
    code: str = ""
    detail: str = ""

    def __str__(self) -> str:
        parts = [self.message, f"({self.detail})" if self.detail else "", f"[{self.code}]" if self.code else ""]
        return " ".join(part for part in parts if part)


class VendorError(Exception):
    """Any failure of a call. `answer` is what the vendor said, if it said anything.

    `lock` is set where a lock could not be given back and the order may have got another one over it: that one.
    """

    lock: str = ""

    def __init__(self, message: str, *, answer: Answer | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.answer = answer

    def reword(self, change: Callable[[str], str]) -> None:
        """Pass everything that is said through `change`, such as one that blanks secrets."""
        self.message = change(self.message)
        self.args = (self.message,)


class Unreachable(VendorError):
    """No usable answer came: wait and look.

    `sent` is False only where it is certain that not one byte of the request left this machine. A write that
    fails with `sent` True may have been applied. `down` says that waiting may help: nobody answered, or the vendor
    was too busy; not so where somebody has to mend something first.
    """

    def __init__(
        self,
        message: str,
        *,
        sent: bool,
        answer: Answer | None = None,
        retry_after: float | None = None,
        down: bool = False,
    ) -> None:
        super().__init__(message, answer=answer)
        self.sent = sent
        self.retry_after = retry_after
        self.down = down


class GateClosed(Unreachable):
    """The desk itself did not let the call out: the vendor is down, asked for a pause, or the budget is used up.

    `retry_after` is how many seconds it makes sense to wait; `passing` whether that alone will open the gate.
    """

    def __init__(self, message: str, *, retry_after: float, passing: bool = True) -> None:
        super().__init__(message, sent=False, retry_after=retry_after, down=True)
        self.passing = passing


class Rejected(VendorError):
    """The vendor understood and said no: correct the edit. `issues` says what it objects to."""

    def __init__(
        self, issues: Sequence[Issue], *, answer: Answer | None = None, retry_after: float | None = None
    ) -> None:
        super().__init__(
            "; ".join(str(issue) for issue in issues) or "The vendor refused without a reason.", answer=answer
        )
        self.issues = tuple(issues)
        self.retry_after = retry_after

    def reword(self, change: Callable[[str], str]) -> None:
        super().reword(change)
        self.issues = tuple(
            replace(each, message=change(each.message), code=change(each.code), detail=change(each.detail))
            for each in self.issues
        )


class AccountRefused(VendorError):
    """The vendor does not accept this account's credentials: an administrator has to mend the account."""


class OrderGone(VendorError):
    """The vendor does not know the order (any more): nothing can be edited."""


class SignatureWrong(Exception):
    """A delivery does not prove that the vendor sent it: nothing of it may be believed, or kept."""
