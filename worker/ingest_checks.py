"""What is checked of an upload before a pixel is decoded: its type, its structure, the size its header claims.

Knows bytes; no processes, no storage.
"""

import importlib.util
import io
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
from worker.jpeg import check_jpeg
from worker.photo_codec import MAX_PIXELS, MAX_SIDE_PX, format_of

MIN_SIDE_PX = 16
MAX_ASPECT = 100
UNREADABLE = (OSError, SyntaxError, ValueError, EOFError, IndexError, KeyError, TypeError, struct.error, zlib.error)

HAS_HEIF = importlib.util.find_spec("pillow_heif") is not None
if HAS_HEIF:
    from pillow_heif import register_heif_opener

    register_heif_opener(thumbnails=False, depth_images=False, aux_images=False)
TYPES = "PNG, JPEG, WebP, TIFF or HEIC" if HAS_HEIF else "PNG, JPEG, WebP or TIFF"

_PNG_MAGIC = b"\x89PNG\r\n\x1a\n"
_HEIC_BRANDS = {b"heic", b"heix", b"heim", b"heis"}


class EmptyUploadError(EditorError):
    """Too few bytes to be any picture."""

    code = "empty_image"


class PhotoTooSmallError(EditorError):
    """Fewer pixels a side than allowed."""

    code = "image_too_small"


class PhotoTooNarrowError(EditorError):
    """One side is too many times the other."""

    code = "image_too_narrow"


@dataclass(frozen=True)
class Header:
    """What the file says it is."""

    file_format: str  # PNG, JPEG, WEBP, TIFF, HEIF
    image: Image.Image  # opened, no pixel decoded


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
        check_jpeg(data)
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
    return Header(file_format, image)


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
