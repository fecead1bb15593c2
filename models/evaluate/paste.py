"""The benchmark's baseline: the word pasted over. Knows OpenCV and one font; no networks, nothing of a word's style.

The old word is removed by OpenCV's inpainting (Telea) over the whole mask; the new one is drawn in DejaVu Sans Bold in
the old stroke colour and stretched to the text's box.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from models.data.glyphs import FONT_FOLDER, render_text
from models.regions.ink import Box, Mask, Strip, estimate_ink

PASTE_FONT = FONT_FOLDER / "DejaVuSans-Bold.ttf"
_INPAINT_RADIUS_PX = 3
_FONT_SIZE_PX = 96


def glyph_paste(
    strip: Strip, mask: Mask, text_box: Box, new_text: str, *, ink_colour: NDArray[np.float32] | None = None
) -> NDArray[np.uint8]:
    """Strip (64, W, 3), mask (64, W) and the quad's box → the strip with `new_text` pasted; only `mask` changes.

    `ink_colour` (3,) RGB may be another word's; by default it is the old strokes'. An empty text only removes. Raises
    ValueError for a mask of another size or a box that has no pixel in the strip.
    """
    if mask.shape != strip.shape[:2]:
        raise ValueError(f"the mask must be {strip.shape[:2]}, got {mask.shape}")
    if ink_colour is None:
        ink_colour = estimate_ink(strip, text_box).ink_colour
    removed = cv2.inpaint(strip, mask.astype(np.uint8), _INPAINT_RADIUS_PX, cv2.INPAINT_TELEA)
    alpha = np.where(mask, _stretched(new_text, text_box, mask.shape), 0)[..., None]
    pasted = np.rint(removed * (1 - alpha) + ink_colour * alpha).astype(np.uint8)
    return np.where(mask[..., None], pasted, strip)


def _stretched(text: str, box: Box, size: tuple[int, int]) -> NDArray[np.float32]:
    """Coverage (64, W): the text's ink box stretched to `box`."""
    coverage = np.zeros(size, np.float32)
    if not text.strip():
        return coverage
    rendered = render_text(text.strip(), PASTE_FONT, size_px=_FONT_SIZE_PX)
    left, top, right, bottom = (round(v) for v in rendered.ink_px)
    x0, y0, x1, y1 = (round(v) for v in box)
    ink = cv2.resize(rendered.coverage[top:bottom, left:right], (x1 - x0, y1 - y0), interpolation=cv2.INTER_AREA)
    height, width = size
    shown = ink[max(-y0, 0) : max(height - y0, 0), max(-x0, 0) : max(width - x0, 0)]
    row, column = max(y0, 0), max(x0, 0)
    coverage[row : row + shown.shape[0], column : column + shown.shape[1]] = shown.astype(np.float32) / 255
    return coverage
