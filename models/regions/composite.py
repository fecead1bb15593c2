"""Puts an edited patch into a photo: no pixel outside the mask changes. Knows numpy and OpenCV; no files."""

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from models.regions.quad import Mask
from models.regions.strip import Box, Image
from models.regions.tint import RIM_PX, membrane


def composite(image: Image, patch: NDArray[np.float32], mask: Mask, box: Box, *, feather_px: float) -> Image:
    """A copy of the photo (H, W, 3) with `patch` (h, w, 3), 0..255, lying at `box`, blended in where `mask` (H, W).

    The patch's tint is corrected, then it is faded in over `feather_px` inside the mask. Raises ValueError if shapes
    don't fit or the mask reaches outside the box.
    """
    x0, y0, x1, y1 = box
    if image.shape != (*mask.shape, 3) or patch.shape != (y1 - y0, x1 - x0, 3) or mask.dtype != np.bool_:
        raise ValueError(
            f"image {image.shape}, {mask.dtype} mask {mask.shape}, patch {patch.shape}, box {box} don't fit"
        )
    if feather_px < 0:
        raise ValueError(f"feather_px must be ≥ 0, got {feather_px}")
    edited = image.copy()
    if not mask.any():
        return edited
    bounds = _bounds(mask)
    if bounds[0] < x0 or bounds[1] < y0 or bounds[2] > x1 or bounds[3] > y1:
        raise ValueError(f"the mask covers {bounds}, outside the patch's box {box}")
    alpha_box = _grown(bounds, 1, within=(0, 0, mask.shape[1], mask.shape[0]))  # so that its rim is seen
    area = _grown(bounds, RIM_PX, within=box)
    alpha = feather_alpha(mask[_slices(alpha_box)], feather_px)[_slices(bounds, origin=alpha_box)]

    source = image[_slices(area)].astype(np.float32)
    drawn = patch[_slices(area, origin=box)]
    drawn = drawn + membrane(source - drawn, mask[_slices(area)])
    inner = _slices(bounds, origin=area)
    blended = source[inner] + alpha[..., None] * (drawn[inner] - source[inner])
    rounded = np.rint(np.clip(blended, 0, 255)).astype(np.uint8)
    np.copyto(edited[_slices(bounds)], rounded, where=mask[_slices(bounds)][..., None])
    return edited


def feather_alpha(mask: Mask, feather_px: float) -> NDArray[np.float32]:
    """Mask (H, W) bool → opacity (H, W) in [0, 1]: 0 outside, rising to 1 at a depth of `feather_px` inside.

    Where the mask is thinner than that all through (a stroke), it is 1. The photo's border is no rim.
    """
    depth = cv2.distanceTransform(mask.astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    ratio = np.clip(depth / max(feather_px, 1.0), 0, 1)
    alpha = ratio * ratio * (3 - 2 * ratio)
    core = depth >= feather_px
    to_core = cv2.distanceTransform((~(core & mask)).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    thin = to_core > math.sqrt(2) * feather_px + 1  # the corner of a rectangle is that far from its core
    return np.where(mask, np.where(thin, 1, alpha), 0).astype(np.float32)


def feather_within(mask: Mask, feather_px: float) -> float:
    """`feather_px`, but no more than half of how deep the mask (H, W) is: its middle is to be wholly the patch's."""
    if not mask.any():
        return feather_px
    box = _grown(_bounds(mask), 1, within=(0, 0, mask.shape[1], mask.shape[0]))
    depth = cv2.distanceTransform(mask[_slices(box)].astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    return min(feather_px, float(depth.max()) / 2)


def changed_outside(image: Image, edited: Image, mask: Mask) -> int:
    """How many pixels differ where the mask is False; 0 is the promise."""
    return int(((image != edited).any(axis=2) & ~mask).sum())


def _bounds(mask: Mask) -> Box:
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1


def _grown(box: Box, margin_px: int, *, within: Box) -> Box:
    (x0, y0, x1, y1), (left, top, right, bottom) = box, within
    return (
        max(x0 - margin_px, left),
        max(y0 - margin_px, top),
        min(x1 + margin_px, right),
        min(y1 + margin_px, bottom),
    )


def _slices(box: Box, *, origin: Box = (0, 0, 0, 0)) -> tuple[slice, slice]:
    """What cuts `box` out of an array whose top-left corner is that of `origin`."""
    (x0, y0, x1, y1), (left, top, _, _) = box, origin
    return slice(y0 - top, y1 - top), slice(x0 - left, x1 - left)
