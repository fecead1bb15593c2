"""The only file that turns an edit into an RQ job, and says what such a job may run. Knows no states of edits.

RQ's lists hold tickets, nothing more: an edit waits because its record says so, and a ticket that is lost, doubled or
stale does no harm (see `worker.records`).
"""

import json
import re
import zlib
from typing import Any, get_args

from redis import Redis
from rq.job import Job
from rq.queue import Queue
from rq.serializers import JSONSerializer
from rq.utils import import_attribute, now, utcformat

from worker.contract import Priority

QUEUES: tuple[Priority, ...] = get_args(Priority)  # in the order in which they are served
DOORBELL_KEY = "rq:doorbell"  # a list: one element a push, so that an idle worker blocks on one key for all queues
DOORBELL_LENGTH = 64
FAILURE_TTL_S = 3600

EDIT_FUNCTION = "worker.tasks.run_edit"
DETECT_FUNCTION = "worker.tasks.run_detect"

_ARGUMENT_OF = {  # the one argument that each function takes
    EDIT_FUNCTION: re.compile(r"edit_[0-9a-f]{32}"),
    DETECT_FUNCTION: re.compile(r"img_[0-9a-f]{64}"),
}


class UnsafeJobError(Exception):
    """A job that isn't one of ours. Who can write to Redis could otherwise run any importable function by its name."""


class SafeJob(Job):
    """Runs `run_edit` and `run_detect` with one id, and nothing else: no callbacks, no webhooks, no methods."""

    def restore(self, raw_data: Any) -> Any:
        """Reads a job from Redis. Callbacks and webhooks aren't kept, and such a job doesn't run."""
        super().restore(raw_data)
        callbacks = (self._success_callback_name, self._failure_callback_name, self._stopped_callback_name)
        self._has_hooks = bool(any(callbacks) or self.webhooks or raw_data.get(b"webhooks"))
        self._success_callback_name = self._failure_callback_name = self._stopped_callback_name = None
        self.webhooks = []

    @property
    def func(self) -> Any:
        """The function to run. Raises UnsafeJobError."""
        self.check()
        return import_attribute(str(self.func_name))

    def check(self) -> None:
        """Raises UnsafeJobError for everything but our functions with one id."""
        if getattr(self, "_has_hooks", False):
            raise UnsafeJobError(f"job {self.id!r} has callbacks or webhooks; none are allowed")
        pattern = _ARGUMENT_OF.get(self.func_name) if isinstance(self.func_name, str) else None
        if pattern is None:
            raise UnsafeJobError(f"job {self.id!r} runs another function; allowed are {', '.join(_ARGUMENT_OF)}")
        if self.instance is not None or self.kwargs or len(self.args) != 1:
            raise UnsafeJobError(f"job {self.id!r} has other arguments; allowed is one id")
        if not isinstance(self.args[0], str) or not pattern.fullmatch(self.args[0]):
            raise UnsafeJobError(f"job {self.id!r} has an argument that is no id for {self.func_name}")


def queue_key(queue: Priority) -> str:
    """The list of waiting tickets."""
    return f"{Queue.redis_queue_namespace_prefix}{queue}"


def intermediate_key(queue: Priority) -> str:
    """The list of tickets that were taken and aren't begun."""
    return f"{queue_key(queue)}:intermediate"


def rq_queues(redis: Redis) -> list[Queue]:
    """RQ's queues in the order in which they are served."""
    return [Queue(name, connection=redis, job_class=SafeJob, serializer=JSONSerializer) for name in QUEUES]


def edit_job(edit_id: str) -> str:
    """The id of the RQ job of an edit."""
    return edit_id


def detect_job(image_id: str) -> str:
    """The id of the RQ job that looks for the words of a picture."""
    return f"detect_{image_id}"


def job_key(job_id: str) -> str:
    """RQ's hash of a job."""
    return f"{Job.redis_job_namespace_prefix}{job_id}"


def edit_fields(edit_id: str) -> list[str | bytes]:
    """RQ's hash of the job of an edit: field, value, field, value, … Without `origin`, the queue's name."""
    return _fields(EDIT_FUNCTION, edit_id)


def detect_fields(image_id: str) -> list[str | bytes]:
    """RQ's hash of the job that looks for the words of a picture. Without `origin`, the queue's name."""
    return _fields(DETECT_FUNCTION, image_id)


def _fields(function: str, argument: str) -> list[str | bytes]:
    """What RQ's own `Job.to_dict` gives, without its detour over a connection; a test compares the two."""
    created_at = utcformat(now())
    return [
        *("created_at", created_at),
        *("enqueued_at", created_at),
        *("data", zlib.compress(json.dumps((function, None, [argument], {})).encode())),
        *("description", f"{function}({argument})"),
        *("timeout", "-1"),  # a progress watchdog ends what hangs; RQ's alarm can't
        *("result_ttl", "0"),  # the record holds the result
        *("failure_ttl", str(FAILURE_TTL_S)),
        *("status", "queued"),
    ]
