"""Where the strokes of the word in a strip are, and in which colours. Knows numpy and OpenCV; no fonts, no tensors.

Two colours are looked for, both allowed to drift over the strip as light does. Several first guesses are tried at half
size, the one that looks most like a word in its box is refined. What reaches in from outside is dropped by its place.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Strip = NDArray[np.uint8]  # (64, W, 3) RGB
Mask = NDArray[np.bool_]  # (64, W)
Box = tuple[float, float, float, float]  # (x0, y0, x1, y1) strip px
Lab = NDArray[np.float32]  # (64, W, 3)

REACH_SHARE = 0.15  # how far letters may reach out of the box, as a share of its height
LOW_CONFIDENCE = 0.25  # below it, `box` is the text box, inset
_INSET_SHARE = 0.07
LOST_LETTER_SHARE = 0.42  # ink that ends so far (of the height) from the box's side has lost a letter
_EDGE_LEVEL = 0.42  # share of the contrast where a stroke ends
_FOREIGN_SHARE = 0.45  # of the contrast: a colour so far off the line from ground to ink is something else
_SPECK_SHARE = 0.003  # of the box's height squared
_GRID_PX = 4  # the cell of the grid on which colours drift
_LOCAL_SHARE = 0.4  # of the height: half the side of the neighbourhood that letters stand out from
_WIDE_REACH_SHARE = 2.0  # of the height: how far at first colours are taken to be the same
_LOCAL_REACH_SHARES = (0.4, 0.8)
_ROUNDS = 2
_RIM_PX = 5  # what blur makes of a stroke's edge, both sides together
_SUM = np.ones((1, 3), np.float32)


@dataclass(frozen=True)
class Ink:
    """The strokes of the word under the quad; colours are RGB in 0..255."""

    mask: Mask
    level: NDArray[np.float32]  # (64, W) how far each pixel of the word and its rim is from ground to ink, 0..1
    box: Box
    ink_colour: NDArray[np.float32]  # (3,)
    background_colour: NDArray[np.float32]  # (3,)
    contrast: float  # ΔE76 between the two colours
    confidence: float  # 0..1; below LOW_CONFIDENCE the box is a guess


@dataclass(frozen=True)
class _Zones:
    """Parts of the strip, each bool (64, W)."""

    inside: Mask  # the text box
    near: Mask  # the box and what its letters may reach
    rim: Mask  # a narrow frame round the box's border
    box: Box

    @property
    def height_px(self) -> float:
        return self.box[3] - self.box[1]


@dataclass(frozen=True)
class _Guess:
    strokes: Mask  # everything in the colour of the ink
    word: Mask  # the strokes that belong to the word
    level: NDArray[np.float32]  # 0 on the ground, 1 on the ink
    contrast: float = 0.0
    noise: float = 0.0  # spread of the ground, ΔE76


def estimate_ink(strip: Strip, text_box: Box) -> Ink:
    """Strip (64, W, 3) uint8 and the quad's box in it → the word's strokes; never fails, see `confidence`.

    Raises ValueError for a box that has no pixel in the strip.
    """
    height, width = strip.shape[:2]
    zones = _zones(text_box, (height, width))
    smooth = cv2.GaussianBlur(strip, (0, 0), 0.7).astype(np.float32) / 255
    lab: Lab = cv2.cvtColor(smooth, cv2.COLOR_RGB2LAB)
    start, reach_share = _best_start(cv2.resize(lab, (width // 2, height // 2), interpolation=cv2.INTER_AREA), text_box)
    strokes = cv2.resize(start.astype(np.float32), (width, height)) > 0.5
    guess = _refine(lab, strokes, zones, reach_share)
    confidence = _score(guess, zones)
    return Ink(
        mask=guess.word,
        level=np.where(_dilate(guess.word, _RIM_PX), np.clip(guess.level, 0, 1), 0).astype(np.float32),
        box=_ink_box(guess, zones) if confidence >= LOW_CONFIDENCE else inset(text_box),
        ink_colour=_colour(strip, guess.word, otherwise=zones.inside),
        background_colour=_colour(strip, zones.near & ~guess.strokes, otherwise=zones.rim),
        contrast=guess.contrast,
        confidence=confidence,
    )


def _zones(text_box: Box, size: tuple[int, int]) -> _Zones:
    height_px = text_box[3] - text_box[1]
    inside = _rectangle(text_box, size, 0.0)
    if not inside.any():
        raise ValueError(f"the text box {text_box} has no pixel in a strip of {size[1]} × {size[0]} px")
    near = _rectangle(text_box, size, REACH_SHARE * height_px)
    rim = _rectangle(text_box, size, 0.1 * height_px) & ~_rectangle(text_box, size, -0.06 * height_px)
    return _Zones(inside, near, rim if rim.any() else inside, text_box)


def _rectangle(box: Box, size: tuple[int, int], grow_px: float) -> Mask:
    height, width = size
    mask = np.zeros(size, np.bool_)
    x0, y0, x1, y1 = box
    rows = slice(max(round(y0 - grow_px), 0), max(min(round(y1 + grow_px), height), 0))
    mask[rows, max(round(x0 - grow_px), 0) : max(min(round(x1 + grow_px), width), 0)] = True
    return mask


def _best_start(lab: Lab, text_box: Box) -> tuple[Mask, float]:
    """The best of the first guesses, looked for at half size: bool (32, W / 2), and its reach."""
    x0, y0, x1, y1 = text_box
    zones = _zones((x0 / 2, y0 / 2, x1 / 2, y1 / 2), lab.shape[:2])
    refined = [(_refine(lab, start, zones, reach), reach) for start, reach in _first_guesses(lab, zones)]
    guess, reach = max(refined, key=lambda found: _score(found[0], zones))
    return guess.strokes, reach


def _first_guesses(lab: Lab, zones: _Zones) -> Iterator[tuple[Mask, float]]:
    """Rough ink masks: each of three colours, then what stands out from its neighbourhood either way."""
    colours = lab[zones.near]
    centred = colours - colours.mean(axis=0)
    _, vectors = np.linalg.eigh(centred.T @ centred)
    place = (lab - colours.mean(axis=0)) @ vectors[:, -1]
    criteria = (cv2.TERM_CRITERIA_EPS + cv2.TERM_CRITERIA_MAX_ITER, 8, 0.5)
    terciles = np.digitize(place[zones.near], np.percentile(place[zones.near], [33, 67])).astype(np.int32)
    _, _, centres = cv2.kmeans(colours, 3, terciles[:, None], criteria, 1, cv2.KMEANS_USE_INITIAL_LABELS)
    distances = [cv2.transform((lab - centre) ** 2, _SUM) for centre in centres]
    nearest = np.argmin(distances, axis=0)
    for index in range(3):
        yield nearest == index, _WIDE_REACH_SHARE
    side = round(_LOCAL_SHARE * zones.height_px) * 2 + 1
    detail = lab - cv2.blur(lab, (side, side))  # letters on a plate, in a glow, on a ground of many colours
    near = detail[zones.near]
    for axis in (vectors[:, -1], np.linalg.eigh(near.T @ near)[1][:, -1]):
        relief = (detail @ axis).astype(np.float32)
        spread = float(relief[zones.inside].std())
        for reach_share in _LOCAL_REACH_SHARES:
            yield relief > 0.5 * spread, reach_share
            yield relief < -0.5 * spread, reach_share


def _refine(lab: Lab, strokes: Mask, zones: _Zones, reach_share: float) -> _Guess:
    """Alternates: both colours, drifting over the strip, from the strokes, and the strokes from the two colours."""
    level = strokes.astype(np.float32)
    contrast = noise = 0.0
    for round_index in range(_ROUNDS):
        ground_mask = ~_dilate(strokes, 3)
        if np.count_nonzero(ground_mask & zones.near) < 0.02 * np.count_nonzero(zones.near):
            ground_mask = ~strokes
        core = _core(strokes & zones.inside)
        if np.count_nonzero(ground_mask & zones.near) < 12 or np.count_nonzero(core) < 4:
            return _Guess(strokes, np.zeros_like(strokes), level)
        reach_px = zones.height_px * (reach_share if round_index == 0 else min(reach_share, 0.8))
        ground = _drift(lab, ground_mask, reach_px, hold=0.03)
        offset = _drift(lab, core, 2 * reach_px, hold=0.1) - ground
        above = lab - ground
        squared = cv2.transform(offset * offset, _SUM)
        contrast = float(np.sqrt(squared[core].mean()))
        if contrast < 1e-3:
            return _Guess(strokes, np.zeros_like(strokes), level)
        level = cv2.transform(above * offset, _SUM) / np.maximum(squared, (0.3 * contrast) ** 2)
        distance_squared = cv2.transform(above * above, _SUM)
        foreign = distance_squared - level * level * squared > (_FOREIGN_SHARE * contrast) ** 2
        noise = float(np.sqrt(distance_squared[ground_mask & zones.near].mean()))
        strokes = (level > _EDGE_LEVEL) & ~foreign
    return _Guess(strokes, _select(strokes, zones), level, contrast, noise)


def _core(mask: Mask) -> Mask:
    """The inner part of the strokes, which blur has not mixed with the ground."""
    if not mask.any():
        return mask
    depth = cv2.distanceTransform(mask.view(np.uint8), cv2.DIST_L2, 3)
    return np.asarray(mask & (depth >= np.percentile(depth[mask], 60)), np.bool_)


def _drift(lab: Lab, where: Mask, reach_px: float, *, hold: float) -> Lab:
    """The colour of `where` as it drifts over the strip: a moving mean, held to the whole mean far from its pixels."""
    height, width = where.shape
    cells = width // _GRID_PX, height // _GRID_PX
    weight = where.view(np.uint8)
    colours = cv2.resize(cv2.copyTo(lab, weight), cells, interpolation=cv2.INTER_AREA)
    weights = cv2.resize(weight.astype(np.float32), cells, interpolation=cv2.INTER_AREA)
    mean = colours.mean(axis=(0, 1)) / weights.mean()
    side = 2 * max(1, round(reach_px / _GRID_PX)) + 1
    size = (min(side, 2 * cells[0] - 1), min(side, 2 * cells[1] - 1))
    sums = cv2.blur(colours - mean * weights[..., None], size, borderType=cv2.BORDER_CONSTANT)
    weights = cv2.blur(weights, size, borderType=cv2.BORDER_CONSTANT) + hold * weights.mean()
    drifting: Lab = cv2.resize((mean + sums / weights[..., None]).astype(np.float32), (width, height))
    return drifting


def _select(strokes: Mask, zones: _Zones) -> Mask:
    """The components that belong to the word: mostly near the box, no specks, nothing that comes in from outside."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(strokes.view(np.uint8), connectivity=8)
    height, width = strokes.shape
    total = stats[:, cv2.CC_STAT_AREA].astype(np.float64)
    inside = np.bincount(labels[zones.inside], minlength=count)
    near = np.bincount(labels[zones.near], minlength=count)
    left, top = stats[:, cv2.CC_STAT_LEFT], stats[:, cv2.CC_STAT_TOP]
    right, bottom = left + stats[:, cv2.CC_STAT_WIDTH], top + stats[:, cv2.CC_STAT_HEIGHT]
    touches = (left <= 0) | (top <= 0) | (right >= width) | (bottom >= height)
    keep = (inside > 0.5 * total) & (near > np.where(touches, 0.9, 0.8) * total)
    keep &= total >= _SPECK_SHARE * zones.height_px**2
    keep[0] = False
    return np.asarray(keep[labels] & zones.near, np.bool_)


def _score(guess: _Guess, zones: _Zones) -> float:
    """0..1: how much this looks like a word in its box."""
    if not guess.word.any():
        return 0.0
    _, _, w, h = cv2.boundingRect(guess.word.view(np.uint8))
    fill = np.count_nonzero(guess.word) / float(w * h)
    rim = np.count_nonzero(guess.strokes & zones.rim) / np.count_nonzero(zones.rim)
    spans = min(1.0, h / (0.6 * zones.height_px)) * min(1.0, w / (0.75 * (zones.box[2] - zones.box[0])))
    strokes = guess.strokes & zones.inside
    kept = float(np.count_nonzero(strokes & guess.word) / (np.count_nonzero(strokes) + 1e-6))
    clear = guess.contrast / (guess.contrast + 6 + 2 * guess.noise)
    plain = min(max((0.9 - fill) / 0.25, 0.0), 1.0) * min(fill / 0.12, 1.0)
    return float(clear * spans * plain * (1 - rim) ** 2 * kept)


def _ink_box(guess: _Guess, zones: _Zones) -> Box:
    """Tight round the word; a side where a letter was lost (ink there, but dropped) is taken from the text box."""
    x, y, w, h = cv2.boundingRect(guess.word.view(np.uint8))
    lost_px = LOST_LETTER_SHARE * zones.height_px
    dropped = np.flatnonzero((guess.strokes & zones.inside).any(axis=0))
    x0, _, x1, _ = inset(zones.box)
    left = x0 if x - dropped[0] > lost_px else float(x)
    right = x1 if dropped[-1] - (x + w) > lost_px else float(x + w)
    return left, float(y), right, float(y + h)


def inset(box: Box) -> Box:
    """Where letters stand in a text box whose strokes aren't known."""
    x0, y0, x1, y1 = box
    inset = _INSET_SHARE * (y1 - y0)
    return x0 + inset, y0 + inset, x1 - inset, y1 - inset


def _colour(strip: Strip, where: Mask, *, otherwise: Mask) -> NDArray[np.float32]:
    where = _core(where) if where.any() else otherwise
    return np.asarray(np.median(strip[where], axis=0), np.float32)


def _dilate(mask: Mask, size: int) -> Mask:
    grown: Mask = cv2.dilate(mask.view(np.uint8), np.ones((size, size), np.uint8)).view(np.bool_)
    return grown
