"""What a painter does, told as the updates of an edit: stages as they change, steps and previews now and then.

Knows the contract; not where updates go, nor who stops an edit.
"""

import base64
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import cv2
import numpy as np

from worker.contract import CandidateUpdate, ProgressUpdate, StageName, StageUpdate, Update
from worker.painter import Image, Judged

if TYPE_CHECKING:
    from models.regions.quad import Quad

MIN_PROGRESS_GAP_S = 0.1
MIN_PREVIEW_GAP_S = 0.2
PREVIEW_SIDE_PX = 256
MAX_PREVIEW_BYTES = 10_000
PREVIEW_QUALITIES = (75, 50, 30, 10)


class Reporter:
    """A painter's `Watcher`: `tell` is given each update.

    `check` is called at each sign of life, with the stage; what it raises stops all.
    """

    def __init__(
        self,
        tell: Callable[[Update], None],
        check: Callable[[StageName], None],
        *,
        num_items: int,
        num_candidates: int,
        previews: bool,
    ) -> None:
        self._tell, self._check = tell, check
        self._num_items, self._num_candidates, self._previews = num_items, num_candidates, previews
        self._started = time.monotonic()
        self._item = self._first_candidate = 0
        self._stage: StageUpdate | None = None
        self._last: ProgressUpdate | None = None  # of the candidate that is being drawn
        self._told_at = self._seen_at = float("-inf")
        self._told_step: tuple[int | None, int] | None = None  # candidate and step
        self._preview: dict[str, object] = {}  # for the next step that is told

    def begin_item(self, item: int, *, first_candidate: int) -> None:
        """From now on it is about this place in the request's `edits`; its candidates count from `first_candidate`."""
        self._item, self._first_candidate = item, first_candidate
        self._last = None

    def stage(self, name: StageName) -> None:
        """Tells of a stage, once."""
        self._check(name)
        update = StageUpdate(name=name, item=self._item)
        if update != self._stage:
            self._stage = update
            self._tell(update)

    def making(self, step: int, total: int) -> None:
        """A step of the picture that the texts go into. Drawing them hasn't begun: their pace is counted from here."""
        self._started = time.monotonic()
        self.stage("making_picture")
        if step == total or self._started - self._told_at >= MIN_PROGRESS_GAP_S:
            self._tell_step(ProgressUpdate(candidate=None, step=step, total=total, item=self._item))

    def progress(self, stage: StageName, candidate: int | None, step: int, total: int) -> None:
        """Steps are told now and then, the last of a drawing always."""
        if stage != "drawing" and self._last is not None:
            end = self._last.model_copy(update={"step": self._last.total, "eta_s": None})
            if self._told_step != (end.candidate, end.step):
                self._tell_step(end)
            self._last = None
        self.stage(stage)
        if stage == "drawing" and candidate is not None:
            self._last = ProgressUpdate(
                candidate=self._first_candidate + candidate,
                step=step,
                total=total,
                eta_s=self._eta_s(candidate, step, total),
                item=self._item,
            )
            if time.monotonic() - self._told_at >= MIN_PROGRESS_GAP_S:
                self._tell_step(self._last)

    def preview(self, draw: Callable[[], Image], quad_px: "Quad") -> None:
        """Made now and then; the picture goes with the next step that is told."""
        now = time.monotonic()
        if self._previews and now - self._seen_at >= MIN_PREVIEW_GAP_S:
            self._seen_at = now
            self._preview = {
                "preview": base64.b64encode(preview_jpeg(draw())).decode(),
                "preview_quad_px": tuple((float(x), float(y)) for x, y in quad_px),
            }

    def judged(self, drawn: Judged) -> None:
        self._tell(
            CandidateUpdate(
                index=self._first_candidate + drawn.index,
                ocr_text=drawn.ocr_text,
                score=drawn.score,
                verified=drawn.verified,
                char_errors=drawn.char_errors,
                item=self._item,
            )
        )

    def _tell_step(self, update: ProgressUpdate) -> None:
        self._told_at = time.monotonic()
        self._told_step = (update.candidate, update.step)
        self._tell(update.model_copy(update=self._preview))
        self._preview = {}

    def _eta_s(self, candidate: int, step: int, total: int) -> float | None:
        """At the pace so far, to the end of this round of candidates and of one round for each further item."""
        done = self._first_candidate * total + candidate * total + step
        if done == 0:
            return None
        in_round = candidate % self._num_candidates
        left = (self._num_candidates - in_round) * total - step
        left += (self._num_items - self._item - 1) * self._num_candidates * total
        return round((time.monotonic() - self._started) / done * left, 1)


def preview_jpeg(image: Image) -> bytes:
    """uint8 (H, W, 3) RGB of any size → a JPEG of at most `MAX_PREVIEW_BYTES`."""
    height, width = image.shape[:2]
    scale = PREVIEW_SIDE_PX / max(height, width)
    if scale < 1:
        size = (max(1, round(width * scale)), max(1, round(height * scale)))
        image = np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)
    bgr = np.ascontiguousarray(image[..., ::-1])
    for quality in PREVIEW_QUALITIES:
        _, encoded = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, quality])
        if len(encoded) <= MAX_PREVIEW_BYTES:
            break
    return encoded.tobytes()
