"""Logs: one JSON object a line, and nobody's secrets in them."""

import io
import json
import logging
import logging.config
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from config import logs

CANARY = "canary-4711"


class Log:
    """What is written, as text and as lines."""

    def __init__(self, out: io.StringIO) -> None:
        self.out = out

    @property
    def text(self) -> str:
        return self.out.getvalue()

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.text.splitlines()]


@pytest.fixture(params=["json", "readable"])
def log(request: pytest.FixtureRequest) -> Iterator[Log]:
    """A logger of its own with the product's formatter, in each of its two forms."""
    out = io.StringIO()
    before = structlog.get_config()
    configured = logs.configure(level="INFO", readable=request.param == "readable")
    handler = logging.StreamHandler(out)
    described = configured["formatters"]["line"]
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processors=described["processors"], foreign_pre_chain=described["foreign_pre_chain"]
        )
    )
    logger = logging.getLogger("amend.tests")
    logger.addHandler(handler)
    logger.setLevel("INFO")
    yield Log(out)
    logger.removeHandler(handler)
    structlog.configure(**before)


def write(event: Any, *args: Any, **values: Any) -> None:
    structlog.get_logger("amend.tests").info(event, *args, **values)


@pytest.mark.parametrize("log", ["json"], indirect=True)
def test_a_line_is_one_json_object(log: Log) -> None:
    write("edit sent", edit=7, text="two\nlines and ключ")
    line = log.lines[0]
    assert (line["event"], line["edit"], line["text"]) == ("edit sent", 7, "two\nlines and ключ")
    assert (line["level"], line["logger"]) == ("info", "amend.tests")
    assert line["timestamp"].endswith("Z")
    assert len(log.text.splitlines()) == 1


@pytest.mark.parametrize(
    "values",
    [
        {"api_key": CANARY},
        {"X-Api-Key": CANARY},
        {"token": CANARY},
        {"LockID": CANARY},
        {"headers": {"Authorization": f"Bearer {CANARY}"}},
        {"body": {"orders": [{"apiKey": CANARY}]}},
        {"url": f"https://x.example.com/v1?token={CANARY}&page=2"},
        {"body": json.dumps({"password": f"two words {CANARY}"})},
        {"body": json.dumps(json.dumps({"token": CANARY}))},
        {"text": f"X-Api-Key: {CANARY}"},
        {"text": f"Authorization: Bearer {CANARY}"},
        {"text": f"Cookie: session={CANARY}"},
    ],
)
def test_a_secret_is_blanked_wherever_its_name_stands(log: Log, values: dict[str, Any]) -> None:
    write("called", **values)
    assert "[redacted]" in log.text
    assert CANARY not in log.text


def test_other_peoples_log_lines_are_blanked_as_well(log: Log) -> None:
    logging.getLogger("amend.tests").warning("sent %s", {"token": CANARY}, extra={"api_key": CANARY})
    assert "sent" in log.text
    assert CANARY not in log.text


def test_an_exception_is_told_without_the_values_of_variables(log: Log) -> None:
    customer = "Joana " + "Exemplo"
    try:
        raise ValueError(f'{{"api_key": "{CANARY}"}}')
    except ValueError:
        structlog.get_logger("amend.tests").exception("failed")
    assert "ValueError" in log.text
    assert "test_logs.py" in log.text
    assert CANARY not in log.text
    assert customer not in log.text


def test_a_request_is_left_out_because_its_address_may_be_a_search(log: Log) -> None:
    from django.test import RequestFactory

    request = RequestFactory().get("/", {"q": "Joana Exemplo"})
    logging.getLogger("amend.tests").warning("Not Found: %s", request.path, extra={"request": request})
    assert "Not Found: /" in log.text
    assert "Joana" not in log.text


def test_what_names_addresses_and_parameters_is_quiet_at_every_level() -> None:
    loggers = logs.configure(level="DEBUG", readable=True)["loggers"]
    for name in ("urllib3", "requests", "django.server", "django.db.backends"):
        assert loggers[name]["level"] in {"WARNING", "CRITICAL"}
