"""What the service answers: pictures, words found in them, the state and the outcome of an edit."""

from typing import Annotated, Literal, Self, TypeAlias

from pydantic import Field

from worker.contract.events import StageName
from worker.contract.fields import (
    Box,
    EditId,
    Flag,
    ImageId,
    Index,
    Integer,
    MadeImageId,
    MaskId,
    Model,
    Number,
    Quad,
    RegionId,
    Seed,
    Sha256,
    Size,
    Timestamp,
)
from worker.contract.generations import AnyRequest
from worker.contract.maps import CandidateMaps

Status: TypeAlias = Literal["queued", "running", "succeeded", "failed", "canceled"]
TERMINAL_STATUSES: frozenset[Status] = frozenset({"succeeded", "failed", "canceled"})


class ImageInfo(Model):
    """A stored picture, upright. `mode` is Pillow's word for its channels."""

    image_id: ImageId
    width: Size
    height: Size
    mode: str
    orientation_applied: Flag


class MaskInfo(Model):
    """A stored mask, white = repaint."""

    mask_id: MaskId
    width: Size
    height: Size


class Region(Model):
    """A word in a picture."""

    region_id: RegionId
    quad_px: Quad
    text: str
    confidence: Annotated[Number, Field(ge=0, le=1)]
    char_height_px: Annotated[Number, Field(ge=0)]


class DetectResult(Model):
    """The words of a picture in reading order."""

    image_id: ImageId
    regions: tuple[Region, ...]


class CandidateState(Model):
    """One drawing of one item. Its picture is there once the edit has succeeded."""

    index: Index
    item: Index = 0
    kind: Literal["model", "typeset"] = "model"
    seed: Seed | None = None
    ocr_text: str | None
    score: Number
    verified: Flag
    char_errors: Index | None
    image_sha256: Sha256 | None = None
    maps: Annotated[
        CandidateMaps | None,
        Field(description="of the drawings with a picture; null for one set from a typeface, and a removed word"),
    ] = None


class EditOutcome(Model):
    """What a worker commits. `image_sha256` is the picture of candidate `best`, in which all items are done.

    In it each item has its best drawing. The pictures of an item's candidates differ only in the item's box.
    """

    best: Index
    image_sha256: Sha256
    content_type: Literal["image/png", "image/jpeg", "image/webp"]
    changed_outside_mask_px: Index
    verified: Flag
    candidates: tuple[CandidateState, ...]
    boxes_px: Annotated[tuple[Box, ...], Field(description="of each of `edits`")] = ()
    model: str
    seed: Seed
    timings_s: dict[str, Number] = Field(default_factory=dict)
    image_id: MadeImageId = None


class Failure(Model):
    """Why an edit failed: `code` is stable, `message` is for people, `retryable` says whether trying again may help."""

    code: str
    message: str
    retryable: Flag = False
    image_id: MadeImageId = None


class ProgressState(Model):
    """Where a running edit stands."""

    stage: StageName | None = None
    item: Index = 0
    candidate: Index | None = None
    step: Index | None = None
    total: Index | None = None
    eta_s: Number | None = None


class EditLinks(Model):
    """Where else to look, as paths of the service."""

    self: str
    result: str
    cancel: str
    events: str
    ws: str

    @classmethod
    def of(cls, edit_id: str) -> Self:
        path = f"/v1/edits/{edit_id}"
        return cls(
            self=path, result=f"{path}/result", cancel=f"{path}/cancel", events=f"{path}/events", ws=f"{path}/ws"
        )


class EditAccepted(Model):
    """The answer to `POST /v1/edits` and `/v1/generations`. Position 1 is next.

    It is the same for every repetition with one Idempotency-Key.
    """

    edit_id: EditId
    status: Literal["queued"] = "queued"
    queue_position: Annotated[Integer, Field(ge=1)]
    eta_s: Number | None
    links: EditLinks


class EditState(Model):
    """Everything about an edit. `seq` is that of its latest event."""

    edit_id: EditId
    status: Status
    request: AnyRequest
    attempt: Annotated[Integer, Field(ge=1)]
    seq: Annotated[Integer, Field(ge=1)]
    created_at: Timestamp
    started_at: Timestamp | None = None
    finished_at: Timestamp | None = None
    queue_position: Annotated[Integer, Field(ge=1)] | None = None
    eta_s: Number | None = None
    cancel_requested: Flag = False
    worker: str | None = None
    device: str | None = None
    progress: ProgressState | None = None
    candidates: tuple[CandidateState, ...] = ()
    result: EditOutcome | None = None
    error: Failure | None = None
    links: EditLinks

    @property
    def is_terminal(self) -> bool:
        return self.status in TERMINAL_STATUSES


class ModelFacts(Model):
    """What a model can write: so that a page can say what won't fit before anything is sent."""

    name: str
    charset: Annotated[str, Field(description="every character that it can write")]
    max_chars: Annotated[Size, Field(description="of one text")]
    min_char_height_px: Annotated[Number, Field(gt=0, description="of a target, in pixels of the picture")]
    image_model: Annotated[str | None, Field(description="what makes new pictures beside it; null: nothing does")] = (
        None
    )


class CancelAnswer(Model):
    """`cancelled` says whether this call stops the edit; false when it had already ended."""

    cancelled: Flag
