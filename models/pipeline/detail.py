"""The edges of the letters, as sharp as those of the old word, whatever the size of the word and of the strip.

What the network draws is softer than it should be, and a strip is only 64 px high: enlarged to a word of 200 px it is
softer still. The draft's letters are outlines and can be drawn at any size. So the drawing is taken for the draft,
blurred, plus what the network changed; the blurred draft in it is exchanged for one as sharp as the photo's letters.
"""

import math
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from models.data.faces import Coverage, draw
from models.data.typeset import Typesetting
from models.pipeline.request import Image
from models.regions.ink import LOW_CONFIDENCE, Ink
from models.regions.strip import StripFrame, rectify

_MIN_SCALE = 1.2  # photo pixels a strip pixel, below which a strip holds all there is
_MAX_FINER = 6
_EDGE_PERCENTILE = 80
_STEP_SLOPE = 0.4  # the steepest slope of a step blurred by one pixel: 1 / sqrt(2 π)
_OWN_BLUR_PX = 0.6  # what the slope's own measure blurs
_SHARPEST_PX = 0.35
_BARE_BLUR_PX = 0.8  # where no old word shows how sharp the photo is
_SOFTNESSES_PX = (0.0, 0.3, 0.45, 0.6, 0.8, 1.0, 1.3, 1.7)
_KEPT_SHARE = 0.3  # of the contrast: a pixel off by so much has left the draft


@dataclass(frozen=True, eq=False)
class FineDraft:
    """`coverage` float32 (64 · finer, W · finer) of the draft's letters, as sharp as the photo's."""

    coverage: NDArray[np.float32]
    finer: int


def fine_draft(image: Image, frame: StripFrame, ink: Ink, draft: Typesetting, text: str) -> FineDraft | None:
    """The draft's letters at the photo's own scale; None where there are none, or the old strokes aren't known."""
    if draft.setting is None or (ink.confidence < LOW_CONFIDENCE and not draft.bare):
        return None
    if frame.photo_px_per_strip_px < _MIN_SCALE:
        return FineDraft(draft.coverage, 1)
    finer = min(math.ceil(frame.photo_px_per_strip_px), _MAX_FINER)
    setting = replace(
        draft.setting,
        scale_x_px=draft.setting.scale_x_px * finer,
        scale_y_px=draft.setting.scale_y_px * finer,
        centre_x=draft.setting.centre_x * finer,
        baseline_y=draft.setting.baseline_y * finer,
    )
    height, width = draft.coverage.shape
    blur_px = _BARE_BLUR_PX if draft.bare else _edge_blur(rectify(image, frame, finer=finer), ink, finer)
    size, max_width_px = (height * finer, width * finer), draft.max_width_px * finer
    return FineDraft(draw(text, setting, size, max_width_px=max_width_px, blur_px=blur_px).coverage, finer)


@dataclass(frozen=True, eq=False)
class Sharper:
    """Levels, float32: `taken` (64, W, 3) from the strip before it is enlarged, so that no edge in it rings, `added`
    (64 · finer, W · finer, 3) for it.
    """

    taken: NDArray[np.float32]
    added: NDArray[np.float32]


def sharper(fine: FineDraft, strip: Image, draft: Typesetting) -> Sharper:
    """The letters of `strip` (64, W, 3) exchanged for fine ones, but where the network left the draft by more than blur
    explains.
    """
    ground = draft.strip - draft.rise * draft.coverage[..., None]
    drawn = strip.astype(np.float32)
    blurred = min(
        (_soft(draft.coverage, sigma) for sigma in _SOFTNESSES_PX), key=lambda c: _distance(drawn, ground, draft, c)
    )
    contrast = float(np.abs(draft.rise[draft.coverage > 0.5]).max(initial=1.0))
    left = np.abs(drawn - ground - draft.rise * blurred[..., None]).max(axis=2) / (_KEPT_SHARE * contrast)
    left = cv2.dilate(left, np.ones((5, 5), np.uint8))  # a stroke takes its edges with it
    kept = np.clip(1.5 - cv2.GaussianBlur(left, (0, 0), 1.0), 0, 1)
    paint = np.asarray(draft.rise * kept[..., None], np.float32)
    return Sharper(paint * blurred[..., None], _enlarged(paint, fine.finer) * fine.coverage[..., None])


def _distance(drawn: NDArray[np.float32], ground: NDArray[np.float32], draft: Typesetting, coverage: Coverage) -> float:
    return float(np.square(drawn - ground - draft.rise * coverage[..., None]).mean())


def _soft(coverage: Coverage, sigma_px: float) -> Coverage:
    soft: Coverage = cv2.GaussianBlur(coverage, (0, 0), sigma_px) if sigma_px else coverage
    return soft


def _edge_blur(fine_strip: Image, ink: Ink, finer: int) -> float:
    """How soft the old strokes' edges are, as the sigma of a Gaussian in fine pixels."""
    axis = ink.ink_colour - ink.background_colour
    level = ((fine_strip - ink.background_colour) @ axis / max(float(axis @ axis), 1.0)).astype(np.float32)
    slope = np.hypot(cv2.Sobel(level, cv2.CV_32F, 1, 0, scale=1 / 8), cv2.Sobel(level, cv2.CV_32F, 0, 1, scale=1 / 8))
    edges = cv2.morphologyEx(ink.mask.view(np.uint8), cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8))
    near = cv2.resize(edges, level.shape[::-1], interpolation=cv2.INTER_NEAREST) > 0
    # In a band of 2 · finer pixels round an edge about one row in 2 · finer is the edge itself.
    steepest = float(np.percentile(slope[near], 100 - (100 - _EDGE_PERCENTILE) / finer))
    sigma_px = _STEP_SLOPE / max(steepest, 1e-3)
    return float(np.clip(math.sqrt(max(sigma_px**2 - _OWN_BLUR_PX**2, 0.0)), _SHARPEST_PX, finer))


def _enlarged(values: NDArray[np.float32], finer: int) -> NDArray[np.float32]:
    height, width = values.shape[:2]
    return np.asarray(cv2.resize(values, (width * finer, height * finer), interpolation=cv2.INTER_CUBIC), np.float32)
