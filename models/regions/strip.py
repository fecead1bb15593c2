"""A text's quad ↔ its strip, the upright crop that the model works on. Knows numpy and OpenCV; no files, no tensors.

Coordinates are continuous (see quad.py); OpenCV counts from pixel centres, and only `_resample` knows that.
"""

import math
from dataclasses import dataclass
from typing import TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from models.config import STRIP_HEIGHT_PX, STRIP_WIDTHS_PX
from models.errors import BadTargetError
from models.regions.quad import Mask, Quad, quad_from_box, quad_size

TEXT_HEIGHT_PX = 40.0
MIN_MARGIN_PX = 12.0
MAX_FORESHORTENING = 8.0  # how many times larger one end of the strip may be seen than the other

Image = NDArray[np.uint8]  # (H, W, 3) RGB
Pixels = NDArray[np.uint8] | NDArray[np.float32]  # (H, W, 3) RGB, 0..255
Box = tuple[int, int, int, int]  # (x0, y0, x1, y1) photo px, end excluded
Matrix = NDArray[np.float64]  # (3, 3)
Photo = TypeVar("Photo", Image, Mask)

_SAMPLES = 4  # nearest-neighbour samples a strip pixel and axis, for masks


@dataclass(frozen=True, eq=False)
class StripFrame:
    """Where a strip lies in the photo."""

    quad: Quad
    width_px: int  # one of STRIP_WIDTHS_PX
    text_box: tuple[float, float, float, float]  # (x0, y0, x1, y1) strip px: where the quad comes to lie
    homography: Matrix  # photo → strip

    @property
    def outline(self) -> Quad:
        """The strip's own corners in the photo; they may lie outside it."""
        return _project(_inverse(self.homography), quad_from_box(0, 0, self.width_px, STRIP_HEIGHT_PX))

    @property
    def photo_px_per_strip_px(self) -> float:
        """The scale at the text; above 1 the photo holds more detail than the strip."""
        return math.sqrt(quad_size(self.quad)[0] * quad_size(self.quad)[1] / _box_area(self.text_box))


def strip_frame(quad: Quad) -> StripFrame:
    """The smallest strip that holds the text 40 px high (lower if it would not fit the widest) and 12 px around it.

    Raises BadTargetError if the perspective is so strong that the surroundings run towards the horizon.
    """
    height, width = quad_size(quad)
    scale = min(TEXT_HEIGHT_PX / height, (STRIP_WIDTHS_PX[-1] - 2 * MIN_MARGIN_PX) / width)
    text_h, text_w = height * scale, width * scale
    strip_w = next(w for w in STRIP_WIDTHS_PX if w - text_w >= 2 * MIN_MARGIN_PX - 1e-6)
    x0, y0 = (strip_w - text_w) / 2, (STRIP_HEIGHT_PX - text_h) / 2
    text_box = (x0, y0, x0 + text_w, y0 + text_h)
    homography = _homography(quad, quad_from_box(x0, y0, text_w, text_h))
    depths = _depths(_inverse(homography), strip_w)
    if depths.min() <= 0 or depths.max() > MAX_FORESHORTENING * depths.min():
        raise BadTargetError(
            f"the perspective of quad {quad.tolist()} is too strong: one end of its surroundings would be seen "
            f"more than {MAX_FORESHORTENING:g} times larger than the other"
        )
    return StripFrame(quad, strip_w, text_box, homography)


def whole_frame(outline: Quad, width_px: int) -> StripFrame:
    """A strip by its own corners in the photo, where the text's aren't known: the text box is all of it."""
    box = (0.0, 0.0, float(width_px), float(STRIP_HEIGHT_PX))
    return StripFrame(outline, width_px, box, _homography(outline, quad_from_box(*box)))


def photo_quad(strip_quad: Quad, frame: StripFrame) -> Quad:
    """Four points of the strip → where they lie in the photo, or beyond its border."""
    return _project(_inverse(frame.homography), strip_quad)


def rectify(image: Image, frame: StripFrame, *, finer: int = 1) -> Image:
    """Photo (H, W, 3) → strip (64, W, 3), anti-aliased, or `finer` times as large in both directions; beyond the photo
    its border pixels are repeated.
    """
    crop, to_strip = _crop(image, frame)
    to_strip = np.diag([finer, finer, 1.0]) @ to_strip
    size = (STRIP_HEIGHT_PX * finer, frame.width_px * finer)
    strip = _resample(crop, to_strip, size, source_px=frame.photo_px_per_strip_px / finer)
    return strip.astype(np.uint8, copy=False)


def rectify_mask(mask: Mask, frame: StripFrame) -> Mask:
    """Photo mask (H, W) bool → strip mask (64, W) bool; a strip pixel is True if it touches any masked pixel."""
    crop, to_strip = _crop(mask, frame)
    depths = _depths(_inverse(frame.homography), frame.width_px)
    nearest_scale = frame.photo_px_per_strip_px * float(np.mean(depths) / depths.min()) ** 2
    block = max(1, math.ceil(nearest_scale / 2))  # then _SAMPLES samples a strip pixel can't step over a mask pixel
    pooled = _max_pool(crop, block).astype(np.uint8)
    to_samples = np.diag([_SAMPLES, _SAMPLES, 1.0]) @ to_strip @ np.diag([block, block, 1.0])
    size = (frame.width_px * _SAMPLES, STRIP_HEIGHT_PX * _SAMPLES)
    samples = cv2.warpPerspective(
        pooled, _from_centres(to_samples), size, flags=cv2.INTER_NEAREST, borderMode=cv2.BORDER_REPLICATE
    )
    return _max_pool(samples.astype(np.bool_), _SAMPLES)


def unrectify(
    strip: Pixels, frame: StripFrame, image_hw: tuple[int, int], *, finer: int = 1
) -> tuple[NDArray[np.float32], Box]:
    """Strip (64, W, 3), or `finer` times as large → (patch (h, w, 3) float32; the `Box` of the photo where it lies). A
    single plane (64, W) → (h, w).

    The patch is not clipped: a strip may hold differences. The box is the part of the photo that the strip covers; in
    the corners of the box that the strip does not reach (a slanted strip) the strip's border pixels are repeated.
    """
    assert strip.shape[:2] == (STRIP_HEIGHT_PX * finer, frame.width_px * finer), (strip.shape, frame.width_px, finer)
    x0, y0, x1, y1 = box = _covered_box(frame, image_hw, margin_px=0)
    to_patch = _shift(-x0, -y0) @ _inverse(frame.homography) @ np.diag([1 / finer, 1 / finer, 1.0])
    source_px = finer / frame.photo_px_per_strip_px
    patch = _resample(strip.astype(np.float32), to_patch, (y1 - y0, x1 - x0), source_px=source_px)
    return patch.astype(np.float32, copy=False), box


def _resample(source: Pixels, to_target: Matrix, target_hw: tuple[int, int], *, source_px: float) -> Pixels:
    """Warps without aliasing. `source_px`: how many source pixels a target pixel spans, by length.

    A finer source is first averaged down to two pixels a target pixel, warped to a target twice as fine, and averaged.
    """
    oversampling = 2 if source_px > 1 else 1
    if source_px > oversampling:
        height, width = source.shape[:2]
        new_h, new_w = (max(1, round(side * oversampling / source_px)) for side in (height, width))
        source = cv2.resize(source, (new_w, new_h), interpolation=cv2.INTER_AREA)
        to_target = to_target @ np.diag([width / new_w, height / new_h, 1.0])
    to_target = np.diag([oversampling, oversampling, 1.0]) @ to_target
    target_h, target_w = target_hw
    target: Pixels = cv2.warpPerspective(
        source,
        _from_centres(to_target),
        (target_w * oversampling, target_h * oversampling),
        flags=cv2.INTER_LANCZOS4,  # OpenCV's cubic bends ramps and so shifts by up to 0.05 px
        borderMode=cv2.BORDER_REPLICATE,
    )
    if oversampling > 1:
        target = cv2.resize(target, (target_w, target_h), interpolation=cv2.INTER_AREA)
    return target


def _crop(photo: Photo, frame: StripFrame) -> tuple[Photo, Matrix]:
    """The part of the photo that the strip needs, and the homography from there to the strip."""
    height, width = photo.shape[:2]
    margin_px = 2 + math.ceil(4 * frame.photo_px_per_strip_px)  # the reach of the Lanczos kernel
    x0, y0, x1, y1 = _covered_box(frame, (height, width), margin_px=margin_px)
    return photo[y0:y1, x0:x1], frame.homography @ _shift(x0, y0)


def _covered_box(frame: StripFrame, image_hw: tuple[int, int], *, margin_px: int) -> Box:
    height, width = image_hw
    # A millionth of a pixel is rounding, not coverage.
    x0, y0 = (int(v) - margin_px for v in np.floor(frame.outline.min(axis=0) + 1e-6))
    x1, y1 = (int(v) + margin_px for v in np.ceil(frame.outline.max(axis=0) - 1e-6))
    box = max(x0, 0), max(y0, 0), min(x1, width), min(y1, height)
    if box[0] >= box[2] or box[1] >= box[3]:
        raise BadTargetError(f"quad {frame.quad.tolist()} lies outside the photo of {width} × {height} px")
    return box


def _homography(source: Quad, target: Quad) -> Matrix:
    """The homography that takes 4 points to 4 points, in float64; OpenCV's own takes the points as float32."""
    centre = source.mean(axis=0)
    rows = []
    for (x, y), (u, v) in zip(source - centre, target, strict=True):
        rows.append([x, y, 1, 0, 0, 0, -u * x, -u * y])
        rows.append([0, 0, 0, x, y, 1, -v * x, -v * y])
    solution = np.linalg.solve(np.array(rows), target.reshape(8))
    return np.append(solution, 1.0).reshape(3, 3) @ _shift(-centre[0], -centre[1])


def _project(matrix: Matrix, points: Quad) -> Quad:
    projected = np.column_stack([points, np.ones(len(points))]) @ matrix.T  # (4, 3)
    return projected[:, :2] / projected[:, 2:]


def _depths(to_photo: Matrix, strip_w: int) -> NDArray[np.float64]:
    """The homogeneous w of the strip's corners (4,), positive at the strip's centre."""
    corners = np.column_stack([quad_from_box(0, 0, strip_w, STRIP_HEIGHT_PX), np.ones(4)])
    depths: NDArray[np.float64] = corners @ to_photo[2]
    return depths if depths.mean() > 0 else -depths


def _inverse(matrix: Matrix) -> Matrix:
    return np.asarray(np.linalg.inv(matrix), dtype=np.float64)


def _from_centres(matrix: Matrix) -> Matrix:
    """The same map for OpenCV, where (0, 0) is the centre of the first pixel."""
    return _shift(-0.5, -0.5) @ matrix @ _shift(0.5, 0.5)


def _shift(x: float, y: float) -> Matrix:
    return np.array([[1, 0, x], [0, 1, y], [0, 0, 1]], dtype=np.float64)


def _box_area(box: tuple[float, float, float, float]) -> float:
    x0, y0, x1, y1 = box
    return (x1 - x0) * (y1 - y0)


def _max_pool(mask: Mask, block: int) -> Mask:
    """(H, W) → (⌈H / block⌉, ⌈W / block⌉), True where any pixel of the block is."""
    if block == 1:
        return mask
    height, width = mask.shape
    padded = np.pad(mask, ((0, -height % block), (0, -width % block)))
    rows, columns = padded.shape[0] // block, padded.shape[1] // block
    return np.asarray(padded.reshape(rows, block, columns, block).max(axis=(1, 3)), dtype=np.bool_)
