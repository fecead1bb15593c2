"""A mask cut across the line of its text, a share for each word. Knows numpy; no files, no tensors."""

from collections.abc import Sequence
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

from models.config import STRIP_HEIGHT_PX
from models.regions.quad import Mask
from models.regions.strip import StripFrame

OVERLAP_SHARE = 0.15  # of the strip's height; a word is faded in over less


def word_shares(mask: Mask, frame: StripFrame, words: Sequence[str]) -> list[Mask]:
    """Mask (H, W) → one for each of `words`, from the first letter's side on; as wide as they have letters.

    Together they are the mask. Each reaches a little into the next one's share: the next is laid over it, and where
    that fades in it shall fade in over the new word, not over what was there before.
    """
    along = _along(mask, frame)
    x0, _, x1, _ = frame.text_box
    total = sum(map(len, words)) + len(words) - 1
    ends = [x0 + (x1 - x0) * (n + i + 0.5) / total for i, n in enumerate(accumulate(map(len, words)))]
    starts = [-np.inf, *ends[:-1]]
    reach = OVERLAP_SHARE * STRIP_HEIGHT_PX
    ends = [end + reach for end in ends[:-1]] + [np.inf]
    return [mask & (along >= start) & (along < end) for start, end in zip(starts, ends, strict=True)]


def _along(mask: Mask, frame: StripFrame) -> NDArray[np.float64]:
    """(H, W) how far along the text a masked pixel's centre lies, in strip px; elsewhere 0."""
    rows, columns = np.nonzero(mask)
    projected = np.column_stack([columns + 0.5, rows + 0.5, np.ones(len(rows))]) @ frame.homography.T  # (N, 3)
    along = np.zeros(mask.shape)
    along[rows, columns] = projected[:, 0] / projected[:, 2]
    return along
