"""The gate of one account: its rate limit, its pauses and its circuit, shared by all processes through the database."""

import random
import time
from dataclasses import dataclass, field

import structlog
from django.db import DatabaseError
from django.utils import timezone

from vendors import circuit, use
from vendors.bucket import Limit, spend_token, take_token
from vendors.errors import AccountRefused, GateClosed, Unreachable, VendorError
from vendors.http import LONGEST_WAIT
from vendors.vitals import AccountHealth, read_health

log = structlog.get_logger(__name__)

LONGEST_TURN = 60.0  # seconds that a background call waits for its turn; people wait no longer than LONGEST_WAIT


@dataclass(kw_only=True)
class AccountGate:
    """What keeps the calls of one account back. `vendor` is what people call its vendor.

    A `background` caller leaves people their reserve, and is patient. An `urgent` one is never kept back.
    A call costs one query where the account has no limit, and two where it has one; an answer from a vendor that is
    well costs none.
    """

    account_id: int
    vendor: str
    limit: Limit | None = None
    background: bool = False
    urgent: bool = False
    _health: AccountHealth | None = field(default=None, init=False)  # as it was before the call
    _reserved: bool = field(default=False, init=False)

    def enter(self, *, reads: bool, urgent: bool = False) -> None:
        """Let one call out, after a bounded wait where that helps. Raises GateClosed."""
        if self._reserved and not reads:
            self._reserved = False
        elif urgent or self.urgent:
            self._health = read_health(self.account_id)
            if self.limit is not None:
                spend_token(self.account_id, self.limit)
        else:
            self._wait_for_turn(reads=reads)

    def reserve(self) -> None:
        """Let the next write out in advance. Raises GateClosed."""
        self._reserved = False
        self.enter(reads=False)
        self._reserved = True

    def leave(self, failure: VendorError | None, pause: float | None) -> None:
        """Note what came of the call. The call itself is over: that it cannot be noted changes nothing about it."""
        try:
            self._note(failure, pause)
        except DatabaseError as wrong:
            log.warning("health_not_written", account=self.account_id, reason=type(wrong).__name__)

    def _wait_for_turn(self, *, reads: bool) -> None:
        patience = LONGEST_TURN if self.background else LONGEST_WAIT
        started = time.monotonic()
        has_waited = False
        while (closed := self._reason_to_wait(reads=reads)) is not None:
            wait = closed.retry_after or 0.0
            if not closed.passing or time.monotonic() - started + wait > patience:
                raise closed
            if not has_waited:
                use.count_wait(self.account_id)
            has_waited = True
            time.sleep(wait * random.uniform(1.0, 1.2))  # noqa: S311 - jitter, not a secret

    def _reason_to_wait(self, *, reads: bool) -> GateClosed | None:
        """Why the call cannot go out now; None where it has everything it takes, its token included."""
        now = timezone.now()
        health = self._health = read_health(self.account_id)
        if health.is_open and not reads:
            return circuit.not_answering(health, self.vendor, now)
        closed = circuit.reason_closed(health, self.vendor, now)
        if closed is None and self.limit is not None:
            missing = take_token(self.account_id, self.limit, background=self.background)
            closed = self._used_up(missing) if missing else None
        if closed is None and health.is_open and not circuit.claim_probe(health, now):
            closed = circuit.not_answering(read_health(self.account_id), self.vendor, now)
        return closed

    def _used_up(self, seconds: float) -> GateClosed:
        words = f"The account's budget of requests to {self.vendor} is used up for the moment."
        return GateClosed(words, retry_after=seconds)

    def _note(self, failure: VendorError | None, pause: float | None) -> None:
        answered = not is_outage(failure)
        if pause:
            circuit.note_pause(self.account_id, pause)
        if isinstance(failure, Unreachable) and is_outage(failure):
            circuit.note_failure(self.account_id, describe(failure))
        elif isinstance(failure, AccountRefused):
            circuit.note_refusal(self.account_id, describe(failure), answered=True)
        elif isinstance(failure, Unreachable) and not failure.sent:
            answered = False
            circuit.note_refusal(self.account_id, describe(failure), answered=False)
        elif self._health is not None and not self._health.is_clean:
            circuit.note_answer(self.account_id)
        use.count_call(self.account_id, answered=answered)


def is_outage(failure: VendorError | None) -> bool:
    """Whether a call was not answered, or only with the news that the vendor itself has failed."""
    too_many = failure is not None and failure.answer is not None and failure.answer.status == 429
    return isinstance(failure, Unreachable) and failure.down and not too_many


def describe(failure: VendorError) -> str:
    """The failure in words of our own: nothing of an answer, which may repeat a secret or a customer's data."""
    status = f" (HTTP {failure.answer.status})" if failure.answer else ""
    if isinstance(failure, AccountRefused):
        return f"The credentials were not accepted{status}."
    return f"It answered with an error{status}." if failure.answer else failure.message
