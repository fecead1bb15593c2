"""The ground's texture at the photo's scale, also where a word was painted over. Knows numpy and OpenCV; no letters.

A strip is coarser than its photo, and what was painted over in it is smooth besides: both would be seen as a patch.
So the ground is split in a low band, which the strip gives, and a high one. Where the ground was seen, the high band is
the photo's own. Where a word stood it is copied from ground beside it, each cell along one of a few offsets, so that
what lies round the cell fits what lies round its donor (Pritch et al. 2009, "Shift-Map Image Editing"; among the
offsets are those at which the texture repeats, He and Sun 2012, "Statistics of Patch Offsets for Image Completion").
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from models.regions.quad import Mask
from models.regions.strip import Box, Image, StripFrame, unrectify

Levels = NDArray[np.float32]  # (h, w, 3) differences, in levels of 255
Plane = NDArray[np.float32]  # (h, w)

LOW_SIGMA_PX = 2.5  # strip px: what is finer is texture
_RIM_PX = 2  # strip px round what was painted over, in which letters may still show
_AROUND_PX = 40.0  # strip px: how far from the strip ground is looked for,
_MAX_AROUND_PX = 160  # and photo px: large words have enough of it near by
_SAME_GROUND = 15.0  # RGB distance from the ground's usual colour up to which a place is the same ground,
_SPREAD_SHARE = 3.5  # or so many times the distance that it usually has,
_NEXT_PX = 4.0  # strip px, seen so far from where letters were
_SOFT_SIGMA_PX = 0.8  # strip px: what is still seen then is no grain
_UNUSUAL = 4.5  # in robust standard deviations: an edge, a screw, another letter
_LAG_PX, _THINGS_LIKENESS = 2, 0.6  # a ground that is so like itself so many strip px aside is no texture
_MIN_GROUND_SHARE = 0.08  # of the strip: less ground than this shows no texture
_JUDGED_PX = 3.0  # photo px a strip px, at most, at which offsets are judged: a finer texture doesn't need to fit
_MAX_REPEATING_PX = 640  # so much of the ground shows at which offsets it repeats
_NEAREST_PX, _FARTHEST_PX = 7.0, 70.0  # strip px, of offsets
_REPEATING, _SPREAD = 16, 48  # offsets at which the texture repeats, and others everywhere
_GOLDEN_ANGLE = 2.39996
_CONTEXT_PX = 6  # strip px to each side of a cell that are compared
_PRIOR_SHARE = 0.05  # of a cell's surroundings: what isn't seen of them is taken to be unlike
_CLEARLY_BETTER = 0.85  # of the cost so far: else the earlier offset is kept, as each border between two is a seam
_HEREABOUTS_PX = 8.0  # strip px: over so far a texture's strength is averaged,
_HELD = 0.02  # held to the usual one where so small a share of the surroundings is seen
_WEAKEST, _MAX_GAIN = 0.1, 1.5  # levels; and of what is copied from where it is weaker
_ALL = 0.99  # of a cell, but for rounding
_NONE = 255  # no offset


@dataclass(frozen=True, eq=False)
class Texture:
    """The high band of the ground: `levels` (h, w, 3) for the part of the photo in `box`. `strip_levels` (64, W, 3) is
    what the strip has of it already, to be taken away from the strip first.
    """

    levels: Levels
    box: Box
    strip_levels: Levels


def ground_texture(image: Image, frame: StripFrame, ground: Levels, hole: Mask) -> Texture:
    """Photo (H, W, 3); `ground` (64, W, 3), 0..255, the strip without its word; `hole` (64, W), where that was made up.

    Where there is too little ground to see its texture, the hole has the strip's own high band.
    """
    scale, image_hw = frame.photo_px_per_strip_px, (image.shape[0], image.shape[1])
    patch, box = unrectify(ground, frame, image_hw)
    wide = _grown(box, round(min(_AROUND_PX * scale, _MAX_AROUND_PX)), image_hw)
    inner = _slices(box, origin=wide)
    picture = image[_slices(wide)].astype(np.float32)
    hidden, near = np.zeros(picture.shape[:2], np.bool_), np.zeros(picture.shape[:2], np.bool_)
    made_up = unrectify(_dilated(hole, _RIM_PX).astype(np.float32), frame, image_hw)[0]
    hidden[inner], near[inner] = made_up > 0.25, True  # a pixel that a stroke only touches shows it, too
    np.copyto(picture[inner], patch, where=hidden[inner][..., None])
    levels, like = _split(picture, hidden, near, scale)
    donors = like & ~hidden
    if hidden.any() and np.count_nonzero(donors[inner]) >= _MIN_GROUND_SHARE * donors[inner].size:
        shapes = _shapes(levels, donors, scale)
        levels -= shapes
        _complete(levels, hidden, donors, scale)
        levels += shapes
    strip_levels = ground - cv2.GaussianBlur(ground, (0, 0), LOW_SIGMA_PX)
    return Texture(np.ascontiguousarray(levels[inner]), box, np.asarray(strip_levels, np.float32))


def _split(picture: Levels, hidden: Mask, near: Mask, scale: float) -> tuple[Levels, Mask]:
    """The high band of `picture` (h, w, 3), and where it shows the same ground as at the word, and nothing on it."""
    unit = min(scale, 1.0)  # a strip pixel, in cells
    small = _sized(picture, scale / unit)
    low, soft = (cv2.GaussianBlur(small, (0, 0), sigma * unit) for sigma in (LOW_SIGMA_PX, _SOFT_SIGMA_PX))
    levels = picture - cv2.resize(low, hidden.shape[::-1], interpolation=cv2.INTER_LINEAR)
    covered, beside = (_sized(mask.astype(np.float32), scale / unit) > 0 for mask in (hidden, near))
    seen = beside & ~covered
    if not seen.any():
        return levels, np.zeros_like(hidden)
    rim = _dilated(covered, _NEXT_PX * unit) & ~covered if covered.any() else seen
    off = np.linalg.norm(soft - np.median(soft[rim], axis=0), axis=2)
    other = off > max(_SAME_GROUND, _SPREAD_SHARE * float(np.median(off[rim])))
    like = ~_dilated(other, 2 * LOW_SIGMA_PX * unit)  # from so far it shows in the low band
    for strength in (_sized(np.abs(levels).max(axis=2), scale / unit), np.abs(soft - low).max(axis=2)):
        usable = like & seen
        limit = _UNUSUAL * 1.48 * float(np.median(strength[usable])) + 1.0 if usable.any() else 0.0
        like &= ~_dilated(strength > limit, unit)
    _, parts = cv2.connectedComponents((like | covered).view(np.uint8))
    like &= np.isin(parts, np.unique(parts[covered]))  # beyond an edge is another thing, of whatever colour
    return levels, cv2.resize(like.view(np.uint8), hidden.shape[::-1], interpolation=cv2.INTER_NEAREST) > 0


def _shapes(levels: Levels, donors: Mask, scale: float) -> Levels:
    """What of the high band isn't to be copied, (h, w, 3): all but its grain where it shows things, else nothing.

    Grain has forgotten itself after two strip pixels.
    """
    unit = min(scale, 1.0)
    small, known = (_sized(plane, scale / unit) for plane in (levels, donors.astype(np.float32)))
    gray, lag = small.mean(axis=2) * (known > _ALL), max(round(_LAG_PX * unit), 1)
    power = max(float(np.square(gray).sum()), 1e-6)
    likeness = max(float((gray[lag:] * gray[:-lag]).sum()), float((gray[:, lag:] * gray[:, :-lag]).sum())) / power
    if likeness < _THINGS_LIKENESS:
        return np.zeros_like(levels)
    soft = cv2.GaussianBlur(small, (0, 0), _SOFT_SIGMA_PX * unit)
    return np.asarray(cv2.resize(soft, donors.shape[::-1], interpolation=cv2.INTER_LINEAR), np.float32)


def _complete(levels: Levels, hidden: Mask, donors: Mask, scale: float) -> None:
    """Gives `levels` (h, w, 3) those of `donors` where it is `hidden`, in place."""
    step = max(scale / _JUDGED_PX, 1.0)
    gray, known = (_sized(plane, step) for plane in (levels.mean(axis=2), donors.astype(np.float32)))
    known = (known > _ALL).astype(np.float32)
    offsets = _offsets(gray, known, scale / step)
    x, y, width, height = cv2.boundingRect(_sized(hidden.astype(np.float32), step).astype(np.bool_).view(np.uint8))
    labels = _labels(gray, known, (x, y, x + width, y + height), offsets, scale / step)
    x, y, width, height = cv2.boundingRect(hidden.view(np.uint8))
    window = slice(y, y + height), slice(x, x + width)
    label = cv2.resize(labels, (width, height), interpolation=cv2.INTER_NEAREST)
    steps = np.rint(np.array(offsets) * step).astype(np.float32)
    moves = np.full((_NONE + 1, 2), -1e6, np.float32)
    moves[: len(steps)] = steps
    rows, columns = np.mgrid[window].astype(np.float32)
    from_rows, from_columns = rows + moves[label, 0], columns + moves[label, 1]
    strength = _strength(levels, donors, scale)
    copied, from_strength, usable = (
        cv2.remap(plane, from_columns, from_rows, cv2.INTER_NEAREST, borderMode=cv2.BORDER_CONSTANT)
        for plane in (levels, strength, donors.view(np.uint8))
    )
    copied *= np.minimum(strength[window] / np.maximum(from_strength, _WEAKEST), _MAX_GAIN)[..., None]
    taken = hidden[window] & (usable > 0)
    np.copyto(levels[window], copied, where=taken[..., None])
    missing = hidden.copy()
    missing[window] &= ~taken
    _fill(levels, missing, donors | (hidden & ~missing), steps.astype(int))


def _strength(levels: Levels, donors: Mask, scale: float) -> Plane:
    """(h, w) how strong the texture is hereabouts, as a root mean square."""
    unit = min(scale, 1.0)
    power = np.square(levels).mean(axis=2) * donors
    sums, known = (
        cv2.GaussianBlur(_sized(plane, scale / unit), (0, 0), _HEREABOUTS_PX * unit)
        for plane in (power, donors.astype(np.float32))
    )
    usual = float(power[donors].mean())
    strength = np.sqrt((sums + _HELD * usual) / (known + _HELD)) + _WEAKEST
    return np.asarray(cv2.resize(strength, donors.shape[::-1], interpolation=cv2.INTER_LINEAR), np.float32)


def _fill(levels: Levels, missing: Mask, made: Mask, steps: NDArray[np.int_]) -> None:
    """What no donor was found for, from what lies aside, in place; what can't be reached at all stays."""
    for dy, dx in steps:
        rows, columns = np.nonzero(missing)
        if not len(rows):
            return
        from_rows = np.clip(rows + dy, 0, missing.shape[0] - 1)
        from_columns = np.clip(columns + dx, 0, missing.shape[1] - 1)
        usable = made[from_rows, from_columns]
        levels[rows[usable], columns[usable]] = levels[from_rows[usable], from_columns[usable]]
        missing[rows[usable], columns[usable]] = False


def _labels(gray: Plane, known: Plane, box: Box, offsets: NDArray[np.int_], unit: float) -> NDArray[np.uint8]:
    """For each cell of `box`, as large as a strip pixel (`unit` px), the number of its offset, or _NONE."""
    x0, y0, x1, y1 = box
    far = int(np.abs(offsets).max())
    wide_gray, wide_known = (np.pad(plane, far) for plane in (gray, known))
    here, seen = gray[y0:y1, x0:x1], known[y0:y1, x0:x1]
    cells = _sized(seen, max(unit, 1.0)).shape
    best, labels = np.full(cells, np.inf, np.float32), np.full(cells, _NONE, np.uint8)
    unlike = 2 * float(np.square(gray[known > 0]).mean()) * _PRIOR_SHARE
    side = 2 * round(_CONTEXT_PX * min(unit, 1.0)) + 1
    for number, (dy, dx) in enumerate(offsets):
        there = slice(y0 + far + dy, y1 + far + dy), slice(x0 + far + dx, x1 + far + dx)
        both = seen * wide_known[there]
        off = np.square(here - wide_gray[there]) * both
        planes = _sized(cv2.merge([off, both, wide_known[there]]), max(unit, 1.0))
        around = cv2.blur(planes[..., :2], (side, side), borderType=cv2.BORDER_CONSTANT)
        cost = (around[..., 0] + unlike) / (around[..., 1] + _PRIOR_SHARE)
        better = (planes[..., 2] > _ALL) & (cost < _CLEARLY_BETTER * best)
        best[better], labels[better] = cost[better], number
    return labels


def _offsets(gray: Plane, known: Plane, unit: float) -> NDArray[np.int_]:
    """(n, 2) of (dy, dx): those at which the texture is most like itself, then some everywhere."""
    near, far = _NEAREST_PX * unit, _FARTHEST_PX * unit
    likeness, reach = _likeness(gray, known, round(far))
    dy, dx = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    distance = np.hypot(dy, dx)
    likeness[(distance < near) | (distance > far)] = -np.inf
    side = 2 * round(1.5 * unit) + 1
    peaks = np.flatnonzero((likeness == cv2.dilate(likeness, np.ones((side, side), np.uint8))) & np.isfinite(likeness))
    best = peaks[np.argsort(-likeness.ravel()[peaks], kind="stable")][:_REPEATING]
    repeating = np.stack([dy.ravel()[best], dx.ravel()[best]], axis=1)
    turn = np.arange(_SPREAD) * _GOLDEN_ANGLE
    length = near + (far - near) * np.sqrt((np.arange(_SPREAD) + 0.5) / _SPREAD)
    spread = np.rint(np.stack([length * np.sin(turn), length * np.cos(turn)], axis=1)).astype(int)
    return np.concatenate([repeating, spread])


def _likeness(gray: Plane, known: Plane, reach: int) -> tuple[Plane, int]:
    """(2 · reach + 1,) * 2: how like the known part is to itself at each offset, as a covariance."""
    middle = max(gray.shape[1] - _MAX_REPEATING_PX, 0) // 2
    gray, known = (plane[:, middle : middle + _MAX_REPEATING_PX] for plane in (gray, known))
    height, width = (cv2.getOptimalDFTSize(side + reach + 1) for side in gray.shape)
    sums = []
    for plane in (gray * known, known):
        padded = np.zeros((max(height, 2 * reach + 2), max(width, 2 * reach + 2)), np.float32)
        padded[: plane.shape[0], : plane.shape[1]] = plane
        spectrum = cv2.dft(padded)
        product = cv2.idft(cv2.mulSpectrums(spectrum, spectrum, 0, conjB=True), flags=cv2.DFT_SCALE)
        sums.append(np.roll(product, (reach, reach), axis=(0, 1))[: 2 * reach + 1, : 2 * reach + 1])
    enough = sums[1] > 0.02 * known.sum()
    return np.where(enough, sums[0] / np.maximum(sums[1], 1), -np.inf).astype(np.float32), reach


def _sized(plane: NDArray[np.float32], step: float) -> NDArray[np.float32]:
    """(h, w, …) → (h / step, w / step, …), averaged."""
    if step == 1:
        return plane
    size = max(round(plane.shape[1] / step), 1), max(round(plane.shape[0] / step), 1)
    return np.asarray(cv2.resize(plane, size, interpolation=cv2.INTER_AREA), np.float32)


def _dilated(mask: Mask, radius_px: float) -> Mask:
    radius = max(round(radius_px), 1)
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1, 2 * radius + 1))
    return np.asarray(cv2.dilate(mask.view(np.uint8), disc), np.bool_)


def _grown(box: Box, margin_px: int, image_hw: tuple[int, int]) -> Box:
    x0, y0, x1, y1 = box
    height, width = image_hw
    return max(x0 - margin_px, 0), max(y0 - margin_px, 0), min(x1 + margin_px, width), min(y1 + margin_px, height)


def _slices(box: Box, *, origin: Box = (0, 0, 0, 0)) -> tuple[slice, slice]:
    """What cuts `box` out of an array whose top-left corner is that of `origin`."""
    (x0, y0, x1, y1), (left, top, _, _) = box, origin
    return slice(y0 - top, y1 - top), slice(x0 - left, x1 - left)
