"""Pairs of strips: one scene rendered twice, same font, paint, light, noise and warp, with two different words.

The labels are exact: which pixel belongs to which character of the new word, and every character's box. Knows no
networks. Built to be fast: a few milliseconds a pair on one core.
"""

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from models.config import STRIP_HEIGHT_PX, STRIP_WIDTHS_PX
from models.data import assets as asset_store
from models.data.backgrounds import sample_background, sample_paint, sample_photo
from models.data.effects import Coverage, paint_letters, photograph, sample_look
from models.data.faces import MIN_CONDENSE
from models.data.glyphs import RenderedText, character_boxes, line_extent, render_text
from models.data.words import sample_partner, sample_text

TEXT_HEIGHT_PX = 40  # the quad's height in the strip
MARGIN_PX = 12  # context at each side of the quad
_OVERSAMPLE = 2
_LONGEST_PX = STRIP_WIDTHS_PX[-1] - 2 * MARGIN_PX

_FINER = np.array([[2, 0, 0.5], [0, 2, 0.5], [0, 0, 1]])  # strip pixels → half pixels
_NO_BOXES = np.zeros((0, 4), np.float32)

Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Lettering:
    """How a scene's words are set: what a draft of the new word has to guess."""

    font: Path
    slant: float  # of the line, on top of the font's own; x per y
    blur_px: float


@dataclass(frozen=True)
class Pair:
    """One training pair. Pictures uint8 (64, W, 3) RGB; `mask` bool (64, W), True = repaint.

    `labels` uint8 (64, W): 1 + index of the target's character that owns a pixel; `char_boxes` float32 (L, 4) of the
    target's characters; `text_box` the quad as a user or a detector gives it; `source_strokes` bool (64, W), the old
    word's.
    """

    source: NDArray[np.uint8]
    target: NDArray[np.uint8]
    mask: NDArray[np.bool_]
    labels: NDArray[np.uint8]
    source_text: str
    target_text: str
    text_box: Box
    source_strokes: NDArray[np.bool_]
    char_boxes: NDArray[np.float32]
    lettering: Lettering


class SceneSampler:
    """Draws pairs from one split's fonts, photographs and words; every pair from its own generator."""

    def __init__(self, assets: asset_store.Assets, *, removal_share: float = 0.05) -> None:
        self.words = assets.words
        self.families = [assets.fonts[name] for name in sorted(assets.fonts)]
        self.photos = [asset_store.load_photo(path) for path in assets.photos]
        self.removal_share = removal_share

    def sample(self, rng: np.random.Generator) -> Pair:
        """One pair, a function of `rng` alone."""
        family = self.families[int(rng.integers(len(self.families)))]
        font = family[int(rng.integers(len(family)))]
        source_text = sample_text(rng, self.words)
        target_text = sample_partner(rng, self.words, source_text)
        geometry = _sample_geometry(rng, font, source_text)
        old = geometry.render(source_text)
        new: RenderedText | None = geometry.render(target_text)
        box_width = geometry.box[2] - geometry.box[0]
        if new and _ink_width(new) * MIN_CONDENSE > box_width * _OVERSAMPLE:
            target_text = source_text[::-1].strip()  # a partner that fits for certain
            new = geometry.render(target_text)
        if rng.random() < self.removal_share:
            target_text, new = "", None
        return self._compose(rng, geometry, old, new, source_text, target_text)

    def _compose(
        self,
        rng: np.random.Generator,
        geometry: "_Geometry",
        old: RenderedText,
        new: RenderedText | None,
        source_text: str,
        target_text: str,
    ) -> Pair:
        size = (STRIP_HEIGHT_PX, geometry.width_px)
        background = sample_background(rng, self.photos, size)
        paint = sample_paint(rng, background)
        look = sample_look(rng, background, paint, sample_photo(rng, self.photos, size))
        around = self._neighbours(rng, geometry)
        old_coverage, old_labels = geometry.place(old)
        if new is None:
            new_coverage, labels = np.zeros(size, np.float32), np.zeros(size, np.uint8)
        else:
            new_coverage, labels = geometry.place(new, max_width_px=geometry.box[2] - geometry.box[0])
        mask = _sample_mask(rng, geometry.box, np.maximum(old_coverage, new_coverage))
        around = np.where(mask, 0.0, around).astype(np.float32)
        source = photograph(paint_letters(background, np.maximum(old_coverage, around), look), look)
        target = photograph(paint_letters(background, np.maximum(new_coverage, around), look), look)
        target = np.where(mask[..., None], target, source)
        return Pair(
            source=source,
            target=target,
            mask=mask,
            labels=labels,
            source_text=source_text,
            target_text=target_text,
            text_box=geometry.box,
            source_strokes=old_labels > 0,
            char_boxes=_NO_BOXES if new is None else geometry.char_boxes(new, labels, len(target_text)),
            lettering=Lettering(geometry.font, geometry.slant, look.blur_px),
        )

    def _neighbours(self, rng: np.random.Generator, geometry: "_Geometry") -> Coverage:
        """Other words of the same sign that reach into the strip: beside, above or below."""
        coverage = np.zeros((STRIP_HEIGHT_PX, geometry.width_px), np.float32)
        x0, y0, x1, y1 = geometry.box
        height = y1 - y0
        centre = (x0 + x1) / 2
        for share, side in ((0.12, "left"), (0.12, "right"), (0.12, "above"), (0.12, "below")):
            if rng.random() >= share:
                continue
            word = geometry.render(sample_text(rng, self.words, max_chars=10) or "a")
            half = _ink_width(word) / _OVERSAMPLE / 2
            gap = height * float(rng.uniform(0.25, 0.6))
            shift = {
                "left": (x0 - gap - half - centre, 0.0),
                "right": (x1 + gap + half - centre, 0.0),
                "above": (0.0, -height * float(rng.uniform(1.05, 1.35))),
                "below": (0.0, height * float(rng.uniform(1.05, 1.35))),
            }[side]
            placed, _ = geometry.place(word, shift_px=shift)
            np.maximum(coverage, placed, out=coverage)
        return coverage


@dataclass(frozen=True)
class _Geometry:
    """Where the line lies in the strip and how it is bent; the same for both words."""

    font: Path
    size_px: int  # at _OVERSAMPLE
    spacing_px: float
    width_px: int
    box: Box
    baseline_y: float
    warp: NDArray[np.float64]  # 3×3 in strip pixels
    curve_px: float

    @property
    def slant(self) -> float:
        """The warp's shear, x per y, positive to the right as in italics."""
        return -float(self.warp[0, 1])

    def render(self, text: str) -> RenderedText:
        return render_text(text, self.font, size_px=self.size_px, spacing_px=self.spacing_px)

    def place(
        self, text: RenderedText, *, max_width_px: float | None = None, shift_px: tuple[float, float] = (0.0, 0.0)
    ) -> tuple[Coverage, NDArray[np.uint8]]:
        """Coverage float32 and labels uint8 (64, W) of a line centred in the box, condensed to `max_width_px`."""
        lay = self._lay(text, max_width_px, shift_px)
        size = (self.width_px, STRIP_HEIGHT_PX)
        coverage = cv2.warpPerspective(text.coverage, lay, size, flags=cv2.INTER_LINEAR)
        labels = cv2.warpPerspective(text.labels, lay, size, flags=cv2.INTER_NEAREST)
        if self.curve_px:
            coverage, labels = self._bend(coverage, cv2.INTER_LINEAR), self._bend(labels, cv2.INTER_NEAREST)
        return coverage.astype(np.float32) / 255.0, labels

    def char_boxes(self, text: RenderedText, labels: NDArray[np.uint8], num_chars: int) -> NDArray[np.float32]:
        """The placed line's character boxes (L, 4), to half a pixel; on a curve to a pixel, from `labels`."""
        if self.curve_px:
            return character_boxes(labels, num_chars)
        lay = _FINER @ self._lay(text, self.box[2] - self.box[0], (0.0, 0.0))
        size = (2 * self.width_px, 2 * STRIP_HEIGHT_PX)
        finer = np.asarray(cv2.warpPerspective(text.labels, lay, size, flags=cv2.INTER_NEAREST), np.uint8)
        return character_boxes(finer, num_chars) * np.float32(0.5)

    def _lay(
        self, text: RenderedText, max_width_px: float | None, shift_px: tuple[float, float]
    ) -> NDArray[np.float64]:
        """The rendered text's pixels → strip pixels, 3×3."""
        x0, _, x1, _ = text.ink_px
        scale_y = 1.0 / _OVERSAMPLE
        condense = min(1.0, max_width_px / ((x1 - x0) * scale_y)) if max_width_px else 1.0
        scale_x = scale_y * condense
        centre_x = (self.box[0] + self.box[2]) / 2 + shift_px[0]
        lay = np.array(
            [
                [scale_x, 0, centre_x - (x0 + x1) / 2 * scale_x + (scale_x - 1) / 2],
                [0, scale_y, self.baseline_y + shift_px[1] - text.baseline_px * scale_y + (scale_y - 1) / 2],
                [0, 0, 1],
            ]
        )
        return np.asarray(self.warp @ lay)

    def _bend(self, picture: NDArray[np.uint8], flags: int) -> NDArray[np.uint8]:
        xs, ys = np.meshgrid(np.arange(self.width_px, dtype=np.float32), np.arange(STRIP_HEIGHT_PX, dtype=np.float32))
        half = max((self.box[2] - self.box[0]) / 2, 1.0)
        arc = ((xs - (self.box[0] + self.box[2]) / 2) / half) ** 2 - 0.5
        return cv2.remap(picture, xs, (ys + self.curve_px * arc).astype(np.float32), flags)  # type: ignore[no-any-return]


def _sample_geometry(rng: np.random.Generator, font: Path, text: str) -> _Geometry:
    fill = float(rng.uniform(0.74, 1.0))  # how much of the quad's height the line takes
    top, bottom = line_extent(font, text) if rng.random() < 0.65 else line_extent(font, "Hg")
    if bottom - top < 0.35:  # "-" or "...": the quad still has the height of a line
        top, bottom = line_extent(font, "Hg")
    height = float(TEXT_HEIGHT_PX)
    size_px = max(12, round(_OVERSAMPLE * height * fill / (bottom - top)))
    spacing_px = size_px * float(rng.normal(0.0, 0.02)) if rng.random() < 0.8 else size_px * float(rng.uniform(0, 0.2))
    ink_width = _ink_width(render_text(text, font, size_px=size_px, spacing_px=spacing_px)) / _OVERSAMPLE
    box_width = ink_width + float(rng.uniform(0.0, 0.35)) * height
    if box_width > _LONGEST_PX:
        shrink = _LONGEST_PX / box_width
        height, box_width = height * shrink, float(_LONGEST_PX)
        size_px, spacing_px = max(12, int(size_px * shrink)), spacing_px * shrink
    width_px = next(w for w in STRIP_WIDTHS_PX if w >= box_width + 2 * MARGIN_PX - 1)
    centre_y = STRIP_HEIGHT_PX / 2 + float(rng.normal(0, 0.02)) * height
    baseline_y = centre_y - (top + bottom) / 2 * size_px / _OVERSAMPLE
    box = ((width_px - box_width) / 2, (STRIP_HEIGHT_PX - height) / 2)
    return _Geometry(
        font=font,
        size_px=size_px,
        spacing_px=spacing_px,
        width_px=width_px,
        box=(*box, box[0] + box_width, box[1] + height),
        baseline_y=baseline_y,
        warp=_sample_warp(rng, width_px, box_width, height),
        curve_px=float(rng.normal(0, 4.0)) if rng.random() < 0.08 and box_width > 100 else 0.0,
    )


def _sample_warp(rng: np.random.Generator, width_px: int, box_width: float, height: float) -> NDArray[np.float64]:
    """What is left after rectification by an imperfect quad: a little rotation, shear and perspective."""
    angle = float(rng.normal(0, 0.012)) * min(1.0, 150.0 / box_width)
    shear = float(rng.normal(0, 0.02)) if rng.random() < 0.85 else float(rng.uniform(-0.15, 0.35))
    perspective = float(rng.normal(0, 0.04)) / box_width if rng.random() < 0.3 else 0.0
    centre = np.array([[1, 0, width_px / 2], [0, 1, STRIP_HEIGHT_PX / 2], [0, 0, 1]])
    bend = np.array([[1, -shear, 0], [np.sin(angle), 1, 0], [perspective, 0, 1]])
    scale = np.diag([1.0, 1.0 + float(rng.normal(0, 0.01)) * height / 40, 1.0])
    return np.asarray(centre @ scale @ bend @ np.linalg.inv(centre))


def _sample_mask(rng: np.random.Generator, box: Box, coverage: Coverage) -> NDArray[np.bool_]:
    """A rectangle round the quad and both words, grown a little; effects may reach out of it, as in life."""
    height, width = coverage.shape
    x0, y0, x1, y1 = box
    left, top, ink_w, ink_h = cv2.boundingRect((coverage > 0.1).view(np.uint8))
    grow = rng.uniform(1.0, 6.0, 4)
    x0, y0 = min(x0, left) - grow[0], min(y0, top) - grow[1]
    x1, y1 = max(x1, left + ink_w) + grow[2], max(y1, top + ink_h) + grow[3]
    mask = np.zeros((height, width), np.bool_)
    mask[max(round(y0), 1) : min(round(y1), height - 1), max(round(x0), 1) : min(round(x1), width - 1)] = True
    return mask


def _ink_width(text: RenderedText) -> float:
    return text.ink_px[2] - text.ink_px[0]
