"""The log of a process: one JSON object a line, about jobs and requests and never about what is in them.

The trace of an error is told as places in the code: its message may hold what a user sent.
"""

import json
import logging
import sys
import time
import traceback
from typing import Any

MAX_FRAMES = 12


class JsonFormatter(logging.Formatter):
    """{"at", "level", "logger", "message", "error"?, "trace"?}"""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "at": time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created)) + f".{int(record.msecs):03d}Z",
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **self.extras(record),
        }
        if record.exc_info and record.exc_info[0] is not None:
            kind, _, trace = record.exc_info
            frames = traceback.extract_tb(trace)[-MAX_FRAMES:]
            line["error"] = kind.__name__
            line["trace"] = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]
        return json.dumps(line, ensure_ascii=False)

    def extras(self, record: logging.LogRecord) -> dict[str, Any]:
        """What a process adds to each line."""
        del record
        return {}


def configure(formatter: logging.Formatter | None = None) -> None:
    """For a process of its own; writes to standard error."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter or JsonFormatter())
    logging.basicConfig(level="INFO", handlers=[handler], force=True)
