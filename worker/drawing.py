"""From a request to its outcome: has the words painted one after another and keeps the pictures.

Every picture that is kept has all the words: a candidate's is the final one but for the place of its own word. Where
masks overlap the later word is on top, in every picture.

Knows the contract and photos; no queue, no Redis, no networks.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import chain, zip_longest
from typing import TYPE_CHECKING

import cv2
import numpy as np

from worker.contract import CandidateMaps, CandidateState, DetectResult, EditOutcome, EditRequest
from worker.painter import Judged, Painter
from worker.photo import Mask, Photo
from worker.photo_codec import Samples
from worker.pictures import CONTENT_TYPES, Results, load_photo
from worker.places import Places
from worker.reporting import Reporter
from worker.storage import BlobStore
from worker.targets import Target

if TYPE_CHECKING:
    from models.pipeline import CharacterMaps


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
        places = _own_places([target.mask for target in targets])
        final, words = photo, list[_Word]()
        for index, (item, target, place) in enumerate(zip(request.edits, targets, places, strict=True)):
            first = sum(len(word.judged) for word in words)
            self._reporter.begin_item(index, first_candidate=first)
            word, final = self._draw(final, target, item.text, place=place, first=first)
            words.append(word)
        image_sha256, states = self._keep(final, words)
        bests = [candidates[0] for candidates in states]
        return EditOutcome(
            best=bests[-1].index,
            image_sha256=image_sha256,
            content_type=CONTENT_TYPES[request.output.format],
            changed_outside_mask_px=_changed_outside(photo, final, [target.mask for target in targets]),
            verified=all(best.verified for best in bests),
            candidates=tuple(sorted(chain.from_iterable(states), key=lambda state: state.index)),
            boxes_px=tuple(place.box_px for place in places),
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

    def _draw(self, photo: Photo, target: Target, text: str, *, place: "_Place", first: int) -> tuple["_Word", Photo]:
        """One word → what is needed of its drawings later on, and the photo with the best of them."""
        painted = self._painter.paint(photo.rgb, target, text, self._request, self._reporter)
        for stage, seconds in painted.timings_s.items():
            self._timings_s[stage] = self._timings_s.get(stage, 0.0) + seconds
        best, others = photo, list[Samples]()
        for rank, drawn in enumerate(painted.candidates[: self._request.n]):
            self._reporter.stage("checking")
            with self._clock("storing"):
                edited = photo.with_edit(drawn.picture, target.mask)
                if rank == 0:
                    best = edited
                else:
                    others.append(place.cut(edited))
        maps = [drawn.maps for drawn in painted.candidates[: self._request.n]]
        return _Word(place, first, [drawn.judged for drawn in painted.candidates], others, maps), best

    def _keep(self, final: Photo, words: Sequence["_Word"]) -> tuple[str, list[list[CandidateState]]]:
        """Stores `final`, and for each candidate that isn't in it `final` with this one; → the states, best first."""
        with self._clock("storing"):
            image_sha256 = self._results.keep(final)
        states = []
        for item, word in enumerate(words):
            shas: list[str | None] = [image_sha256]
            for samples in word.others:
                self._reporter.stage("checking")
                with self._clock("storing"):
                    shas.append(self._results.keep(word.place.paste(final, samples)))
            with self._clock("storing"):
                maps = [self._results.keep_maps(one) for one in word.maps]
            kept = zip_longest(word.judged, shas, maps)
            states.append(
                [_state(drawn, item, word.first, image_sha256=sha256, maps=maps) for drawn, sha256, maps in kept]
            )
        return image_sha256, states

    @contextmanager
    def _clock(self, stage: str) -> Iterator[None]:
        started = time.perf_counter()
        yield
        self._timings_s[stage] = self._timings_s.get(stage, 0.0) + time.perf_counter() - started


@dataclass(frozen=True, eq=False)
class _Place:
    """Where a word is seen in the end. Only the mask's own box is held: a photo may have 16 masks of 50 megapixels."""

    box: tuple[slice, slice]
    mask: Mask  # of the box's size

    @property
    def box_px(self) -> tuple[int, int, int, int]:
        """x, y, width, height"""
        rows, columns = self.box
        return columns.start, rows.start, columns.stop - columns.start, rows.stop - rows.start

    def cut(self, photo: Photo) -> Samples:
        """(N, C)"""
        return photo.samples[self.box][self.mask]

    def paste(self, photo: Photo, samples: Samples) -> Photo:
        changed = photo.samples.copy()
        changed[self.box][self.mask] = samples
        return replace(photo, samples=changed)


@dataclass(frozen=True, eq=False)
class _Word:
    """One item's drawings, and what the picture shows in `place` with those that aren't the best.

    Places don't overlap: all words together hold fewer samples than `n` photos.
    """

    place: _Place
    first: int  # index of the first candidate
    judged: list[Judged]  # in order of rank
    others: list[Samples]  # (N, C) each, of ranks 1 to n - 1
    maps: list["CharacterMaps | None"]  # of ranks 0 to n - 1


def _own_places(masks: Sequence[Mask]) -> list[_Place]:
    """Each mask without those of later words, which are drawn over it."""
    places, later = list[_Place](), np.zeros_like(masks[0])
    for mask in reversed(masks):
        x, y, width, height = cv2.boundingRect(mask.view(np.uint8))
        box = (slice(y, y + height), slice(x, x + width))
        places.append(_Place(box, mask[box] & ~later[box]))
        later[box] |= mask[box]
    return places[::-1]


def _state(
    drawn: Judged, item: int, first: int, *, image_sha256: str | None, maps: CandidateMaps | None
) -> CandidateState:
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
        maps=maps,
    )


def _changed_outside(before: Photo, after: Photo, masks: Sequence[Mask]) -> int:
    """Pixels that differ in any sample and that no mask allows to."""
    changed = (before.samples != after.samples).any(axis=2)
    return int((changed & ~np.logical_or.reduce(masks)).sum())
