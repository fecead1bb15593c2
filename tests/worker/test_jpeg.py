"""Claims about JPEG files that are taken: they stay JPEGs, block by block, and say nothing but how they look."""

import struct

import pytest

from tests.backend import hostile
from tests.backend.hostile import SRGB, gps_exif, oriented, picture, saved
from worker.ingest import ingest
from worker.ingest_protocol import ImageFacts
from worker.jpeg import TooManyScansError
from worker.photo import Photo

GRAY_PROFILE = SRGB[:16] + b"GRAY" + SRGB[20:]


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_jpeg_lies_as_it_lay(orientation: int) -> None:
    """Its blocks aren't turned: who reads the file turns the picture, as with the file that was sent."""
    data = oriented(orientation, "JPEG")
    facts, file = ingest(data)
    assert facts.orientation_applied == (orientation != 1)
    stored = Photo.open(file)
    assert stored.image_hw == (facts.height, facts.width) == ((64, 48) if orientation >= 5 else (48, 64))
    assert (stored.samples == Photo.open(data).samples).all()


JPEGS: dict[str, dict[str, object]] = {
    "4:4:4": {"subsampling": 0},
    "4:2:2": {"subsampling": 1},
    "4:2:0": {"subsampling": 2, "quality": 40},
    "progressive": {"progressive": True},
    "restarts": {"restart_marker_blocks": 2},
    "own Huffman tables": {"optimize": True},
    "RGB, not YCbCr": {"keep_rgb": True},
    "a profile in several parts": {},
}


@pytest.mark.parametrize("mode", ["RGB", "L"])
@pytest.mark.parametrize("name", JPEGS)
def test_a_jpeg_stays_one_and_every_sample_is_kept(name: str, mode: str) -> None:
    profile = GRAY_PROFILE if mode == "L" else SRGB
    if name == "a profile in several parts":
        profile = struct.pack(">I", 200_000) + profile[4:] + bytes(200_000 - len(profile))
    image = picture(83, 61, mode=mode)
    data = saved(image, "JPEG", exif=gps_exif(), comment=b"SECRET", icc_profile=profile, **JPEGS[name])
    facts, file = ingest(data)
    assert facts == ImageFacts(83, 61, mode, 8, False)
    assert file.startswith(b"\xff\xd8") and len(file) < len(data)
    assert b"SECRET" not in file
    sent, stored = Photo.open(data), Photo.open(file)
    assert (stored.samples == sent.samples).all()
    assert stored.icc_profile == sent.icc_profile == profile


@pytest.mark.parametrize("name", ["bytes behind the last block", "a segment that isn't known"])
def test_a_jpeg_that_is_damaged_or_unusual_becomes_a_png_if_it_can_be_read(name: str) -> None:
    data = saved(picture(256, 256), "JPEG", quality=95)
    number_of_lines = b"\xff\xdc\x00\x08SECRET"
    scan = data.rindex(b"\xff\xda")
    changed = {
        "bytes behind the last block": data[:-2] + b"SECRET" + data[-2:],
        "a segment that isn't known": data[:scan] + number_of_lines + data[scan:],
    }[name]
    _, file = ingest(changed)
    assert file.startswith(hostile.PNG_MAGIC) and b"SECRET" not in file
    assert (Photo.open(file).samples == Photo.open(data).samples).all()


def test_jpeg_markers_may_be_padded_and_are_counted_nevertheless() -> None:
    """T.81, B.1.1.2: any number of FF bytes may stand before a marker."""
    data = saved(picture(), "JPEG")
    assert ingest(data.replace(b"\xff\xda", b"\xff\xff\xff\xda")) == ingest(data)
    with pytest.raises(TooManyScansError):
        ingest(hostile.with_scans(101).replace(b"\xff\xda", b"\xff\xff\xda"))


def test_the_first_picture_of_a_phones_file_is_taken() -> None:
    first, preview = picture(80, 60), picture(40, 30)
    facts, _ = ingest(saved(first, "MPO", save_all=True, append_images=[preview]))
    assert (facts.width, facts.height) == (80, 60)
