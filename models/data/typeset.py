"""A word replaced without any model: the old strokes erased, the new word set in the closest bundled face.

The draft that the network draws over, and what the user gets when the network fails. It matches what can be measured:
place, slant, weight, colour, softness and grain. Knows strips and texts; no photos, no networks.
"""

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from models.charset import CHARSET, unknown_characters
from models.data.erasing import GRAIN_SIGMA_PX, Erased, Picture, erase
from models.data.faces import (
    FACES_SHOWN,
    STRETCHES,
    Coverage,
    Opinion,
    Setting,
    closest_settings,
    default_setting,
    draw,
    placed,
)
from models.data.inserting import plain_faces, plain_settings, unerased
from models.regions.ink import LOW_CONFIDENCE, Box, Ink, Mask, Strip, estimate_ink

_BOX_SHARE = 0.9  # of the box's width, for a longer word: it must not touch what frames the old one
_EDGE_MARGIN_PX = 1.0  # of the mask, kept free of ink
_BLURS_PX = np.array([0.0, 0.3, 0.5, 0.7, 0.9, 1.2, 1.5, 2.0, 2.6])
_DEFAULT_BLUR_PX = 0.5
_MIN_DIFFERENCE = 50.0  # RGB distance from the ground below which nothing stands out
_MIN_INK_FOR_GRADIENT = 60
_INNER_PX = 2.0  # of a stroke: nearer to its edge it is mixed with the ground
_MIN_INK_FOR_GRAIN = 100
_VARIATIONS_EM = ((0.0, 0.0), (0.012, 0.0), (-0.01, 0.0), (0.0, 0.05))  # (weight, spacing) of drawings beyond the first

FaceJudge = Callable[[Ink], Opinion]


@dataclass(frozen=True, eq=False)
class StyleWord:
    """Another word whose looks are to be followed: its own strip (64, W', 3), its box there, its text."""

    strip: Strip
    text_box: Box
    text: str


@dataclass(frozen=True, eq=False)
class Typesetting:
    """`strip` (64, W, 3); `coverage` (64, W) of the new letters and their `char_boxes` (L, 4), zeros for a space;
    `rise` (64, W, 3), the way from the ground to the paint; `setting` and `max_width_px` draw the line again. `ground`
    (64, W, 3) is the strip without any word, `hole` (64, W) where the old one was painted over.
    """

    strip: Strip
    coverage: Coverage
    char_boxes: NDArray[np.float32]
    rise: Picture
    setting: Setting | None
    max_width_px: float
    hole: Mask
    ground: Picture
    bare: bool = False  # nothing stood there before


def typeset(
    strip: Strip,
    *,
    ink: Ink,
    mask: Mask,
    text_box: Box,
    old_text: str | None,
    new_text: str,
    judge: FaceJudge,
    style: StyleWord | None = None,
    ranks: range = range(1),
    bare: bool = False,
) -> list[Typesetting]:
    """Strip (64, W, 3) → the strip with `new_text` for the word in `text_box`, once for each of `ranks`, where there
    are so many faces: 0 is the face most like the old word's. Only pixels of `mask` change.

    `ink` is what `estimate_ink` found there. An empty `new_text` only erases. Without `old_text` and `style` the face
    can't be matched: the plain bold one is used. `bare`: nothing stands there, `ink` is `bare_ink`, the ground stays.
    Raises ValueError for a mask of another size or characters outside the charset.
    """
    if mask.shape != strip.shape[:2]:
        raise ValueError(f"the mask must be {strip.shape[:2]}, got {mask.shape}")
    if unknown := unknown_characters(new_text):
        raise ValueError(f"characters not in the charset: {unknown}")
    erased = unerased(strip) if bare else erase(strip, ink, mask, text_box)
    if not new_text.strip():
        emptied = np.where(mask[..., None], np.clip(np.rint(erased.picture), 0, 255).astype(np.uint8), strip)
        no_ink, no_boxes = np.zeros(mask.shape, np.float32), np.zeros((len(new_text), 4), np.float32)
        return [
            Typesetting(
                emptied, no_ink, no_boxes, np.zeros_like(erased.picture), None, 0.0, erased.hole, erased.picture
            )
        ]
    texts = _Texts(_folded(old_text or ""), new_text)
    if style is None:
        looks = _Looks.of(strip, erased, ink, text_box)
        if bare:
            settings = plain_settings(new_text, text_box, ranks=ranks)
        else:
            settings = _settings(ink, text_box, texts, judge, ranks)
    else:
        looks, settings = _styled_after(style, strip, ink, text_box, texts, judge, ranks)
    return [
        replace(_set(strip, mask, erased, looks, new_text, setting, _room(mask, text_box, ink, setting)), bare=bare)
        for setting in settings
    ]


@dataclass(frozen=True)
class _Texts:
    old: str  # without accents; "" where not known
    new: str


def _set(
    strip: Strip, mask: Mask, erased: Erased, looks: "_Looks", text: str, setting: Setting, max_width_px: float
) -> Typesetting:
    line = draw(text, setting, mask.shape, max_width_px=max_width_px, blur_px=looks.blur_px)
    rise = looks.paint - erased.picture
    picture = erased.picture + (rise + looks.grain * erased.noise) * line.coverage[..., None]
    pixels = np.clip(np.rint(picture), 0, 255).astype(np.uint8)
    drawn = np.where(mask[..., None], pixels, strip)
    return Typesetting(drawn, line.coverage, line.char_boxes, rise, setting, max_width_px, erased.hole, erased.picture)


@dataclass(frozen=True, eq=False)
class _Looks:
    """How soft the strokes are, their colour everywhere in the strip, which share of the ground's grain they have."""

    blur_px: float
    paint: Picture
    grain: float

    @classmethod
    def of(cls, strip: Strip, erased: Erased, ink: Ink, text_box: Box) -> "_Looks":
        blur_px = _blur(strip, erased, ink)
        return cls(blur_px, _paint(strip, erased, ink, text_box, blur_px), _grain(strip, erased, ink))


def _styled_after(
    style: StyleWord, strip: Strip, ink: Ink, text_box: Box, texts: _Texts, judge: FaceJudge, ranks: range
) -> tuple[_Looks, list[Setting]]:
    """The looks and the faces of another word; the place is the old word's, if there was one."""
    style_ink = estimate_ink(style.strip, style.text_box)
    whole = np.ones(style.strip.shape[:2], np.bool_)
    looks = _Looks.of(style.strip, erase(style.strip, style_ink, whole, style.text_box), style_ink, style.text_box)
    colour = np.median(looks.paint.reshape(-1, 3), axis=0)
    looks = replace(looks, paint=np.broadcast_to(colour, strip.shape).astype(np.float32))
    style_texts = _Texts(_folded(style.text), texts.new)
    settings = _settings(style_ink, style.text_box, style_texts, judge, ranks)
    if texts.old and ink.confidence >= LOW_CONFIDENCE:
        return looks, [replace(placed(s, texts.old, ink.box), spacing_em=s.spacing_em) for s in settings]
    centre_x, middle_y = (text_box[0] + text_box[2]) / 2, (text_box[1] + text_box[3]) / 2
    lower = middle_y - (style.text_box[1] + style.text_box[3]) / 2
    return looks, [replace(s, centre_x=centre_x, baseline_y=s.baseline_y + lower) for s in settings]


def _folded(text: str) -> str:
    """The text without accents; empty if some character still has no glyph in the bundled faces."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c)).strip()
    return "" if set(plain) - set(CHARSET) else plain


def _settings(ink: Ink, text_box: Box, texts: _Texts, judge: FaceJudge, ranks: range) -> list[Setting]:
    if ink.confidence < LOW_CONFIDENCE:
        return _unmatched(texts.new, text_box, ranks)
    if texts.old:
        found = closest_settings(ink.mask, ink.box, texts.old, texts.new, judge(ink), ranks=ranks)
        low, high = STRETCHES
        varied = zip(ranks, found, strict=False)  # no face twice, however many drawings are wanted
        settings = [_varied(setting, rank, is_first=not ranks.start) for rank, (setting, _) in varied]
        likely = [setting for setting in settings if low <= setting.scale_x_px / setting.scale_y_px <= high]
        if likely:
            return likely
    return _unmatched(texts.new, ink.box, ranks)


def _varied(setting: Setting, rank: int, *, is_first: bool) -> Setting:
    """As measured for the first drawings. Who wants others may find those too thin, too heavy or too narrow."""
    if is_first:
        return setting
    bolder_em, spread_em = _VARIATIONS_EM[(rank + rank // FACES_SHOWN) % len(_VARIATIONS_EM)]
    return replace(setting, weight_em=setting.weight_em + bolder_em, spacing_em=setting.spacing_em + spread_em)


def _unmatched(text: str, box: Box, ranks: range) -> list[Setting]:
    """Where no face can be matched: the plain bold one; further on other plain ones."""
    if ranks.start == 0:
        return [default_setting(text, box)]
    others = range(ranks.start - len(ranks), ranks.start)
    return [default_setting(text, box, face) for face in plain_faces(text, others)]


def _room(mask: Mask, text_box: Box, ink: Ink, setting: Setting) -> float:
    """Width for the new word: what the old one and its box had, but no more than the mask has about the centre."""
    columns = np.flatnonzero(mask.any(axis=0))
    wanted = max(_BOX_SHARE * (text_box[2] - text_box[0]), ink.box[2] - ink.box[0])
    if not len(columns):
        return wanted
    free = 2 * min(setting.centre_x - columns[0], columns[-1] + 1 - setting.centre_x) - 2 * _EDGE_MARGIN_PX
    return float(max(min(wanted, free), 8.0))


def _blur(strip: Strip, erased: Erased, ink: Ink) -> float:
    """The blur that makes the old strokes' mask as soft as the old strokes are."""
    if ink.confidence < LOW_CONFIDENCE:
        return _DEFAULT_BLUR_PX
    axis = ink.ink_colour - ink.background_colour
    level = ((strip - erased.picture) @ axis / max(float(axis @ axis), 1.0)).astype(np.float32)
    strokes = ink.mask.astype(np.float32)
    edges = cv2.morphologyEx(strokes, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8)) > 0
    wanted = _steepness(level, edges)
    got = [_steepness(cv2.GaussianBlur(strokes, (0, 0), b) if b else strokes, edges) for b in _BLURS_PX + 0.35]
    return float(np.interp(-wanted, [-g for g in got], _BLURS_PX))


def _grain(strip: Strip, erased: Erased, ink: Ink) -> float:
    """Smooth paint on a rough wall has no grain, a photo's noise is on both; 1 where strokes are too thin to say."""
    deep = cv2.distanceTransform(ink.mask.view(np.uint8), cv2.DIST_L2, 3) >= _INNER_PX
    ground = np.abs(erased.noise[~erased.hole])
    if np.count_nonzero(deep) < _MIN_INK_FOR_GRAIN or not ground.size:
        return 1.0
    known = deep.astype(np.float32)
    sums = cv2.GaussianBlur(strip * known[..., None], (0, 0), GRAIN_SIGMA_PX)
    weights = np.maximum(cv2.GaussianBlur(known, (0, 0), GRAIN_SIGMA_PX)[..., None], 1e-3)
    strokes = np.abs(strip - sums / weights)[deep]
    return float(np.clip(np.median(strokes) / max(float(np.median(ground)), 0.5), 0, 1))


def _steepness(level: Coverage, edges: Mask) -> float:
    gradient = np.hypot(
        cv2.Sobel(level, cv2.CV_32F, 1, 0, scale=1 / 8), cv2.Sobel(level, cv2.CV_32F, 0, 1, scale=1 / 8)
    )
    return float(np.percentile(gradient[edges], 70))


def _paint(strip: Strip, erased: Erased, ink: Ink, text_box: Box, blur_px: float) -> Picture:
    """The ink's colour everywhere in the strip: a plane through the strokes' inner pixels."""
    height, width = ink.mask.shape
    if ink.confidence < LOW_CONFIDENCE:
        usual = np.median(strip[_slices(text_box)].reshape(-1, 3), axis=0)
        guessed = float(np.linalg.norm(ink.ink_colour - usual)) >= _MIN_DIFFERENCE
        colour = ink.ink_colour if guessed else _standing_out(strip, text_box)
        return np.broadcast_to(colour, (height, width, 3)).astype(np.float32)
    depth = cv2.distanceTransform(ink.mask.view(np.uint8), cv2.DIST_L2, 3)
    core = ink.mask & (depth >= np.percentile(depth[ink.mask], 60))
    soft = cv2.GaussianBlur(ink.mask.astype(np.float32), (0, 0), max(blur_px, 0.3))
    share = float(np.clip(np.median(soft[core]), 0.55, 1.0))  # thin strokes: blur has mixed even their core with ground
    ys, xs = np.nonzero(core)
    colours = erased.picture[core] + (strip[core] - erased.picture[core]) / share
    centre = np.median(colours, axis=0)
    if len(xs) < _MIN_INK_FOR_GRADIENT:
        return np.broadcast_to(centre, (height, width, 3)).astype(np.float32)
    terms = np.stack([(xs - xs.mean()) / 64, (ys - ys.mean()) / 32], axis=1)
    spread = np.abs(colours - centre).max(axis=1)
    keep = spread <= 3 * np.median(spread) + 3
    ridge = np.diag([0.02, 0.02]) * keep.sum()
    slope = np.linalg.solve(terms[keep].T @ terms[keep] + ridge, terms[keep].T @ (colours - centre)[keep])
    row, column = np.mgrid[:height, :width]
    where = np.stack([(column - xs.mean()) / 64, (row - ys.mean()) / 32], axis=2)
    low, high = np.percentile(colours, [2, 98], axis=0)
    return np.asarray(np.clip(np.clip(centre + where @ slope, low, high), 0, 255), np.float32)


def _standing_out(strip: Strip, text_box: Box) -> NDArray[np.float32]:
    """The colour in the box that differs most from the box's usual one; black or white if none differs."""
    colours = strip[_slices(text_box)].reshape(-1, 3).astype(np.float32)
    usual = np.median(colours, axis=0)
    off = np.linalg.norm(colours - usual, axis=1)
    rare = off >= np.percentile(off, 92)
    if np.median(off[rare]) >= _MIN_DIFFERENCE:
        return np.asarray(np.median(colours[rare], axis=0), np.float32)
    return np.full(3, 245.0 if usual.mean() < 110 else 25.0, np.float32)


def _slices(box: Box) -> tuple[slice, slice]:
    x0, y0, x1, y1 = (max(round(v), 0) for v in box)
    return slice(y0, y1), slice(x0, x1)
