"""Letters to pixels: one text in one font as coverage with a label per character, and the neutral glyph image.

Knows fonts and arrays; knows nothing of colours, scenes or networks.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

FONT_FOLDER = Path(__file__).parent / "fonts"
NEUTRAL_FONT = FONT_FOLDER / "DejaVuSans.ttf"  # whose proportions lay a line out
GLYPH_FONTS = (NEUTRAL_FONT, FONT_FOLDER / "DejaVuSansMono.ttf")  # plain and with serifs on I, l, i, 1, r, j
_NEUTRAL_SIZE_PX = 96
_REFERENCE_SIZE_PX = 100
_INK_LEVEL = 80  # coverage above which a pixel counts as ink


@dataclass(frozen=True)
class RenderedText:
    """One line of text, cropped to its ink with a margin.

    `coverage` (H, W) uint8; `labels` (H, W) uint8, 1 + index of the character that owns the pixel, 0 = none;
    `ink_px` (x0, y0, x1, y1) of the ink in this picture; `baseline_px` the y of the baseline.
    """

    coverage: NDArray[np.uint8]
    labels: NDArray[np.uint8]
    ink_px: tuple[float, float, float, float]
    baseline_px: float

    @property
    def has_ink(self) -> bool:
        return self.ink_px[2] > self.ink_px[0]


@lru_cache(maxsize=512)
def load_font(path: Path, size_px: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(path), size_px, layout_engine=ImageFont.Layout.BASIC)


def line_extent(path: Path, text: str) -> tuple[float, float]:
    """(top, bottom) of the text's ink relative to the baseline, y down, for a font size of 1."""
    left, top, right, bottom = load_font(path, _REFERENCE_SIZE_PX).getbbox(text, anchor="ls")
    del left, right
    return top / _REFERENCE_SIZE_PX, bottom / _REFERENCE_SIZE_PX


def render_text(text: str, path: Path, *, size_px: int, spacing_px: float = 0.0, margin_px: int = 4) -> RenderedText:
    """Draw one line of text, every character on its own, with kerning and `spacing_px` between characters."""
    font = load_font(path, size_px)
    starts = [font.getlength(text[:i]) + i * spacing_px for i in range(len(text))]
    boxes = [font.getbbox(c, anchor="ls") for c in text]
    left = min(s + b[0] for s, b in zip(starts, boxes, strict=True))
    right = max(s + b[2] for s, b in zip(starts, boxes, strict=True))
    top, bottom = min(b[1] for b in boxes), max(b[3] for b in boxes)
    height, width = int(np.ceil(bottom - top)) + 2 * margin_px, int(np.ceil(right - left)) + 2 * margin_px
    coverage, labels = np.zeros((height, width), np.uint8), np.zeros((height, width), np.uint8)
    for index, (character, start, box) in enumerate(zip(text, starts, boxes, strict=True)):
        if box[2] <= box[0] or box[3] <= box[1]:
            continue  # a space
        tile = Image.new("L", (int(box[2] - box[0]), int(box[3] - box[1])))
        ImageDraw.Draw(tile).text((-box[0], -box[1]), character, fill=255, font=font, anchor="ls")
        ink = np.asarray(tile)
        x, y = margin_px + round(start + box[0] - left), margin_px + round(box[1] - top)
        ink = ink[: height - y, : width - x]
        window = np.s_[y : y + ink.shape[0], x : x + ink.shape[1]]
        labels[window][ink > _INK_LEVEL] = index + 1
        np.maximum(coverage[window], ink, out=coverage[window])
    x, y, w, h = cv2.boundingRect((coverage > _INK_LEVEL).view(np.uint8))
    return RenderedText(coverage, labels, (float(x), float(y), float(x + w), float(y + h)), margin_px - top)


def ink_box(character: str, path: Path, *, size_px: int) -> tuple[float, float, float, float]:
    """(x0, y0, x1, y1) of a character's ink relative to its origin on the baseline, y down; zeros for a space.

    Pillow's own `getbbox` reaches from the origin to the advance, bearings included.
    """
    font = load_font(path, size_px)
    box = font.getbbox(character, anchor="ls")
    if box[2] <= box[0] or box[3] <= box[1]:
        return (0.0, 0.0, 0.0, 0.0)
    tile = Image.new("L", (int(box[2] - box[0]), int(box[3] - box[1])))
    ImageDraw.Draw(tile).text((-box[0], -box[1]), character, fill=255, font=font, anchor="ls")
    x, y, w, h = cv2.boundingRect((np.asarray(tile) > _INK_LEVEL).view(np.uint8))
    return (box[0] + x, box[1] + y, box[0] + x + w, box[1] + y + h) if w and h else (0.0, 0.0, 0.0, 0.0)


def character_boxes(labels: NDArray[np.uint8], num_chars: int) -> NDArray[np.float32]:
    """Per character (x0, y0, x1, y1) of its labelled pixels, (L, 4) float32; a space's box is all zeros."""
    boxes = np.zeros((num_chars, 4), np.float32)
    for index in range(num_chars):
        x, y, w, h = cv2.boundingRect((labels == index + 1).view(np.uint8))
        if w and h:
            boxes[index] = (x, y, x + w, y + h)
    return boxes


def neutral_glyph(character: str, aspect: float) -> NDArray[np.float32]:
    """One character, cropped to its ink, in the neutral font whose own width / height is nearer to `aspect`: a wide I
    has serifs, a narrow one is a bar. float32 (h, w) in [0, 1]; empty for a space.
    """
    shapes = [_glyph_shape(character, path) for path in GLYPH_FONTS]
    return min(shapes, key=lambda shape: abs(np.log(shape.shape[1] / shape.shape[0] / aspect)) if shape.size else 0.0)


@lru_cache(maxsize=1024)
def _glyph_shape(character: str, path: Path) -> NDArray[np.float32]:
    font = load_font(path, _NEUTRAL_SIZE_PX)
    box = font.getbbox(character, anchor="ls")
    if box[2] <= box[0] or box[3] <= box[1]:
        return np.zeros((0, 0), np.float32)
    tile = Image.new("L", (int(box[2] - box[0]), int(box[3] - box[1])))
    ImageDraw.Draw(tile).text((-box[0], -box[1]), character, fill=255, font=font, anchor="ls")
    ink = np.asarray(tile)
    x, y, w, h = cv2.boundingRect((ink > 40).view(np.uint8))
    return np.ascontiguousarray(ink[y : y + h, x : x + w]).astype(np.float32) / 255.0


def place_letters(
    letters: Sequence[NDArray[np.float32]], boxes: NDArray[np.float32], size: tuple[int, int]
) -> NDArray[np.float32]:
    """Letters (h, w) in [0, 1], each cropped to its ink, stretched into its own box. float32 (H, W) in [0, 1].

    `boxes` (L, 4) are (x0, y0, x1, y1) in strip pixels, fractional; `size` is (h, w). A space is an empty letter.
    """
    height, width = size
    image = np.zeros((height, width), np.float32)
    for letter, (x0, y0, x1, y1) in zip(letters, boxes, strict=True):
        if x1 - x0 < 0.5 or y1 - y0 < 0.5 or letter.size == 0:
            continue
        left, top = max(int(np.floor(x0)), 0), max(int(np.floor(y0)), 0)
        right, bottom = min(int(np.ceil(x1)), width), min(int(np.ceil(y1)), height)
        if right <= left or bottom <= top:
            continue
        scale_x, scale_y = (x1 - x0) / letter.shape[1], (y1 - y0) / letter.shape[0]
        if scale_x < 0.7 or scale_y < 0.7:  # shrink by area first, so that warpAffine's taps don't skip thin strokes
            small = (max(1, round(x1 - x0)), max(1, round(y1 - y0)))
            letter = cv2.resize(letter, small, interpolation=cv2.INTER_AREA)
            scale_x, scale_y = (x1 - x0) / small[0], (y1 - y0) / small[1]
        step = np.array([[scale_x, 0, x0 - left + (scale_x - 1) / 2], [0, scale_y, y0 - top + (scale_y - 1) / 2]])
        tile = cv2.warpAffine(letter, step, (right - left, bottom - top), flags=cv2.INTER_LINEAR)
        window = image[top:bottom, left:right]
        np.maximum(window, tile, out=window)
    return image


def glyph_image(text: str, boxes: NDArray[np.float32], size: tuple[int, int]) -> NDArray[np.float32]:
    """The glyph condition: each neutral character stretched into its own box. float32 (H, W) in [0, 1].

    The boxes (L, 4) say where the letters stand and how large they are, the neutral font says which they are.
    """
    widths, heights = boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1]
    aspects = np.maximum(widths, 0.5) / np.maximum(heights, 0.5)
    return place_letters([neutral_glyph(c, float(a)) for c, a in zip(text, aspects, strict=True)], boxes, size)
