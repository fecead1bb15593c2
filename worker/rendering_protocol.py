"""What the web process asks of a rendering child (`worker.rendering`), in the frames of `worker.ingest_protocol`.

Loads neither Pillow nor OpenCV, so that the web process can import it.
"""

import json
import struct
from dataclasses import asdict, dataclass

from worker.contract import OutputFormat

_HEAD = struct.Struct(">I")  # bytes of the JSON; the file follows it

Box = tuple[int, int, int, int]  # x, y, width, height


@dataclass(frozen=True)
class Rendering:
    """How a stored picture is wanted: a part of it, no larger than `max_side_px`, as a file of that format."""

    format: OutputFormat
    quality: int  # 1..100, for jpeg and webp
    box: Box | None = None
    max_side_px: int | None = None


def pack_request(rendering: Rendering, data: bytes) -> bytes:
    text = json.dumps(asdict(rendering)).encode()
    return b"".join((_HEAD.pack(len(text)), text, data))


def unpack_request(request: bytes) -> tuple[Rendering, bytes]:
    """What `pack_request` has packed."""
    (length,) = _HEAD.unpack_from(request)
    end = _HEAD.size + length
    wanted = json.loads(request[_HEAD.size : end])
    box = wanted.pop("box")
    return Rendering(**wanted, box=None if box is None else tuple(box)), request[end:]
