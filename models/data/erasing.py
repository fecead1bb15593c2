"""A strip without its word: the strokes and their halo are filled from the ground, its noise included.

Knows numpy, OpenCV and where the ink is; knows no fonts.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from models.regions.ink import LOW_CONFIDENCE, Box, Ink
from models.regions.tint import membrane

Strip = NDArray[np.uint8]  # (64, W, 3) RGB
Mask = NDArray[np.bool_]  # (64, W)
Picture = NDArray[np.float32]  # (64, W, 3) RGB, 0..255

_HALO_PX = 7  # how far shadows, outlines and blur of a letter are looked for
_HALO_LEVEL = 0.10  # share of the contrast above which the ground still belongs to a letter
_OTHER_LEVEL = 0.25  # the same for what lies in the text's box, near a stroke or not
_FOREIGN_LEVEL = 0.35  # the same for things beside the word that must stay
GRAIN_SIGMA_PX = 1.6  # what is finer counts as noise
_DONOR_SHIFTS_PX = tuple(sign * step for step in range(5, 160, 3) for sign in (1, -1))


@dataclass(frozen=True)
class Erased:
    """`picture` is the strip without the word; `noise` what is fine-grained in the ground, anywhere in the strip."""

    picture: Picture
    noise: Picture
    hole: Mask


def erase(strip: Strip, ink: Ink, mask: Mask, text_box: Box) -> Erased:
    """Fills the strokes of `ink` and their halo, inside `mask` only; the whole mask if the ink isn't known."""
    pixels = strip.astype(np.float32)
    hole = _hole(pixels, ink, text_box) & mask if ink.confidence >= LOW_CONFIDENCE else mask
    if not hole.any() or hole.all():
        return Erased(pixels, np.zeros_like(pixels), hole)
    smooth = _continued(pixels, hole, ink)
    noise = _noise(pixels, hole)
    picture = np.where(hole[..., None], smooth + noise, pixels)
    return Erased(np.clip(picture, 0, 255).astype(np.float32), noise, hole)


def _hole(pixels: Picture, ink: Ink, text_box: Box) -> Mask:
    """The strokes, 2 px round them, what is off the ground's colour and hangs together with them or lies in the box."""
    strokes = ink.mask.view(np.uint8)
    close = cv2.dilate(strokes, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (5, 5)))
    reach = cv2.dilate(strokes, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * _HALO_PX + 1, 2 * _HALO_PX + 1)))
    ground = _continued(pixels, reach.view(np.bool_), ink)
    off = np.linalg.norm(cv2.GaussianBlur(pixels - ground, (0, 0), 0.7), axis=2)
    contrast = float(np.linalg.norm(ink.ink_colour - ink.background_colour))
    outside = off[(reach == 0)]
    spread = float(np.percentile(outside, 60)) if outside.size else 0.0
    halo = (off > max(_HALO_LEVEL * contrast, 2.0 * spread, 4.0)) & (reach > 0)
    _, labels = cv2.connectedComponents((halo | (close > 0)).view(np.uint8))
    kept = np.unique(labels[close > 0])
    hole = np.isin(labels, kept[kept > 0])
    x0, y0, x1, y1 = (round(v) for v in text_box)
    other = (off > max(_OTHER_LEVEL * contrast, 3.0 * spread, 8.0)).astype(np.uint8)  # letters the estimate has lost
    other = cv2.dilate(cv2.morphologyEx(other, cv2.MORPH_OPEN, np.ones((2, 2), np.uint8)), np.ones((3, 3), np.uint8))
    hole[max(y0, 0) : y1, max(x0, 0) : x1] |= other[max(y0, 0) : y1, max(x0, 0) : x1] > 0
    foreign = _from_outside((off > max(_FOREIGN_LEVEL * contrast, 3.0 * spread)) & (strokes == 0), text_box)
    return np.asarray((hole & ~foreign) | (close > 0), np.bool_)


def _from_outside(things: Mask, text_box: Box) -> Mask:
    """Of the things that are no ground, those that lie mostly outside the text's box: a sign's edge, another line."""
    _, labels, stats, _ = cv2.connectedComponentsWithStats(things.view(np.uint8), connectivity=8)
    x0, y0, x1, y1 = (max(round(v), 0) for v in text_box)
    inside = np.bincount(labels[y0:y1, x0:x1].ravel(), minlength=len(stats))
    outside = inside < 0.5 * stats[:, cv2.CC_STAT_AREA]
    outside[0] = False
    return np.asarray(outside[labels], np.bool_)


def _continued(pixels: Picture, hole: Mask, ink: Ink) -> Picture:
    """What lies outside the hole, without fine grain, continued into it; other things than ground have no say."""
    if hole.all():
        return np.broadcast_to(ink.background_colour, pixels.shape).astype(np.float32)
    known = (~hole).astype(np.float32)
    contrast = float(np.linalg.norm(ink.ink_colour - ink.background_colour))
    sure = ink.confidence >= LOW_CONFIDENCE
    base = np.broadcast_to(ink.background_colour, pixels.shape) if sure else _moving_mean(pixels, known, ink, 41)
    for side_px, tolerance in ((41, 0.5 * contrast + 15), (21, 0.25 * contrast + 10)) if sure else ():
        off = np.linalg.norm(pixels - base, axis=2)
        trust = known * np.exp(-((off / tolerance) ** 2))
        base = _moving_mean(pixels, trust, ink, side_px)
    foreign = np.linalg.norm(pixels - base, axis=2) > 0.3 * contrast + 10 if sure else np.zeros_like(hole)
    return np.asarray(base + membrane(pixels - base, hole | foreign), np.float32)


def _moving_mean(pixels: Picture, weights: NDArray[np.float32], ink: Ink, side_px: int) -> Picture:
    """Weighted mean of the surroundings, held to the ground's colour where they have no weight."""
    side = (side_px, min(side_px, 31))
    sums = cv2.blur(pixels * weights[..., None], side, borderType=cv2.BORDER_CONSTANT)
    total = cv2.blur(weights, side, borderType=cv2.BORDER_CONSTANT)[..., None]
    return np.asarray((sums + 0.01 * ink.background_colour) / (total + 0.01), np.float32)


def _noise(pixels: Picture, hole: Mask) -> Picture:
    """The fine grain of the ground; in the hole it is taken from the same row, a little aside."""
    known = (~hole).astype(np.float32)
    sums = cv2.GaussianBlur(pixels * known[..., None], (0, 0), GRAIN_SIGMA_PX)
    weights = cv2.GaussianBlur(known, (0, 0), GRAIN_SIGMA_PX)[..., None]
    grain = (pixels - sums / np.maximum(weights, 1e-3)) * known[..., None]
    limit = 3.0 * float(np.median(np.abs(grain[~hole]))) * 1.48 + 1e-6  # edges are no noise
    usable = ~hole & (np.abs(grain).max(axis=2) <= limit)
    noise, missing = np.where(usable[..., None], grain, 0).astype(np.float32), ~usable
    for shift in _DONOR_SHIFTS_PX:
        if not missing.any():
            break
        donors, donated = np.roll(grain, shift, axis=1), np.roll(usable, shift, axis=1)
        take = missing & donated
        noise[take] = donors[take]
        missing &= ~take
    return noise
