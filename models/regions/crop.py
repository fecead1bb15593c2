"""The square part of a photo that 512-px models work on, and the way back. Knows numpy and OpenCV; no files.

UDiffText's crop: the photo is padded to a square by repeating its border; where the mask covers less than 4 % of that,
a smaller square round the mask is taken of which it covers about 4 %, though never smaller than the mask.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from models.config import STRIP_HEIGHT_PX
from models.regions.quad import Mask
from models.regions.strip import Box, Image, Pixels, StripFrame
from models.regions.tint import RIM_PX

MASK_SHARE = 0.04


@dataclass(frozen=True)
class CropFrame:
    """The square [x0, x0 + side) × [y0, y0 + side) of the photo, in photo px; it may reach beyond the photo."""

    x0: int
    y0: int
    side_px: int
    size_px: int  # of the crop that the model works on

    @property
    def photo_px_per_crop_px(self) -> float:
        return self.side_px / self.size_px


def crop_frame(mask: Mask, *, size_px: int) -> CropFrame:
    """The crop for a mask (H, W) bool that isn't empty; it holds the mask whole."""
    height, width = mask.shape
    square = max(height, width)
    left, top = (square - width) // 2, (square - height) // 2
    x, y, w, h = cv2.boundingRect(mask.view(np.uint8))
    area = int(mask.sum())
    if area >= MASK_SHARE * square**2:
        return CropFrame(-left, -top, square, size_px)
    side = max(int((area / MASK_SHARE) ** 0.5), w, h)
    x0 = _start(left + x, w, side, square)
    y0 = _start(top + y, h, side, square)
    return CropFrame(x0 - left, y0 - top, side, size_px)


def cut(image: Image, frame: CropFrame) -> Image:
    """Photo (H, W, 3) → crop (size, size, 3); beyond the photo its border is repeated."""
    square = _padded(image, frame)
    size = (frame.size_px, frame.size_px)
    # As published where the crop is larger than its place; a smaller one is averaged, where that code skips pixels.
    method = cv2.INTER_AREA if frame.side_px > frame.size_px else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(square, size, interpolation=method), np.uint8)


def cut_mask(mask: Mask, frame: CropFrame) -> Mask:
    """Photo mask (H, W) → crop mask (size, size): True where a crop pixel touches any masked pixel."""
    height, width = mask.shape
    x0, y0 = max(frame.x0, 0), max(frame.y0, 0)
    x1, y1 = min(frame.x0 + frame.side_px, width), min(frame.y0 + frame.side_px, height)
    square = np.zeros((frame.side_px, frame.side_px), np.float32)
    square[y0 - frame.y0 : y1 - frame.y0, x0 - frame.x0 : x1 - frame.x0] = mask[y0:y1, x0:x1]
    method = cv2.INTER_AREA if frame.side_px > frame.size_px else cv2.INTER_NEAREST
    return np.asarray(cv2.resize(square, (frame.size_px, frame.size_px), interpolation=method) > 0, np.bool_)


def uncut(crop: Pixels, frame: CropFrame, mask: Mask) -> tuple[NDArray[np.float32], Box]:
    """Crop (size, size, 3) → (patch (h, w, 3) float32, the `Box` of the photo where it lies), round the mask (H, W).

    Where a crop pixel is a photo pixel the patch holds its very values.
    """
    box = _box_around(mask, frame)
    x0, y0, x1, y1 = box
    source, scale = crop.astype(np.float32), frame.photo_px_per_crop_px
    if scale < 1:
        source = cv2.resize(source, (frame.side_px, frame.side_px), interpolation=cv2.INTER_AREA)
        scale = 1.0
    if scale == 1:
        left, top = x0 - frame.x0, y0 - frame.y0
        return source[top : top + y1 - y0, left : left + x1 - x0], box
    # from the patch's pixel centres to the crop's
    inverse = np.array(
        [[1 / scale, 0, (x0 - frame.x0 + 0.5) / scale - 0.5], [0, 1 / scale, (y0 - frame.y0 + 0.5) / scale - 0.5]]
    )
    patch = cv2.warpAffine(
        source,
        inverse,
        (x1 - x0, y1 - y0),
        flags=cv2.INTER_LANCZOS4 | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return np.asarray(patch, np.float32), box


def heat_on_strip(
    heat: NDArray[np.float32], frame: CropFrame, strip: StripFrame, strip_hw: tuple[int, int]
) -> NDArray[np.float32]:
    """Values (h, w) over the crop → the same over the strip, (height, width) as `strip_hw` says; 0 beyond the crop."""
    cell = frame.side_px / heat.shape[0]
    to_photo = np.array([[cell, 0, frame.x0], [0, cell, frame.y0], [0, 0, 1]], np.float64)
    shrink = np.diag([strip_hw[1] / strip.width_px, strip_hw[0] / STRIP_HEIGHT_PX, 1.0])
    matrix = _centred(shrink @ strip.homography @ to_photo)
    on_strip = cv2.warpPerspective(heat, matrix, (strip_hw[1], strip_hw[0]), flags=cv2.INTER_LINEAR)
    return np.asarray(on_strip, np.float32)


def _start(start: int, length: int, side: int, square: int) -> int:
    """Where a side round [start, start + length) begins, moved so that it stays within the square."""
    centre = start + length // 2
    if centre <= square - centre:
        return centre - min(centre, side // 2)
    # As published but for the maximum: in the second half a side as long as the mask lost the mask's last pixel.
    return max(centre + min(square - centre, side // 2), start + length) - side


def _padded(image: Image, frame: CropFrame) -> Image:
    height, width = image.shape[:2]
    x0, y0, x1, y1 = frame.x0, frame.y0, frame.x0 + frame.side_px, frame.y0 + frame.side_px
    inside = image[max(y0, 0) : min(y1, height), max(x0, 0) : min(x1, width)]
    margins = max(-y0, 0), max(y1 - height, 0), max(-x0, 0), max(x1 - width, 0)
    if not any(margins):
        return inside
    return np.asarray(cv2.copyMakeBorder(inside, *margins, cv2.BORDER_REPLICATE), np.uint8)


def _box_around(mask: Mask, frame: CropFrame) -> Box:
    """The mask's bounds and what the composite sees round them, within crop and photo."""
    height, width = mask.shape
    x, y, w, h = cv2.boundingRect(mask.view(np.uint8))
    return (
        max(x - RIM_PX, frame.x0, 0),
        max(y - RIM_PX, frame.y0, 0),
        min(x + w + RIM_PX, frame.x0 + frame.side_px, width),
        min(y + h + RIM_PX, frame.y0 + frame.side_px, height),
    )


def _centred(matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    """The same map for OpenCV, where (0, 0) is the centre of the first pixel."""
    half = np.array([[1, 0, 0.5], [0, 1, 0.5], [0, 0, 1]], np.float64)
    return np.asarray(np.linalg.inv(half) @ matrix @ half, np.float64)
