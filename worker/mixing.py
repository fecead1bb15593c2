"""Of several words one drawing each, from different candidates: put together sample by sample, nothing drawn anew.

Knows pixels; no edits, no files but the parts'.
"""

from collections.abc import Sequence
from dataclasses import replace

from worker.errors import BadOutputError
from worker.photo import Photo
from worker.rendering_protocol import Part


def mixed(photo: Photo, parts: Sequence[Part]) -> Photo:
    """`photo` with what differs from it in each of `parts`, in its own mode and depth.

    Places of words don't overlap: no pixel differs in two parts, if the files are lossless. Raises BadOutputError for a
    part of another kind, or one that reaches outside.
    """
    samples = photo.samples.copy()
    for part in parts:
        drawn = Photo.open(part.file).samples
        height, width, _ = drawn.shape
        place = (slice(part.y, part.y + height), slice(part.x, part.x + width))
        before = photo.samples[place]
        if before.shape != drawn.shape or before.dtype != drawn.dtype:
            raise BadOutputError(
                f"a part {drawn.shape} of {drawn.dtype} at {part.x},{part.y} doesn't fit the picture "
                f"{photo.samples.shape} of {photo.samples.dtype}"
            )
        differs = (drawn != before).any(axis=2)
        samples[place][differs] = drawn[differs]
    return replace(photo, samples=samples)
