"""Where an account's API may be: an https address of a public host, unless the environment allows others."""

import ipaddress
import re
import socket
from urllib.parse import SplitResult, urlsplit

from django.conf import settings
from django.core.exceptions import ValidationError
from requests_hardened.ip_filter import EXTRA_BLOCKED_NET_RANGES

DEFAULT_PORTS = {"https": 443, "http": 80}
_SENSELESS = re.compile(r"[\s\\\x00-\x1f\x7f]")


def read_base_url(text: str) -> str:
    """The base URL in the one form it is kept in: host in lower case, no default port, no slash at the end.

    Raises ValidationError for what is no address of an API, and for a host that does not resolve or resolves to any
    private or loopback address. Where ALLOW_PRIVATE_HOSTS is set, http and every host will do, and none is looked up.
    """
    parts = _split(text.strip())
    host, port = parts.hostname or "", parts.port
    if not settings.ALLOW_PRIVATE_HOSTS:
        _refuse_private(host, port or DEFAULT_PORTS[parts.scheme])
    name = f"[{host}]" if ":" in host else host
    shown_port = "" if port in {None, DEFAULT_PORTS[parts.scheme]} else f":{port}"
    return f"{parts.scheme}://{name}{shown_port}{parts.path.rstrip('/')}"


def origin_of(base_url: str) -> tuple[str, str, int]:
    """Scheme, host and port: what credentials belong to."""
    parts = urlsplit(base_url)
    return parts.scheme, (parts.hostname or "").lower(), parts.port or DEFAULT_PORTS.get(parts.scheme, 0)


def _split(text: str) -> SplitResult:
    schemes = ("https", "http") if settings.ALLOW_PRIVATE_HOSTS else ("https",)
    if _SENSELESS.search(text):
        raise ValidationError("Write the base URL without spaces and backslashes.")
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError as wrong:
        raise ValidationError("This is no address. Write it like https://api.example.com/v1.") from wrong
    if parts.scheme not in schemes:
        raise ValidationError(f"The base URL has to begin with {' or '.join(f'{scheme}://' for scheme in schemes)}.")
    if "@" in parts.netloc:
        raise ValidationError("Leave user name and password out of the base URL: credentials have their own fields.")
    if "?" in text or "#" in text:
        raise ValidationError("Leave everything from ? or # on out of the base URL.")
    if not parts.hostname or "%" in parts.hostname or port == 0:
        raise ValidationError("The base URL names no host. Write it like https://api.example.com/v1.")
    if any(segment in {".", ".."} for segment in parts.path.split("/")) or "//" in parts.path:
        raise ValidationError("Write the path of the base URL without //, /./ and /../.")
    return parts


def _refuse_private(host: str, port: int) -> None:
    for address in _addresses(host, port):
        if _is_private(address):
            raise ValidationError(
                f"{host} is at {address}, a private address. An account's host has to be public, unless this desk"
                " runs with ALLOW_PRIVATE_HOSTS=true, which is meant for demonstrations only."
            )


def _addresses(host: str, port: int) -> set[str]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except socket.gaierror as failure:
        if failure.errno == socket.EAI_AGAIN:
            raise ValidationError(f"The host {host} could not be looked up just now. Try again.") from failure
        raise ValidationError(f"There is no host named {host}.") from failure
    except (OSError, UnicodeError) as failure:
        raise ValidationError(f"There is no host named {host}.") from failure
    return {str(address[0]) for *_, address in found}


def _is_private(text: str) -> bool:
    ip = ipaddress.ip_address(text.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address) and ip.ipv4_mapped:
        ip = ip.ipv4_mapped
    return not ip.is_global or ip.is_multicast or any(ip in block for block in EXTRA_BLOCKED_NET_RANGES)
