"""How visible the border of an edit is. Knows pictures and masks."""

import numpy as np
from numpy.typing import NDArray

from models.evaluate.metrics import Image
from models.regions.quad import Mask

_LEAST_JUMP = 0.5  # of 255: a source without any jump there would make every ratio infinite


def seam_ratio(source: Image, edited: Image, region: Mask) -> float | None:
    """The mean jump across the rim of `region` bool (H, W) in `edited`, divided by that in `source`, both (H, W, 3).

    A jump is the absolute difference, averaged over the channels, of two pixels that share a side, of which one is in
    the region and the other isn't. The source's mean is taken as at least half a level. 1 means that the border is no
    more visible than what was there before. None where the region has no rim.
    """
    drawn, own = _jumps(edited, region), _jumps(source, region)
    if not len(drawn):
        return None
    return float(drawn.mean() / max(float(own.mean()), _LEAST_JUMP))


def changed_region(source: Image, edited: Image) -> Mask:
    """Where any channel differs, bool (H, W)."""
    return np.asarray((source != edited).any(axis=2), np.bool_)


def _jumps(picture: Image, region: Mask) -> NDArray[np.float64]:
    """One value a pair of neighbours across the rim."""
    pixels = picture.astype(np.float64)
    across = [
        np.abs(pixels[:, 1:] - pixels[:, :-1]).mean(axis=2)[region[:, 1:] != region[:, :-1]],
        np.abs(pixels[1:] - pixels[:-1]).mean(axis=2)[region[1:] != region[:-1]],
    ]
    return np.concatenate(across)
