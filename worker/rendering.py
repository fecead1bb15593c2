"""The rendering child of the web process: `python -m worker.rendering` turns stored pictures into what a page shows.

A part, a smaller one, another format, a mixture of several; the colour profile is kept. It speaks
`worker.ingest_protocol`, as `worker.ingest` does, and ends with the web process. The files are our own and were decoded
by a fenced child before, so nothing is fenced here.
"""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from worker.errors import BadOutputError, EditorError
from worker.exchange import Exchange
from worker.ingest import MODE_BY_CHANNELS, WebProcess, arguments_of
from worker.ingest_protocol import ImageFacts, Refusal, pack_facts, pack_ready, pack_refusal
from worker.mixing import mixed
from worker.photo import Photo
from worker.photo_codec import Samples, eight_bit, encode_png
from worker.pictures import SUFFIXES
from worker.rendering_protocol import Box, Part, Rendering, unpack_request


def render(data: bytes, wanted: Rendering, parts: Sequence[Part] = ()) -> tuple[ImageFacts, bytes]:
    """A stored file → what it has become, and its bytes. Raises an EditorError."""
    photo = Photo.open(data)
    if parts:
        photo = mixed(photo, parts)
    samples = photo.samples
    if wanted.box is not None:
        samples = _part(samples, wanted.box)
    if wanted.max_side_px is not None:
        samples = _shrunk(samples, wanted.max_side_px)
    if wanted.format == "png":
        file = encode_png(samples, photo.icc_profile)  # somebody waits for it
    else:
        file = Photo(samples, photo.icc_profile).encode(SUFFIXES[wanted.format], quality=wanted.quality)
    height, width, channels = samples.shape
    bit_depth = samples.dtype.itemsize * 8 if wanted.format == "png" else 8
    return ImageFacts(width, height, MODE_BY_CHANNELS[channels], bit_depth, False), file


def main() -> None:
    """Serves requests until stdin ends."""
    web = WebProcess(Exchange(arguments_of("worker.rendering").parse_args().exchange))
    cv2.setNumThreads(1)
    web.answer(pack_ready())
    while (request := web.next_request()) is not None:
        wanted, data, parts = unpack_request(request)
        try:
            facts, file = render(data, wanted, parts)
        except EditorError as error:
            web.answer(pack_refusal(Refusal(error.code, str(error))))
        else:
            web.answer(pack_facts(facts, file_bytes=len(file)), file)


def _part(samples: Samples, box: Box) -> Samples:
    x, y, width, height = box
    image_height, image_width, _ = samples.shape
    if x + width > image_width or y + height > image_height:
        raise BadOutputError(
            f"the box {x},{y},{width},{height} reaches outside the picture of {image_width} × {image_height} px"
        )
    return samples[y : y + height, x : x + width].copy()


def _shrunk(samples: Samples, max_side_px: int) -> Samples:
    """Never larger than it was; with 8 bits: it is to be looked at."""
    height, width, channels = samples.shape
    factor = max_side_px / max(height, width)
    if factor >= 1:
        return samples
    size = (max(1, round(width * factor)), max(1, round(height * factor)))
    smaller: NDArray[np.uint8] = cv2.resize(eight_bit(samples), size, interpolation=cv2.INTER_AREA)
    return smaller.reshape(size[1], size[0], channels)


if __name__ == "__main__":
    main()
