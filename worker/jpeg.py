"""The segments of a JPEG file: checked, and written anew without what is no picture. Knows bytes, decodes no pixel.

ITU-T T.81, Annex B, names the markers; JFIF 1.02, Adobe's technical note 5116 and ICC.1 Annex B the application data.
"""

import re
import struct
from collections.abc import Iterator
from typing import NamedTuple

from worker.errors import EditorError, UnreadablePhotoError

MAX_JPEG_SCANS = 100

_MARKER = re.compile(rb"\xff([\x01-\xcf\xd8-\xfe])")  # neither stuffing nor restarts; quick, as it begins plainly
_SOI, _EOI, _SOS, _TEM = 0xD8, 0xD9, 0xDA, 0x01
_SOF_BASELINE, _SOF_EXTENDED, _SOF_PROGRESSIVE = 0xC0, 0xC1, 0xC2
_SOF = {_SOF_BASELINE, _SOF_EXTENDED, _SOF_PROGRESSIVE}
_SOF_OTHERS = {0xC3, 0xC5, 0xC6, 0xC7, 0xC9, 0xCA, 0xCB, 0xCD, 0xCE, 0xCF}  # lossless, hierarchical, arithmetic
_DHT, _DQT, _DRI, _COM = 0xC4, 0xDB, 0xDD, 0xFE
_APP0, _APP1, _APP2, _APP14, _APP15 = 0xE0, 0xE1, 0xE2, 0xEE, 0xEF
_PICTURE = _SOF | {_DHT, _DQT, _DRI, _SOS}  # without these it can't be decoded; all else is said about it

_JFIF = b"JFIF\0" + bytes((1, 2, 0, 0, 1, 0, 1, 0, 0))  # square pixels, no thumbnail
_ADOBE, _ADOBE_TRANSFORM_AT = b"Adobe", 11
_ICC = b"ICC_PROFILE\0"
_MAX_ICC_PART_BYTES = 65_533 - len(_ICC) - 2


class TooManyScansError(EditorError):
    """A progressive JPEG that would be drawn over and over again."""

    code = "too_many_scans"


class Segment(NamedTuple):
    """`data[start:end]` is what follows the marker: its length and content, for a scan also the coded blocks."""

    marker: int
    start: int
    end: int


def check_jpeg(data: bytes) -> None:
    """Coding, number of scans, an end, and enough bytes for the blocks of the first picture.

    Raises UnreadablePhotoError, TooManyScansError.
    """
    scans, height, width = 0, 0, 0
    for marker, start, _ in segments(data):
        if marker in _SOF_OTHERS | _SOF:
            precision, rows, columns = struct.unpack_from(">BHH", data, start + 2)
            if marker in _SOF_OTHERS or precision != 8:
                raise UnreadablePhotoError(
                    f"JPEG files of kind {marker - _SOF_BASELINE} with {precision} bits can't be read, "
                    "only Huffman-coded of 8 bits"
                )
            height, width = rows, columns
        elif marker == _SOS:
            scans += 1
            if scans > MAX_JPEG_SCANS:
                raise TooManyScansError(f"the JPEG file has more than {MAX_JPEG_SCANS} scans")
    # Every 8 × 8 block takes at least one bit; halved, because sampling may be odd.
    if len(data) * 8 < (width * height) // 64 // 2:
        raise UnreadablePhotoError(f"the JPEG file is truncated: {len(data):,} bytes for {width} × {height} px")


def rewritten(data: bytes, *, icc_profile: bytes | None, orientation: int) -> bytes | None:
    """The same blocks in a file of our own, which says nothing but the colours and how the picture lies (EXIF 1 to 8).

    Places, cameras, thumbnails, further pictures and whatever follows the end are left out. None for a file that has
    anything unusual between its segments. `data` has passed `check_jpeg`.
    """
    said, blocks = dict[int, bytes](), list[bytes]()
    for marker, start, end in segments(data):
        if marker in _PICTURE:
            blocks += (bytes((0xFF, marker)), data[start:end])
        elif _APP0 <= marker <= _APP15:
            said |= _colours_said(marker, data[start + 2 : end])
        elif marker != _COM:
            return None
    if orientation != 1:
        said[_APP1] = _exif(orientation)
    head = [_segment(marker, content) for marker, content in sorted(said.items())]
    return b"".join((b"\xff\xd8", *head, *_icc_segments(icc_profile or b""), *blocks, b"\xff\xd9"))


def _colours_said(marker: int, content: bytes) -> dict[int, bytes]:
    """What tells a decoder whether three components are RGB or YCbCr, in our own words."""
    if marker == _APP0 and content.startswith(_JFIF[:5]) and len(content) >= len(_JFIF):
        return {_APP0: _JFIF}
    if marker == _APP14 and content.startswith(_ADOBE) and len(content) > _ADOBE_TRANSFORM_AT:
        version_and_flags = bytes((0, 100, 0, 0, 0, 0))
        return {_APP14: _ADOBE + version_and_flags + content[_ADOBE_TRANSFORM_AT:][:1]}
    return {}


def segments(data: bytes) -> Iterator[Segment]:
    """Of the first picture, up to its end marker. Raises UnreadablePhotoError where that is missing."""
    match = _MARKER.search(data, 2)
    while match is not None:
        marker, start = match[1][0], match.end()
        if marker == _EOI:
            return
        if marker in (_SOI, _TEM):
            match = _MARKER.search(data, start)
            continue
        if start + 7 > len(data):
            break
        (length,) = struct.unpack_from(">H", data, start)
        match = _MARKER.search(data, start + length)
        if match is not None:
            yield Segment(marker, start, _end_of_scan(data, match) if marker == _SOS else start + length)
    raise UnreadablePhotoError("the JPEG file is truncated: it has no end marker")


def _end_of_scan(data: bytes, next_marker: re.Match[bytes]) -> int:
    """Without the bytes FF that may stand before a marker (B.1.1.2)."""
    end = next_marker.start()
    while data[end - 1] == 0xFF:
        end -= 1
    return end


def _segment(marker: int, content: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, 2 + len(content)) + content


def _exif(orientation: int) -> bytes:
    """One directory with one short number, big-endian."""
    orientation_tag, short = 0x0112, 3
    return b"Exif\0\0MM\0*" + struct.pack(">IHHHIHHI", 8, 1, orientation_tag, short, 1, orientation, 0, 0)


def _icc_segments(profile: bytes) -> list[bytes]:
    parts = [profile[at : at + _MAX_ICC_PART_BYTES] for at in range(0, len(profile), _MAX_ICC_PART_BYTES)]
    return [_segment(_APP2, _ICC + bytes((number, len(parts))) + part) for number, part in enumerate(parts, start=1)]
