"""Logging: one JSON object a line, with the request's id, and without anybody's secrets."""

import re
from collections.abc import Mapping
from typing import Any

import structlog
from structlog.types import EventDict, Processor, WrappedLogger

# Names under which a secret may travel.
_SECRET = re.compile(r"(?i)(api[-_]?key|token|password|authorization|secret|credential|cookie|lock[-_]?id)")
# The same names within a text, with a value in quotes or up to the next separator: JSON, headers, queries, reprs.
_INLINE = re.compile(
    r"(?i)((?:api[-_]?key|token|password|authorization|secret|cookie|lock[-_]?id)\\*[\"']?\s*[:=]\s*\\*)"
    r"(?:\"[^\"]*\"|'[^']*'|(?:bearer\s+)?[^\s\"'&,;}]+)"
)
# What an address for deliveries ends in: nobody is to guess it.
_HOOK = re.compile(r"(/hooks/[^/\s]+/)[^/\s\"']+")


def redact(_logger: WrappedLogger | None, _method: str, event: EventDict) -> EventDict:
    """Blank every value whose name promises a secret, however deep, and secrets written into a text.

    The request that Django hands along is left out: its address may be a search for a customer.
    """
    event.pop("request", None)
    return {name: _redacted(name, value) for name, value in event.items()}


def _redacted(name: str, value: Any) -> Any:
    if _SECRET.search(name):
        return "[redacted]"
    if isinstance(value, str):
        return _HOOK.sub(r"\1[redacted]", _INLINE.sub(r"\1[redacted]", value))
    if isinstance(value, Mapping):
        return {key: _redacted(str(key), inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_redacted("", inner) for inner in value]
    return value


def configure(level: str, readable: bool) -> dict[str, Any]:
    """Set structlog up and return Django's LOGGING for it.

    `level` is a name such as INFO; `readable` prints for a person's eyes instead of as JSON.
    """
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    # A traceback is text before it is searched for secrets, and never shows the values of local variables.
    last: list[Processor] = [
        structlog.processors.format_exc_info,
        redact,
        structlog.dev.ConsoleRenderer(colors=False)
        if readable
        else structlog.processors.JSONRenderer(ensure_ascii=True),
    ]
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "line": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": [*shared, structlog.stdlib.ExtraAdder()],
                "processors": [structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last],
            }
        },
        "handlers": {"out": {"class": "logging.StreamHandler", "formatter": "line"}},
        "root": {"handlers": ["out"], "level": level.upper()},
        "loggers": {
            "django": {"handlers": [], "level": level.upper(), "propagate": True},
            # Addresses, queries and their parameters may name a customer, so what these tell stays out.
            "django.server": {"handlers": [], "level": "CRITICAL", "propagate": True},
            "django.db.backends": {"level": "WARNING"},
            "urllib3": {"level": "WARNING"},
            "requests": {"level": "WARNING"},
            "axes": {"level": "ERROR"},
        },
    }
