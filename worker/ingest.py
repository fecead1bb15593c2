"""The decoding child of the web process: `python -m worker.ingest` turns uploads into files of our own, one by one.

Speaks `worker.ingest_protocol` over stdin, stdout and an `Exchange`. Once warm it may open no file and no connection,
and has a budget of memory and, for each picture, of seconds; whatever goes wrong ends this process alone. Knows no
models, no jobs.
"""

import argparse
import io
import os
import resource
import sys
import time
import warnings

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms, PngImagePlugin
from PIL.ExifTags import Base as ExifTag

from worker.errors import EditorError, PhotoTooLargeError, UnreadablePhotoError
from worker.exchange import Exchange
from worker.ingest_checks import HAS_HEIF, UNREADABLE, Header, check_upload
from worker.ingest_protocol import (
    MAX_FILE_BYTES,
    REQUEST_HEAD,
    ImageFacts,
    Refusal,
    pack_facts,
    pack_ready,
    pack_refusal,
)
from worker.jpeg import rewritten
from worker.photo_codec import (
    FIRST_LYING,
    Decoded,
    decode,
    eight_bit,
    encode_png,
    is_sound_jpeg,
    orientation_of,
    turn_upright,
)

CPU_S = 10  # a picture
NICENESS = 5  # requests are answered first, then pictures decoded
DEFAULT_MEMORY_MB = 1500  # above what the warm process has

MODE_BY_CHANNELS = {1: "L", 2: "LA", 3: "RGB", 4: "RGBA"}
_SPACE_BY_CHANNELS = {1: "GRAY", 2: "GRAY", 3: "RGB", 4: "RGB"}
_SRGB = ImageCms.createProfile("sRGB")


def ingest(data: bytes) -> tuple[ImageFacts, bytes]:
    """An upload → what it is and our own file of it: its pixels, its colour profile, how it lies, and no more.

    A sound JPEG stays one, block by block; all else becomes an upright PNG in its own mode and depth, CMYK one in RGB.
    Raises an EditorError.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of odd metadata, which is not used
            header = check_upload(data)
            return _as_jpeg(data, header) or _as_png(data, header)
    except (MemoryError, cv2.error) as error:
        raise PhotoTooLargeError("decoding the photo takes more memory than allowed") from error


def _as_jpeg(data: bytes, header: Header) -> tuple[ImageFacts, bytes] | None:
    """None for what isn't one, has four inks, or is so damaged or unusual that Pillow has to judge it."""
    image = header.image
    if header.file_format != "JPEG" or image.mode not in ("L", "RGB"):
        return None
    icc_profile = _usable_profile(image.info.get("icc_profile") or None, len(image.getbands()))
    orientation = orientation_of(image)
    file = rewritten(data, icc_profile=icc_profile, orientation=orientation)
    if file is None or not is_sound_jpeg(file):
        return None
    width, height = image.size if orientation < FIRST_LYING else reversed(image.size)
    return ImageFacts(width, height, image.mode, 8, orientation != 1), file


def _as_png(data: bytes, header: Header) -> tuple[ImageFacts, bytes]:
    decoded = _decode(data, header)
    height, width, channels = decoded.samples.shape
    file = encode_png(decoded.samples, _usable_profile(decoded.icc_profile, channels))
    bit_depth = decoded.samples.dtype.itemsize * 8
    return ImageFacts(width, height, MODE_BY_CHANNELS[channels], bit_depth, decoded.orientation_applied), file


def _decode(data: bytes, header: Header) -> Decoded:
    image = header.image
    if header.file_format != "HEIF" and image.mode != "CMYK":
        return decode(data)
    try:
        # HEIF says how the picture lies outside EXIF; its reader turns it and keeps the number there.
        orientation = image.info.get("original_orientation") or orientation_of(image)
        image.load()
    except UNREADABLE as error:
        raise UnreadablePhotoError(f"the {header.file_format} file is damaged or truncated") from error
    icc_profile = image.info.get("icc_profile") or None
    if image.mode == "CMYK":
        image, icc_profile = _cmyk_to_srgb(image, icc_profile), None
    elif image.mode not in MODE_BY_CHANNELS.values():
        image = image.convert("RGB")
    samples = np.array(image)
    samples = samples.reshape(*samples.shape[:2], -1)
    if header.file_format == "JPEG":  # the readers of the others turn them
        samples = turn_upright(samples, orientation)
    return Decoded(samples, icc_profile, orientation != 1)


def _cmyk_to_srgb(image: Image.Image, icc_profile: bytes | None) -> Image.Image:
    """Through its own profile if that is one of CMYK; else as if inks were perfect."""
    profile = _parse_profile(icc_profile)
    if profile is not None and profile.profile.xcolor_space.strip() == "CMYK":
        try:
            converted = ImageCms.profileToProfile(image, profile, _SRGB, outputMode="RGB")
        except ImageCms.PyCMSError:
            converted = None
        if converted is not None:
            return converted
    return image.convert("RGB")


def _usable_profile(icc_profile: bytes | None, channels: int) -> bytes | None:
    """The profile, unless it is damaged or of another colour space: those would spoil the colours."""
    profile = _parse_profile(icc_profile)
    if icc_profile is None or profile is None or profile.profile.xcolor_space.strip() != _SPACE_BY_CHANNELS[channels]:
        return None
    if len(icc_profile) > PngImagePlugin.MAX_TEXT_CHUNK:
        raise UnreadablePhotoError(
            f"the colour profile has {len(icc_profile):,} bytes, at most {PngImagePlugin.MAX_TEXT_CHUNK:,} are allowed"
        )
    return icc_profile


def _parse_profile(icc_profile: bytes | None) -> ImageCms.ImageCmsProfile | None:
    if icc_profile is None:
        return None
    try:
        return ImageCms.ImageCmsProfile(io.BytesIO(icc_profile))
    except (OSError, ImageCms.PyCMSError):
        return None


class WebProcess:
    """Who asks: its requests and our answers. Whatever a library prints is no answer and goes to stderr."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._requests, self._answers = sys.stdin.buffer, os.fdopen(os.dup(sys.stdout.fileno()), "wb")
        os.dup2(sys.stderr.fileno(), sys.stdout.fileno())

    def next_request(self) -> bytes | None:
        """None when there are no more."""
        head = self._requests.read(REQUEST_HEAD.size)
        if len(head) < REQUEST_HEAD.size:
            return None
        (length,) = REQUEST_HEAD.unpack(head)
        return self._exchange.take(length)

    def answer(self, text: bytes, picture: bytes = b"") -> None:
        self._exchange.put(picture)
        self._answers.write(text)
        self._answers.flush()


def arguments_of(program: str) -> argparse.ArgumentParser:
    """What every child is started with."""
    parser = argparse.ArgumentParser(prog=f"python -m {program}")
    parser.add_argument("--exchange", type=int, required=True, metavar="DESCRIPTOR")
    return parser


def main() -> None:
    """Serves requests until stdin ends."""
    parser = arguments_of("worker.ingest")
    parser.add_argument("--memory-mb", type=int, default=DEFAULT_MEMORY_MB)
    arguments = parser.parse_args()
    web = WebProcess(Exchange(arguments.exchange))
    cv2.setNumThreads(1)
    os.nice(NICENESS)
    _warm_up()
    _fence(arguments.memory_mb * 1_000_000)
    web.answer(pack_ready())
    while (data := web.next_request()) is not None:
        allowed_s = int(time.process_time()) + 1 + CPU_S
        resource.setrlimit(resource.RLIMIT_CPU, (allowed_s, resource.getrlimit(resource.RLIMIT_CPU)[1]))
        try:
            facts, file = ingest(data)
        except EditorError as error:
            web.answer(pack_refusal(Refusal(error.code, str(error))))
        else:
            web.answer(pack_facts(facts, file_bytes=len(file)), file)


def _warm_up() -> None:
    """Takes every road once, so that nothing is left to load from disk when no file may be opened any more."""
    Image.init()
    gray = np.arange(32 * 32, dtype=np.uint8).reshape(32, 32)
    pictures = [Image.fromarray(gray).convert(mode) for mode in ("L", "LA", "RGB", "RGBA", "P")]
    for file_format, picture in (("PNG", 4), ("JPEG", 2), ("WEBP", 3), ("TIFF", 2)):
        buffer = io.BytesIO()
        exif = Image.Exif()
        exif[ExifTag.Orientation] = 6
        profile = ImageCms.ImageCmsProfile(_SRGB).tobytes()
        pictures[picture].save(buffer, file_format, icc_profile=profile, exif=exif)
        ingest(buffer.getvalue())
    for samples in (gray[:, :, None], np.stack([gray] * 2, axis=2), np.stack([gray] * 3, axis=2)):
        deep: NDArray[np.uint16] = samples.astype(np.uint16) * 257
        ingest(encode_png(deep, None))
        ingest(encode_png(eight_bit(samples), None))
    buffer = io.BytesIO()
    Image.new("CMYK", (32, 32)).save(buffer, "JPEG")
    ingest(buffer.getvalue())


def _fence(memory_bytes: int) -> None:
    """No new file or connection (every descriptor number is above the limit), and little memory, shared or not."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (MAX_FILE_BYTES, MAX_FILE_BYTES))  # of the exchange
    if not HAS_HEIF:  # its decoder starts threads, which count
        resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))
    if sys.platform == "linux":  # elsewhere this limit is not kept
        with open("/proc/self/statm") as statm:
            virtual_bytes = int(statm.read().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (virtual_bytes + memory_bytes,) * 2)
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, 0))


if __name__ == "__main__":
    main()
