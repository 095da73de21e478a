"""Log lines: one JSON object each, on standard output, without personal data."""

import json
import logging
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

from live import instant

# The id of the request that this thread answers.
request_id: ContextVar[str | None] = ContextVar("request_id", default=None)


class JsonFormatter(logging.Formatter):
    """Writes a record as JSON; `extra={"fields": {…}}` adds to it."""

    def __init__(self, commit: str) -> None:
        super().__init__()
        self._commit = commit

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": instant.shown(datetime.fromtimestamp(record.created, UTC)),
            "level": record.levelname,
            "msg": record.getMessage(),
            "service": "live",
            "commit": self._commit,
        }
        if (request := request_id.get()) is not None:
            line["request"] = request
        line |= getattr(record, "fields", {})
        if record.exc_info:
            line["error"] = self.formatException(record.exc_info)
        return json.dumps(line, default=str)


class WithoutSender(logging.Filter):
    """Gunicorn logs the address and the words of whoever sends something that is not HTTP: neither is for the log."""

    def filter(self, record: logging.LogRecord) -> bool:
        if str(record.msg).startswith("Invalid request from"):
            record.msg, record.args = "invalid request", None
        return True


def config(commit: str) -> dict[str, Any]:
    """For logging.config.dictConfig: gunicorn's process reads it, and Django's."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"json": {"()": "live.logs.JsonFormatter", "commit": commit}},
        "filters": {"without-sender": {"()": "live.logs.WithoutSender"}},
        "handlers": {
            "stdout": {
                "class": "logging.StreamHandler",
                "stream": "ext://sys.stdout",
                "formatter": "json",
                "filters": ["without-sender"],
            },
            "null": {"class": "logging.NullHandler"},
        },
        "root": {"handlers": ["stdout"], "level": "INFO"},
        "loggers": {
            "gunicorn.error": {"handlers": ["stdout"], "propagate": False},
            # live.middleware writes the line of a request, with its route; these write its path, which may be anything.
            "gunicorn.access": {"handlers": ["null"], "propagate": False},
            "django.request": {"handlers": ["null"], "propagate": False},
            # Where it found credentials, for each client again.
            "botocore": {"level": "WARNING"},
            # In place of Django's own handlers, which are a console for debugging and e-mail.
            "django": {"handlers": [], "level": "WARNING"},
        },
    }
