"""The bundled typefaces, which of them is closest to a word's strokes, and a line of text drawn in it.

Knows fonts and stroke masks; knows nothing of colours or photos.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from models.config import STRIP_HEIGHT_PX
from models.data.glyphs import FONT_FOLDER, character_boxes, line_extent, render_text

Mask = NDArray[np.bool_]  # (64, W)
Coverage = NDArray[np.float32]  # (H, W) in [0, 1]
Box = tuple[float, float, float, float]  # (x0, y0, x1, y1) strip px

DEFAULT_FACE = FONT_FOLDER / "DejaVuSans-Bold.ttf"
MIN_CONDENSE = 0.62  # narrower than this share of the natural width, a line shrinks in height too
STRETCHES = (0.4, 2.2)  # outside, the old text can't be what the strokes say

_MATCH_SIZE_PX = 72
_UPRIGHT_LETTERS = "HIEhlnmdit"
_LETTER_SIZE_PX = 48
_INK_LEVEL = 0.3
_OVERSAMPLE = 4
_MARGIN_SHARE = 0.35  # of the size, round a rendered line: room for weight and slant
_SOFTNESS_PX = 1.1  # of the pictures compared: letters never fall exactly on each other
_SLANTS = np.linspace(-0.1, 0.4, 26)
WEIGHTS_EM = (-0.03, -0.02, -0.01, 0.0, 0.01, 0.02, 0.03, 0.045)
_FINALISTS = 6
_SHORTLIST = 8  # faces that an opinion is heard on
FACES_SHOWN = 24  # of them there are so many before the first comes again: later ones don't look like the sign
_OPINION_SHARE = 2.0  # likeness gained per likeness of fonts
_MIN_SLANT = 0.08
_AREA_SHARE = 0.95  # stroke masks are a little wider than the strokes
_SPACINGS_EM = (-0.03, 0.6)
_STRETCH_COST = 0.25  # likeness lost when the width is e times or 1 / e of the natural one
_SPACING_COST = 0.1  # likeness lost per em of letter spacing
_AREA_COST = 0.15  # likeness lost when there is e times or 1 / e of the ink
_WEIGHT_COST = 0.8  # likeness lost per em of changed weight
_UNKNOWN_INK_SHARE = 0.86  # without an old word: share of the box's height that a line's ink takes


@dataclass(frozen=True)
class Setting:
    """How a line is set: face, its distortions, and where it stands. `_em` are shares of the font size."""

    face: Path
    slant: float = 0.0  # shear, x per y, before scaling
    spacing_em: float = 0.0
    weight_em: float = 0.0  # what is added to each side of a stroke
    scale_x_px: float = 32.0  # strip px per em
    scale_y_px: float = 32.0
    centre_x: float = 0.0
    baseline_y: float = 0.0


def faces_for(text: str) -> list[Path]:
    """The bundled faces that have every character of `text`."""
    return [face for face, lacks in _bundled() if not lacks & set(text)]


@lru_cache(maxsize=1)
def _bundled() -> tuple[tuple[Path, frozenset[str]], ...]:
    """Every face, and the characters that it lacks."""
    faces = json.loads((FONT_FOLDER / "faces.json").read_text())
    return tuple((FONT_FOLDER / face["file"], frozenset(face["lacks"])) for face in faces)


def default_setting(text: str, box: Box, face: Path = DEFAULT_FACE) -> Setting:
    """The plain bold face, or another, filling the height of `box`: for a place where no old word is known."""
    x0, y0, x1, y1 = box
    top, bottom = line_extent(face, text)
    top, bottom = min(top, -0.5), max(bottom, 0.0)
    scale = (y1 - y0) * _UNKNOWN_INK_SHARE / (bottom - top)
    baseline_y = (y0 + y1) / 2 - scale * (top + bottom) / 2
    return Setting(face, scale_x_px=scale, scale_y_px=scale, centre_x=(x0 + x1) / 2, baseline_y=baseline_y)


@dataclass(frozen=True)
class Opinion:
    """Of one word's font, by looking at it: how like it each bundled face is, and how far its letters lean."""

    likeness: Mapping[Path, float]
    slant: float


def closest_settings(
    strokes: Mask, ink_box: Box, old_text: str, new_text: str, opinion: Opinion, *, ranks: range
) -> list[tuple[Setting, float]]:
    """The settings that make `old_text` most like its strokes, each in another face, with their likeness, a correlation
    of 0..1; those at `ranks`, where 0 is the best, and none twice.

    Of the faces that can write both texts those are tried that are best by `opinion`: letters that stand otherwise than
    a line of type does can't be laid over each other, but can be recognised. `old_text` must have ink. Behind the
    finalists the others come by opinion, and after the last the first one again.
    """
    target = _cropped(cv2.GaussianBlur(strokes.astype(np.float32), (0, 0), _SOFTNESS_PX), ink_box)

    def fitted(face: Path) -> tuple[Setting, float]:
        settings = [Setting(face, slant=slant) for slant in _slants(face, opinion.slant)]
        fits = [fit for setting in settings for fit in _fits(setting, old_text, target, ink_box)]
        return max(fits, key=lambda found: found[1])

    able = sorted(faces_for(old_text + new_text), key=lambda face: -opinion.likeness[face])[:FACES_SHOWN]
    bonus = {face: _OPINION_SHARE * (opinion.likeness[face] - opinion.likeness[able[0]]) for face in able}
    tried = [fitted(face) for face in able[:_SHORTLIST]]
    tried.sort(key=lambda found: -found[1] - bonus[found[0].face])
    weighed = [_weighed(setting, old_text, target, ink_box) for setting, _ in tried[:_FINALISTS]]
    weighed.sort(key=lambda found: -found[1] - bonus[found[0].face])
    others = [setting.face for setting, _ in tried[_FINALISTS:]] + able[_SHORTLIST:]
    wanted = [rank % len(able) for rank in ranks[: len(able)]]
    found = [
        weighed[rank]
        if rank < len(weighed)
        else _weighed(fitted(others[rank - len(weighed)])[0], old_text, target, ink_box)
        for rank in wanted
    ]
    return [(setting, max(likeness, 0.0)) for setting, likeness in found]


def _slants(face: Path, wanted: float) -> list[float]:
    """Slants to try, so that the letters lean as wanted: none, and what the face's own slant lacks."""
    missing = round(wanted - own_slant(face), 2)
    return [0.0, missing] if abs(missing) >= _MIN_SLANT else [0.0]


@lru_cache(maxsize=1024)
def own_slant(font: Path) -> float:
    """How far a font's letters lean, x per y, positive to the right; measured, as fonts' own angles are often wrong."""
    return _estimate_slant(render_text(_UPRIGHT_LETTERS, font, size_px=_MATCH_SIZE_PX).coverage > 127)


@dataclass(frozen=True, eq=False)
class Line:
    """A line in a strip: `coverage` float32 (H, W) in [0, 1], `char_boxes` float32 (L, 4), zeros for a space."""

    coverage: Coverage
    char_boxes: NDArray[np.float32]


def draw(text: str, setting: Setting, size: tuple[int, int], *, max_width_px: float, blur_px: float) -> Line:
    """`text` as set, condensed, and at last lowered, to `max_width_px`; `size` is (h, w)."""
    oversample = _OVERSAMPLE if size[0] <= STRIP_HEIGHT_PX else 1
    font_px = int(np.clip(round(setting.scale_y_px * oversample), 16, 480))
    styled = _styled(text, setting, font_px)
    left, top, w, h = cv2.boundingRect((styled.coverage > _INK_LEVEL).view(np.uint8))
    scale_x, scale_y = setting.scale_x_px / font_px, setting.scale_y_px / font_px
    condense = min(1.0, max_width_px / (w * scale_x))
    lower = min(1.0, condense / MIN_CONDENSE)
    middle = top + h / 2 - styled.baseline_row  # the line shrinks about its middle
    baseline_y = setting.baseline_y + middle * scale_y * (1 - lower)
    scale_x, scale_y = scale_x * condense * oversample, scale_y * lower * oversample
    move_x = setting.centre_x * oversample - (left + w / 2) * scale_x
    move_y = baseline_y * oversample - styled.baseline_row * scale_y
    lay = np.array([[scale_x, 0, move_x + (scale_x - 1) / 2], [0, scale_y, move_y + (scale_y - 1) / 2]])
    large_size = (size[1] * oversample, size[0] * oversample)
    large = cv2.warpAffine(styled.coverage, lay, large_size, flags=cv2.INTER_LINEAR)
    labels = cv2.warpAffine(styled.labels, lay, large_size, flags=cv2.INTER_NEAREST)
    if blur_px > 0.05:
        large = cv2.GaussianBlur(large, (0, 0), blur_px * oversample)
    boxes = character_boxes(labels, len(text)) / oversample
    return Line(cv2.resize(large, (size[1], size[0]), interpolation=cv2.INTER_AREA), boxes.astype(np.float32))


def placed(setting: Setting, text: str, ink_box: Box) -> Setting:
    """`setting` scaled and moved so that the ink of `text` fills the box."""
    return _scaled(setting, text, ink_box)[0]


@lru_cache(maxsize=8192)
def letter(character: str, face: Path, *, slant: float, weight_em: float) -> Coverage:
    """One character, cropped to its ink, (h, w); empty for a space."""
    if character.isspace():
        return np.zeros((0, 0), np.float32)
    coverage = _styled(character, Setting(face, slant=slant, weight_em=weight_em), _LETTER_SIZE_PX).coverage
    x, y, w, h = cv2.boundingRect((coverage > _INK_LEVEL).view(np.uint8))
    return np.ascontiguousarray(coverage[y : y + h, x : x + w])


def _fits(setting: Setting, text: str, target: Coverage, ink_box: Box) -> list[tuple[Setting, float]]:
    """`setting` scaled to lay `text` on the ink box, stretched and spaced in several shares, with their likeness."""
    width_px = ink_box[2] - ink_box[0]
    stretched, picture = _scaled(setting, text, ink_box)
    found = [(stretched, _likeness(stretched, picture, target))]
    missing_px = width_px * (1 - stretched.scale_y_px / stretched.scale_x_px)  # to be filled by spacing
    if len(text) < 2 or abs(missing_px) < 0.04 * width_px:
        return found
    for share in (0.5, 1.0, 1.5):  # of it; the rest is stretched
        spacing_em = setting.spacing_em + share * missing_px / (len(text) - 1) / stretched.scale_y_px
        if _SPACINGS_EM[0] < spacing_em < _SPACINGS_EM[1]:
            spread, picture = _scaled(replace(setting, spacing_em=spacing_em), text, ink_box)
            found.append((spread, _likeness(spread, picture, target)))
    return found


def _weighed(setting: Setting, text: str, target: Coverage, ink_box: Box) -> tuple[Setting, float]:
    """`setting` with the weight that gives its ink the target's area, and its likeness."""
    # By area, not by likeness: bolder strokes overlap more where letters don't fall exactly on each other.
    choices = [_scaled(replace(setting, weight_em=weight_em), text, ink_box) for weight_em in WEIGHTS_EM]
    wanted = _AREA_SHARE * float(target.sum())
    weighed, picture = min(choices, key=lambda choice: abs(float(choice[1].sum()) - wanted))
    return weighed, _likeness(weighed, picture, target)


def _scaled(setting: Setting, text: str, ink_box: Box) -> tuple[Setting, Coverage]:
    """The setting whose ink fills the box, and that ink, stretched to whole pixels of the box."""
    x0, y0, x1, y1 = ink_box
    styled = _styled(text, setting, _MATCH_SIZE_PX)
    coverage = styled.coverage
    left, top, w, h = cv2.boundingRect((coverage > _INK_LEVEL).view(np.uint8))
    scale_x, scale_y = (x1 - x0) / w, (y1 - y0) / h
    fitted = replace(
        setting,
        scale_x_px=scale_x * _MATCH_SIZE_PX,
        scale_y_px=scale_y * _MATCH_SIZE_PX,
        centre_x=(x0 + x1) / 2,
        baseline_y=y0 + (styled.baseline_row - top) * scale_y,
    )
    ink = coverage[top : top + h, left : left + w]
    size = (max(1, round(x1) - round(x0)), max(1, round(y1) - round(y0)))
    return fitted, cv2.resize(ink, size, interpolation=cv2.INTER_AREA)


def _likeness(setting: Setting, picture: Coverage, target: Coverage) -> float:
    """Correlation of the picture, made as soft as the target, with it, less what the distortions cost."""
    soft = cv2.GaussianBlur(picture, (0, 0), _SOFTNESS_PX)
    a, b = soft - soft.mean(), target - target.mean()
    correlation = float((a * b).sum() / np.sqrt((a * a).sum() * (b * b).sum() + 1e-9))
    stretch = abs(float(np.log(setting.scale_x_px / setting.scale_y_px)))
    bolder = abs(float(np.log((picture.sum() + 1) / (_AREA_SHARE * target.sum() + 1))))
    cost = _STRETCH_COST * stretch + _SPACING_COST * abs(setting.spacing_em) + _AREA_COST * bolder
    return correlation - cost - _WEIGHT_COST * abs(setting.weight_em)


@dataclass(frozen=True, eq=False)
class _Styled:
    coverage: Coverage
    labels: NDArray[np.uint8]  # of the same size: 1 + index of the character that owns the pixel
    baseline_row: float


def _styled(text: str, setting: Setting, font_px: int) -> _Styled:
    """`text` with spacing, weight and slant at a font size, with a margin."""
    margin_px = 4 + round(_MARGIN_SHARE * font_px)
    rendered = render_text(
        text, setting.face, size_px=font_px, spacing_px=setting.spacing_em * font_px, margin_px=margin_px
    )
    plain: Coverage = rendered.coverage.astype(np.float32) / np.float32(255)
    coverage, labels = plain, rendered.labels
    if setting.weight_em:
        solid = (rendered.coverage > 127).view(np.uint8)
        depth = cv2.distanceTransform(solid, cv2.DIST_L2, 3) - cv2.distanceTransform(1 - solid, cv2.DIST_L2, 3)
        coverage = np.clip(depth + setting.weight_em * font_px + np.where(solid > 0, 0.0, 1.0), 0, 1).astype(np.float32)
        if not (coverage > _INK_LEVEL).any():
            coverage = plain
    if setting.slant:
        shear = np.array([[1, -setting.slant, setting.slant * rendered.baseline_px], [0, 1, 0]])
        coverage = cv2.warpAffine(coverage, shear, coverage.shape[::-1], flags=cv2.INTER_LINEAR)
        labels = cv2.warpAffine(labels, shear, labels.shape[::-1], flags=cv2.INTER_NEAREST)
    return _Styled(coverage, labels, rendered.baseline_px)


def _estimate_slant(strokes: Mask) -> float:
    """The shear whose removal makes the columns of the strokes most uneven; 0 unless it clearly gains."""
    picture = strokes.astype(np.float32)
    height, width = picture.shape
    gains = []
    for slant in _SLANTS:
        upright = np.array([[1, slant, -slant * height / 2], [0, 1, 0]])
        columns = cv2.warpAffine(picture, upright, (width, height), flags=cv2.INTER_LINEAR).sum(axis=0)
        gains.append(float((columns**2).sum()))
    best = int(np.argmax(gains))
    upright_gain = gains[int(np.argmin(np.abs(_SLANTS)))]
    return float(_SLANTS[best]) if gains[best] > 1.03 * upright_gain else 0.0


def _cropped(picture: Coverage, box: Box) -> Coverage:
    x0, y0, x1, y1 = (round(v) for v in box)
    return picture[y0 : max(y1, y0 + 1), x0 : max(x1, x0 + 1)]
