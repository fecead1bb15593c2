import contextlib
import io
import os
import struct
import sys
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image, ImageCms

from tests.backend import hostile
from tests.backend.hostile import LAB, SRGB, gps_exif, ink_profile, oriented, picture, saved
from tests.worker.ingest_helpers import Child, spawned
from worker import ingest_checks, photo_codec
from worker.errors import EditorError, UnreadablePhotoError, UnsupportedImageError
from worker.ingest import NICENESS, ingest
from worker.ingest_protocol import (
    MAX_FILE_BYTES,
    MAX_UPLOAD_BYTES,
    REQUEST_HEAD,
    ImageFacts,
    Refusal,
)
from worker.jpeg import MAX_JPEG_SCANS
from worker.jpeg import segments as jpeg_segments
from worker.photo import Photo

GRAY_PROFILE = SRGB[:16] + b"GRAY" + SRGB[20:]


def samples_of(channels: int, dtype: type) -> np.ndarray:
    shape = (33, 47, channels)
    return np.random.default_rng(channels).integers(0, np.iinfo(dtype).max + 1, shape).astype(dtype)


MODES = {1: "L", 2: "LA", 3: "RGB", 4: "RGBA"}
STORED = [(channels, dtype, ".png") for channels in MODES for dtype in (np.uint8, np.uint16)]
STORED += [(channels, dtype, ".tif") for channels, dtype, _ in STORED if (channels, dtype) != (2, np.uint16)]
STORED += [(3, np.uint8, ".webp"), (4, np.uint8, ".webp")]


@pytest.mark.parametrize(("channels", "dtype", "suffix"), STORED)
def test_mode_depth_and_every_sample_are_kept(channels: int, dtype: type, suffix: str) -> None:
    samples = samples_of(channels, dtype)
    facts, png = ingest(Photo(samples).encode(suffix, quality=100))
    assert facts == ImageFacts(47, 33, MODES[channels], np.dtype(dtype).itemsize * 8, False)
    stored = Photo.open(png).samples
    assert stored.dtype == dtype
    assert (stored == samples).all()


@pytest.mark.parametrize("file_format", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_the_same_picture_gives_the_same_bytes_and_so_does_our_own_file(file_format: str) -> None:
    data = saved(picture(), file_format, icc_profile=SRGB)
    _, file = ingest(data)
    assert ingest(data)[1] == file
    assert ingest(file)[1] == file


@pytest.mark.parametrize(("file_format", "orientation"), [("PNG", 3), ("WEBP", 8), ("TIFF", 5)])
def test_the_orientation_is_applied_once(file_format: str, orientation: int) -> None:
    data = oriented(orientation, file_format)
    facts, png = ingest(data)
    assert facts.orientation_applied
    assert (facts.width, facts.height) == ((48, 64) if orientation >= 5 else (64, 48))
    assert (Photo.open(png).samples == Photo.open(data).samples).all()
    again, same = ingest(png)
    assert not again.orientation_applied
    assert same == png


def chunk_kinds(png: bytes) -> list[bytes]:
    kinds, position = [], 8
    while position < len(png):
        length, kind = struct.unpack_from(">I4s", png, position)
        kinds.append(kind)
        position += 12 + length
    return kinds


@pytest.mark.parametrize("file_format", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_no_place_no_maker_note_no_text_is_kept_but_the_colour_profile(file_format: str) -> None:
    options = {"JPEG": {"comment": b"SECRETCOMMENT", "xmp": b"SECRETXMP"}, "WEBP": {"xmp": b"SECRETXMP"}}
    data = saved(picture(), file_format, exif=gps_exif(), icc_profile=SRGB, **options.get(file_format, {}))
    assert b"SECRET" in data
    _, file = ingest(data)
    assert b"SECRET" not in file
    if file_format == "JPEG":
        assert {marker for marker, *_ in jpeg_segments(file)} == {0xE0, 0xE2, 0xDB, 0xC0, 0xC4, 0xDA}
    else:
        assert set(chunk_kinds(file)) == {b"IHDR", b"iCCP", b"IDAT", b"IEND"}
    with Image.open(io.BytesIO(file)) as image:
        assert image.info["icc_profile"] == SRGB
        assert not image.getexif()


@pytest.mark.parametrize(
    ("mode", "profile"), [("RGB", b"garbage" * 100), ("RGB", LAB), ("L", SRGB), ("RGB", GRAY_PROFILE)]
)
def test_a_profile_that_does_not_fit_is_dropped(mode: str, profile: bytes) -> None:
    for file_format in ("JPEG", "PNG"):
        _, file = ingest(saved(picture(mode=mode), file_format, icc_profile=profile))
        assert Photo.open(file).icc_profile is None


def test_a_gray_picture_keeps_its_gray_profile() -> None:
    _, png = ingest(saved(picture(mode="L"), "PNG", icc_profile=GRAY_PROFILE))
    assert Photo.open(png).icc_profile == GRAY_PROFILE


def delta_e(one: np.ndarray, other: np.ndarray) -> float:
    """Mean CIE76 difference of two sRGB pictures."""
    lab = [cv2.cvtColor(rgb.astype(np.float32) / 255, cv2.COLOR_RGB2LAB) for rgb in (one, other)]
    return float(np.linalg.norm(lab[0] - lab[1], axis=2).mean())


@pytest.mark.parametrize(("file_format", "options"), [("JPEG", {"quality": 95, "subsampling": 0}), ("TIFF", {})])
@pytest.mark.parametrize("orientation", [1, 6])
def test_cmyk_becomes_rgb_of_the_same_colours(file_format: str, options: dict[str, int], orientation: int) -> None:
    rgb = picture()
    exif = Image.Exif()
    exif[hostile.ORIENTATION] = orientation
    facts, png = ingest(saved(rgb.convert("CMYK"), file_format, exif=exif, **options))
    upright = rgb if orientation == 1 else rgb.transpose(Image.Transpose.ROTATE_270)
    assert facts == ImageFacts(*upright.size, "RGB", 8, orientation != 1)
    assert delta_e(Photo.open(png).rgb, np.asarray(upright)) < 5


@pytest.mark.parametrize("exif", [b"Exif\0\0" + bytes(range(64)), b"Exif\0\0II*\0"])
@pytest.mark.parametrize(("mode", "file_format"), [("RGB", "JPEG"), ("RGB", "PNG"), ("RGB", "WEBP"), ("CMYK", "JPEG")])
def test_damaged_exif_is_no_reason_to_refuse(mode: str, file_format: str, exif: bytes) -> None:
    assert ingest(saved(picture(mode=mode), file_format, exif=exif)) == ingest(saved(picture(mode=mode), file_format))


def test_cmyk_goes_through_its_own_profile() -> None:
    """In which only the black ink is to be seen."""
    inks = np.zeros((48, 64, 4), dtype=np.uint8)
    inks[:, :32, 0] = 255
    inks[:24, :, 3] = 255
    facts, png = ingest(saved(Image.fromarray(inks, "CMYK"), "TIFF", icc_profile=ink_profile()))
    assert facts.mode == "RGB"
    rgb = Photo.open(png).rgb.astype(int)
    assert rgb[:24].max() < 30
    assert rgb[24:].min() > 240
    assert b"iCCP" not in chunk_kinds(png)


@pytest.mark.skipif(not ingest_checks.HAS_HEIF, reason="needs pillow-heif")
@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_heic_is_taken(mode: str) -> None:
    data = saved(picture(mode=mode), "HEIF", exif=gps_exif(), quality=95)
    facts, png = ingest(data)
    assert facts == ImageFacts(64, 48, mode, 8, False)
    assert delta_e(Photo.open(png).rgb, np.asarray(picture())) < 5
    assert b"SECRET" not in png
    with pytest.raises(EditorError):
        ingest(data[: len(data) // 2])


@pytest.mark.skipif(not ingest_checks.HAS_HEIF, reason="needs pillow-heif")
def test_heic_of_several_pictures_is_refused() -> None:
    with pytest.raises(EditorError, match="2 frames"):
        ingest(saved(picture(), "HEIF", save_all=True, append_images=[picture()]))


def test_a_profile_too_large_to_be_read_again_is_refused() -> None:
    profile = struct.pack(">I", 1_100_000) + SRGB[4:] + bytes(1_100_000 - len(SRGB))
    with pytest.raises(UnreadablePhotoError, match="1,048,576"):
        ingest(saved(picture(), "JPEG", icc_profile=profile))


def test_the_limits_are_as_documented() -> None:
    assert (photo_codec.MAX_PIXELS, photo_codec.MAX_SIDE_PX) == (50_000_000, 12_000)
    assert (ingest_checks.MIN_SIDE_PX, ingest_checks.MAX_ASPECT, MAX_JPEG_SCANS) == (16, 100, 100)
    assert MAX_UPLOAD_BYTES == 40_000_000


@pytest.mark.parametrize("size", [(16, 16), (16, 1600), (12_000, 120)])
def test_pictures_at_the_limits_are_taken(size: tuple[int, int]) -> None:
    facts, _ = ingest(saved(picture(*size), "PNG"))
    assert (facts.width, facts.height) == size


def test_the_refusal_names_the_types_and_nothing_of_the_upload() -> None:
    with pytest.raises(UnsupportedImageError, match="PNG, JPEG, WebP") as caught:
        ingest(b"GIF89a SECRET CONTENT")
    assert "SECRET" not in str(caught.value)


def test_every_bit_flipped_file_is_answered() -> None:
    taken = 0
    for case in hostile.bit_flipped(50):
        with contextlib.suppress(EditorError):
            facts, png = ingest(case.data)
            assert Photo.open(png).image_hw == (facts.height, facts.width), case.name
            taken += 1
    assert taken > 20


@pytest.fixture(scope="module")
def child() -> Iterator[Child]:
    with spawned() as child:
        yield child


def test_one_child_answers_one_request_after_another_and_lets_others_go_first(child: Child) -> None:
    assert os.getpriority(os.PRIO_PROCESS, child.pid) - os.getpriority(os.PRIO_PROCESS, 0) == NICENESS
    for _ in range(3):
        assert child.ask(saved(picture(), "JPEG")) == ImageFacts(64, 48, "RGB", 8, False)
        refusal = child.ask(b"no picture at all")
        assert isinstance(refusal, Refusal)
        assert refusal.code == "unsupported_image"


@pytest.mark.parametrize("last", [b"", REQUEST_HEAD.pack(1000)[:1]])
def test_a_child_ends_quietly_with_its_parent(last: bytes) -> None:
    with spawned() as child:
        assert child.process.stdin is not None and child.process.stdout is not None
        child.process.stdin.write(last)
        child.process.stdin.close()
        assert child.process.stdout.read() == b""
        assert child.process.wait(timeout=60) == 0


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_a_warm_child_may_open_nothing_more_and_has_bounded_memory(child: Child) -> None:
    limits = {
        line[:26].strip(): line[26:].split()[:2]
        for line in Path(f"/proc/{child.pid}/limits").read_text().splitlines()[1:]
    }
    assert limits["Max open files"] == ["0", "0"]
    assert limits["Max core file size"] == ["0", "0"]
    assert limits["Max file size"] == [str(MAX_FILE_BYTES)] * 2
    assert limits["Max address space"][1].isdecimal()
    child.ask(saved(picture(), "PNG"))
    assert "Max cpu time              1" in Path(f"/proc/{child.pid}/limits").read_text()
    assert not any(
        "socket" in os.readlink(f"/proc/{child.pid}/fd/{number}") for number in os.listdir(f"/proc/{child.pid}/fd")
    )


def test_every_kind_of_file_is_read_behind_the_fence(child: Child) -> None:
    """Nothing is loaded from the disk only then."""
    kinds = [oriented(6, file_format) for file_format in ("PNG", "JPEG", "WEBP", "TIFF")]
    kinds += [saved(picture(mode="1"), "TIFF", compression="group4"), saved(picture(), "TIFF", compression="jpeg")]
    kinds += [saved(picture(), "TIFF", compression="tiff_lzw"), Photo(samples_of(3, np.uint16)).encode(".tif")]
    kinds += [saved(picture().convert("CMYK"), "JPEG", icc_profile=ink_profile())]
    if ingest_checks.HAS_HEIF:
        kinds.append(saved(picture(), "HEIF"))
    for data in kinds:
        assert isinstance(child.ask(data), ImageFacts)


def test_a_picture_that_takes_too_much_memory_is_refused_and_the_next_is_read() -> None:
    with spawned("--memory-mb", "60") as child:
        refusal = child.ask(hostile.png(3000, 3000, colour=6, rows=bytes(3000 * 12001)))
        assert isinstance(refusal, Refusal)
        assert refusal.code == "image_too_large"
        assert child.ask(saved(picture(), "JPEG")) == ImageFacts(64, 48, "RGB", 8, False)


def test_the_hostile_profile_of_the_tests_is_a_real_one() -> None:
    assert ImageCms.ImageCmsProfile(io.BytesIO(ink_profile())).profile.xcolor_space == "CMYK"
