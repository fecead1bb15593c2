"""Quads: where a text is in a photo. Knows numpy and OpenCV; no files, no tensors.

A point is (x, y) in photo pixels, y down, on a continuous plane: pixel column c covers c ≤ x ≤ c + 1, so the whole
photo is the quad (0, 0), (W, 0), (W, H), (0, H). The corners go clockwise from the text's own top-left.
"""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

from models.errors import BadTargetError

Quad = NDArray[np.float64]  # (4, 2): top-left, top-right, bottom-right, bottom-left as the text is read
Mask = NDArray[np.bool_]  # (H, W), True = repaint

MIN_HEIGHT_PX = 8.0
BORDER_TOLERANCE_PX = 1.0  # detectors round to the border
MIN_TURN = 1e-6  # sine of the smallest turn at a corner
ELONGATED_ASPECT = 2.5


def as_quad(points: Sequence[Sequence[float]] | ArrayLike, *, image_hw: tuple[int, int]) -> Quad:
    """Four points → a checked `Quad` for a photo of (height, width); never repaired.

    Raises BadTargetError unless it is 4 finite corners, clockwise and convex, inside the photo, ≥ `MIN_HEIGHT_PX` high.
    """
    try:
        quad = np.array(points, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise BadTargetError(f"a quad is 4 (x, y) points, got {points!r}") from error
    if quad.shape != (4, 2) or not np.isfinite(quad).all():
        raise BadTargetError(f"a quad is 4 finite (x, y) points, got shape {quad.shape}: {quad.tolist()}")
    _check_convex(quad)
    height, width = image_hw
    low, high = quad.min(axis=0), quad.max(axis=0)
    if (low < -BORDER_TOLERANCE_PX).any() or (high > np.array([width, height]) + BORDER_TOLERANCE_PX).any():
        raise BadTargetError(f"quad {quad.tolist()} reaches outside the photo of {width} × {height} px")
    _check_height(quad)
    return quad


def quad_from_box(x: float, y: float, w: float, h: float) -> Quad:
    """An upright box, top-left corner and size in px → `Quad`."""
    return np.array([(x, y), (x + w, y), (x + w, y + h), (x, y + h)], dtype=np.float64)


def quad_from_mask(mask: Mask) -> Quad:
    """Mask (H, W) bool → the smallest rectangle, at any angle, around all its pixels.

    The text is taken to run along the long side if that is ≥ `ELONGATED_ASPECT` times the short one, otherwise along
    the side nearest to level; of the two directions, the one nearest to left-to-right. A slanted rectangle may have a
    corner outside the photo: don't pass it to `as_quad`. Raises BadTargetError for an empty, a full or a too low mask.
    """
    if mask.ndim != 2 or mask.dtype != np.bool_:
        raise BadTargetError(f"a mask is bool of shape (H, W), got {mask.dtype} of shape {mask.shape}")
    if not mask.any():
        raise BadTargetError("the mask is empty: at least one pixel must be marked")
    if mask.all():
        raise BadTargetError("the mask covers the whole photo: at least one pixel must stay unmarked")
    contours, _ = cv2.findContours(mask.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    pixels = cv2.convexHull(np.concatenate(contours)).reshape(-1, 1, 2)
    corners = (pixels + np.array([(0, 0), (1, 0), (1, 1), (0, 1)])).reshape(-1, 2)  # of each hull pixel
    rectangle = cv2.boxPoints(cv2.minAreaRect(corners.astype(np.float32))).astype(np.float64)
    if _signed_area(rectangle) < 0:
        rectangle = rectangle[::-1]
    quad: Quad = min((np.roll(rectangle, -start, axis=0) for start in range(4)), key=_unlikeliness_as_text)
    _check_height(quad)
    return quad


def quad_size(quad: Quad) -> tuple[float, float]:
    """(height_px, width_px): the mean of the left and right side, the mean of the top and bottom side."""
    top, right, bottom, left = np.linalg.norm(np.roll(quad, -1, axis=0) - quad, axis=1)
    return float(left + right) / 2, float(top + bottom) / 2


def grow_quad(quad: Quad, margin_px: float) -> Quad:
    """The quad with every side moved outward by `margin_px`, parallel to itself."""
    edges = np.roll(quad, -1, axis=0) - quad
    edges = edges / np.linalg.norm(edges, axis=1, keepdims=True)
    outward = np.stack([edges[:, 1], -edges[:, 0]], axis=1)
    before = np.roll(outward, 1, axis=0)  # of the side that ends in the corner
    reach = 1 + (before * outward).sum(axis=1, keepdims=True)
    grown: Quad = quad + margin_px * (before + outward) / reach
    return grown


def quad_mask(quad: Quad, image_hw: tuple[int, int]) -> Mask:
    """`image_hw` (height, width) → bool (H, W), True for the pixels whose centre is in the quad."""
    mask = np.zeros(image_hw, dtype=np.bool_)
    x0, y0 = np.maximum(np.floor(quad.min(axis=0)).astype(int), 0)
    x1, y1 = np.minimum(np.ceil(quad.max(axis=0)).astype(int), (image_hw[1], image_hw[0]))
    if x0 >= x1 or y0 >= y1:
        return mask
    inside = mask[y0:y1, x0:x1]
    inside[:] = True
    x = np.arange(x0, x1)[None, :] + 0.5  # (1, w)
    y = np.arange(y0, y1)[:, None] + 0.5  # (h, 1)
    for (ax, ay), (dx, dy) in zip(quad, np.roll(quad, -1, axis=0) - quad, strict=True):
        inside &= dx * (y - ay) >= dy * (x - ax)
    return mask


def _check_convex(quad: Quad) -> None:
    edges = np.roll(quad, -1, axis=0) - quad
    lengths = np.linalg.norm(edges, axis=1)
    if (lengths == 0).any():
        raise BadTargetError(f"quad {quad.tolist()} has two equal corners")
    after = np.roll(edges, -1, axis=0)
    turns = (edges[:, 0] * after[:, 1] - edges[:, 1] * after[:, 0]) / (lengths * np.roll(lengths, -1))
    if (turns < -MIN_TURN).all():
        raise BadTargetError(f"quad {quad.tolist()} runs counter-clockwise; start at the text's top-left, go clockwise")
    if (turns < MIN_TURN).any():
        raise BadTargetError(f"quad {quad.tolist()} is not convex or crosses itself")


def _check_height(quad: Quad) -> None:
    height, width = quad_size(quad)
    if height < MIN_HEIGHT_PX:
        raise BadTargetError(
            f"text of {height:.1f} px height ({width:.1f} px width), at least {MIN_HEIGHT_PX:g} px needed"
        )


def _signed_area(quad: Quad) -> float:
    """Twice the area, positive when clockwise (y down)."""
    x, y = quad.T
    return float(x @ np.roll(y, -1) - y @ np.roll(x, -1))


def _unlikeliness_as_text(quad: Quad) -> float:
    """Orders the four ways to start a rectangle: the angle (rad) of its reading direction, standing text last."""
    height, width = quad_size(quad)
    right, down = quad[1] - quad[0]
    angle = abs(float(np.arctan2(down, right)))
    standing = height >= ELONGATED_ASPECT * width
    return angle + (2 * np.pi if standing else 0.0)
