"""One variable chooses what carries the background work, and its password is shown nowhere."""

import ssl
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.test import RequestFactory, override_settings
from django.views.debug import ExceptionReporter
from django_tasks.exceptions import InvalidTaskError

from config.celery_backend import make_app, task_at
from config.errors import DiscreetFilter
from config.tasks import read_tasks
from orders import tasks


def tasks_of(monkeypatch: pytest.MonkeyPatch, url: str) -> dict[str, Any]:
    monkeypatch.setenv("BROKER_URL", url)
    settings: dict[str, Any] = read_tasks()["default"]
    return settings


def test_without_a_broker_it_is_the_database(monkeypatch: pytest.MonkeyPatch) -> None:
    assert tasks_of(monkeypatch, " ")["BACKEND"] == "django_tasks_db.DatabaseBackend"
    monkeypatch.delenv("BROKER_URL")
    assert read_tasks()["default"]["BACKEND"] == "django_tasks_db.DatabaseBackend"


@pytest.mark.parametrize("scheme", ["redis", "rediss", "amqp", "amqps"])
def test_a_broker_is_served_by_celery(monkeypatch: pytest.MonkeyPatch, scheme: str) -> None:
    settings = tasks_of(monkeypatch, f"{scheme}://:pw@broker.example.com:1234/0")
    assert settings["BACKEND"] == "config.celery_backend.CeleryBackend"
    assert settings["QUEUES"] == ["edits", "syncs", "exports"]


@pytest.mark.parametrize("url", ["broker.example.com", "sqs://x:hidden@y", "redis:/:hidden@x", "redis://", "memory://"])
def test_anything_else_is_told_without_its_password(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="BROKER_URL must look like redis://") as wrong:
        tasks_of(monkeypatch, url)
    assert "hidden" not in str(wrong.value)


def test_error_pages_do_not_show_the_address_of_the_broker(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = tasks_of(monkeypatch, "redis://:pw-of-the-broker@broker.example.com/0")
    request = RequestFactory().get("/")
    request.exception_reporter_filter = DiscreetFilter()
    with override_settings(DEBUG=True, TASKS={"default": settings}):
        page = ExceptionReporter(request, None, None, None).get_traceback_html()
    assert "CeleryBackend" in page
    assert "pw-of-the-broker" not in page


@pytest.mark.parametrize(
    ("url", "tls"),
    [
        ("redis://x/0", None),
        ("rediss://x/0", {"ssl_cert_reqs": ssl.CERT_REQUIRED}),
        ("rediss://x/0?ssl_cert_reqs=optional", None),
        ("amqps://x/0", {"cert_reqs": ssl.CERT_REQUIRED, "server_hostname": None}),
    ],
)
def test_certificates_of_brokers_are_checked(url: str, tls: dict[str, Any] | None) -> None:
    assert make_app(url).conf.broker_use_ssl == tls


def test_a_message_runs_nothing_but_tasks() -> None:
    assert task_at("orders.tasks.advance") is tasks.advance
    with pytest.raises(InvalidTaskError, match=r"os\.system is no task"):
        task_at("os.system")
