"""What happens to an edit, one event a change. Knows no transport; `seq` and `ts` are given by the record's keeper."""

from typing import Annotated, Literal, TypeAlias

from pydantic import Field, StringConstraints, TypeAdapter

from worker.contract.fields import EditId, Flag, Index, Integer, MadeImageId, Model, Number, Quad, Timestamp

MAX_PREVIEW_BASE64_CHARS = 14_000  # 10 KB of JPEG

StageName = Literal[
    "loading_model", "making_picture", "detecting", "searching_noise", "drawing", "blending", "checking"
]


class StageUpdate(Model):
    """What the worker does now; `item` is the place in the request's `edits`."""

    type: Literal["stage"] = "stage"
    name: StageName
    item: Index = 0


class ProgressUpdate(Model):
    """A denoising step is done. `preview` is a small JPEG; only live events hold it, replayed ones don't."""

    type: Literal["progress"] = "progress"
    candidate: Annotated[Index | None, Field(description="null: a step of the picture that the texts go into")]
    step: Index
    total: Index
    eta_s: Number | None = None
    item: Index = 0
    preview: Annotated[
        Annotated[str, StringConstraints(max_length=MAX_PREVIEW_BASE64_CHARS)] | None,
        Field(description="base64 JPEG, live only"),
    ] = None
    preview_quad_px: Annotated[
        Quad | None, Field(description="where the text of the preview stands in the picture; the rest is around it")
    ] = None


class CandidateUpdate(Model):
    """A candidate is drawn and read back. `ocr_text` is None when nothing was read (`verify` off)."""

    type: Literal["candidate"] = "candidate"
    index: Index
    ocr_text: str | None
    score: Number
    verified: Flag
    char_errors: Index | None
    item: Index = 0


Update: TypeAlias = StageUpdate | ProgressUpdate | CandidateUpdate  # what a worker may `emit`


class _Event(Model):
    edit_id: EditId
    seq: Annotated[Integer, Field(ge=1, description="rises by one from 1")]
    ts: Timestamp


class QueuedEvent(_Event):
    """Accepted; position 1 is next."""

    type: Literal["queued"] = "queued"
    position: Annotated[Integer, Field(ge=1)]
    eta_s: Number | None = None


class StartedEvent(_Event):
    """A worker has taken the edit."""

    type: Literal["started"] = "started"
    worker: str
    device: str
    attempt: Annotated[Integer, Field(ge=1)]


class StageEvent(_Event, StageUpdate):
    """See `StageUpdate`."""


class ProgressEvent(_Event, ProgressUpdate):
    """See `ProgressUpdate`."""


class CandidateEvent(_Event, CandidateUpdate):
    """See `CandidateUpdate`."""


class RetryingEvent(_Event):
    """The worker was lost; the edit waits for attempt number `attempt`."""

    type: Literal["retrying"] = "retrying"
    attempt: Annotated[Integer, Field(ge=2)]
    reason: str


class CompletedEvent(_Event):
    """Terminal: the picture is there."""

    type: Literal["completed"] = "completed"
    best: Index
    changed_outside_mask_px: Index


class FailedEvent(_Event):
    """Terminal: `code` is stable, `message` is for people."""

    type: Literal["failed"] = "failed"
    code: str
    message: str
    retryable: Flag
    image_id: MadeImageId = None


class CanceledEvent(_Event):
    """Terminal: somebody canceled."""

    type: Literal["canceled"] = "canceled"


Event: TypeAlias = Annotated[
    QueuedEvent
    | StartedEvent
    | StageEvent
    | ProgressEvent
    | CandidateEvent
    | RetryingEvent
    | CompletedEvent
    | FailedEvent
    | CanceledEvent,
    Field(discriminator="type"),
]
TERMINAL_EVENTS = frozenset({"completed", "failed", "canceled"})

EVENT: TypeAdapter[Event] = TypeAdapter(Event)
"""`EVENT.validate_json(text)` → the event of its type."""
