"""What reads go over: a session for each account and thread, so that most of them need no new connection."""

import os
import threading
import time

import requests

from vendors.transport import new_session

# Seconds. Calls of one piece of work follow each other within less; whatever rests longer only gains the chance to
# have died without a word in between, which costs a read all the time it has.
LONGEST_REST = 10.0


class Sessions(threading.local):
    """Every thread's own session: requests promises nothing about one that several threads use."""

    def __init__(self) -> None:
        self._session: requests.Session | None = None
        self._used_at = 0.0

    def current(self) -> requests.Session:
        """This thread's session; a new one after a long rest."""
        now = time.monotonic()
        if self._session is not None and now - self._used_at > LONGEST_REST:
            self.drop()
        if self._session is None:
            self._session = new_session()
        self._used_at = now
        return self._session

    def drop(self) -> None:
        """Let go of this thread's session, so that the next read opens a connection."""
        if self._session is not None:
            self._session.close()
            self._session = None


_of_accounts: dict[int, Sessions] = {}


def sessions_of(account_id: int) -> Sessions:
    """The sessions that all reads of this account go over in this process."""
    return _of_accounts.setdefault(account_id, Sessions())


def forget_sessions() -> None:
    """Begin anew. Connections that are in use are let go of when their call is over."""
    _of_accounts.clear()


os.register_at_fork(after_in_child=forget_sessions)  # two processes must not speak over one connection
