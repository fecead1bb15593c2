"""Where the new letters stand: the affine that lays the old word's neutral letters on its ink lays the new ones.

Knows the neutral font's metrics and boxes; knows nothing of pixels. All boxes are (x0, y0, x1, y1) in strip pixels.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from models.data.glyphs import NEUTRAL_FONT, ink_box, load_font

_SIZE_PX = 200  # metrics are read at this size, then divided by it
MIN_CONDENSE = 0.62  # narrower than this share of the natural width, the letters shrink in height too
_STRETCH_RANGE = (0.45, 1.7)  # plausible width of a font relative to the neutral one
_UNKNOWN_INK_SHARE = 0.74  # of the quad's height: what a line of ink takes in the quads that detectors give


@dataclass(frozen=True)
class Line:
    """The affine of a line of text: neutral em units → strip pixels."""

    scale_x: float
    scale_y: float
    centre_x: float
    baseline_y: float


def neutral_boxes(text: str) -> NDArray[np.float64]:
    """Ink boxes (L, 4) of `text` in the neutral font, em units, baseline at y = 0; a space's box is empty."""
    font = load_font(NEUTRAL_FONT, _SIZE_PX)
    boxes = np.zeros((len(text), 4))
    for index, character in enumerate(text):
        x0, y0, x1, y1 = _character_box(character)
        if x1 > x0:
            start = font.getlength(text[:index])
            boxes[index] = (start + x0, y0, start + x1, y1)
    return boxes / _SIZE_PX


@lru_cache(maxsize=512)
def _character_box(character: str) -> tuple[float, float, float, float]:
    return ink_box(character, NEUTRAL_FONT, size_px=_SIZE_PX)


def fit_line(old_text: str, ink_px: tuple[float, float, float, float]) -> Line:
    """The affine that lays `old_text` in the neutral font on its ink box. `old_text` must have ink."""
    x0, y0, x1, y1 = ink_px
    left, top, right, bottom = _extent(neutral_boxes(old_text))
    scale_y = (y1 - y0) / (bottom - top)
    scale_x = (x1 - x0) / (right - left)
    if bottom - top < 0.3:  # "-" or "...": its height says little about the line's
        scale_y = scale_x
    scale_x = scale_y * float(np.clip(scale_x / scale_y, *_STRETCH_RANGE))
    return Line(scale_x, scale_y, (x0 + x1) / 2, (y0 + y1) / 2 - scale_y * (top + bottom) / 2)


def default_line(text: str, text_box_px: tuple[float, float, float, float]) -> Line:
    """The line for a place where no old word is known: `text` fills the height of the box."""
    x0, y0, x1, y1 = text_box_px
    _, top, _, bottom = _extent(neutral_boxes(text))
    top, bottom = min(top, -0.5), max(bottom, 0.0)
    scale = (y1 - y0) * _UNKNOWN_INK_SHARE / (bottom - top)
    return Line(scale * 0.92, scale, (x0 + x1) / 2, (y0 + y1) / 2 - scale * (top + bottom) / 2)


def lay_out(text: str, line: Line, *, max_width_px: float) -> NDArray[np.float32]:
    """Boxes (L, 4) of `text`, centred on `line`; condensed, and past `MIN_CONDENSE` lowered too, to `max_width_px`."""
    boxes = neutral_boxes(text)
    left, top, right, bottom = _extent(boxes)
    condense = min(1.0, max_width_px / (line.scale_x * (right - left)))
    lower = min(1.0, condense / MIN_CONDENSE)
    scale_x, scale_y = line.scale_x * condense, line.scale_y * lower
    baseline_y = line.baseline_y + (line.scale_y - scale_y) * (top + bottom) / 2  # shrink about the line's middle
    placed = boxes.copy()
    placed[:, [0, 2]] = line.centre_x + (boxes[:, [0, 2]] - (left + right) / 2) * scale_x
    placed[:, [1, 3]] = baseline_y + boxes[:, [1, 3]] * scale_y
    placed[boxes[:, 2] <= boxes[:, 0]] = 0.0
    return placed.astype(np.float32)


def _extent(boxes: NDArray[np.float64]) -> tuple[float, float, float, float]:
    inked = boxes[boxes[:, 2] > boxes[:, 0]]
    assert len(inked), "a line needs at least one character with ink"
    return float(inked[:, 0].min()), float(inked[:, 1].min()), float(inked[:, 2].max()), float(inked[:, 3].max())
