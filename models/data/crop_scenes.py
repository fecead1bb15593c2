"""Crops with one painted word, for the family that works on square crops: our own fonts, photographs and words.

The word's place, size, turn and perspective are random; which pixel belongs to which character is known exactly.
Knows no networks and no latents.
"""

from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from models.data import assets as asset_store
from models.data.backgrounds import sample_background, sample_paint, sample_photo
from models.data.crop_samples import CropSample
from models.data.effects import Coverage, Look, paint_letters, photograph, sample_look
from models.data.glyphs import RenderedText, render_text
from models.data.words import sample_text

Matrix = NDArray[np.float64]

_LOOKS_HEIGHT_PX = 40  # of the letters that `effects` was made for
_AREA_SHARES = (0.04, 0.3)  # of the crop that the word's polygon covers; 0.04 is what UDiffText zooms to
_LARGEST_SIDE = 0.94  # of the crop that a word may take up
_PADDING = 0.08  # of the ink's height, round it, in the word's polygon
_OTHER_WORDS = (0, 0, 0, 1, 2)  # how many further words stand in the picture, each as likely
_OVERSAMPLE = 2
_PROBE_PX = 64  # the font size at which a word's proportions are measured


class CropSceneSampler:
    """Draws samples from one split's fonts, photographs and words; each is a function of its generator alone."""

    def __init__(self, assets: asset_store.Assets, *, size_px: int, max_chars: int = 12) -> None:
        self.words = assets.words
        self.families = [assets.fonts[name] for name in sorted(assets.fonts)]
        self.photos = [asset_store.load_photo(path) for path in assets.photos]
        self.size_px, self.max_chars = size_px, max_chars

    def sample(self, rng: np.random.Generator) -> CropSample:
        """One sample in which every character has at least a pixel of its own."""
        while True:
            sample = self._scene(rng)
            if sample.char_masks is not None and sample.char_masks.any(axis=(1, 2)).all():
                return sample

    def _scene(self, rng: np.random.Generator) -> CropSample:
        size = (self.size_px, self.size_px)
        family = self.families[int(rng.integers(len(self.families)))]
        font = family[int(rng.integers(len(family)))]
        line = self._line(rng, font)
        background = sample_background(rng, self.photos, size)
        paint = sample_paint(rng, background)
        look = sample_look(rng, background, paint, sample_photo(rng, self.photos, size))
        coverage, labels = line.place(size)
        mask = line.polygon_mask(size)
        taken = mask
        for _ in range(_OTHER_WORDS[int(rng.integers(len(_OTHER_WORDS)))]):
            other = self._line(rng, font)
            area = other.polygon_mask(size)
            if not (area & taken).any():
                coverage, taken = np.maximum(coverage, other.place(size)[0]), taken | area
        look = scaled_look(look, line.height_px / _LOOKS_HEIGHT_PX)
        x, y, width, height = cv2.boundingRect(mask.view(np.uint8))
        return CropSample(
            image=photograph(paint_letters(background, coverage, look), look),
            mask=mask,
            text=line.text,
            text_box=(x, y, x + width, y + height),
            char_masks=labels == np.arange(1, len(line.text) + 1, dtype=np.uint8)[:, None, None],
        )

    def _line(self, rng: np.random.Generator, font: Path) -> "_Line":
        while True:
            text = sample_word(rng, self.words, max_chars=self.max_chars)
            probe = render_text(text, font, size_px=_PROBE_PX)
            if probe.has_ink:  # a font may lack a rare character
                return _sample_line(rng, text, font, probe, self.size_px)


def sample_word(rng: np.random.Generator, words: list[str], *, max_chars: int) -> str:
    """One word of 1..`max_chars` printable ASCII characters, without spaces."""
    while True:
        for word in sample_text(rng, words).split():
            if len(word) <= max_chars and word.isascii():
                return word


def scaled_look(look: Look, scale: float) -> Look:
    """The same look on letters `scale` times as high: lengths grow with them, what is thinner than a pixel vanishes."""
    bearable = min(max(scale, 1 / 3), 1.0)  # small letters lose less
    return replace(
        look,
        outline_px=round(look.outline_px * scale),
        shadow_offset_px=(round(look.shadow_offset_px[0] * scale), round(look.shadow_offset_px[1] * scale)),
        shadow_blur_px=max(look.shadow_blur_px * scale, 0.3),
        extrude_px=(round(look.extrude_px[0] * scale), round(look.extrude_px[1] * scale)),
        blur_px=look.blur_px * min(scale, 2.0),
        motion_px=round(look.motion_px * min(scale, 2.0)),
        resample=1 - (1 - look.resample) * bearable,
    )


@dataclass(frozen=True, eq=False)
class _Line:
    """A rendered word and where it lies in the crop."""

    text: str
    rendered: RenderedText
    to_crop: Matrix  # 3×3, pixels of `rendered` → crop pixels
    height_px: float  # of the ink, in crop pixels

    def place(self, size: tuple[int, int]) -> tuple[Coverage, NDArray[np.uint8]]:
        """Coverage float32 and labels uint8 (S, S)."""
        coverage = cv2.warpPerspective(self.rendered.coverage, self.to_crop, size[::-1], flags=cv2.INTER_AREA)
        labels = cv2.warpPerspective(self.rendered.labels, self.to_crop, size[::-1], flags=cv2.INTER_NEAREST)
        return coverage.astype(np.float32) / 255, np.asarray(labels, np.uint8)

    def polygon_mask(self, size: tuple[int, int]) -> NDArray[np.bool_]:
        """(S, S): the pixels that the word's polygon touches; all of its letters lie inside."""
        corners = _padded_corners(self.rendered)
        polygon = cv2.perspectiveTransform(corners[None], self.to_crop)[0]
        mask = np.zeros(size, np.uint8)
        cv2.fillConvexPoly(mask, np.rint(polygon).astype(np.int32), 1)
        return mask.astype(np.bool_)


def _sample_line(rng: np.random.Generator, text: str, font: Path, probe: RenderedText, size_px: int) -> _Line:
    """A place for the word: turned and bent a little, of a random area, wholly within the crop."""
    x0, y0, x1, y1 = probe.ink_px
    aspect = (x1 - x0) / (y1 - y0)
    low, high = np.log(_AREA_SHARES)
    height = float(np.sqrt(np.exp(rng.uniform(low, high)) * size_px**2 / aspect))
    spacing = float(rng.uniform(0, 0.15)) if rng.random() < 0.25 else 0.0
    font_px = max(12, round(_PROBE_PX * height * _OVERSAMPLE / (y1 - y0)))
    rendered = render_text(text, font, size_px=font_px, spacing_px=spacing * font_px)
    corners = _padded_corners(rendered)
    bend = _sample_bend(rng, corners)
    placed = cv2.perspectiveTransform(corners[None], bend)[0]
    width_px, height_px = np.ptp(placed, axis=0)
    scale = min(1 / _OVERSAMPLE, _LARGEST_SIDE * size_px / max(width_px, height_px))
    free = size_px - 2 - scale * np.array([width_px, height_px])
    start = 1 + rng.uniform(0, 1, 2) * free - scale * placed.min(axis=0)
    move = np.array([[scale, 0, start[0]], [0, scale, start[1]], [0, 0, 1]])
    ink_height = (rendered.ink_px[3] - rendered.ink_px[1]) * scale
    return _Line(text, rendered, np.asarray(move @ bend), ink_height)


def _sample_bend(rng: np.random.Generator, corners: NDArray[np.float32]) -> Matrix:
    """3×3: a turn (most words stand nearly straight), a shear, and corners that are off a little: perspective."""
    degrees = float(rng.normal(0, 3)) if rng.random() < 0.75 else float(rng.uniform(-25, 25))
    angle, shear = np.deg2rad(degrees), float(rng.normal(0, 0.06))
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]) @ np.array([[1, shear], [0, 1]])
    bent = (corners - corners.mean(axis=0)) @ turn.T
    bent += rng.normal(0, 0.03, (4, 2)) * (corners[2, 1] - corners[0, 1])
    return np.asarray(cv2.getPerspectiveTransform(corners, bent.astype(np.float32)), np.float64)


def _padded_corners(rendered: RenderedText) -> NDArray[np.float32]:
    """(4, 2) clockwise from the top-left: the ink's box with its padding."""
    x0, y0, x1, y1 = rendered.ink_px
    pad = _PADDING * (y1 - y0) + 1
    box = [[x0 - pad, y0 - pad], [x1 + pad, y0 - pad], [x1 + pad, y1 + pad], [x0 - pad, y1 + pad]]
    return np.array(box, np.float32)
