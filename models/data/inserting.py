"""A word where there was none: the ground stays, and letters are painted on it in colours and faces that can be read.

Knows strips; knows no photos, and not how it is found out that nothing stands there.
"""

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from models.data.erasing import Erased
from models.data.faces import Setting, faces_for
from models.data.glyphs import FONT_FOLDER, line_extent, render_text
from models.regions.ink import Box, Ink, Strip, inset

_FACES = (
    "sans-bold.otf",
    "humanist-semibold.ttf",
    "serif-bold.otf",
    "narrow-bold.ttf",
    "DejaVuSans-Bold.ttf",
    "slab-bold.otf",
    "geometric-semibold.otf",
    "rounded-bold.ttf",
    "heavy.ttf",
    "sans-regular.otf",
    "texgyreschola-regular.otf",
    "bebas-neue-regular.otf",
)
_HEIGHT_SHARE = 0.82  # of the box's height that a line takes at most
_WIDTH_SHARE = 0.9  # of the box's width
_MEASURE_SIZE_PX = 72
_INK_LEVEL = 77  # of 255
_CONTRAST = 9.0  # wanted between letters and ground, as WCAG counts; a dim scene gets no glaring white
_OFFSET = 0.05  # of luminance, in the same formula
_TINT_SHARE = 0.05  # of the ground's colour in the letters'
_RELIEF_SHARE = 0.35  # of the ground's unevenness that shows through the paint
_RELIEF_SIGMA_PX = 5.0
_MAX_RELIEF = 40.0  # levels: an edge in the ground is no relief
_EPS = 1e-6


def bare_ink(strip: Strip, text_box: Box) -> Ink:
    """What `estimate_ink` would say of a place without strokes, with the colour that letters shall have there."""
    none = np.zeros(strip.shape[:2], np.bool_)
    x0, y0, x1, y1 = (max(round(v), 0) for v in text_box)
    pixels = strip[y0:y1, x0:x1].reshape(-1, 3).astype(np.float32)
    ground = np.asarray(np.median(pixels, axis=0), np.float32)
    colour = _standing_out(ground, pixels)
    return Ink(
        mask=none,
        level=none.astype(np.float32),
        box=inset(text_box),
        ink_colour=colour,
        background_colour=ground,
        contrast=_delta_e(colour, ground),
        confidence=0.0,
    )


def unerased(strip: Strip) -> Erased:
    """The ground as it is; its `noise` is what shows through letters painted on it."""
    pixels = strip.astype(np.float32)
    relief = pixels - cv2.GaussianBlur(pixels, (0, 0), _RELIEF_SIGMA_PX)
    relief = np.clip(_RELIEF_SHARE * relief, -_MAX_RELIEF, _MAX_RELIEF)
    return Erased(pixels, relief.astype(np.float32), np.zeros(strip.shape[:2], np.bool_))


def plain_settings(text: str, text_box: Box, *, ranks: range) -> list[Setting]:
    """A plain face for each of `ranks`, as large as its natural proportions allow in the box."""
    return [_plain_setting(text, face, text_box) for face in plain_faces(text, ranks)]


def plain_faces(text: str, ranks: range) -> list[Path]:
    """Plain faces that have the text, those at `ranks`, and none twice; after the last comes the first again."""
    able = set(faces_for(text))
    faces = [FONT_FOLDER / name for name in _FACES if FONT_FOLDER / name in able]
    return [faces[rank % len(faces)] for rank in ranks[: len(faces)]]


def _plain_setting(text: str, face: Path, text_box: Box) -> Setting:
    x0, y0, x1, y1 = text_box
    top, bottom = line_extent(face, text)
    top, bottom = min(top, -0.5), max(bottom, 0.0)
    coverage = render_text(text, face, size_px=_MEASURE_SIZE_PX).coverage
    width_em = cv2.boundingRect((coverage > _INK_LEVEL).view(np.uint8))[2] / _MEASURE_SIZE_PX
    size_px = min(_HEIGHT_SHARE * (y1 - y0) / (bottom - top), _WIDTH_SHARE * (x1 - x0) / width_em)
    baseline_y = (y0 + y1) / 2 - size_px * (top + bottom) / 2
    return Setting(face, scale_x_px=size_px, scale_y_px=size_px, centre_x=(x0 + x1) / 2, baseline_y=baseline_y)


def _standing_out(ground: NDArray[np.float32], pixels: NDArray[np.float32]) -> NDArray[np.float32]:
    """Dark or light, whichever is further from the nearest of the ground's own tones; tinted by the ground."""
    darkest, lightest = np.percentile(_luminance(pixels), [5, 95])
    dark = _TINT_SHARE * ground + 5
    light = 250 - _TINT_SHARE * (255 - ground)
    against_dark = (darkest + _OFFSET) / (float(_luminance(dark[None])[0]) + _OFFSET)
    against_light = (float(_luminance(light[None])[0]) + _OFFSET) / (lightest + _OFFSET)
    if against_dark >= against_light:
        return np.asarray(dark, np.float32)
    wanted = _CONTRAST * (lightest + _OFFSET) - _OFFSET
    shade = min(wanted / max(float(_luminance(light[None])[0]), _EPS), 1.0) ** (1 / 2.2)
    return np.asarray(light * shade, np.float32)


def _luminance(pixels: NDArray[np.float32]) -> NDArray[np.float32]:
    """sRGB levels (N, 3) → relative luminance (N,)."""
    return np.asarray((np.clip(pixels, 0, 255) / 255) ** 2.2 @ np.array([0.2126, 0.7152, 0.0722]), np.float32)


def _delta_e(colour: NDArray[np.float32], other: NDArray[np.float32]) -> float:
    pair = (np.stack([colour, other])[None] / 255).astype(np.float32)
    lab = cv2.cvtColor(pair, cv2.COLOR_RGB2LAB)[0]
    return float(np.linalg.norm(lab[0] - lab[1]))
