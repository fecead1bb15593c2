"""A photo file: opened, edited where a mask allows, saved in its own mode with every other sample untouched.

Knows files and pixels; knows no models, no jobs.
"""

import contextlib
import os
import uuid
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from worker.errors import AnimatedPhotoError, BadMaskFileError, BadOutputError, PhotoTooLargeError, UnreadablePhotoError
from worker.photo_codec import FORMAT_BY_SUFFIX, Samples, decode, eight_bit, encode

MASK_THRESHOLD = 128
LUMA_WEIGHTS = np.array([299, 587, 114], dtype=np.uint32)  # thousandths, ITU-R BT.601

Mask = NDArray[np.bool_]  # (H, W), True = edited


@dataclass(frozen=True, eq=False)
class Photo:
    """Upright pixels in the file's own mode and depth. Palettes have become RGB or RGBA, 1-bit pictures gray."""

    samples: Samples  # (H, W, C): C = 1 gray, 2 gray + alpha, 3 RGB, 4 RGBA; uint8 or uint16
    icc_profile: bytes | None = None
    orientation_applied: bool = False

    @classmethod
    def open(cls, source: str | Path | bytes) -> Self:
        """A file's path or its bytes → `Photo`. Of an MPO file (phones) the first picture is taken.

        Raises UnreadablePhotoError, PhotoTooLargeError or AnimatedPhotoError.
        """
        decoded = decode(_read(source))
        return cls(decoded.samples, decoded.icc_profile, decoded.orientation_applied)

    @property
    def image_hw(self) -> tuple[int, int]:
        """(height, width) px."""
        height, width, _ = self.samples.shape
        return height, width

    @property
    def has_alpha(self) -> bool:
        return self.samples.shape[2] in (2, 4)

    @property
    def rgb(self) -> NDArray[np.uint8]:
        """What a model sees: uint8 (H, W, 3), transparency ignored. Don't write into it."""
        colour = eight_bit(self._colour)
        return np.repeat(colour, 3, axis=2) if colour.shape[2] == 1 else np.ascontiguousarray(colour)

    @property
    def _colour(self) -> Samples:
        """The samples without alpha: (H, W, 1) or (H, W, 3)."""
        return self.samples[:, :, :-1] if self.has_alpha else self.samples

    def with_edit(self, edited_rgb: NDArray[np.uint8], mask: Mask) -> Self:
        """The photo with `edited_rgb` (H, W, 3) where `mask` (H, W) is True, in its own mode: gray takes the luminance.

        Outside the mask, and inside it where the edit equals `rgb`, the samples are kept exactly; alpha is kept always.
        Raises ValueError if the shapes don't fit.
        """
        if edited_rgb.shape != (*self.image_hw, 3) or mask.shape != self.image_hw or mask.dtype != np.bool_:
            raise ValueError(
                f"photo {self.image_hw}, edit {edited_rgb.shape}, {mask.dtype} mask {mask.shape} don't fit"
            )
        samples = self.samples.copy()
        changed = mask & (edited_rgb != self.rgb).any(axis=2)
        values = edited_rgb[changed]  # (N, 3)
        if self._colour.shape[2] == 1:
            values = _luminance(values)[:, None]
        if samples.dtype == np.uint16:
            values = values.astype(np.uint16) * 257
        samples[changed, : values.shape[1]] = values
        return replace(self, samples=samples)

    def encode(self, suffix: str, *, quality: int = 95) -> bytes:
        """The bytes of a file of that suffix; `quality` 1..100 is for JPEG and WebP (100: lossless WebP).

        PNG and TIFF keep 16 bits; JPEG and WebP have 8. Raises BadOutputError for an unknown suffix or a mode that the
        format can't hold.
        """
        if suffix.lower() not in FORMAT_BY_SUFFIX:
            raise BadOutputError(
                f"can't write {suffix or 'a file without suffix'!r}, only {', '.join(FORMAT_BY_SUFFIX)}"
            )
        if not 1 <= quality <= 100:
            raise BadOutputError(f"quality must be 1 to 100, got {quality}")
        file_format = FORMAT_BY_SUFFIX[suffix.lower()]
        return encode(self.samples, file_format, icc_profile=self.icc_profile, quality=quality)

    def save(self, path: str | Path, *, quality: int = 95) -> None:
        """Writes the file whole or not at all, in the format of its suffix; see `encode`. Raises BadOutputError."""
        target = Path(path)
        data = self.encode(target.suffix, quality=quality)
        unfinished = target.with_name(f".{uuid.uuid4().hex}.part")
        try:
            unfinished.write_bytes(data)
            os.replace(unfinished, target)
        except OSError as error:
            with contextlib.suppress(OSError):
                unfinished.unlink()
            raise BadOutputError(f"can't write {target}: {error.strerror or error}") from error


def read_mask(source: str | Path | bytes, image_hw: tuple[int, int]) -> Mask:
    """A mask file (1-bit, gray, RGB, RGBA) → bool (H, W), True where its luminance is ≥ `MASK_THRESHOLD`.

    Alpha is ignored, unless all pixels that can be seen are of one colour (a brush layer): then alpha is the mask.
    Raises BadMaskFileError for an unreadable file, another size than `image_hw` (height, width), an empty or full mask.
    """
    try:
        photo = Photo.open(source)
    except (UnreadablePhotoError, PhotoTooLargeError, AnimatedPhotoError) as error:
        raise BadMaskFileError(f"the mask can't be read: {error}") from error
    if photo.image_hw != image_hw:
        (height, width), (mask_h, mask_w) = image_hw, photo.image_hw
        raise BadMaskFileError(f"the mask has {mask_w} × {mask_h} px, the photo {width} × {height}: they must be equal")
    levels = _luminance(photo.rgb)
    if photo.has_alpha:
        alpha = eight_bit(photo.samples[:, :, -1])
        visible = photo.rgb[alpha > 0]
        if len(visible) and (visible == visible[0]).all():
            levels = alpha
    mask: Mask = levels >= MASK_THRESHOLD
    if not mask.any():
        raise BadMaskFileError(f"the mask is empty: no pixel is ≥ {MASK_THRESHOLD}")
    if mask.all():
        raise BadMaskFileError(f"the mask covers the whole photo: no pixel is below {MASK_THRESHOLD}")
    return mask


def _read(source: str | Path | bytes) -> bytes:
    if isinstance(source, bytes):
        return source
    try:
        return Path(source).read_bytes()
    except OSError as error:
        raise UnreadablePhotoError(f"can't read {source}: {error.strerror or error}") from error


def _luminance(rgb: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """(…, 3) → (…), rounded; gray stays as it is."""
    return ((rgb @ LUMA_WEIGHTS + 500) // 1000).astype(np.uint8)
