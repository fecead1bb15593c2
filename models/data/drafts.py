"""Drafts for training: about what `typeset` would make of a pair, in a few milliseconds instead of a hundred.

When a photo is edited, its draft is typeset for real. Here the letters stand exactly in the true letters' boxes: where
the network may not trust a draft's places it hedges, and strokes blur. Face, colour, softness and erased
ground are off by about what typesetting is off by. Knows pairs; no photos, no networks.
"""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from models.data.erasing import Picture
from models.data.faces import WEIGHTS_EM, Opinion, Setting, closest_settings, faces_for, letter
from models.data.glyphs import glyph_image, place_letters, render_text
from models.data.likeness import likenesses
from models.data.scenes import Pair

_SPECIMEN = "HaRgens 25k"  # what a font is recognised by
_SPECIMEN_SIZE_PX = 40
_CLOSEST_SHARE = 0.85  # of drafts, set in the face that is closest to the scene's font
_WRONG_COLOUR_SHARE = 0.06
_LOST_INK_SHARE = 0.08  # of drafts in which the whole mask was erased, as the strokes weren't found
_GHOST_SHARE = 0.15  # of drafts in which the old word still shines through
_MAX_WIDENING = 1.8  # of a letter into its box: beyond, a bar of an I would become a block


@dataclass(frozen=True)
class Draft:
    """`strip` uint8 (64, W, 3), old word erased, new one set; `glyph` float32 (64, W), its neutral letters."""

    strip: NDArray[np.uint8]
    glyph: NDArray[np.float32]


def sample_draft(rng: np.random.Generator, pair: Pair) -> Draft:
    """A draft of the pair's target, a function of `rng` and the pair."""
    size = (pair.mask.shape[0], pair.mask.shape[1])
    picture = _erased(rng, pair)
    if pair.target_text.strip():
        letters, placed = _letters(rng, pair)
        blur_px = float(np.hypot(pair.lettering.blur_px, 0.3) * rng.uniform(0.75, 1.25))
        alpha = cv2.GaussianBlur(place_letters(letters, placed, size), (0, 0), blur_px)
        picture = picture + (_colour(rng, pair, picture) - picture) * alpha[..., None]
    pixels = np.clip(np.rint(picture), 0, 255).astype(np.uint8)
    strip = np.where(pair.mask[..., None], pixels, pair.source)
    return Draft(strip, glyph_image(pair.target_text, pair.char_boxes, size))


def _letters(rng: np.random.Generator, pair: Pair) -> tuple[list[NDArray[np.float32]], NDArray[np.float32]]:
    """The target's letters in a face that typesetting might choose, and their boxes (L, 4)."""
    faces = faces_for(pair.target_text)
    setting = _closest(pair.lettering.font)
    if setting.face not in faces or rng.random() >= _CLOSEST_SHARE:
        setting = Setting(faces[int(rng.integers(len(faces)))], slant=setting.slant)
    weight = int(np.argmin(np.abs(np.array(WEIGHTS_EM) - setting.weight_em))) + int(rng.integers(-1, 2))
    slant = round(20 * (setting.slant + pair.lettering.slant + float(rng.normal(0, 0.02)))) / 20
    weight_em = WEIGHTS_EM[int(np.clip(weight, 0, len(WEIGHTS_EM) - 1))]
    letters = [letter(character, setting.face, slant=slant, weight_em=weight_em) for character in pair.target_text]
    placed = pair.char_boxes.copy()
    for box, shape in zip(placed, letters, strict=True):
        if shape.size:
            widest = _MAX_WIDENING * shape.shape[1] / shape.shape[0] * (box[3] - box[1])
            surplus = max(float(box[2] - box[0]) - widest, 0.0)
            box[[0, 2]] += (surplus / 2, -surplus / 2)
    return letters, placed


@lru_cache(maxsize=4096)
def _closest(font: Path) -> Setting:
    """The bundled face, slant and weight nearest to a font."""
    rendered = render_text(_SPECIMEN, font, size_px=_SPECIMEN_SIZE_PX)
    faces = faces_for(_SPECIMEN)
    opinion = Opinion(dict(zip(faces, likenesses([font], faces)[0].tolist(), strict=True)), slant=0.0)
    found = closest_settings(rendered.coverage > 127, rendered.ink_px, _SPECIMEN, _SPECIMEN, opinion, ranks=range(1))
    return found[0][0]


def _erased(rng: np.random.Generator, pair: Pair) -> Picture:
    """The source without its word: a smooth ground and grain from beside, in a hole that fits more or less."""
    source = pair.source.astype(np.float32)
    if rng.random() < _LOST_INK_SHARE:
        hole = pair.mask
    else:
        size = 2 * int(rng.integers(2, 7)) + 1
        disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))
        hole = cv2.dilate(pair.source_strokes.view(np.uint8), disc).view(np.bool_) & pair.mask
    known = (~hole).astype(np.float32)[..., None]
    mean = (source * known).sum(axis=(0, 1)) / max(float(known.sum()), 1.0)
    sigma_px = float(rng.uniform(2.5, 7.0))
    sums = cv2.GaussianBlur(source * known, (0, 0), sigma_px) + 1e-3 * mean
    smooth = sums / (cv2.GaussianBlur(known, (0, 0), sigma_px)[..., None] + 1e-3)
    shift = int(rng.choice([-1, 1])) * int(rng.integers(6, 40))
    grain = np.roll((source - cv2.GaussianBlur(source, (0, 0), 1.6)) * known, shift, axis=1)
    filled = smooth + np.clip(grain, -25, 25)
    if rng.random() < _GHOST_SHARE:
        filled += np.float32(rng.uniform(0.05, 0.3)) * (source - filled)
    return np.where(hole[..., None], filled, source).astype(np.float32)


def _colour(rng: np.random.Generator, pair: Pair, ground: Picture) -> NDArray[np.float32]:
    """The old strokes' colour as their inner pixels show it, freed of the ground that blur has mixed in; now and then a
    wrong one.
    """
    strokes = pair.source_strokes.view(np.uint8)
    depth = cv2.distanceTransform(strokes, cv2.DIST_L2, 3)
    if not depth.any():
        return np.asarray(rng.uniform(0, 255, 3), np.float32)
    core = pair.source_strokes & (depth >= np.percentile(depth[depth > 0], 60))
    soft = cv2.GaussianBlur(strokes.astype(np.float32), (0, 0), max(pair.lettering.blur_px, 0.3))
    share = float(np.clip(np.median(soft[core]), 0.55, 1.0))
    below = np.median(ground[core], axis=0)
    colour = below + (np.median(pair.source[core], axis=0) - below) / share
    spread = 50.0 if rng.random() < _WRONG_COLOUR_SHARE else 4.0
    return np.asarray(colour + rng.normal(0, spread, 3), np.float32)
