"""Logging: one JSON object a line, with the request's id, and without anybody's secrets."""

import re
from typing import Any

import structlog
from structlog.types import EventDict, Processor, WrappedLogger

# Names under which a secret may travel. Values are never searched for: a log line names things, it does not carry them.
_SECRET = re.compile(r"(?i)(api[-_]?key|token|password|authorization|secret|credential|cookie|lock_?id)")
_INLINE = re.compile(
    r"(?i)((?:api[-_]?key|token|password|authorization|secret)[\"']?\s*[:=]\s*[\"']?(?:bearer\s+)?)[^\s\"'&,;}]+"
)


def redact(_logger: WrappedLogger | None, _method: str, event: EventDict) -> EventDict:
    """Blank every value whose name promises a secret, and secrets written into a message."""
    for name, value in event.items():
        if _SECRET.search(name):
            event[name] = "[redacted]"
        elif isinstance(value, str):
            event[name] = _INLINE.sub(r"\1[redacted]", value)
    return event


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
            "django.server": {"handlers": [], "level": "WARNING", "propagate": True},
            # The address of a request may name a customer, so the client's own talk stays out.
            "urllib3": {"level": "WARNING"},
            "requests": {"level": "WARNING"},
            "axes": {"level": "ERROR"},
        },
    }
