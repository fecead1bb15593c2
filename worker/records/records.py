"""The record keeper, blocking: for workers and the command line."""

from typing import Any, Literal, TypeVar

import redis

from worker.contract import (
    AnyRequest,
    DetectResult,
    EditOutcome,
    EditState,
    Failure,
    ImageInfo,
    MaskInfo,
    Update,
)
from worker.records import edits, looking
from worker.records.calls import Call
from worker.records.connections import translated
from worker.records.values import (
    DEFAULT_RETENTION_S,
    LEASE_S,
    STRANDED_AFTER_S,
    Attempt,
    Beat,
    Created,
    QueueState,
    Reaped,
    Retried,
    Stats,
    StoredEvent,
)

T = TypeVar("T")


class Records:
    """Reads and changes the state of edits and pictures, blocking. Every method raises QueueUnavailableError."""

    def __init__(self, client: redis.Redis, *, max_queued: int = 1000, retention_s: int = DEFAULT_RETENTION_S) -> None:
        self.redis, self.max_queued, self.retention_s = client, max_queued, retention_s
        self._scripts: dict[str, Any] = {}

    def _run(self, call: Call[T]) -> T:
        script = self._scripts.get(call.lua)
        if script is None:
            script = self._scripts[call.lua] = self.redis.register_script(call.lua)
        with translated():
            reply = script(keys=call.keys, args=call.args)
        return call.parse(reply)

    def create(
        self, edit_id: str, request: AnyRequest, *, fingerprint: str, idempotency_key_hash: str | None = None
    ) -> Created:
        """Takes an edit on: record, event and ticket in one call. The first answer again for a key that came before.

        `idempotency_key_hash` is 64 hexadecimal digits, `fingerprint` says which request it came with. Raises
        IdempotencyConflictError and QueueFullError, and ValueError for a request with a mask in it or without seed.
        """
        return self._run(
            edits.create(
                edit_id,
                request,
                fingerprint=fingerprint,
                idempotency_key_hash=idempotency_key_hash,
                max_queued=self.max_queued,
            )
        )

    def begin(self, edit_id: str, *, worker: str, device: str, lease_s: float = LEASE_S) -> Attempt | None:
        """Queued → running. None for an edit that isn't queued (any more): its ticket means nothing."""
        return self._run(edits.begin(edit_id, worker=worker, device=device, lease_s=lease_s))

    def beat(self, edit_id: str, token: int, *, lease_s: float = LEASE_S) -> Beat:
        """Renews the lease. "cancel": stop and `commit_canceled`; "stale": stop, the edit is somebody else's."""
        return self._run(edits.beat(edit_id, token, lease_s=lease_s))

    def emit(self, edit_id: str, token: int, update: Update) -> int:
        """Tells what happens; gives the event's `seq`. Raises StaleAttemptError, as all with a token do."""
        return self._run(edits.emit(edit_id, token, update))

    def complete(self, edit_id: str, token: int, outcome: EditOutcome) -> Literal["succeeded", "canceled"]:
        """Running → succeeded; → canceled if somebody asked for that before."""
        return self._run(edits.complete(edit_id, token, outcome))

    def fail(self, edit_id: str, token: int | None, failure: Failure) -> Literal["failed", "canceled"]:
        """Running → failed; → canceled if that was asked for. Without token: whoever has it, and queued ones too."""
        return self._run(edits.fail(edit_id, token, failure))

    def commit_canceled(self, edit_id: str, token: int) -> None:
        """Running → canceled: the worker has stopped."""
        self._run(edits.commit_canceled(edit_id, token))

    def retrying(self, edit_id: str, attempt: int, reason: str = "worker_lost") -> Retried | None:
        """Running in that attempt → queued, at the front, under the next; failed with code `reason` after the third.

        None when nothing was to be done: the edit isn't running in that attempt any more.
        """
        return self._run(edits.retrying(edit_id, attempt, reason))

    def expired(self) -> list[tuple[str, int]]:
        """(edit_id, attempt) of running edits whose lease ran out. To be asked for every second or so.

        After a while in which nobody asked (Redis was away, too) all leases are renewed first.
        """
        return self._run(looking.expired(lease_s=LEASE_S))

    def requeue_stranded(self, *, after_s: float = STRANDED_AFTER_S) -> list[str]:
        """Pushes new tickets for queued edits that have none since `after_s`; gives their ids."""
        stranded = self._run(looking.stranded())
        return [edit_id for edit_id in stranded if self.requeue(edit_id, after_s=after_s)]

    def requeue(self, edit_id: str, *, after_s: float) -> bool:
        """Pushes a new ticket if the edit is queued and has none since `after_s`. Raises EditNotFoundError."""
        return self._run(edits.requeue(edit_id, after_s=after_s))

    def reap(self) -> Reaped:
        """Looks after what lost its worker or its ticket. To be called every second by anybody, by several at once."""
        outcomes = {edit_id: self.retrying(edit_id, attempt) for edit_id, attempt in self.expired()}
        return Reaped.of(outcomes, requeued=self.requeue_stranded())

    def cancel(self, edit_id: str) -> bool:
        """Queued → canceled now; running: the worker is told; ended: False. Raises EditNotFoundError."""
        return self._run(edits.cancel(edit_id))

    def forget(self, edit_id: str) -> bool:
        """Removes all that is known of an edit, with its texts. False, and nothing done, while it hasn't ended."""
        return self._run(edits.forget(edit_id))

    def is_cancel_requested(self, edit_id: str) -> bool:
        return self._run(looking.is_cancel_requested(edit_id))

    def get(self, edit_id: str) -> EditState | None:
        """Everything about an edit, with its present place in the queue."""
        return self._run(looking.get(edit_id))

    def events(self, edit_id: str, after: int = 0) -> list[StoredEvent]:
        """The events whose `seq` is above `after`, in order."""
        return self._run(looking.events(edit_id, after))

    def queue(self) -> QueueState:
        return self._run(looking.queue())

    def stats(self) -> Stats:
        return self._run(looking.stats())

    def ping(self) -> None:
        """Whether Redis answers and runs scripts."""
        self._run(looking.ping())

    def save_image(self, info: ImageInfo) -> None:
        """Keeps it for the retention time from now."""
        self._run(looking.save_image(info, retention_s=self.retention_s))

    def get_image(self, image_id: str) -> ImageInfo | None:
        return self._run(looking.get_image(image_id))

    def delete_image(self, image_id: str) -> bool:
        """Forgets a picture and the words found in it; the file is the blob store's. False when it wasn't known."""
        return self._run(looking.delete_image(image_id))

    def save_mask(self, info: MaskInfo) -> None:
        self._run(looking.save_mask(info, retention_s=self.retention_s))

    def get_mask(self, mask_id: str) -> MaskInfo | None:
        return self._run(looking.get_mask(mask_id))

    def request_detect(self, image_id: str) -> Literal["done", "pending", "queued"]:
        """Has a worker look for words, unless that is done or under way. Raises ImageNotFoundError, QueueFullError.

        To be called again now and then by who waits: a search may get lost with its worker.
        """
        return self._run(looking.request_detect(image_id, max_queued=self.max_queued))

    def hold_detect(self, image_id: str) -> None:
        """Says that somebody looks for words just now. To be renewed every second."""
        self._run(looking.hold_detect(image_id))

    def get_detect(self, image_id: str) -> DetectResult | Failure | None:
        """The words found, why none could be looked for, or None: not yet."""
        return self._run(looking.get_detect(image_id))

    def save_regions(self, image_id: str, result: DetectResult) -> bool:
        """Stores the words found and wakes who waits. False when the picture was deleted meanwhile."""
        return self._run(looking.save_regions(image_id, result))

    def fail_detect(self, image_id: str, failure: Failure) -> bool:
        """Stores why, and wakes who waits; the next `request_detect` tries again."""
        return self._run(looking.fail_detect(image_id, failure))
