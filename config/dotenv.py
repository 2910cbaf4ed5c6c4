"""Write the `.env` of a first start on one's own machine: `python -m config.dotenv`. Never overwrites one."""

import os
import secrets
import sys
from base64 import urlsafe_b64encode
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
_TEXT = """\
# Written at the first `make run`, for this machine alone. What may stand here: see .env.example.
# The two keys are secrets. Without FIELD_ENCRYPTION_KEYS the stored credentials cannot be read again.
DEBUG=false
HTTPS=false
ALLOWED_HOSTS=localhost,127.0.0.1
ALLOW_PRIVATE_HOSTS=true
SECRET_KEY={secret_key}
FIELD_ENCRYPTION_KEYS={field_key}
"""


def write_dotenv(path: Path) -> bool:
    """Write settings with fresh keys to `path`, readable by its owner alone. False where it exists already."""
    text = _TEXT.format(
        secret_key=secrets.token_urlsafe(50), field_key=urlsafe_b64encode(secrets.token_bytes(32)).decode()
    )
    try:
        opened = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return False
    with os.fdopen(opened, "w") as file:
        file.write(text)
    return True


if __name__ == "__main__" and write_dotenv(ROOT / ".env"):
    sys.stdout.write("Settings for this machine are now in .env\n")
