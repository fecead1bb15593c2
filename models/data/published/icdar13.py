"""ICDAR 2013, focused scene text: `{split}/annos/gt_img_1.txt` beside `{split}/images/img_1.jpg`.

A line of the annotations is `left, top, right, bottom, "WORD"`, as in the official test set. It has no character masks:
it is for evaluation.
"""

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.data.published.source import PlacedWord, Skipped, check_layout, malformed, open_picture
from models.errors import BadDataError
from models.regions.crop import CropFrame
from models.regions.strip import Image

_LINE = re.compile(r'(-?\d{1,5}), (-?\d{1,5}), (-?\d{1,5}), (-?\d{1,5}), "(.*)"')


class Icdar13:
    """One split. Raises BadDataError."""

    name = "ICDAR13"

    def __init__(self, root: Path, split: str) -> None:
        check_layout(self.name, root, [f"{split}/annos", f"{split}/images"])
        self._images = root / split / "images"
        self._annotations = sorted((root / split / "annos").glob("*.txt"))
        if not self._annotations:
            raise BadDataError(f"{self.name} has its words in {root / split / 'annos'}/*.txt, of which there are none")

    @property
    def num_pictures(self) -> int:
        return len(self._annotations)

    def words(self, picture: int) -> Sequence[PlacedWord | Skipped]:
        name = self._stem(picture)
        try:
            lines = self._annotations[picture].read_text("utf-8-sig").splitlines()
        except UnicodeDecodeError:
            return [malformed(name, "annotations that aren't UTF-8")]
        return [_word(f"{name}:{number}", line) for number, line in enumerate(lines, start=1) if line.strip()]

    def image(self, picture: int) -> Image:
        return open_picture(self._images / f"{self._stem(picture)}.jpg")

    def char_masks(
        self, picture: int, word: PlacedWord, frame: CropFrame, image_hw: tuple[int, int]
    ) -> NDArray[np.bool_] | None:
        del picture, word, frame, image_hw
        return None

    def _stem(self, picture: int) -> str:
        return self._annotations[picture].name.split(".")[0].replace("gt_", "")


def _word(name: str, line: str) -> PlacedWord | Skipped:
    match = _LINE.fullmatch(line.strip())
    if match is None:
        return malformed(name, 'not a line `left, top, right, bottom, "WORD"`')
    left, top, right, bottom = (int(number) for number in match.groups()[:4])
    if left >= right or top >= bottom:
        return malformed(name, "an empty box")
    corners = np.array([(left, top), (right - 1, top), (right - 1, bottom - 1), (left, bottom - 1)], np.int32)
    return PlacedWord(name, match[5], corners, float((right - left) * (bottom - top)))
