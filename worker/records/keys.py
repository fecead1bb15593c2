"""The names of everything in Redis. No name is built from an id that doesn't look like one."""

import re

from worker import queueing
from worker.errors import EditNotFoundError, ImageNotFoundError, MaskNotFoundError

QUEUED_KEY = "edits:queued"  # sorted set: edit_id by the time since which it waits
RUNNING_KEY = "edits:running"  # sorted set: edit_id:attempt by the end of its lease
WATCHED_KEY = "edits:watched"  # when `expired` was last asked for
STATS_KEY = "edits:stats"
WORKERS_KEY = "rq:workers"  # RQ's set of registered workers
WORKER_MODEL_FIELD = "model"  # of a worker's hash, beside RQ's own: ModelFacts as JSON
RQ_QUEUES_KEY = "rq:queues"  # RQ's set of queues

_EDIT_ID = re.compile(r"edit_[0-9a-f]{32}")
_IMAGE_ID = re.compile(r"img_[0-9a-f]{64}")
_MASK_ID = re.compile(r"mask_[0-9a-f]{64}")
_SHA256 = re.compile(r"[0-9a-f]{64}")


def check_edit_id(edit_id: str) -> str:
    if not _EDIT_ID.fullmatch(edit_id):
        raise EditNotFoundError(f"no edit {edit_id[:80]!r}: an id is edit_ and 32 hexadecimal digits")
    return edit_id


def check_image_id(image_id: str) -> str:
    if not _IMAGE_ID.fullmatch(image_id):
        raise ImageNotFoundError(f"no image {image_id[:80]!r}: an id is img_ and 64 hexadecimal digits")
    return image_id


def wakeup_channel(identifier: str) -> str:
    """Where the events of an edit are published, and the word that the words of a picture are found."""
    return f"pub:{identifier}"


def edit_key(edit_id: str) -> str:
    return f"edit:{check_edit_id(edit_id)}"


def events_key(edit_id: str) -> str:
    return f"ev:{check_edit_id(edit_id)}"


def idempotency_key(key_hash: str) -> str:
    if not _SHA256.fullmatch(key_hash):
        raise ValueError(f"the hash of an Idempotency-Key is 64 hexadecimal digits, got {len(key_hash)} characters")
    return f"idem:{key_hash}"


def image_key(image_id: str) -> str:
    return f"image:{check_image_id(image_id)}"


def detect_key(image_id: str) -> str:
    return f"detect:{check_image_id(image_id)}"


def mask_key(mask_id: str) -> str:
    if not _MASK_ID.fullmatch(mask_id):
        raise MaskNotFoundError(f"no mask {mask_id[:80]!r}: an id is mask_ and 64 hexadecimal digits")
    return f"mask:{mask_id}"


def shared_keys() -> dict[str, str]:
    """What the scripts of all edits share, by the name that it has in Lua."""
    interactive, batch = queueing.QUEUES
    return {
        "QUEUED": QUEUED_KEY,
        "RUNNING": RUNNING_KEY,
        "WATCHED": WATCHED_KEY,
        "STATS": STATS_KEY,
        "WORKERS": WORKERS_KEY,
        "RQ_QUEUES": RQ_QUEUES_KEY,
        "DOORBELL": queueing.DOORBELL_KEY,
        "INTERACTIVE": queueing.queue_key(interactive),
        "BATCH": queueing.queue_key(batch),
        "INTERACTIVE_TAKEN": queueing.intermediate_key(interactive),
        "BATCH_TAKEN": queueing.intermediate_key(batch),
    }


def edit_keys(edit_id: str, *, key_hash: str | None = None) -> dict[str, str]:
    """All keys of an edit's scripts, by name."""
    return {
        "EDIT": edit_key(edit_id),
        "EVENTS": events_key(edit_id),
        "IDEM": edit_key(edit_id) if key_hash is None else idempotency_key(key_hash),
        "JOB": queueing.job_key(queueing.edit_job(edit_id)),
        **shared_keys(),
    }


def detect_keys(image_id: str) -> dict[str, str]:
    """All keys of the scripts about the words of a picture, by name."""
    return {
        "IMAGE": image_key(image_id),
        "DETECT": detect_key(image_id),
        "JOB": queueing.job_key(queueing.detect_job(image_id)),
        **shared_keys(),
    }
