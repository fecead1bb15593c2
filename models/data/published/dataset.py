"""Words of a published data set as crop samples, by the rules that UDiffText was trained and judged with.

A word is taken if it has 1 to 12 of the 94 printable characters and covers at least 2,621 px² (1 % of 512 × 512). What
is left out is counted by reason.
"""

from array import array
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

import cv2
import numpy as np
from numpy.typing import NDArray

from models.charset import PRINTABLE
from models.data.crop_samples import CropSample
from models.data.published.source import Kind, PlacedWord, Skipped, SkippedError, Source, polygon_mask
from models.regions.crop import CropFrame, crop_frame, cut, cut_mask
from models.regions.strip import Image

CROP_SIZE_PX = 512
MAX_CHARS = 12
MIN_AREA_PX2 = 0.01 * 512**2

_CHARACTERS = frozenset(PRINTABLE)
_EXAMPLES = 3


@dataclass(frozen=True)
class ReadingReport:
    """What was seen so far. `filtered` by rule and `malformed` by flaw; of the latter the first few names.

    `words` counts a picture whose words can't be read as one.
    """

    dataset: str
    pictures: int
    words: int
    usable: int
    filtered: Mapping[str, int]
    malformed: Mapping[str, int]
    examples: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def lines(self) -> list[str]:
        """For a person."""
        lines = [f"{self.dataset}: {self.words} words in {self.pictures} pictures, {self.usable} of them usable"]
        lines += [f"left out: {count}, {reason}" for reason, count in self.filtered.items()]
        lines += [
            f"malformed: {count}, {reason} ({', '.join(self.examples[reason])}{', …' if count > _EXAMPLES else ''})"
            for reason, count in self.malformed.items()
        ]
        return lines


class PublishedDataset:
    """The usable words of a source, in its order; the annotations of all pictures are read at the start.

    What can only be told from the pictures is found out when a word is read: it is then skipped by the iterators, and
    raises SkippedError when asked for by number.
    """

    def __init__(self, source: Source, *, crop_size_px: int = CROP_SIZE_PX) -> None:
        self._source, self._crop_size_px = source, crop_size_px
        self._pictures, self._places = array("i"), array("i")  # of each usable word: its picture, its place there
        self._tally = _Tally()
        self._found_out: dict[int, Skipped] = {}  # by the word's number
        self._page: tuple[int, Sequence[PlacedWord | Skipped], Image] | None = None  # the picture read last
        for picture in range(source.num_pictures):
            for place, word in enumerate(source.words(picture)):
                skipped = word if isinstance(word, Skipped) else _filtered(word)
                if skipped is not None:
                    self._tally.add(skipped)
                    continue
                self._pictures.append(picture)
                self._places.append(place)

    @property
    def report(self) -> ReadingReport:
        tally = _Tally(self._tally)
        for skipped in self._found_out.values():
            tally.add(skipped)
        return ReadingReport(
            dataset=self._source.name,
            pictures=self._source.num_pictures,
            words=len(self) + self._tally.total,
            usable=len(self) - len(self._found_out),
            filtered=MappingProxyType(tally.counts["filtered"]),
            malformed=MappingProxyType(tally.counts["malformed"]),
            examples=MappingProxyType(tally.examples),
        )

    def __len__(self) -> int:
        """How many words may be usable, before their pictures are looked at."""
        return len(self._pictures)

    def __getitem__(self, index: int) -> CropSample:
        """The word of a number from 0. Raises SkippedError, IndexError."""
        picture, place = self._pictures[index], self._places[index]
        words = self._source.words(picture) if self._page is None or self._page[0] != picture else self._page[1]
        word = words[place]
        if isinstance(word, Skipped):
            raise SkippedError("annotations that changed while they were read", "malformed")
        try:
            return self._sample(picture, words, word)
        except SkippedError as error:
            self._found_out[index] = Skipped(word.name, error.reason, error.kind)
            raise

    def __iter__(self) -> Iterator[CropSample]:
        return self._through(range(len(self)))

    def shuffled(self, seed: int) -> Iterator[CropSample]:
        """All of them once; the order is the seed's."""
        return self._through(np.random.default_rng(seed).permutation(len(self)).tolist())

    def _through(self, indices: Sequence[int]) -> Iterator[CropSample]:
        for index in indices:
            try:
                sample = self[index]
            except SkippedError:  # counted in the report
                continue
            yield sample

    def _sample(self, picture: int, words: Sequence[PlacedWord | Skipped], word: PlacedWord) -> CropSample:
        if self._page is None or self._page[0] != picture:
            self._page = picture, words, self._source.image(picture)
        image = self._page[2]
        image_hw = image.shape[0], image.shape[1]
        mask = polygon_mask(word.polygon_px, image_hw)
        if not mask.any():
            raise SkippedError("a box outside the picture", "malformed")
        frame = crop_frame(mask, size_px=self._crop_size_px)
        char_masks = self._source.char_masks(picture, word, frame, image_hw)
        crop_mask = cut_mask(mask, frame)
        x, y, w, h = cv2.boundingRect(crop_mask.view(np.uint8))
        return CropSample(
            image=cut(image, frame),
            mask=crop_mask,
            text=word.text,
            text_box=(x, y, x + w, y + h),
            char_masks=None if char_masks is None else _resized(char_masks, frame),
            name=word.name,
        )


class _Tally:
    """Counts by kind and reason, and the first few names of what is malformed."""

    def __init__(self, start: "_Tally | None" = None) -> None:
        self.counts: dict[Kind, Counter[str]] = {"filtered": Counter(), "malformed": Counter()}
        self.examples: dict[str, tuple[str, ...]] = {}
        if start is not None:
            self.counts = {kind: counter.copy() for kind, counter in start.counts.items()}
            self.examples = dict(start.examples)

    @property
    def total(self) -> int:
        return sum(counter.total() for counter in self.counts.values())

    def add(self, skipped: Skipped) -> None:
        self.counts[skipped.kind][skipped.reason] += 1
        named = self.examples.get(skipped.reason, ())
        if skipped.kind == "malformed" and len(named) < _EXAMPLES:
            self.examples[skipped.reason] = (*named, skipped.name)


def _filtered(word: PlacedWord) -> Skipped | None:
    reason = None
    if not 1 <= len(word.text) <= MAX_CHARS:
        reason = f"not 1 to {MAX_CHARS} characters"
    elif not _CHARACTERS.issuperset(word.text):
        reason = "characters that aren't printable ASCII"
    elif word.area_px2 < MIN_AREA_PX2:
        reason = f"smaller than {MIN_AREA_PX2:.0f} px²"
    return None if reason is None else Skipped(word.name, reason, "filtered")


def _resized(masks: NDArray[np.bool_], frame: CropFrame) -> NDArray[np.bool_]:
    """(L, side, side) → (L, size, size): True where at least half of a crop pixel is the character's."""
    size = frame.size_px, frame.size_px
    method = cv2.INTER_AREA if frame.side_px > frame.size_px else cv2.INTER_LINEAR
    resized = [cv2.resize(mask.astype(np.float32), size, interpolation=method) >= 0.5 for mask in masks]
    return np.asarray(np.stack(resized), np.bool_)
