"""How alike two fonts are, letter by letter, whatever their width: what a classifier of fonts is asked to choose by.

Knows font files; no words, no networks.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from models.data.glyphs import load_font

_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789&"
_REFERENCE_SIZE_PX = 100
_CAP_PX = 96.0  # height of an H as drawn
_TILE = (240, 400)  # (h, w) as drawn, baseline at row 160
_BASELINE_PX = 160.0
_USUAL_WIDTH_PX = 60.0  # geometric mean of the letters' widths, at which stretch is 1
_SHRINK = 0.25
_CELL_PX, _CELL_BASELINE_PX = 40, 30.0
_SOFTNESS_PX = (2.0, 0.8)  # before and after shrinking: strokes that nearly meet count as near
_INK_LEVEL = 80
_STRETCH_COST = 0.05  # likeness lost when letters are e times as wide, or as narrow


@dataclass(frozen=True, eq=False)
class FontShape:
    """`letters` float16 (63 · 1600,), each letter of length 1, all of one mean width; `stretch` what that width was."""

    letters: NDArray[np.float16]
    stretch: float


@lru_cache(maxsize=256)
def font_shape(path: Path) -> FontShape:
    """A font that has all letters and digits → its shape."""
    top = load_font(path, _REFERENCE_SIZE_PX).getbbox("H", anchor="ls")[1]
    font = load_font(path, round(_REFERENCE_SIZE_PX * _CAP_PX / -top))
    tiles, columns = [], []
    for letter in _LETTERS:
        tile = Image.new("L", _TILE[::-1])
        ImageDraw.Draw(tile).text((_TILE[1] / 2, _BASELINE_PX), letter, fill=255, font=font, anchor="ms")
        tiles.append(np.asarray(tile))
        x, _, w, _ = cv2.boundingRect((tiles[-1] > _INK_LEVEL).view(np.uint8))
        columns.append((x + w / 2, max(w, 4)))
    stretch = float(np.exp(np.mean([np.log(width) for _, width in columns]))) / _USUAL_WIDTH_PX
    cells = [_cell(tile, centre, stretch) for tile, (centre, _) in zip(tiles, columns, strict=True)]
    letters = np.stack([cell / (np.linalg.norm(cell) + 1e-6) for cell in cells])
    return FontShape(letters.astype(np.float16).ravel(), stretch)


def likenesses(fonts: Sequence[Path], others: Sequence[Path]) -> NDArray[np.float32]:
    """→ (fonts, others): the mean correlation of their letters, less what stretching one to the other costs."""
    shapes, wanted = [font_shape(path) for path in others], np.empty((len(fonts), len(others)), np.float32)
    matrix = np.stack([shape.letters for shape in shapes]).astype(np.float32)
    stretches = np.log([shape.stretch for shape in shapes])
    for row, path in enumerate(fonts):
        shape = font_shape(path)
        alike = matrix @ shape.letters.astype(np.float32) / len(_LETTERS)
        wanted[row] = alike - _STRETCH_COST * np.abs(np.log(shape.stretch) - stretches)
    return wanted


def _cell(tile: NDArray[np.uint8], centre_x: float, stretch: float) -> NDArray[np.float32]:
    """One letter at the usual width, small and soft."""
    scale_x = _SHRINK / stretch
    lay = np.array(
        [
            [scale_x, 0, _CELL_PX / 2 - centre_x * scale_x],
            [0, _SHRINK, _CELL_BASELINE_PX - _BASELINE_PX * _SHRINK],
        ]
    )
    soft = cv2.GaussianBlur(tile, (0, 0), _SOFTNESS_PX[0])
    small = cv2.warpAffine(soft, lay, (_CELL_PX, _CELL_PX), flags=cv2.INTER_LINEAR).astype(np.float32) / 255
    return np.asarray(cv2.GaussianBlur(small, (0, 0), _SOFTNESS_PX[1]), np.float32)
