"""From a request to its outcome: has the words painted one after another and keeps the pictures.

Knows the contract and photos; no queue, no Redis, no networks.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import numpy as np

from worker.contract import CandidateState, DetectResult, EditOutcome, EditRequest
from worker.painter import Judged, Painted, Painter
from worker.photo import Mask, Photo
from worker.pictures import CONTENT_TYPES, Results, load_photo
from worker.places import Places
from worker.reporting import Reporter
from worker.storage import BlobStore
from worker.targets import Target


class EditDrawing:
    """One request; `run` it once, and `discard` what it has kept if nobody wants that any more.

    `detected` gives the words that an earlier search has found in the picture, None if there was none.
    """

    def __init__(
        self,
        request: EditRequest,
        *,
        painter: Painter,
        store: BlobStore,
        detected: Callable[[], DetectResult | None],
        reporter: Reporter,
    ) -> None:
        self._request, self._painter, self._store = request, painter, store
        self._detected, self._reporter = detected, reporter
        self._results = Results(store, request.output)
        self._timings_s: dict[str, float] = {}

    def run(self) -> EditOutcome:
        """Raises EditorErrors and ModelsErrors, and whatever the reporter raises to stop it."""
        request = self._request
        assert request.seed is not None  # the record keeper takes no other
        with self._clock("loading"):
            photo = load_photo(self._store, request.image_id)
        targets = self._targets(photo)
        edited, candidates, bests = photo, list[CandidateState](), list[CandidateState]()
        for index, (item, target) in enumerate(zip(request.edits, targets, strict=True)):
            self._reporter.begin_item(index, first_candidate=len(candidates))
            painted = self._paint(edited, target, item.text)
            states, edited = self._keep(edited, target, painted, item=index, first=len(candidates))
            bests.append(states[0])
            candidates += states
        assert bests[-1].image_sha256 is not None
        return EditOutcome(
            best=bests[-1].index,
            image_sha256=bests[-1].image_sha256,
            content_type=CONTENT_TYPES[request.output.format],
            changed_outside_mask_px=_changed_outside(photo, edited, [target.mask for target in targets]),
            verified=all(best.verified for best in bests),
            candidates=tuple(sorted(candidates, key=lambda state: state.index)),
            model=self._painter.model_name,
            seed=request.seed,
            timings_s={stage: round(seconds, 4) for stage, seconds in self._timings_s.items()},
        )

    def discard(self) -> None:
        """Takes back the pictures."""
        self._results.discard()

    def _targets(self, photo: Photo) -> list[Target]:
        """Everything that can be refused is refused here, before the first word is drawn."""
        self._results.check_fits(photo)
        for item in self._request.edits:
            self._painter.check_text(item.text)
        places = Places(
            photo, painter=self._painter, store=self._store, detected=self._detected, reporter=self._reporter
        )
        with self._clock("detecting"):
            return [places.target(item) for item in self._request.edits]

    def _paint(self, photo: Photo, target: Target, text: str) -> Painted:
        painted = self._painter.paint(photo.rgb, target, text, self._request, self._reporter)
        for stage, seconds in painted.timings_s.items():
            self._timings_s[stage] = self._timings_s.get(stage, 0.0) + seconds
        return painted

    def _keep(
        self, photo: Photo, target: Target, painted: Painted, *, item: int, first: int
    ) -> tuple[list[CandidateState], Photo]:
        """The candidates, best first, and the photo with the best. Pictures are kept of the `n` best."""
        states, best = [], photo
        for rank, drawn in enumerate(painted.candidates):
            sha256 = None
            if rank < self._request.n:
                self._reporter.stage("checking")
                with self._clock("storing"):
                    edited = photo.with_edit(drawn.picture, target.mask)
                    sha256 = self._results.keep(edited)
                best = edited if rank == 0 else best
            states.append(_state(drawn.judged, item=item, first=first, image_sha256=sha256))
        return states, best

    @contextmanager
    def _clock(self, stage: str) -> Iterator[None]:
        started = time.perf_counter()
        yield
        self._timings_s[stage] = self._timings_s.get(stage, 0.0) + time.perf_counter() - started


def _state(drawn: Judged, *, item: int, first: int, image_sha256: str | None) -> CandidateState:
    return CandidateState(
        index=first + drawn.index,
        item=item,
        kind=drawn.kind,
        seed=drawn.seed,
        ocr_text=drawn.ocr_text,
        score=drawn.score,
        verified=drawn.verified,
        char_errors=drawn.char_errors,
        image_sha256=image_sha256,
    )


def _changed_outside(before: Photo, after: Photo, masks: Sequence[Mask]) -> int:
    """Pixels that differ in any sample and that no mask allows to."""
    changed = (before.samples != after.samples).any(axis=2)
    return int((changed & ~np.logical_or.reduce(masks)).sum())
