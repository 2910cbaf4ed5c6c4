"""Try an account's connection, and say which part of its configuration is wrong."""

from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlsplit

from django.views.decorators.debug import sensitive_variables

from vendors.accounts import label_of
from vendors.errors import AccountRefused, OrderGone, Unreachable, VendorError
from vendors.models import VendorAccount
from vendors.secrets import SecretUnreadable


class Cause(StrEnum):
    """What has to be mended; NONE where the connection works."""

    NONE = "none"
    KEY = "key"
    HOST = "host"
    PATH = "path"
    VENDOR = "vendor"


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What came of trying an account, in sentences that an administrator can act on and that repeat no secret."""

    cause: Cause
    text: str

    @property
    def works(self) -> bool:
        return self.cause is Cause.NONE


@sensitive_variables()
def check_account(*, account: VendorAccount) -> Finding:
    """Make the vendor's cheapest call with the account's credentials. Takes up to three tries; raises nothing.

    It is made however the account fares: whether the vendor is back is what one wants to know.
    """
    try:
        if not account.credentials:
            return Finding(cause=Cause.KEY, text=f"No {_labels(account)} is stored for {account.name}. Enter it first.")
        account.connect(urgent=True).ping()
    except SecretUnreadable as failure:
        return Finding(cause=Cause.KEY, text=str(failure))
    except VendorError as failure:
        cause = _cause_of(failure)
        return Finding(cause=cause, text=_SAYS[cause](account, failure))
    except (LookupError, TypeError, ValueError, AttributeError):
        # An answer that is JSON, but of a form that the vendor never sends.
        return Finding(cause=Cause.PATH, text=_not_the_vendor(account))
    return Finding(cause=Cause.NONE, text=f"The connection works: {_host(account)} accepted the {_labels(account)}.")


def _cause_of(failure: VendorError) -> Cause:
    status = failure.answer.status if failure.answer else None
    if isinstance(failure, AccountRefused) or status in {401, 403}:
        return Cause.KEY
    if isinstance(failure, OrderGone) or status in {404, 405, 410}:
        return Cause.PATH
    if isinstance(failure, Unreachable) and not failure.sent:
        return Cause.HOST
    if isinstance(failure, Unreachable) and status is not None and status < 400:
        return Cause.PATH
    return Cause.VENDOR


def _wrong_key(account: VendorAccount, failure: VendorError) -> str:
    return (
        f"Wrong {_labels(account)}: {_host(account)} answered, but does not accept it. {failure.message}"
        f" Enter the {_labels(account)} again, or get a new one from {account.vendor_label}."
    )


def _wrong_host(account: VendorAccount, failure: VendorError) -> str:
    return f"Wrong host: {failure.message} Nothing was sent. Correct the host in the base URL, {account.base_url}."


def _wrong_path(account: VendorAccount, failure: VendorError) -> str:
    if failure.answer is not None and failure.answer.status < 400:
        return f"{_not_the_vendor(account)} {failure.message}"
    status = f" (HTTP {failure.answer.status})" if failure.answer else ""
    path = urlsplit(account.base_url).path or "/"
    return (
        f"Wrong path: {_host(account)} answered, but has no {account.vendor_label} API under {path}{status}."
        f" Correct what follows the host in the base URL."
    )


def _trouble(account: VendorAccount, failure: VendorError) -> str:
    return (
        f"No verdict: {_host(account)} was reached, but {account.vendor_label} did not do what was asked."
        f" {failure.message} The configuration may be right; try again."
    )


def _not_the_vendor(account: VendorAccount) -> str:
    return (
        f"Wrong path: {_host(account)} answered, but not as {account.vendor_label} does."
        " Correct what follows the host in the base URL, or the host itself."
    )


_SAYS = {Cause.KEY: _wrong_key, Cause.HOST: _wrong_host, Cause.PATH: _wrong_path, Cause.VENDOR: _trouble}


def _host(account: VendorAccount) -> str:
    return urlsplit(account.base_url).netloc


def _labels(account: VendorAccount) -> str:
    """What the vendor cannot do without, in words."""
    declared = account.vendor_class.credentials.items()
    return " and ".join(label_of(name, field) for name, field in declared if field.required)
