"""Which engine carries the background work: the database itself, or Celery where BROKER_URL names a broker."""

from typing import Any

from django.core.exceptions import ImproperlyConfigured

from config.environment import env

QUEUES = ["edits", "syncs", "exports"]
BROKERS = ("redis", "rediss", "amqp", "amqps")


def read_tasks() -> dict[str, Any]:
    """Django's TASKS. An address of a broker may hold a password, so that no message repeats it."""
    url = env.str("BROKER_URL", default="").strip()
    if not url:
        return {"default": {"BACKEND": "django_tasks_db.DatabaseBackend", "QUEUES": QUEUES}}
    scheme, found, rest = url.partition("://")
    if scheme not in BROKERS or not found or not rest:
        raise ImproperlyConfigured(
            "BROKER_URL must look like redis://:password@host:6379/0 or amqp://user:password@host:5672/name"
            " (rediss:// and amqps:// with TLS); leave it empty to keep the background work in the database."
        )
    # Error pages blank settings by their names: this one has to sound like the secret that it may hold.
    options = {"secret_url": url}
    return {"default": {"BACKEND": "config.celery_backend.CeleryBackend", "QUEUES": QUEUES, "OPTIONS": options}}
