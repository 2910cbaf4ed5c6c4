"""One call over the wire: within its deadline, to no address that is private, and known whether any byte of it left."""

import socket
import ssl
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from http.cookiejar import DefaultCookiePolicy
from typing import Any
from urllib.parse import urlsplit

import requests
from django.conf import settings
from django.utils import timezone
from requests.adapters import HTTPAdapter
from requests_hardened.ip_filter import InvalidIPAddress
from requests_hardened.ip_filter_adapter import IPFilterAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import HTTPError, NameResolutionError

from vendors.deadlines import watchdog
from vendors.errors import Unreachable

CONNECT_SECONDS = 5.0


class KeptConnectionClosed(Unreachable):
    """The other end let go of a connection from an earlier call just as this one began to use it.

    No byte of an answer came. That is no word about how the vendor is, and a read may be tried again at once.
    """


@contextmanager
def begun_before(moment: datetime) -> Iterator[None]:
    """Let no request of this block begin to leave from this moment on: it fails as not sent.

    Asked just before the first byte: a process that was stopped for minutes must not send what others have given up.
    """
    token = _latest.set(moment)
    try:
        yield
    finally:
        _latest.reset(token)


def new_session() -> requests.Session:
    """A session that refuses private addresses (unless the environment allows them), and trusts no environment.

    It keeps no cookies: whoever calls says each time who they are.
    """
    session = requests.Session()
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    session.trust_env = False
    # Otherwise requests prepares the next hop even where it is told not to follow, and reads the answer for that.
    session.get_redirect_target = lambda resp: None  # type: ignore[method-assign]
    if settings.ALLOW_PRIVATE_HOSTS:
        session.mount("https://", _Adapter())
        session.mount("http://", _Adapter())
    else:
        session.mount("https://", _PublicAdapter(is_https_proto=True))
        session.adapters.pop("http://")
    return session


@dataclass
class _Watch:
    """What one call is doing: whether any byte of it left, whether it was answered, and whether its time ran out."""

    connecting: bool = False
    sent: bool = False
    answered: bool = False
    expired: bool = False
    sock: socket.socket | None = None

    def connect(self) -> None:
        """A connection is about to be opened."""
        self.connecting = True
        self._refuse_when_late()

    def begin(self, sock: socket.socket | None) -> None:
        """A request is about to leave over this socket. Kept, because a connection forgets its socket early."""
        self.sock = sock
        self._refuse_when_late()
        self.sent = True

    def _refuse_when_late(self) -> None:
        latest = _latest.get()
        if not self.sent and (self.expired or (latest is not None and timezone.now() >= latest)):
            raise TimeoutError("out of time before anything was sent")

    def expire(self) -> None:
        self.expired = True
        if self.sock is not None:
            with suppress(OSError):  # closed in the meantime: the call is over anyway
                self.sock.shutdown(socket.SHUT_RDWR)


_watch: ContextVar[_Watch | None] = ContextVar("_watch", default=None)
_latest: ContextVar[datetime | None] = ContextVar("_latest", default=None)


class _InOnePiece:
    """A connection that tells when it connects, and that a request is about to leave; which it then does at once.

    A process that is stopped between the head of a request and its body would send the body whenever it wakes, and
    the vendor would do then what others have given up.
    """

    sock: Any
    _held: bytearray | None = None

    def connect(self) -> None:
        _tell_connect()
        super().connect()  # type: ignore[misc]

    def request(self, *args: Any, **kwargs: Any) -> None:
        self._held = bytearray()
        try:
            super().request(*args, **kwargs)  # type: ignore[misc]
            data = bytes(self._held)
        finally:
            self._held = None
        self.send(data)

    def send(self, data: Any) -> None:
        if self._held is not None:
            self._held += data
            return
        if self.sock is None:
            self.connect()
        _tell_begin(self.sock)
        super().send(data)  # type: ignore[misc]


class _WatchedConnection(_InOnePiece, HTTPConnection):
    pass


class _WatchedTLSConnection(_InOnePiece, HTTPSConnection):
    pass


def _tell_connect() -> None:
    watch = _watch.get()
    if watch is not None:
        watch.connect()


def _tell_begin(sock: socket.socket | None) -> None:
    watch = _watch.get()
    if watch is not None:
        watch.begin(sock)


class _WatchedPool(HTTPConnectionPool):
    ConnectionCls = _WatchedConnection


class _WatchedTLSPool(HTTPSConnectionPool):
    ConnectionCls = _WatchedTLSConnection


class _Watched:
    """Both adapters below open connections that tell when they send."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)  # type: ignore[misc]
        self.poolmanager.pool_classes_by_scheme = {  # type: ignore[attr-defined]
            "http": _WatchedPool,
            "https": _WatchedTLSPool,
        }


class _Adapter(_Watched, HTTPAdapter):
    pass


class _PublicAdapter(_Watched, IPFilterAdapter):  # type: ignore[misc]  # it comes without types
    pass


def call(
    session: requests.Session, request: requests.Request, deadline: float, cap: int
) -> tuple[int, Mapping[str, str], bytes]:
    """Make one call within `deadline` seconds and `cap` bytes, or raise Unreachable.

    KeptConnectionClosed is raised only where the session has been used before.
    """
    watch = _Watch()
    token = _watch.set(watch)
    try:
        with watchdog.watching(deadline, watch.expire):
            return _call(session, session.prepare_request(request), deadline, cap, watch)
    except (requests.RequestException, HTTPError, OSError, ValueError) as failure:
        raise _unreachable(failure, watch, deadline, request.url) from failure
    finally:
        _watch.reset(token)


def _call(
    session: requests.Session, request: requests.PreparedRequest, deadline: float, cap: int, watch: _Watch
) -> tuple[int, Mapping[str, str], bytes]:
    patience = (min(CONNECT_SECONDS, deadline), deadline)
    with session.send(request, stream=True, allow_redirects=False, timeout=patience) as response:
        watch.answered = True
        content = bytearray()
        for chunk in response.raw.stream(65536, decode_content=True):
            content += chunk
            if len(content) > cap:
                raise Unreachable(f"The answer is larger than {cap} bytes.", sent=True)
        if watch.expired:
            raise Unreachable(f"No complete answer within {deadline:g} s.", sent=True, down=True)
        return response.status_code, response.headers, bytes(content)


def _unreachable(failure: Exception, watch: _Watch, deadline: float, url: str) -> Unreachable:
    """What became of the call. Not sent is only what is known to have failed before `_Watch.begin`."""
    host = urlsplit(url).netloc
    if not watch.sent:
        chain = list(_causes(failure))
        if to_mend := _reason_to_mend(failure, chain, host):
            return Unreachable(to_mend, sent=False)
        if away := _reason_away(failure, chain, watch, host):
            return Unreachable(away, sent=False, down=True)
    if watch.expired or isinstance(failure, requests.Timeout):
        return Unreachable(f"No complete answer within {deadline:g} s.", sent=True, down=True)
    kept = watch.sent and not watch.connecting and not watch.answered
    closed = kept and any(isinstance(cause, _CLOSED) for cause in _causes(failure))
    broke = KeptConnectionClosed if closed else Unreachable
    return broke(f"The connection broke ({type(failure).__name__}).", sent=True, down=True)


def _reason_to_mend(failure: Exception, chain: Sequence[Any], host: str) -> str:
    """Why nothing left and nothing will until somebody mends it, or ""."""
    if any(isinstance(cause, InvalidIPAddress) for cause in chain):
        return f"{host} is a private address, which is not allowed."
    if isinstance(failure, requests.exceptions.InvalidSchema):
        return f"{host} can only be called over https."
    if isinstance(failure, requests.exceptions.InvalidHeader | UnicodeEncodeError):
        return "The credentials hold characters that HTTP cannot carry."
    if isinstance(failure, requests.exceptions.InvalidURL):
        return "The base URL is no address."
    if isinstance(failure, requests.exceptions.SSLError) and not any(isinstance(cause, _HUNG_UP) for cause in chain):
        return f"The certificate or the encryption of {host} is not valid."
    return ""


def _reason_away(failure: Exception, chain: Sequence[Any], watch: _Watch, host: str) -> str:
    """Why nothing left for now, or "" where it is not certain that nothing did."""
    if any(isinstance(cause, NameResolutionError | socket.gaierror) for cause in chain):
        return f"There is no host named {host}."
    if watch.connecting or isinstance(failure, requests.ConnectTimeout):
        return f"No connection to {host}."
    return ""


_HUNG_UP = (ssl.SSLEOFError, ssl.SSLZeroReturnError)  # in the middle of the handshake: no word about the certificate
_CLOSED = (ConnectionError, *_HUNG_UP)  # the first of them is also what http.client raises where no answer begins


def _causes(failure: BaseException) -> Any:
    """The exception, what it wraps, and what it was raised from, however deep."""
    todo: list[Any] = [failure]
    seen: set[int] = set()
    while todo:
        cause = todo.pop()
        if not isinstance(cause, BaseException) or id(cause) in seen:
            continue
        seen.add(id(cause))
        yield cause
        todo += [cause.__cause__, cause.__context__, getattr(cause, "reason", None), *cause.args]
