"""LAION-OCR: `{split}/{number}/` with `image.jpg`, `ocr.txt` and `charseg.npy`.

A line of `ocr.txt` is `WORD x1,y1,x2,y2,x3,y3,x4,y4 confidence`, in px of the picture squashed to 512 × 512, and
`charseg.npy` has the class of each of these pixels: 1 + the character's place in the label encoder's list.
"""

import os
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from models.data.published.source import (
    PlacedWord,
    Skipped,
    SkippedError,
    as_polygon,
    check_layout,
    cleaned,
    in_square,
    malformed,
    open_picture,
    placed,
    polygon_mask,
)
from models.errors import BadDataError
from models.nets.label_encoder import LABEL_CHARACTERS
from models.regions.crop import CropFrame
from models.regions.strip import Image

FRAME_PX = 512  # the side of the squashed picture


class LaionOcr:
    """One split. Raises BadDataError."""

    name = "LAION-OCR"

    def __init__(self, root: Path, split: str) -> None:
        check_layout(self.name, root, [split])
        self._root = root / split
        self._numbers = sorted(entry.name for entry in os.scandir(self._root) if entry.is_dir())  # maybe millions
        if not self._numbers:
            raise BadDataError(f"{self.name} has a folder a picture in {self._root}, of which there are none")
        if not any((self._root / number / "ocr.txt").is_file() for number in self._numbers[:100]):
            raise BadDataError(
                f"{self.name} has image.jpg, ocr.txt and charseg.npy in {self._root / self._numbers[0]}; there is no "
                "ocr.txt in any of the first folders"
            )

    @property
    def num_pictures(self) -> int:
        return len(self._numbers)

    def words(self, picture: int) -> Sequence[PlacedWord | Skipped]:
        folder = self._folder(picture)
        try:
            lines = (folder / "ocr.txt").read_text("utf-8").splitlines()
        except FileNotFoundError:
            return [malformed(folder.name, "no ocr.txt")]
        except UnicodeDecodeError:
            return [malformed(folder.name, "an ocr.txt that isn't UTF-8")]
        return [_word(f"{folder.name}:{number}", line) for number, line in enumerate(lines, start=1) if line.strip()]

    def image(self, picture: int) -> Image:
        image = open_picture(self._folder(picture) / "image.jpg")
        method = cv2.INTER_AREA if min(image.shape[:2]) > FRAME_PX else cv2.INTER_LINEAR
        return np.asarray(cv2.resize(image, (FRAME_PX, FRAME_PX), interpolation=method), np.uint8)

    def char_masks(
        self, picture: int, word: PlacedWord, frame: CropFrame, image_hw: tuple[int, int]
    ) -> NDArray[np.bool_] | None:
        classes = _classes(self._folder(picture) / "charseg.npy")
        within = np.where(polygon_mask(word.polygon_px, image_hw), classes, 0).astype(np.uint8)
        square = in_square(within, frame)
        masks = np.zeros((len(word.text), *square.shape), np.bool_)
        for character in dict.fromkeys(word.text):
            places = [place for place, other in enumerate(word.text) if other == character]
            for place, component in zip(places, _components(square, character, len(places)), strict=True):
                masks[place] = component
        return masks

    def _folder(self, picture: int) -> Path:
        return self._root / self._numbers[picture]


def _word(name: str, line: str) -> PlacedWord | Skipped:
    parts = line.rstrip("\r\n").split(" ")
    try:
        text, box, _ = parts
        numbers = [int(number) for number in box.split(",")]
    except ValueError:
        return malformed(name, "not a line `WORD x1,y1,…,x4,y4 confidence`")
    if not text or len(numbers) != 8:
        return malformed(name, "not a line `WORD x1,y1,…,x4,y4 confidence`")
    return placed(name, text, as_polygon(numbers))


def _classes(path: Path) -> NDArray[np.uint8]:
    """uint8 (512, 512). Raises SkippedError."""
    if not path.is_file():
        raise SkippedError("no charseg.npy", "malformed")
    try:
        classes = np.load(path, allow_pickle=False)
    except (ValueError, OSError, EOFError) as error:
        raise SkippedError("unreadable charseg.npy", "malformed") from error
    if not isinstance(classes, np.ndarray) or classes.ndim != 2 or classes.dtype.kind not in "iufb" or not classes.size:
        raise SkippedError("a charseg.npy that isn't a map of classes", "malformed")
    resized = cv2.resize(classes.astype(np.uint8), (FRAME_PX, FRAME_PX), interpolation=cv2.INTER_NEAREST)
    return np.asarray(resized, np.uint8)


def _components(classes: NDArray[np.uint8], character: str, count: int) -> list[NDArray[np.bool_]]:
    """The `count` largest pieces of a character, or of its small letter, from left to right.

    Raises SkippedError where there are fewer.
    """
    wanted = [1 + LABEL_CHARACTERS.index(form) for form in (character, character.lower())]
    pixels = cleaned(np.isin(classes, wanted), openings=1, dilations=5)
    num_labels, labels, stats, _ = cv2.connectedComponentsWithStats(pixels, connectivity=4)
    if num_labels - 1 < count:
        raise SkippedError("fewer characters seen than the word has", "filtered")
    pieces = sorted(range(1, num_labels), key=lambda label: int(stats[label, cv2.CC_STAT_AREA]), reverse=True)[:count]
    pieces.sort(key=lambda label: int(stats[label, cv2.CC_STAT_LEFT]))
    return [np.asarray(labels == label, np.bool_) for label in pieces]
