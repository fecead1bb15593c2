"""What is checked of an upload before a pixel is decoded: its type, its structure, the size its header claims.

Knows bytes; no processes, no storage.
"""

import importlib.util
import io
import re
import struct
import warnings
import zlib
from dataclasses import dataclass

from PIL import Image, UnidentifiedImageError

from worker.errors import (
    AnimatedPhotoError,
    EditorError,
    PhotoTooLargeError,
    UnreadablePhotoError,
    UnsupportedImageError,
    UploadTooLargeError,
)
from worker.ingest_protocol import MAX_UPLOAD_BYTES, MIN_UPLOAD_BYTES
from worker.photo_codec import MAX_PIXELS, MAX_SIDE_PX, format_of

MIN_SIDE_PX = 16
MAX_ASPECT = 100
MAX_JPEG_SCANS = 100
UNREADABLE = (OSError, SyntaxError, ValueError, EOFError, IndexError, KeyError, TypeError, struct.error, zlib.error)

HAS_HEIF = importlib.util.find_spec("pillow_heif") is not None
if HAS_HEIF:
    from pillow_heif import register_heif_opener

    register_heif_opener(thumbnails=False, depth_images=False, aux_images=False)
TYPES = "PNG, JPEG, WebP, TIFF or HEIC" if HAS_HEIF else "PNG, JPEG, WebP or TIFF"

_PNG_MAGIC = b"\x89PNG\r\n\x1a\n"
_HEIC_BRANDS = {b"heic", b"heix", b"heim", b"heis"}
_JPEG_MARKER = re.compile(rb"\xff([\x01-\xcf\xd8-\xfe])")  # neither stuffing nor restarts; quick, as it begins plainly
_SOI, _EOI, _SOS, _TEM = 0xD8, 0xD9, 0xDA, 0x01
_SOF_BASELINE, _SOF_EXTENDED, _SOF_PROGRESSIVE = 0xC0, 0xC1, 0xC2
_SOF_OTHERS = {0xC3, 0xC5, 0xC6, 0xC7, 0xC9, 0xCA, 0xCB, 0xCD, 0xCE, 0xCF}  # lossless, hierarchical, arithmetic


class EmptyUploadError(EditorError):
    """Too few bytes to be any picture."""

    code = "empty_image"


class PhotoTooSmallError(EditorError):
    """Fewer pixels a side than allowed."""

    code = "image_too_small"


class PhotoTooNarrowError(EditorError):
    """One side is too many times the other."""

    code = "image_too_narrow"


class TooManyScansError(EditorError):
    """A progressive JPEG that would be drawn over and over again."""

    code = "too_many_scans"


@dataclass(frozen=True)
class Header:
    """What the file says it is, in Pillow's words."""

    file_format: str  # PNG, JPEG, WEBP, TIFF, HEIF
    mode: str


def check_upload(data: bytes) -> Header:
    """The upload's bytes → what decoding will meet. Raises an EditorError."""
    if len(data) < MIN_UPLOAD_BYTES:
        raise EmptyUploadError(f"the upload has {len(data)} bytes, a picture has at least {MIN_UPLOAD_BYTES}")
    if len(data) > MAX_UPLOAD_BYTES:
        raise UploadTooLargeError(f"the upload has {len(data):,} bytes, at most {MAX_UPLOAD_BYTES:,} are allowed")
    file_format = upload_format(data)
    if file_format == "PNG":
        _check_png(data)
    elif file_format == "JPEG":
        _check_jpeg(data)
    elif file_format == "WEBP":
        _check_webp(data)
    return _check_header(data, file_format)


def upload_format(data: bytes) -> str:
    """By the first bytes alone. Raises UnsupportedImageError."""
    if known := format_of(data):
        return known
    if HAS_HEIF and _is_heic(data):
        return "HEIF"
    raise UnsupportedImageError(f"the upload is not a {TYPES} picture")


def _is_heic(data: bytes) -> bool:
    """By the brands of the first box; AVIF has the same box with others."""
    if data[4:8] != b"ftyp":
        return False
    brands = data[8 : min(int.from_bytes(data[:4]), 256)]
    return any(brands[i : i + 4] in _HEIC_BRANDS for i in range(0, len(brands), 4))


def _check_png(data: bytes) -> None:
    """Walks the chunks: Pillow doesn't check the checksums of IDAT, nor that the file ends."""
    position, first = len(_PNG_MAGIC), True
    while position + 12 <= len(data):
        length, kind = struct.unpack_from(">I4s", data, position)
        end = position + 12 + length
        if end > len(data):
            break
        if first and (kind, length) != (b"IHDR", 13):
            raise UnreadablePhotoError("the PNG file is damaged: it doesn't begin with a header")
        first = False
        critical = not kind[0] & 0x20
        if critical and zlib.crc32(memoryview(data)[position + 4 : end - 4]) != int.from_bytes(data[end - 4 : end]):
            raise UnreadablePhotoError(f"the PNG file is damaged: wrong checksum of a chunk at byte {position}")
        if kind == b"IEND":
            return
        position = end
    raise UnreadablePhotoError("the PNG file is truncated")


def _check_jpeg(data: bytes) -> None:
    """Walks the markers of the first picture: coding, number of scans, an end, and enough bytes for its blocks."""
    scans, position = 0, 2
    height, width = 0, 0
    while (marker := _JPEG_MARKER.search(data, position)) is not None:
        kind, position = marker[1][0], marker.end()
        if kind == _EOI:
            break
        if kind in (_SOI, _TEM):
            continue
        segment = data[position : position + 7]
        if len(segment) < 7:
            raise UnreadablePhotoError("the JPEG file is truncated")
        length, precision, rows, columns = struct.unpack(">HBHH", segment)
        if kind in _SOF_OTHERS or (kind in (_SOF_BASELINE, _SOF_EXTENDED, _SOF_PROGRESSIVE) and precision != 8):
            raise UnreadablePhotoError(
                f"JPEG files of kind {kind - 0xC0} with {precision} bits can't be read, only Huffman-coded of 8 bits"
            )
        if kind in (_SOF_BASELINE, _SOF_EXTENDED, _SOF_PROGRESSIVE):
            height, width = rows, columns
        elif kind == _SOS:
            scans += 1
            if scans > MAX_JPEG_SCANS:
                raise TooManyScansError(f"the JPEG file has more than {MAX_JPEG_SCANS} scans")
        position += length
    else:
        raise UnreadablePhotoError("the JPEG file is truncated: it has no end marker")
    # Every 8 × 8 block takes at least one bit; halved, because sampling may be odd.
    if len(data) * 8 < (width * height) // 64 // 2:
        raise UnreadablePhotoError(f"the JPEG file is truncated: {len(data):,} bytes for {width} × {height} px")


def _check_webp(data: bytes) -> None:
    claimed = int.from_bytes(data[4:8], "little") + 8
    if claimed > len(data):
        raise UnreadablePhotoError(f"the WebP file is truncated: {len(data):,} bytes of {claimed:,}")


def _check_header(data: bytes, file_format: str) -> Header:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of odd metadata, which is not used
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            image = Image.open(io.BytesIO(data), formats=[file_format])
            _check_size(*image.size)
            frames = getattr(image, "n_frames", 1)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise PhotoTooLargeError(f"the photo has more than {MAX_PIXELS:,} pixels") from error
    except UnidentifiedImageError as error:
        raise UnreadablePhotoError(f"the {file_format} file is damaged or of a rare kind") from error
    except UNREADABLE as error:
        raise UnreadablePhotoError(f"the {file_format} file is damaged or truncated") from error
    if frames != 1 and file_format != "JPEG":  # JPEG files of phones carry previews and depth maps as further frames
        raise AnimatedPhotoError(f"the file has {frames} frames or pages, only one is allowed")
    return Header(file_format, image.mode)


def _check_size(width: int, height: int) -> None:
    short, long = sorted((width, height))
    if short < MIN_SIDE_PX:
        raise PhotoTooSmallError(f"the photo has {width} × {height} px, at least {MIN_SIDE_PX} a side are needed")
    if width * height > MAX_PIXELS or long > MAX_SIDE_PX:
        raise PhotoTooLargeError(
            f"the photo has {width} × {height} px, at most {MAX_PIXELS:,} pixels and {MAX_SIDE_PX:,} a side are allowed"
        )
    if long > MAX_ASPECT * short:
        raise PhotoTooNarrowError(f"the photo has {width} × {height} px: more than {MAX_ASPECT} : 1")
