"""SynthText: `gt.mat` (MATLAB v5) beside folders of pictures. It is one whole: there are no splits.

`imnames`, `txt` (lines of words), `wordBB` (2, 4, words) and `charBB` (2, 4, characters), one entry a picture. A
character's pixels are those of its box.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.io import loadmat
from scipy.io.matlab import MatReadError

from models.data.published.source import (
    PlacedWord,
    Skipped,
    SkippedError,
    as_polygon,
    check_layout,
    in_square,
    malformed,
    open_picture,
    placed,
    polygon_mask,
)
from models.errors import BadDataError
from models.regions.crop import CropFrame
from models.regions.strip import Image

MIN_CHAR_SHARE = 0.001  # of the picture, the mean over the word's characters

_FIELDS = ("imnames", "wordBB", "charBB", "txt")


class SynthText:
    """The whole set; its annotations stay in memory. Raises BadDataError."""

    name = "SynthText"

    def __init__(self, root: Path) -> None:
        check_layout(self.name, root, ["gt.mat"])
        self._root = root
        fields = _load(root / "gt.mat")
        self._names, self._word_boxes, self._char_boxes, self._texts = (fields[name] for name in _FIELDS)

    @property
    def num_pictures(self) -> int:
        return len(self._names)

    def words(self, picture: int) -> Sequence[PlacedWord | Skipped]:
        name = self._name(picture)
        if not name:
            return [malformed(f"picture {picture + 1}", "no file's name")]
        try:
            boxes, char_boxes = _corners(self._word_boxes[picture]), _corners(self._char_boxes[picture])
        except (ValueError, TypeError):
            return [malformed(name, "boxes that aren't (2, 4, words)")]
        texts = [word for line in np.ravel(self._texts[picture]) for word in str(line).split()]
        if len(texts) != len(boxes) or sum(map(len, texts)) != len(char_boxes):
            return [malformed(name, "not as many boxes as words and characters")]
        starts = np.cumsum([0, *(len(text) for text in texts)])
        return [
            _word(f"{name}:{number}", text, box, char_boxes[start : start + len(text)])
            for number, (text, box, start) in enumerate(zip(texts, boxes, starts[:-1], strict=True), start=1)
        ]

    def image(self, picture: int) -> Image:
        return open_picture(self._root / self._name(picture))

    def char_masks(
        self, picture: int, word: PlacedWord, frame: CropFrame, image_hw: tuple[int, int]
    ) -> NDArray[np.bool_] | None:
        del picture
        quads = word.chars
        if quads is None:
            raise ValueError(f"{word.name} has no boxes of characters")
        planes = [polygon_mask(quad, image_hw) for quad in quads]
        if np.mean([plane.sum() for plane in planes]) < MIN_CHAR_SHARE * image_hw[0] * image_hw[1]:
            raise SkippedError("characters too small", "filtered")
        return np.stack([in_square(plane.view(np.uint8), frame) for plane in planes]) > 0

    def _name(self, picture: int) -> str:
        return "".join(str(part) for part in np.ravel(self._names[picture]))


def _load(path: Path) -> dict[str, NDArray[np.object_]]:
    try:
        content = loadmat(path, variable_names=_FIELDS)
    except NotImplementedError as error:
        raise BadDataError(f"{path} is a MATLAB 7.3 file; SynthText was published as version 5") from error
    except (MatReadError, ValueError, TypeError, OSError, EOFError) as error:
        raise BadDataError(f"{path} can't be read as a MATLAB file: {error}") from error
    missing = [name for name in _FIELDS if name not in content]
    if missing:
        raise BadDataError(f"{path} has no {', '.join(missing)}; SynthText has {', '.join(_FIELDS)}")
    fields = {name: np.ravel(content[name]) for name in _FIELDS}
    counts = {name: len(field) for name, field in fields.items()}
    if len(set(counts.values())) > 1 or not counts["imnames"]:
        raise BadDataError(f"{path} should have one entry a picture in each field, got {counts}")
    return fields


def _corners(boxes: NDArray[np.float64]) -> NDArray[np.float64]:
    """(2, 4, N), or (2, 4) for one → (N, 4, 2). Raises ValueError for anything else."""
    numbers = np.asarray(boxes, np.float64)
    if numbers.ndim == 2:
        numbers = numbers[..., None]
    if numbers.ndim != 3 or numbers.shape[:2] != (2, 4):
        raise ValueError(f"boxes are (2, 4, N), got {numbers.shape}")
    return numbers.transpose(2, 1, 0)


def _word(name: str, text: str, box: NDArray[np.float64], char_boxes: NDArray[np.float64]) -> PlacedWord | Skipped:
    polygon, characters = as_polygon(box), as_polygon(char_boxes)
    if characters is None:
        return malformed(name, "not a finite box")
    return placed(name, text, polygon, characters.reshape(-1, 4, 2))
