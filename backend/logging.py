"""The web process's log: a worker's, and which request a line belongs to."""

import logging
from contextvars import ContextVar
from typing import Any

from worker import logs

request_id: ContextVar[str | None] = ContextVar("request_id", default=None)

_FIELDS = ("method", "route", "status", "code", "ms", "client")  # what `extra=` may add to a line


class RequestFormatter(logs.JsonFormatter):
    """{"at", "level", "logger", "message", "request_id"?, …}"""

    def extras(self, record: logging.LogRecord) -> dict[str, Any]:
        fields = {name: getattr(record, name) for name in _FIELDS if hasattr(record, name)}
        current = request_id.get()
        return fields if current is None else {"request_id": current, **fields}


def configure() -> None:
    """For a process of its own; writes to standard error."""
    logs.configure(RequestFormatter())
    logging.getLogger("uvicorn").setLevel("WARNING")  # our own line about a request knows no query and no key
