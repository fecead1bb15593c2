"""What the web process asks of a rendering child (`worker.rendering`), in the frames of `worker.ingest_protocol`.

Loads neither Pillow nor OpenCV, so that the web process can import it.
"""

import json
import struct
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field

from worker.contract import OutputFormat

_HEAD = struct.Struct(">I")  # bytes of the JSON; the files follow it

Box = tuple[int, int, int, int]  # x, y, width, height


@dataclass(frozen=True)
class Rendering:
    """How a stored picture is wanted: a part of it, no larger than `max_side_px`, as a file of that format."""

    format: OutputFormat
    quality: int  # 1..100, for jpeg and webp
    box: Box | None = None
    max_side_px: int | None = None


@dataclass(frozen=True)
class Part:
    """A part of another picture of the same photo: a PNG, whose top-left corner lies at (x, y) there."""

    x: int
    y: int
    file: bytes = field(repr=False)


def pack_request(rendering: Rendering, data: bytes, parts: Sequence[Part] = ()) -> bytes:
    """`parts` are mixed into the picture first."""
    places = [(part.x, part.y, len(part.file)) for part in parts]
    text = json.dumps({"rendering": asdict(rendering), "parts": places}).encode()
    return b"".join((_HEAD.pack(len(text)), text, *(part.file for part in parts), data))


def unpack_request(request: bytes) -> tuple[Rendering, bytes, list[Part]]:
    """What `pack_request` has packed."""
    (length,) = _HEAD.unpack_from(request)
    at = _HEAD.size + length
    head = json.loads(request[_HEAD.size : at])
    parts = []
    for x, y, num_bytes in head["parts"]:
        parts.append(Part(x, y, request[at : at + num_bytes]))
        at += num_bytes
    box = head["rendering"].pop("box")
    return Rendering(**head["rendering"], box=None if box is None else tuple(box)), request[at:], parts
