"""How a drawn word looks beside the true one: colours, weight, sharpness, slant. Knows OpenCV; no fonts, no networks.

Both pictures show the same word in the same box, so what is measured in one can be divided by the same of the other.
The strokes of either are looked for along the way from the true ground's colour to the true strokes' colour, and only
near the true strokes: neither a sign's edge nor a photo behind the letters is taken for a letter.
"""

from dataclasses import dataclass, fields

import cv2
import numpy as np
from numpy.typing import NDArray

from models.evaluate.metrics import Box, Image, box_slices
from models.regions.ink import LOW_CONFIDENCE, Mask, estimate_ink

Map = NDArray[np.float32]  # (h, w) or (h, w, 3)

_NEAR_SHARE = 0.16  # of the box's height: how far from the true strokes the drawn ones are looked for
_CLEAR_PX = 3  # of a stroke: nearer ground is mixed with it
_FINER = 4  # outlines are followed at a quarter of a pixel
_MIN_STROKE_PX = 12
_GRAIN_SIGMA_PX = 1.2
_LEAST_GRAIN = 0.2  # L*
_FAINT_SHARE = 0.15  # of the true contrast: paler than this, nothing was written
_MAX_SHEAR = 0.6  # ± x per y, about 31 degrees
_SHEAR_STEP = 0.02


@dataclass(frozen=True)
class StyleMatch:
    """A drawn word's looks against the true word's; each field is the difference or ratio of one figure.

    - `stroke_delta_e`: CIE76 ΔE between the median Lab colours of the strokes' inner halves by depth.
    - `ground_delta_e`: the same between the ground's median colours, at the pixels of the box that are ground in both,
      3 px clear of every stroke.
    - `stroke_width`: drawn / true width; a width is four times the mean distance to the outline, as in a straight bar.
      The outline runs where the colour is half way from the ground's to the stroke's, each picture's own.
    - `sharpness`: drawn / true 90th percentile of the gradient within a pixel of the outline, as a share of the
      picture's own contrast per px: it says how soft edges are, not how pale.
    - `grain`: drawn / true strength of what is fine in the ground's lightness, median over the same pixels; 1 where
      both have none.
    - `slant_deg`: |drawn − true| slant in degrees; a slant is the shear that makes the strokes' columns most uneven,
      within ±31°.
    """

    stroke_delta_e: float
    ground_delta_e: float
    stroke_width: float
    sharpness: float
    grain: float
    slant_deg: float


PARTS = tuple(field.name for field in fields(StyleMatch))


@dataclass(frozen=True)
class _Looks:
    stroke_lab: Map  # (3,)
    strokes: Mask  # (h, w)
    width_px: float
    sharpness: float
    shear: float


def style_match(drawn: Image, true: Image, box: Box, *, true_strokes: Mask | None = None) -> StyleMatch | None:
    """Both (H, W, 3), the true picture's strokes bool (H, W) if they are known, else `estimate_ink` finds them.

    None where they can't be found: in the true picture, so that nothing can be measured, or in the drawn one, where
    nothing was written. Raises ValueError for pictures of different shapes or a box without a pixel.
    """
    crop = box_slices(drawn, true, box)
    if true_strokes is None:
        ink = estimate_ink(true, box)
        if ink.confidence < LOW_CONFIDENCE:
            return None
        true_strokes = ink.mask
    strokes = true_strokes[crop]
    true_lab, drawn_lab = (_lab(picture[crop]) for picture in (true, drawn))
    ground = ~_grown(strokes, _CLEAR_PX)
    core = _core(strokes)
    if core.sum() < _MIN_STROKE_PX or ground.sum() < _MIN_STROKE_PX:
        return None
    near = _grown(strokes, max(2, round(_NEAR_SHARE * strokes.shape[0])))
    axis = (np.median(true_lab[core], axis=0) - np.median(true_lab[ground], axis=0)).astype(np.float32)
    wanted, got = _looks(true_lab, axis, near), _looks(drawn_lab, axis, near)
    if wanted is None or got is None:
        return None
    shared = ~_grown(wanted.strokes | got.strokes | strokes, _CLEAR_PX)
    if shared.sum() < _MIN_STROKE_PX:
        shared = ~(wanted.strokes | got.strokes)
    ground_off = np.median(drawn_lab[shared], axis=0) - np.median(true_lab[shared], axis=0)
    return StyleMatch(
        stroke_delta_e=float(np.linalg.norm(got.stroke_lab - wanted.stroke_lab)),
        ground_delta_e=float(np.linalg.norm(ground_off)),
        stroke_width=got.width_px / wanted.width_px,
        sharpness=got.sharpness / wanted.sharpness,
        grain=_grain(drawn_lab, shared) / _grain(true_lab, shared),
        slant_deg=float(np.degrees(abs(np.arctan(got.shear) - np.arctan(wanted.shear)))),
    )


def _looks(lab: Map, axis: Map, near: Mask) -> _Looks | None:
    """`lab` (h, w, 3) of the box, `axis` (3,) from ground to stroke; strokes are looked for where `near` is True."""
    place = np.asarray(lab @ (axis / max(float(np.linalg.norm(axis)), 1e-6)), np.float32)
    strokes = _upper(place, near)
    core, ground = _core(strokes), near & ~_grown(strokes, 1)
    if core.sum() < _MIN_STROKE_PX or ground.sum() < _MIN_STROKE_PX:
        return None
    stroke_lab, ground_lab = (np.median(lab[where], axis=0) for where in (core, ground))
    own_axis = stroke_lab - ground_lab
    if float(own_axis @ axis) < _FAINT_SHARE * float(axis @ axis):
        return None
    level = np.asarray((lab - ground_lab) @ own_axis / max(float(own_axis @ own_axis), 1e-6), np.float32)
    fine_size = (level.shape[1] * _FINER, level.shape[0] * _FINER)
    fine = cv2.resize(level, fine_size, interpolation=cv2.INTER_CUBIC) > 0.5
    fine &= cv2.resize(near.view(np.uint8), fine_size, interpolation=cv2.INTER_NEAREST).view(np.bool_)
    if not fine.any():
        return None
    outline = cv2.morphologyEx((level > 0.5).astype(np.uint8), cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8)) > 0
    outline &= near
    slope = np.hypot(*(cv2.Sobel(level, cv2.CV_32F, dx, dy, scale=1 / 8) for dx, dy in ((1, 0), (0, 1))))
    if not outline.any():
        return None
    return _Looks(
        stroke_lab=np.asarray(stroke_lab, np.float32),
        strokes=strokes,
        width_px=4 * float(_depth(fine)[fine].mean()) / _FINER,
        sharpness=max(float(np.percentile(slope[outline], 90)), 1e-3),
        shear=_shear(np.clip(level, 0, 1) * near),
    )


def _grain(lab: Map, where: Mask) -> float:
    """`lab` (h, w, 3), `where` (h, w) not near a stroke → L*, no less than can be seen."""
    lightness = np.ascontiguousarray(lab[..., 0])
    fine = np.abs(lightness - cv2.GaussianBlur(lightness, (0, 0), _GRAIN_SIGMA_PX))
    return max(float(np.median(fine[where])), _LEAST_GRAIN)


def _upper(place: Map, where: Mask) -> Mask:
    """Above Otsu's threshold over the pixels of `where`, (h, w); False elsewhere."""
    low, high = np.percentile(place[where], [1, 99])
    levels = (np.clip((place - low) / max(float(high - low), 1e-6), 0, 1) * 255).astype(np.uint8)
    threshold, _ = cv2.threshold(levels[where].reshape(1, -1), 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    return np.asarray((levels > threshold) & where, np.bool_)


def _shear(level: Map) -> float:
    """The shear (x per y) whose removal makes the sums of columns most uneven, to a fraction of a step."""
    height, width = level.shape
    shears = np.arange(-_MAX_SHEAR, _MAX_SHEAR + _SHEAR_STEP / 2, _SHEAR_STEP)
    room = round(_MAX_SHEAR * height / 2) + 1
    gains = []
    for shear in shears:
        upright = np.array([[1, shear, room - shear * (height - 1) / 2], [0, 1, 0]])
        columns = cv2.warpAffine(level, upright, (width + 2 * room, height), flags=cv2.INTER_LINEAR).sum(axis=0)
        gains.append(float((np.diff(columns) ** 2).sum()))
    best = int(np.argmax(cv2.GaussianBlur(np.array(gains, np.float32)[None], (0, 0), 1.5)))
    return float(shears[best])


def _core(strokes: Mask) -> Mask:
    """The inner half of the strokes, by distance to their outline: blur has mixed the outer with the ground."""
    if not strokes.any():
        return strokes
    depth = _depth(strokes)
    return np.asarray(strokes & (depth >= np.median(depth[strokes])), np.bool_)


def _depth(strokes: Mask) -> Map:
    """Distance of each stroke pixel to the outline; the border of the picture is none."""
    padded = cv2.copyMakeBorder(strokes.view(np.uint8), 1, 1, 1, 1, cv2.BORDER_REPLICATE)
    return np.asarray(cv2.distanceTransform(padded, cv2.DIST_L2, 5)[1:-1, 1:-1], np.float32)


def _grown(mask: Mask, radius_px: int) -> Mask:
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius_px + 1, 2 * radius_px + 1))
    return np.asarray(cv2.dilate(mask.view(np.uint8), disc), np.bool_)


def _lab(picture: Image) -> Map:
    return np.asarray(cv2.cvtColor(picture.astype(np.float32) / 255, cv2.COLOR_RGB2LAB), np.float32)
