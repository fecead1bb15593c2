"""The bytes of PNG, JPEG, WebP and TIFF files ↔ their samples, without loss of depth, transparency or colour profile.

Pillow reads and writes all that has 8 bits a sample; colour JPEG that is sound is read by simplejpeg, which is quicker.
Pillow cuts 16-bit colour down to 8, so OpenCV reads that, and the two small writers here write it; that of PNG also
where speed counts. Knows no folders.
"""

import io
import struct
import warnings
import zlib
from dataclasses import dataclass

import cv2
import numpy as np
import simplejpeg
from isal import isal_zlib
from numpy.typing import NDArray
from PIL import Image, TiffImagePlugin, UnidentifiedImageError
from PIL.ExifTags import Base as ExifTag

from worker.errors import AnimatedPhotoError, BadOutputError, PhotoTooLargeError, UnreadablePhotoError

MAX_PIXELS = 50_000_000
MAX_SIDE_PX = 12_000
LOSSLESS_QUALITY = 100
FIRST_LYING = 5  # EXIF orientations from here on swap width and height
FORMAT_BY_SUFFIX = {
    ".png": "PNG",
    ".jpg": "JPEG",
    ".jpeg": "JPEG",
    ".webp": "WEBP",
    ".tif": "TIFF",
    ".tiff": "TIFF",
}

Samples = NDArray[np.uint8] | NDArray[np.uint16]  # (H, W, C): C = 1 gray, 2 gray + alpha, 3 RGB, 4 RGBA

_FILTER_UP = 2  # each row as its difference from the one above
_DEFLATE_LEVEL = 1
_BLOCK_PX = 8  # of JPEG
_PNG_MAGIC = b"\x89PNG\r\n\x1a\n"
_MODE_READ_AS = {
    "1": "L",
    "L": "L",
    "LA": "LA",
    "P": "RGB",
    "PA": "RGBA",
    "RGB": "RGB",
    "RGBA": "RGBA",
    "RGBX": "RGB",
    "RGBa": "RGBA",  # alpha multiplied in, some TIFF files
    "YCbCr": "RGB",
}
_WITH_ALPHA = {"L": "LA", "RGB": "RGBA"}
_UNREADABLE = (OSError, SyntaxError, ValueError, EOFError, IndexError, KeyError, TypeError, struct.error, zlib.error)


@dataclass(frozen=True, eq=False)
class Decoded:
    """A file's content, upright."""

    samples: Samples
    icc_profile: bytes | None
    orientation_applied: bool  # True if the file said that the picture lies on its side or is mirrored


def decode(data: bytes) -> Decoded:
    """A file's bytes → its samples, with the EXIF orientation applied.

    Raises UnreadablePhotoError, AnimatedPhotoError, or, before any pixel is decoded, PhotoTooLargeError.
    """
    file_format = format_of(data)
    if file_format is None:
        raise UnreadablePhotoError("not a PNG, JPEG, WebP or TIFF picture")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of odd metadata, which is not used
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            image = Image.open(io.BytesIO(data), formats=[file_format])
            _check_header(image, file_format)
            sixteen_bit = _is_sixteen_bit(image, data)
            if file_format in ("PNG", "WEBP"):
                image.load()  # a PNG may tell only after its pixels how it lies
            orientation = orientation_of(image)
            samples = _read_sound_jpeg(image, data) if file_format == "JPEG" else None
            if samples is None:
                image.load()  # turns a TIFF file, and forgets how it lay
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise PhotoTooLargeError(f"the photo has more than {MAX_PIXELS:,} pixels") from error
    except UnidentifiedImageError as error:
        raise UnreadablePhotoError(f"the {file_format} file is damaged or of a rare kind") from error
    except _UNREADABLE as error:
        raise UnreadablePhotoError(f"the {file_format} file is damaged or truncated: {error}") from error
    icc_profile = image.info.get("icc_profile") or None
    if samples is None:
        samples = _read_sixteen_bit(image, data) if sixteen_bit else _read_eight_bit(image)
    if file_format != "TIFF":  # Pillow and OpenCV both turn TIFF files themselves
        samples = turn_upright(samples, orientation)
    return Decoded(samples, icc_profile, orientation != 1)


def encode(samples: Samples, file_format: str, *, icc_profile: bytes | None, quality: int) -> bytes:
    """Samples → a file's bytes. PNG and TIFF keep every sample; JPEG and WebP hold 8 bits, WebP at quality 100 exactly.

    Only pixels and the colour profile are written: no EXIF, no place. Raises BadOutputError for transparency in JPEG
    and for 16-bit gray with transparency in TIFF, which hardly any program reads.
    """
    channels = samples.shape[2]
    if file_format == "JPEG" and channels in (2, 4):
        raise BadOutputError("JPEG has no transparency and this photo has: save it as .png, .webp or .tif")
    if file_format == "PNG":
        return encode_png(samples, icc_profile)
    if samples.dtype == np.uint16 and file_format == "TIFF":
        if channels == 2:
            raise BadOutputError("TIFF can't hold 16-bit gray with transparency readably: save it as .png")
        return _sixteen_bit_tiff(samples, icc_profile)
    options: dict[str, dict[str, object]] = {
        "JPEG": {"quality": quality, "subsampling": 0},
        "WEBP": {"quality": quality, "lossless": quality == LOSSLESS_QUALITY, "exact": True},
        "TIFF": {"compression": "tiff_adobe_deflate"},
    }
    pixels = eight_bit(samples)
    buffer = io.BytesIO()
    image = Image.fromarray(pixels[:, :, 0] if channels == 1 else pixels)
    image.save(buffer, file_format, icc_profile=icc_profile, **options[file_format])
    return buffer.getvalue()


def encode_png(samples: Samples, icc_profile: bytes | None) -> bytes:
    """Samples of 8 or 16 bits → PNG, in a tenth of Pillow's time and with about a tenth more bytes."""
    # https://www.w3.org/TR/png-3/
    height, width, channels = samples.shape
    colour_type = {1: 0, 2: 4, 3: 2, 4: 6}[channels]
    rows = samples.astype(samples.dtype.newbyteorder(">"), order="C", copy=False).view(np.uint8).reshape(height, -1)
    filtered = np.empty((height, 1 + rows.shape[1]), dtype=np.uint8)
    filtered[:, 0] = _FILTER_UP
    filtered[0, 1:] = rows[0]
    np.subtract(rows[1:], rows[:-1], out=filtered[1:, 1:])
    header = struct.pack(">IIBBBBB", width, height, samples.dtype.itemsize * 8, colour_type, 0, 0, 0)
    parts = [_PNG_MAGIC, *_png_chunk(b"IHDR", header)]
    if icc_profile is not None:
        parts += _png_chunk(b"iCCP", b"ICC Profile\0\0" + isal_zlib.compress(icc_profile, _DEFLATE_LEVEL))
    parts += [*_png_chunk(b"IDAT", isal_zlib.compress(filtered, _DEFLATE_LEVEL)), *_png_chunk(b"IEND", b"")]
    return b"".join(parts)


def orientation_of(image: Image.Image) -> int:
    """EXIF orientation 1 (upright) to 8. EXIF that is damaged says nothing: viewers show such pictures as they are."""
    try:
        orientation = image.getexif().get(ExifTag.Orientation, 1)
    except _UNREADABLE:
        return 1
    return orientation if orientation in range(1, 9) else 1


def is_sound_jpeg(data: bytes) -> bool:
    """Whether all of its blocks can be decoded; their pixels aren't computed, which takes most of the time."""
    try:
        simplejpeg.decode_jpeg(data, colorspace="GRAY", min_height=1, min_width=1, min_factor=_BLOCK_PX)
    except ValueError:
        return False
    return True


def turn_upright(samples: Samples, orientation: int) -> Samples:
    """EXIF orientation 1 (upright) to 8."""
    if orientation == 1:
        return samples
    if orientation >= FIRST_LYING:
        samples = samples.transpose(1, 0, 2)
    if orientation in (2, 3, 6, 7):
        samples = samples[:, ::-1]
    if orientation in (3, 4, 7, 8):
        samples = samples[::-1]
    return samples.copy()


def eight_bit(samples: Samples) -> NDArray[np.uint8]:
    """Samples of 8 or 16 bits → 8 bits, rounded."""
    if samples.dtype == np.uint8:
        return samples.astype(np.uint8, copy=False)
    quotient, remainder = np.divmod(samples, 257)  # 65535 = 255 · 257
    return (quotient + (remainder > 128)).astype(np.uint8)


def format_of(data: bytes) -> str | None:
    """By the first bytes alone; None for anything but PNG, JPEG, WebP and TIFF."""
    if data.startswith(_PNG_MAGIC):
        return "PNG"
    if data.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return "WEBP"
    if data.startswith((b"II*\x00", b"MM\x00*")):
        return "TIFF"
    return None


def _check_header(image: Image.Image, file_format: str) -> None:
    width, height = image.size
    if width * height > MAX_PIXELS or max(width, height) > MAX_SIDE_PX:
        raise PhotoTooLargeError(
            f"the photo has {width} × {height} px, at most {MAX_PIXELS:,} pixels and {MAX_SIDE_PX:,} a side are allowed"
        )
    frames = getattr(image, "n_frames", 1)
    if frames != 1 and file_format != "JPEG":  # JPEG files of phones carry previews and depth maps as further frames
        raise AnimatedPhotoError(f"the file has {frames} frames or pages, only one is allowed")


def _is_sixteen_bit(image: Image.Image, data: bytes) -> bool:
    if image.format == "PNG":
        return data[24] == 16  # the header chunk always comes first
    if isinstance(image, TiffImagePlugin.TiffImageFile):
        bits = image.tag_v2.get(TiffImagePlugin.BITSPERSAMPLE, (1,))
        return 16 in (bits if isinstance(bits, tuple) else (bits,))
    return False


def _read_sound_jpeg(image: Image.Image, data: bytes) -> Samples | None:
    """In three quarters of Pillow's time; None for a file whose damage Pillow has to judge, and for gray or CMYK."""
    if image.mode != "RGB":
        return None
    samples = np.empty((image.height, image.width, 3), dtype=np.uint8)
    try:
        decoded = simplejpeg.decode_jpeg(data, buffer=samples)
    except ValueError:
        return None
    return samples if decoded.shape == samples.shape else None


def _read_eight_bit(image: Image.Image) -> NDArray[np.uint8]:
    mode = _MODE_READ_AS.get(image.mode)
    if mode is None:
        raise UnreadablePhotoError(
            f"pictures of mode {image.mode} can't be edited; convert it to RGB, RGBA or grayscale"
        )
    if "transparency" in image.info:  # one colour, or entries of the palette
        mode = _WITH_ALPHA.get(mode, mode)
    samples = np.array(image if image.mode == mode else image.convert(mode))
    return samples.reshape(*samples.shape[:2], -1)


def _read_sixteen_bit(image: Image.Image, data: bytes) -> NDArray[np.uint16]:
    try:
        stored = cv2.imdecode(np.frombuffer(data, dtype=np.uint8), cv2.IMREAD_UNCHANGED)
    except cv2.error as error:
        raise UnreadablePhotoError(f"the {image.format} file of 16 bits a sample can't be decoded") from error
    if stored is None or stored.dtype != np.uint16:
        raise UnreadablePhotoError(f"the {image.format} file of 16 bits a sample can't be decoded")
    stored = stored.reshape(*stored.shape[:2], -1)
    gray_alpha = image.format == "PNG" and data[25] == 4
    order = [0, 3] if gray_alpha else {1: [0], 3: [2, 1, 0], 4: [2, 1, 0, 3]}[stored.shape[2]]  # from BGR
    samples: NDArray[np.uint16] = np.ascontiguousarray(stored[:, :, order], dtype=np.uint16)
    key = image.info.get("transparency")
    if key is not None and samples.shape[2] == 1:  # OpenCV knows a transparent colour, but no transparent gray
        samples = np.concatenate([samples, np.where(samples == key, 0, 65535).astype(np.uint16)], axis=2)
    return samples


def _png_chunk(kind: bytes, content: bytes) -> tuple[bytes, ...]:
    checksum = isal_zlib.crc32(content, isal_zlib.crc32(kind))
    return struct.pack(">I", len(content)), kind, content, struct.pack(">I", checksum)


def _sixteen_bit_tiff(samples: Samples, icc_profile: bytes | None) -> bytes:
    """One directory, one deflated strip."""
    height, width, channels = samples.shape
    strip = zlib.compress(samples.astype("<u2").tobytes(), 6)
    directory = TiffImagePlugin.ImageFileDirectory_v2(prefix=b"II")
    directory[TiffImagePlugin.IMAGEWIDTH] = width
    directory[TiffImagePlugin.IMAGELENGTH] = height
    directory[TiffImagePlugin.BITSPERSAMPLE] = (16,) * channels
    directory[TiffImagePlugin.COMPRESSION] = 8  # Adobe deflate
    directory[TiffImagePlugin.PHOTOMETRIC_INTERPRETATION] = 1 if channels == 1 else 2
    directory[TiffImagePlugin.STRIPOFFSETS] = 0  # counted from the end of the directory
    directory[TiffImagePlugin.SAMPLESPERPIXEL] = channels
    directory[TiffImagePlugin.ROWSPERSTRIP] = height
    directory[TiffImagePlugin.STRIPBYTECOUNTS] = len(strip)
    if channels == 4:
        directory[TiffImagePlugin.EXTRASAMPLES] = 2  # alpha, not multiplied in
    if icc_profile is not None:
        directory[TiffImagePlugin.ICCPROFILE] = icc_profile
    buffer = io.BytesIO()
    directory.save(buffer)
    return buffer.getvalue() + strip
