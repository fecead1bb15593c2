"""How far a patch's colours are off, judged from its surroundings: a membrane. Knows numpy and OpenCV; no files.

The patch should equal the photo outside the mask. What differs there (the decoder's tint, which varies over the patch)
is smoothed and continued into the mask by Laplace's equation, to be added to the patch. Only the surroundings are
asked, so an object's own colour does not move.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from models.regions.quad import Mask

REJECT_LEVELS = 40.0  # a larger residual is no tint but another thing: an old letter across the rim
SMOOTH_SIGMA_PX = 2.0
RIM_PX = 8  # how far from the mask residuals are of use
_MIN_TRUST = 0.05
_MAX_GRID_PX = 512
_SWEEPS = 24  # a level of the pyramid
_NEIGHBOURS = np.array([[1, 2, 1], [2, 0, 2], [1, 2, 1]], dtype=np.float32) / 12

Field = NDArray[np.float32]  # (H, W, 3) levels


def membrane(residual: Field, mask: Mask) -> Field:
    """`residual` source − patch (H, W, 3), read outside `mask` (H, W) → what to add to the patch, (H, W, 3) levels."""
    height, width = mask.shape
    step = -(-max(height, width) // _MAX_GRID_PX)  # a membrane is smooth: a coarse grid will do for a large patch
    trust = _trust(residual, mask)
    field = residual * trust[..., None]
    if step > 1:
        grid = -(-width // step), -(-height // step)
        field, trust = (cv2.resize(a, grid, interpolation=cv2.INTER_AREA) for a in (field, trust))
        mask = cv2.resize(mask.astype(np.float32), grid, interpolation=cv2.INTER_AREA) == 1
    smooth_trust = _smooth(trust)
    known = ~mask & (smooth_trust > _MIN_TRUST * _smooth((~mask).astype(np.float32))) & (smooth_trust > 0)
    if not known.any():
        return np.zeros_like(residual)
    values = np.where(known[..., None], _smooth(field) / np.maximum(smooth_trust, 1e-12)[..., None], 0)
    correction = _solve(values.astype(np.float32), known)
    return cv2.resize(correction, (width, height)) if step > 1 else correction


def _trust(residual: Field, mask: Mask) -> NDArray[np.float32]:
    """(H, W) in [0, 1], falling with the largest channel's residual (Tukey's biweight), 0 inside the mask."""
    largest = np.abs(residual).max(axis=2) / REJECT_LEVELS
    trust: NDArray[np.float32] = np.where(mask | (largest >= 1), 0, (1 - largest**2) ** 2).astype(np.float32)
    return trust


def _smooth(values: NDArray[np.float32]) -> NDArray[np.float32]:
    smoothed: NDArray[np.float32] = cv2.GaussianBlur(values, (0, 0), SMOOTH_SIGMA_PX, borderType=cv2.BORDER_REPLICATE)
    return smoothed


def _solve(values: Field, known: Mask) -> Field:
    """Laplace's equation where not `known`, from coarse to fine; no flow through the border of the grid."""
    if known.all():
        return values
    height, width = known.shape
    if min(height, width) <= 2:
        guess = np.broadcast_to(values[known].mean(axis=0), values.shape)
    else:
        half = -(-width // 2), -(-height // 2)
        share = cv2.resize(known.astype(np.float32), half, interpolation=cv2.INTER_AREA)
        sums = cv2.resize(values, half, interpolation=cv2.INTER_AREA)  # `values` is 0 where unknown
        coarse = _solve(sums / np.maximum(share, 1e-6)[..., None], share > 0)
        guess = cv2.resize(coarse, (width, height))
    solution = np.where(known[..., None], values, guess).astype(np.float32)
    unknown = ~known[..., None]
    for _ in range(_SWEEPS):
        relaxed = cv2.filter2D(solution, -1, _NEIGHBOURS, borderType=cv2.BORDER_REPLICATE)
        np.copyto(solution, relaxed, where=unknown)
    return solution
