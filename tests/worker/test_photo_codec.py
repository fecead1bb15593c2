import contextlib
import io
import struct
import zlib
from pathlib import Path

import cv2
import numpy as np
import pytest
import simplejpeg
from PIL import Image, ImageOps

from tests.worker.test_photo import HW, SRGB, file_bytes, pillow, pixels
from worker import photo_codec
from worker.errors import (
    AnimatedPhotoError,
    PhotoTooLargeError,
    UnreadablePhotoError,
)
from worker.photo import Photo
from worker.photo_codec import eight_bit, encode_png

ORIENTATION = 0x0112


@pytest.mark.parametrize(
    ("channels", "dtype", "key"),
    [(1, np.uint8, 7), (3, np.uint8, (1, 2, 3)), (1, np.uint16, 7), (3, np.uint16, (300, 2, 3))],
)
def test_a_transparent_colour_becomes_alpha(channels: int, dtype: type, key: object) -> None:
    samples = pixels(channels, dtype)
    samples[samples == 7] = 8
    samples[3, 4] = key
    data = Photo(samples).encode(".png")
    content = b"tRNS" + np.atleast_1d(np.array(key)).astype(">u2").tobytes()
    chunk = struct.pack(">I", len(content) - 4) + content + struct.pack(">I", zlib.crc32(content))
    photo = Photo.open(data[:33] + chunk + data[33:])
    assert photo.samples.shape[2] == channels + 1
    assert photo.samples[3, 4, -1] == 0
    assert (photo.samples[:, :, -1] == 0).sum() == 1
    assert (photo.samples[:, :, :-1] == samples).all()


@pytest.mark.parametrize("progressive", [False, True])
@pytest.mark.parametrize("subsampling", ["4:4:4", "4:2:2", "4:2:0"])
def test_colour_jpeg_is_read_as_pillow_reads_it(subsampling: str, progressive: bool) -> None:
    image = pillow(cv2.resize(pixels(3, hw=(6, 10)), (333, 217)))
    data = file_bytes(image, "JPEG", subsampling=subsampling, progressive=progressive, quality=80)
    assert (photo_codec.decode(data).samples == np.asarray(Image.open(io.BytesIO(data)))).all()


def test_jpeg_that_is_a_little_damaged_is_read_as_far_as_pillow_can() -> None:
    data = bytearray(file_bytes(pillow(cv2.resize(pixels(3, hw=(6, 10)), (333, 217))), "JPEG"))
    data[len(data) // 2 : len(data) // 2 + 2] = b"\xff\xd3"  # a restart where none belongs
    with pytest.raises(ValueError, match="Corrupt JPEG data"):
        simplejpeg.decode_jpeg(bytes(data))
    read = photo_codec.decode(bytes(data)).samples
    assert (read == np.asarray(Image.open(io.BytesIO(data)))).all()


def test_one_bit_pictures_become_gray() -> None:
    bits = pixels(1)[:, :, 0] > 127
    photo = Photo.open(file_bytes(Image.fromarray(bits)))
    assert (photo.samples[:, :, 0] == bits * 255).all()


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("file_format", ["PNG", "JPEG", "WEBP", "TIFF"])
def test_every_orientation_is_applied_once(orientation: int, file_format: str, tmp_path: Path) -> None:
    image = pillow(cv2.resize(pixels(3, hw=(3, 5)), (80, 48)))
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    data = file_bytes(image, file_format, exif=exif)
    with Image.open(io.BytesIO(data)) as reopened:
        expected = np.array(ImageOps.exif_transpose(reopened))
    photo = Photo.open(data)
    assert photo.orientation_applied == (orientation != 1)
    assert photo.image_hw == ((48, 80) if orientation < 5 else (80, 48))
    assert (photo.samples == expected).all()
    photo.save(tmp_path / "out.png")
    assert (Photo.open(tmp_path / "out.png").samples == expected).all()
    assert not Image.open(io.BytesIO((tmp_path / "out.png").read_bytes())).getexif()


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("suffix", [".png", ".tif"])
def test_sixteen_bit_files_are_turned_like_those_of_eight(orientation: int, suffix: str) -> None:
    samples = pixels(3)
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    upright = Photo.open(file_bytes(pillow(samples), "PNG", exif=exif)).samples
    data = Photo(samples.astype(np.uint16) * 257).encode(suffix)
    photo = Photo.open(with_orientation(data, suffix, orientation))
    assert photo.samples.dtype == np.uint16
    assert (photo.samples == upright.astype(np.uint16) * 257).all()


def exif_of(*entries: tuple[int, int, int, bytes], next_directory: int = 0) -> bytes:
    """Entries (tag, type, count, value) as EXIF, whatever they say."""
    directory = b"".join(struct.pack("<HHI4s", *entry) for entry in entries)
    return b"Exif\0\0II*\0\x08\0\0\0" + struct.pack("<H", len(entries)) + directory + struct.pack("<I", next_directory)


DAMAGED_EXIF = {
    "empty": b"Exif\0\0",
    "no directory at all": b"Exif\0\0" + bytes(range(64)),
    "cut in its head": b"Exif\0\0II*\0",
    "cut in its directory": exif_of((ORIENTATION, 3, 1, b"\6\0\0\0"))[:-10],
    "elsewhere": b"Exif\0\0II*\0\xff\xff\xff\x7f",
    "cyclic": exif_of((0x8769, 4, 1, b"\x08\0\0\0"), next_directory=8),
    "text": exif_of((ORIENTATION, 2, 4, b"six\0")),
    "of no type": exif_of((ORIENTATION, 77, 1, b"\6\0\0\0")),
    "too many": exif_of((ORIENTATION, 3, 0x7FFFFFFF, b"\6\0\0\0")),
    "none": exif_of((ORIENTATION, 3, 0, b"\6\0\0\0")),
    "zero": exif_of((ORIENTATION, 3, 1, bytes(4))),
    "99": exif_of((ORIENTATION, 3, 1, b"\x63\0\0\0")),
    "over zero": exif_of((ORIENTATION, 5, 1, bytes(4))),
}


@pytest.mark.parametrize("exif", DAMAGED_EXIF.values(), ids=DAMAGED_EXIF)
@pytest.mark.parametrize("file_format", ["JPEG", "PNG", "WEBP"])
def test_damaged_exif_is_ignored(file_format: str, exif: bytes) -> None:
    image = pillow(pixels(3))
    photo = Photo.open(file_bytes(image, file_format, exif=exif))
    assert not photo.orientation_applied
    assert (photo.samples == Photo.open(file_bytes(image, file_format)).samples).all()


def test_a_png_may_tell_its_orientation_after_its_pixels() -> None:
    early = file_bytes(pillow(pixels(3)), exif=exif_of((ORIENTATION, 3, 1, b"\6\0\0\0")))
    exif_end = 33 + 12 + int.from_bytes(early[33:37])
    assert early[37:41] == b"eXIf"
    late = early[:33] + early[exif_end:-12] + early[33:exif_end] + early[-12:]
    assert (Photo.open(late).samples == Photo.open(early).samples).all()
    assert Photo.open(late).image_hw == HW[::-1]


@pytest.mark.parametrize("hw", [(1, 1), (1, 40), (40, 1), (31, 17)])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_fast_pngs_are_read_alike_by_another_program(channels: int, dtype: type, hw: tuple[int, int]) -> None:
    samples = pixels(channels, dtype, hw)
    stored = cv2.imdecode(np.frombuffer(encode_png(samples, None), np.uint8), cv2.IMREAD_UNCHANGED)
    order = {1: [0], 2: [0, 3], 3: [2, 1, 0], 4: [2, 1, 0, 3]}[channels]
    assert (stored.reshape(*hw, -1)[:, :, order] == samples).all()


def test_fast_pngs_are_valid_and_not_large() -> None:
    smooth = cv2.resize(pixels(3, hw=(6, 8)), (400, 300), interpolation=cv2.INTER_CUBIC)
    data = encode_png(smooth, SRGB)
    with Image.open(io.BytesIO(data)) as image:
        image.verify()  # every checksum
        assert image.info["icc_profile"] == SRGB
    assert len(data) < 1.5 * len(file_bytes(pillow(smooth), icc_profile=SRGB))


def with_orientation(data: bytes, suffix: str, orientation: int) -> bytes:
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    if suffix == ".png":
        content = b"eXIf" + exif.tobytes()[6:]
        return (
            data[:33]
            + struct.pack(">I", len(content) - 4)
            + content
            + struct.pack(">I", zlib.crc32(content))
            + data[33:]
        )
    offset = struct.unpack("<I", data[4:8])[0]
    count = struct.unpack("<H", data[offset : offset + 2])[0]
    entries = [data[offset + 2 + 12 * i :][:12] for i in range(count)]
    entries.append(struct.pack("<HHIHH", ORIENTATION, 3, 1, orientation, 0))
    entries.sort(key=lambda entry: struct.unpack("<H", entry[:2]))
    directory = struct.pack("<H", count + 1) + b"".join(entries) + bytes(4)
    return data[:4] + struct.pack("<I", len(data)) + data[8:] + directory


@pytest.mark.parametrize("file_format", ["PNG", "WEBP"])
def test_animations_are_refused(file_format: str) -> None:
    frames = [pillow(pixels(3)), pillow(255 - pixels(3))]
    with pytest.raises(AnimatedPhotoError, match="2 frames"):
        Photo.open(file_bytes(frames[0], file_format, save_all=True, append_images=frames[1:]))


def test_several_pages_are_refused_but_a_phones_previews_are_not() -> None:
    frames = [pillow(pixels(3)), pillow(255 - pixels(3))]
    with pytest.raises(AnimatedPhotoError):
        Photo.open(file_bytes(frames[0], "TIFF", save_all=True, append_images=frames[1:]))
    phone = file_bytes(frames[0], "MPO", save_all=True, append_images=frames[1:])
    assert Photo.open(phone).image_hw == HW


@pytest.mark.parametrize("file_format", ["PNG", "JPEG", "WEBP", "TIFF"])
@pytest.mark.parametrize("share", [0.02, 0.3, 0.6, 0.9])
def test_truncated_files_are_refused(file_format: str, share: float) -> None:
    options = {"compression": "tiff_lzw"} if file_format == "TIFF" else {}
    data = file_bytes(pillow(pixels(3, hw=(64, 64))), file_format, **options)
    with pytest.raises(UnreadablePhotoError):
        Photo.open(data[: int(share * len(data))])


@pytest.mark.parametrize("suffix", [".png", ".tif"])
@pytest.mark.parametrize("share", [0.3, 0.9])
def test_truncated_sixteen_bit_files_are_refused(suffix: str, share: float) -> None:
    data = Photo(pixels(3, np.uint16, (64, 64))).encode(suffix)
    with pytest.raises(UnreadablePhotoError):
        Photo.open(data[: int(share * len(data))])


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".webp", ".tif"])
def test_broken_bytes_give_a_photo_or_a_refusal(suffix: str) -> None:
    data = Photo(pixels(3)).encode(suffix)
    rng = np.random.default_rng(0)
    for _ in range(60):
        broken = bytearray(data)
        for place in rng.integers(0, min(len(data), 200), 3):
            broken[place] = rng.integers(0, 256)
        with contextlib.suppress(UnreadablePhotoError, PhotoTooLargeError, AnimatedPhotoError):
            Photo.open(bytes(broken))


@pytest.mark.parametrize(
    "data", [b"", b"hello", b"GIF89a" + bytes(50), b"<svg/>", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff"]
)
def test_other_files_are_refused(data: bytes) -> None:
    with pytest.raises(UnreadablePhotoError):
        Photo.open(data)


def test_gif_by_another_name_and_a_missing_file_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(file_bytes(pillow(pixels(3)).quantize(8), "GIF"))
    for path in (tmp_path / "a.png", tmp_path / "missing.png", tmp_path):
        with pytest.raises(UnreadablePhotoError):
            Photo.open(path)


def test_modes_without_a_faithful_edit_are_refused() -> None:
    for mode, file_format in (("CMYK", "JPEG"), ("F", "TIFF"), ("I", "TIFF")):
        with pytest.raises(UnreadablePhotoError, match=mode):
            Photo.open(file_bytes(Image.new(mode, (40, 30)), file_format))


@pytest.mark.parametrize("size", [(12_001, 10), (10, 12_001), (8_000, 6_300), (11_000, 11_000), (60_000, 60_000)])
def test_too_large_photos_are_refused_from_the_header(size: tuple[int, int]) -> None:
    data = bytearray(file_bytes(Image.new("L", (8, 8))))
    data[16:24] = struct.pack(">II", *size)
    data[29:33] = struct.pack(">I", zlib.crc32(data[12:29]))
    with pytest.raises(PhotoTooLargeError, match="50,000,000"):
        Photo.open(bytes(data))


def test_the_limits_are_as_documented() -> None:
    assert (photo_codec.MAX_PIXELS, photo_codec.MAX_SIDE_PX) == (50_000_000, 12_000)


def test_sixteen_bits_round_to_the_nearest_of_eight() -> None:
    every = np.arange(65536, dtype=np.uint16)
    assert (eight_bit(every) == np.rint(every / 257)).all()
