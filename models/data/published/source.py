"""What the published data sets have in common: pictures with words in them, some of which can't be used.

A data set's own file says where its pictures lie, how its annotations are written, and which pixels are a character's.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image as PillowImage
from PIL import UnidentifiedImageError

from models.errors import BadDataError
from models.regions.crop import CropFrame
from models.regions.quad import Mask
from models.regions.strip import Image

Kind = Literal["filtered", "malformed"]


@dataclass(frozen=True, eq=False)
class PlacedWord:
    """A word of a picture. `polygon_px` int32 (N, 2): its corners' pixels belong to it; area as its data set counts.

    `chars` int32, one entry a character: what its data set knows of it.
    """

    name: str
    text: str
    polygon_px: NDArray[np.int32]
    area_px2: float
    chars: NDArray[np.int32] | None = None


@dataclass(frozen=True)
class Skipped:
    """A word, or a whole picture, that gives no sample: by a rule of the data set, or because it is broken."""

    name: str
    reason: str
    kind: Kind


class SkippedError(Exception):
    """Raised for a word that turns out to be of no use once its picture is looked at."""

    def __init__(self, reason: str, kind: Kind) -> None:
        super().__init__(reason)
        self.reason, self.kind = reason, kind


class Source(Protocol):
    """One data set on disk. Pictures have numbers from 0."""

    @property
    def name(self) -> str: ...

    @property
    def num_pictures(self) -> int: ...

    def words(self, picture: int) -> Sequence[PlacedWord | Skipped]:
        """What is annotated, read anew at each call."""
        ...

    def image(self, picture: int) -> Image:
        """uint8 (H, W, 3) RGB. Raises SkippedError."""
        ...

    def char_masks(
        self, picture: int, word: PlacedWord, frame: CropFrame, image_hw: tuple[int, int]
    ) -> NDArray[np.bool_] | None:
        """bool (L, side, side), one for each character, in photo px within the frame's square; None: it has none.

        Raises SkippedError.
        """
        ...


def malformed(name: str, reason: str) -> Skipped:
    return Skipped(name, reason, "malformed")


def open_picture(path: Path) -> Image:
    """uint8 (H, W, 3) RGB. Raises SkippedError for a file that isn't there or can't be decoded."""
    if not path.is_file():
        raise SkippedError("no picture", "malformed")
    try:
        with PillowImage.open(path) as opened:
            return np.asarray(opened.convert("RGB"))
    # What Pillow's decoders raise for broken files; SyntaxError is its PNG reader's.
    except (UnidentifiedImageError, PillowImage.DecompressionBombError, OSError, ValueError, SyntaxError) as error:
        raise SkippedError("unreadable picture", "malformed") from error


def as_polygon(numbers: Sequence[float] | NDArray[np.float64]) -> NDArray[np.int32] | None:
    """x1, y1, x2, y2, … → int32 (N, 2), cut off to whole pixels as published; None unless of a photo's size."""
    points = np.asarray(numbers, np.float64).reshape(-1, 2)
    return points.astype(np.int32) if (np.abs(points) < 2**15).all() else None


def placed(
    name: str, text: str, polygon: NDArray[np.int32] | None, chars: NDArray[np.int32] | None = None
) -> PlacedWord | Skipped:
    """The word at a polygon, or the flaw that there is none."""
    if polygon is None:
        return malformed(name, "not a finite box")
    return PlacedWord(name, text, polygon, float(cv2.contourArea(polygon)), chars)


def polygon_mask(polygon_px: NDArray[np.int32], image_hw: tuple[int, int]) -> Mask:
    """bool (H, W), True on the polygon and its edge."""
    mask = np.zeros(image_hw, np.uint8)
    return np.asarray(cv2.fillPoly(mask, [polygon_px.reshape(-1, 1, 2)], (1,)), np.bool_)


def in_square(plane: NDArray[np.uint8], frame: CropFrame) -> NDArray[np.uint8]:
    """(H, W, …) of the photo → (side, side, …) of the frame's square, 0 beyond the photo."""
    height, width = plane.shape[:2]
    x0, y0 = max(frame.x0, 0), max(frame.y0, 0)
    x1, y1 = min(frame.x0 + frame.side_px, width), min(frame.y0 + frame.side_px, height)
    square = np.zeros((frame.side_px, frame.side_px, *plane.shape[2:]), np.uint8)
    square[y0 - frame.y0 : y1 - frame.y0, x0 - frame.x0 : x1 - frame.x0] = plane[y0:y1, x0:x1]
    return square


def cleaned(mask: NDArray[np.bool_], *, openings: int, dilations: int) -> NDArray[np.uint8]:
    """A character's pixels without specks, grown on all sides: 0 and 1."""
    opened = mask.astype(np.uint8)
    for size in ((1, 2), (2, 1)):
        pair = np.ones(size, np.uint8)
        eroded = cv2.erode(opened, pair, iterations=openings)
        # From the other end of the pair: OpenCV's own opening, as published, moves what is left by a pixel.
        opened = np.asarray(cv2.dilate(eroded, pair, anchor=(0, 0), iterations=openings), np.uint8)
    return np.asarray(cv2.dilate(opened, np.ones((3, 3), np.uint8), iterations=dilations), np.uint8)


def check_layout(name: str, root: Path, wanted: Sequence[str]) -> None:
    """Raises BadDataError unless `root` has everything `wanted`, as paths from it."""
    if not root.is_dir():
        raise BadDataError(f"no folder {root}: {name} is expected there, with {', '.join(wanted)} in it")
    missing = [path for path in wanted if not (root / path).exists()]
    if missing:
        there = ", ".join(sorted(path.name for path in root.iterdir())[:8]) or "nothing"
        raise BadDataError(f"{root} isn't laid out as {name}: no {', '.join(missing)} in it (there is: {there})")
