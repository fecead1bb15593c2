"""Whether anything stands at a place, and which word nearby shows the style of what could stand there."""

import cv2
import numpy as np
from numpy.typing import NDArray

from models.pipeline.request import Image
from models.reading.recognition import Reading
from models.reading.words import Word, WordReader
from models.regions.ink import LOW_CONFIDENCE, estimate_ink
from models.regions.quad import Quad, quad_size
from models.regions.strip import rectify, strip_frame

Box = tuple[float, float, float, float]
Colour = NDArray[np.float32]  # (3,) RGB in 0..255

_TEXT_SHARE = 0.5  # of a place, taken for text by the detector: above it something stands there, readable or not
_SURE_CONFIDENCE = 0.7  # textures are read as single letters, or with doubt
_SURE_LETTERS = 2
_REACH_HEIGHTS = 4.0  # how far from the place a neighbour may be
_SAME_GROUND = 40.0  # RGB distance up to which two grounds are the same, in other light
_NEIGHBOUR_CONFIDENCE = 0.8
_SEEN_HEIGHT_PX = 64  # of the place, when its neighbours are looked for: words of its size are read well at that


def is_bare(strip: Image, text_box: Box, reading: Reading, reader: WordReader) -> bool:
    """Nothing stands in the strip's text box: it isn't read for sure, and doesn't look like text either."""
    letters = sum(character.isalnum() for character in reading.text)
    if letters >= _SURE_LETTERS and reading.confidence >= _SURE_CONFIDENCE:
        return False
    return reader.text_share(strip, text_box) < _TEXT_SHARE


def neighbour_style(image: Image, quad_px: Quad, ground: Colour, reader: WordReader) -> Quad | None:
    """The nearest word on a ground of the same colour: what is written beside it can look like it."""
    height_px, _ = quad_size(quad_px)
    reach_px = _REACH_HEIGHTS * height_px
    x0, y0 = np.maximum(np.floor(quad_px.min(axis=0) - reach_px), 0).astype(int)
    x1, y1 = np.ceil(quad_px.max(axis=0) + reach_px).astype(int)
    window = np.ascontiguousarray(image[y0:y1, x0:x1])
    scale = min(1.0, _SEEN_HEIGHT_PX / height_px)
    if scale < 1:
        window = np.asarray(cv2.resize(window, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8)
    words = [word for word in reader.find(window) if _is_sure(word)]
    quads = [np.asarray(word.quad_px / scale + np.array([x0, y0]), np.float64) for word in words]
    centre = quad_px.mean(axis=0)
    for quad in sorted(quads, key=lambda quad: float(np.linalg.norm(quad.mean(axis=0) - centre))):
        if _shows_style(image, quad, ground):
            return quad
    return None


def _is_sure(word: Word) -> bool:
    letters = sum(character.isalnum() for character in word.text)
    return letters >= _SURE_LETTERS and word.confidence >= _NEIGHBOUR_CONFIDENCE


def _shows_style(image: Image, quad_px: Quad, ground: Colour) -> bool:
    frame = strip_frame(quad_px)
    ink = estimate_ink(rectify(image, frame), frame.text_box)
    return ink.confidence >= LOW_CONFIDENCE and float(np.linalg.norm(ink.background_colour - ground)) <= _SAME_GROUND
