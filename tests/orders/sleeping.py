"""Workers that die, fail or fall asleep in the middle of an edit, each at a moment of its choosing."""

import threading
from contextlib import suppress

from django.db import connection

from orders.services import advance_due_edits
from tests.orders.moments import Moments

SECONDS = 60  # for anything that a thread does by itself


class Died(BaseException):
    """What nothing in the desk survives, as kill -9. Once dead, a worker does no more."""


class OurOwn(Exception):
    """An error that nobody foresaw."""


def die_at(moment: int) -> bool:
    """A pass of a worker that dies at this moment, or at any later one. False where it got through before."""

    def reached(number: int) -> None:
        if number >= moment:
            raise Died

    try:
        with Moments(reached):
            advance_due_edits()
    except Died:
        return True
    return False


def fail_at(moment: int) -> bool:
    """A pass of a worker that meets an error of its own at this moment, and ends of it where nobody catches it.

    False where it had no such moment.
    """

    def reached(number: int) -> None:
        if number == moment:
            raise OurOwn

    with suppress(OurOwn), Moments(reached) as moments:
        advance_due_edits()
    return moments.count >= moment


class Sleeper:
    """A worker that stands still at a moment of its pass, until it is woken, and then goes on as if nothing was."""

    def __init__(self, moment: int) -> None:
        self._left = moment
        self._stands, self._woken = threading.Event(), threading.Event()
        self._surprise: BaseException | None = None
        self._thread = threading.Thread(target=self._work, daemon=True)
        self._thread.start()
        assert self._stands.wait(SECONDS)

    @property
    def is_asleep(self) -> bool:
        return self._thread.is_alive() and not self._woken.is_set()

    def wake(self) -> None:
        """Let it go on to its end. Raises what it died of."""
        self._woken.set()
        self._thread.join(SECONDS)
        assert not self._thread.is_alive()
        if self._surprise is not None:
            raise self._surprise

    def _work(self) -> None:
        try:
            with Moments(self._reached) as self._moments:
                advance_due_edits()
        except BaseException as surprise:  # noqa: BLE001 - it is raised where somebody can see it
            self._surprise = surprise
        finally:
            connection.close()
            self._woken.set()
            self._stands.set()

    def _reached(self, number: int) -> None:
        """Not within a transaction, where it would keep all others waiting, nor with one foot out of the door."""
        if connection.in_atomic_block or self._moments.is_leaving:
            return
        self._left -= 1
        if self._left == 0:
            self._stands.set()
            assert self._woken.wait(SECONDS)
