"""Where the items of a request are to be written. Knows the contract; what a place is, `worker.targets` knows."""

from collections.abc import Callable
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

from models.errors import BadTargetError
from worker.contract import (
    DetectResult,
    EditItem,
    FindTarget,
    MaskPngTarget,
    MaskTarget,
    QuadTarget,
    Region,
    RegionTarget,
    StyleQuad,
)
from worker.errors import RegionNotFoundError
from worker.painter import Painter
from worker.photo import Photo
from worker.pictures import load_mask
from worker.reporting import Reporter
from worker.storage import BlobStore
from worker.targets import Target, at_corners, at_mask, at_word

if TYPE_CHECKING:
    from models.reading.words import Word


class Places:
    """The places of one photo, as it came: an item's place doesn't depend on the items before it.

    `detected` gives the words that an earlier search has found, None if there was none.
    """

    def __init__(
        self,
        photo: Photo,
        *,
        painter: Painter,
        store: BlobStore,
        detected: Callable[[], DetectResult | None],
        reporter: Reporter,
    ) -> None:
        self._photo, self._painter, self._store = photo, painter, store
        self._detected, self._reporter = detected, reporter

    def target(self, item: EditItem) -> Target:
        """Raises BadTargetError, TextNotFoundError, MaskNotFoundError, BadMaskFileError or RegionNotFoundError."""
        target = self._place(item)
        if item.old_text is not None:
            target = replace(target, old_text=item.old_text)
        if item.style_from is None:
            return target
        if isinstance(item.style_from, StyleQuad):
            return target.with_style(item.style_from.quad_px)
        return target.with_style(self._region(item.style_from.region_id).quad_px)

    def _place(self, item: EditItem) -> Target:
        image_hw = self._photo.image_hw
        match item.target:
            case QuadTarget(quad_px=quad):
                return at_corners(quad, image_hw)
            case RegionTarget(region_id=region_id):
                region = self._region(region_id)
                return at_corners(region.quad_px, image_hw, old_text=region.text)
            case MaskTarget(mask_id=mask_id):
                return at_mask(load_mask(self._store, mask_id, image_hw))
            case FindTarget(find=find):
                return at_word(self._find(find.text, find.occurrence), image_hw)
            case MaskPngTarget():
                raise ValueError("a mask sent along is stored before the edit is queued")

    def _find(self, text: str, occurrence: int | None) -> "Word":
        from models.reading.matching import match_words

        match = match_words(self._words, text, occurrence=occurrence)
        if match.total > 1 and occurrence is None:
            raise BadTargetError(f"{text!r} is there {match.total} times: say which with occurrence 1 to {match.total}")
        return match.word

    def _region(self, region_id: str) -> Region:
        if self._regions is None:
            raise RegionNotFoundError(f"no region {region_id}: the words of this picture haven't been looked for")
        if region_id not in self._regions:
            raise RegionNotFoundError(f"no region {region_id}: {len(self._regions)} were found, r0, r1, …")
        return self._regions[region_id]

    @cached_property
    def _words(self) -> "list[Word]":
        self._reporter.stage("detecting")
        return self._painter.find(self._photo.rgb)

    @cached_property
    def _regions(self) -> dict[str, Region] | None:
        found = self._detected()
        return None if found is None else {region.region_id: region for region in found.regions}
