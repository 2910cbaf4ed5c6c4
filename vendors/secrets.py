"""Credentials at rest: encrypted with the first key of FIELD_ENCRYPTION_KEYS, readable with any of them."""

from collections.abc import Mapping

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings

from vendors import payloads

_PREFIX = "f1:"  # the scheme, so that another one can follow


class SecretUnreadable(Exception):
    """Stored credentials cannot be decrypted with any of the keys in FIELD_ENCRYPTION_KEYS."""


def encrypt(secrets: Mapping[str, str]) -> str:
    """Credentials as text for the database."""
    return _PREFIX + _keys().encrypt(payloads.dumps(dict(secrets)).encode()).decode()


def decrypt(stored: str) -> dict[str, str]:
    """The credentials that `encrypt` was given; {} for an empty text. Raises SecretUnreadable."""
    if not stored:
        return {}
    if not stored.startswith(_PREFIX):
        raise SecretUnreadable("The stored credentials are not in a form that this version can read.")
    try:
        return dict(payloads.loads(_keys().decrypt(stored.removeprefix(_PREFIX))))
    except InvalidToken as wrong:
        raise SecretUnreadable(
            "The stored credentials cannot be decrypted: FIELD_ENCRYPTION_KEYS no longer holds the key they were"
            " encrypted with. Put the old key back behind the new one, or enter the credentials again."
        ) from wrong


def reencrypt(stored: str) -> str:
    """The same credentials under the newest key. Raises SecretUnreadable."""
    return encrypt(decrypt(stored)) if stored else ""


def _keys() -> MultiFernet:
    return MultiFernet([Fernet(key) for key in settings.FIELD_ENCRYPTION_KEYS])
