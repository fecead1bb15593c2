"""What an edit is measured by: nearness to the true picture, spelling, and intervals that say how sure a mean is.

Knows numpy and OpenCV; no files, no networks.
"""

import math
from dataclasses import asdict, dataclass

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

from models.reading.ranking import comparable, verified
from models.reading.ranking import normalised_edit_distance as edit_distance

Image = NDArray[np.uint8]  # (H, W, 3) RGB
Values = NDArray[np.float64]
Box = tuple[float, float, float, float]  # (x0, y0, x1, y1) px of the picture

MAX_PSNR_DB = 100.0  # of equal pictures, so that means stay finite

_WINDOW_PX, _SIGMA_PX = 11, 1.5
_C1, _C2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
_NUM_RESAMPLES = 2000
_Z95 = 1.959964  # standard deviations of a normal distribution that hold 95 %


@dataclass(frozen=True)
class Interval:
    """A figure over all items and the ends of its 95 % interval."""

    value: float
    low: float
    high: float

    def report(self) -> dict[str, float]:
        return {name: round(value, 4) for name, value in asdict(self).items()}


def ssim(a: Image, b: Image, box: Box) -> float:
    """Structural similarity of two pictures (H, W, 3), the mean of its map over the pixels of `box`.

    Wang et al. (2004): on the luma (ITU-R BT.601), Gaussian window of 11 px and σ 1.5 px, K1 0.01, K2 0.03. Windows at
    the rim of the box see up to 5 px beyond it. Raises ValueError for pictures of different shapes or an empty box.
    """
    rows, columns = box_slices(a, b, box)
    luma_a, luma_b = (cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY).astype(np.float64) for picture in (a, b))
    mean_a, mean_b = _blurred(luma_a), _blurred(luma_b)
    variance_a = _blurred(luma_a * luma_a) - mean_a**2
    variance_b = _blurred(luma_b * luma_b) - mean_b**2
    covariance = _blurred(luma_a * luma_b) - mean_a * mean_b
    light = (2 * mean_a * mean_b + _C1) / (mean_a**2 + mean_b**2 + _C1)
    structure = (2 * covariance + _C2) / (variance_a + variance_b + _C2)
    return float((light * structure)[rows, columns].mean())


def psnr(a: Image, b: Image, box: Box) -> float:
    """Peak signal-to-noise ratio in dB over the three channels of the pixels of `box`, at most `MAX_PSNR_DB`.

    Raises ValueError for pictures of different shapes or an empty box.
    """
    rows, columns = box_slices(a, b, box)
    error = a[rows, columns].astype(np.float64) - b[rows, columns].astype(np.float64)
    squared = float((error**2).mean())
    return min(MAX_PSNR_DB, 10 * math.log10(255**2 / squared)) if squared else MAX_PSNR_DB


def box_slices(a: Image, b: Image, box: Box) -> tuple[slice, slice]:
    """Rows and columns of the pixels that `box` touches. Raises ValueError as `ssim` does."""
    if a.shape != b.shape:
        raise ValueError(f"pictures of one shape can be compared, got {a.shape} and {b.shape}")
    height, width = a.shape[:2]
    x0, y0 = (max(0, math.floor(value)) for value in box[:2])
    x1, y1 = min(width, math.ceil(box[2])), min(height, math.ceil(box[3]))
    if x0 >= x1 or y0 >= y1:
        raise ValueError(f"box {box} holds no pixel of a picture of {width} × {height} px")
    return slice(y0, y1), slice(x0, x1)


def reads_right(expected: str, got: str, *, any_case: bool = False) -> bool:
    """Whether the reading `got` is the text, spaces ignored.

    With case as `reading.ranking.verified` has it: a capital that has the shape of its small letter (c o s v w x z)
    counts as equal to it, as a strip doesn't show its scale. `any_case` ignores case altogether.
    """
    return verified(expected.casefold(), got.casefold()) if any_case else verified(expected, got)


def edit_similarity(expected: str, got: str) -> float:
    """1 − Levenshtein distance / longer length, "NED" in the literature: 1 equal, 0 nothing in common.

    Compared as `reads_right` does, with case.
    """
    return 1.0 - edit_distance(comparable(expected), comparable(got))


def mean_interval(values: ArrayLike, *, seed: int) -> Interval:
    """The mean of `values` (n,); of paired differences it is the paired bootstrap. Raises ValueError for none."""
    sample = _sample(values)
    means = sample[_resamples(len(sample), seed)].mean(axis=1)
    return _interval(float(sample.mean()), means)


def share_interval(values: ArrayLike) -> Interval:
    """The mean of shares (n,) in 0..1 by Wilson (1927): it has a width where all are right, which a bootstrap hasn't.

    Means of several tries count as one each, which makes it rather too wide. Raises ValueError for none.
    """
    sample = _sample(values)
    share, per_item = float(sample.mean()), _Z95**2 / len(sample)
    middle = (share + per_item / 2) / (1 + per_item)
    reach = math.sqrt(share * (1 - share) * per_item + per_item**2 / 4) / (1 + per_item)
    return Interval(share, max(0.0, middle - reach), min(1.0, middle + reach))


def median_interval(values: ArrayLike, *, seed: int) -> Interval:
    """The median of `values` (n,). Raises ValueError for none."""
    sample = _sample(values)
    return _interval(float(np.median(sample)), np.median(sample[_resamples(len(sample), seed)], axis=1))


def ratio_interval(values: ArrayLike, of: ArrayLike, *, seed: int) -> Interval | None:
    """mean(`values`) / mean(`of`), both (n,) over the same items, which are resampled together.

    None where mean(`of`) is 0. Raises ValueError for none or for different lengths.
    """
    sample, base = _sample(values), _sample(of)
    if sample.shape != base.shape:
        raise ValueError(f"{len(sample)} values can't be paired with {len(base)}")
    if not base.mean():
        return None
    rows = _resamples(len(sample), seed)
    means, base_means = sample[rows].mean(axis=1), base[rows].mean(axis=1)
    drawn = base_means != 0
    return _interval(float(sample.mean() / base.mean()), means[drawn] / base_means[drawn])


def _interval(value: float, resampled: Values) -> Interval:
    low, high = np.percentile(resampled, [2.5, 97.5])
    return Interval(value, float(low), float(high))


def _sample(values: ArrayLike) -> Values:
    sample = np.asarray(values, np.float64)
    if sample.ndim != 1 or not len(sample):
        raise ValueError(f"an interval needs a list of at least one value, got shape {sample.shape}")
    return sample


def _resamples(count: int, seed: int) -> NDArray[np.int64]:
    """Indices (resamples, count), drawn with replacement."""
    return np.random.default_rng(seed).integers(count, size=(_NUM_RESAMPLES, count))


def _blurred(picture: Values) -> Values:
    blurred = cv2.GaussianBlur(picture, (_WINDOW_PX, _WINDOW_PX), _SIGMA_PX, borderType=cv2.BORDER_REFLECT)
    return np.asarray(blurred, np.float64)
