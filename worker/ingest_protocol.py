"""What the web process and a decoding child (`worker.ingest`) say to each other, and how much may be sent.

Loads neither Pillow nor OpenCV, so that the web process can import it. A child first says that it is ready; then one
request after another: `REQUEST_HEAD`, `ANSWER_HEAD` + JSON. The upload and the file made of it wait in the `Exchange`,
whose descriptor is the child's argument `--exchange`. A child's word isn't trusted.
"""

import json
import struct
from dataclasses import asdict, dataclass

MIN_UPLOAD_BYTES = 12  # the shortest signature that tells a format
MAX_UPLOAD_BYTES = 40_000_000

REQUEST_HEAD = struct.Struct(">I")  # bytes of the upload
ANSWER_HEAD = struct.Struct(">II")  # bytes of the JSON, bytes of the file
MAX_JSON_BYTES = 65_536
MAX_FILE_BYTES = 500_000_000  # 50 megapixels of 16-bit RGBA, and some


@dataclass(frozen=True)
class ImageFacts:
    """The stored picture, upright."""

    width: int
    height: int
    mode: str  # L, LA, RGB, RGBA
    bit_depth: int  # 8 or 16
    orientation_applied: bool


@dataclass(frozen=True)
class Refusal:
    """Why an upload was not taken; `code` is stable."""

    code: str
    message: str


def pack_ready() -> bytes:
    return _pack({"ready": True}, file_bytes=0)


def pack_refusal(refusal: Refusal) -> bytes:
    return _pack({"refused": asdict(refusal)}, file_bytes=0)


def pack_facts(facts: ImageFacts, *, file_bytes: int) -> bytes:
    """The file is in the exchange by then."""
    return _pack({"image": asdict(facts)}, file_bytes=file_bytes)


def unpack_answer_head(head: bytes) -> tuple[int, int]:
    """→ bytes of the JSON, bytes of the file. Raises ValueError."""
    json_bytes, file_bytes = ANSWER_HEAD.unpack(head)
    if json_bytes > MAX_JSON_BYTES or file_bytes > MAX_FILE_BYTES:
        raise ValueError(f"an answer of {json_bytes:,} + {file_bytes:,} bytes")
    return json_bytes, file_bytes


def check_ready(text: bytes) -> None:
    """Raises ValueError if the child greets otherwise."""
    if json.loads(text) != {"ready": True}:
        raise ValueError("another greeting than expected")


def parse_answer(text: bytes) -> ImageFacts | Refusal:
    """The JSON of an answer to a request. Raises ValueError."""
    match json.loads(text):
        case {"refused": {"code": str(code), "message": str(message), **rest}} if not rest:
            return Refusal(code, message)
        case {
            "image": {
                "width": int(width),
                "height": int(height),
                "mode": "L" | "LA" | "RGB" | "RGBA" as mode,
                "bit_depth": 8 | 16 as bit_depth,
                "orientation_applied": bool(orientation_applied),
                **rest,
            }
        } if not rest:
            return ImageFacts(width, height, mode, bit_depth, orientation_applied)
    raise ValueError("no answer of a decoder")


def _pack(content: dict[str, object], *, file_bytes: int) -> bytes:
    text = json.dumps(content).encode()
    return ANSWER_HEAD.pack(len(text), file_bytes) + text
