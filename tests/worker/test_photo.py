import io
import os
import stat
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image, ImageCms

from worker.errors import (
    BadMaskFileError,
    BadOutputError,
)
from worker.photo import Photo, read_mask

HW = (23, 37)
SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def pixels(channels: int, dtype: type = np.uint8, hw: tuple[int, int] = HW) -> np.ndarray:
    return np.random.default_rng(channels).integers(0, np.iinfo(dtype).max + 1, (*hw, channels)).astype(dtype)


def file_bytes(image: Image.Image, file_format: str = "PNG", **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, file_format, **options)
    return buffer.getvalue()


def pillow(samples: np.ndarray) -> Image.Image:
    return Image.fromarray(samples[:, :, 0] if samples.shape[2] == 1 else samples)


def centre_mask(hw: tuple[int, int] = HW) -> np.ndarray:
    mask = np.zeros(hw, dtype=np.bool_)
    mask[hw[0] // 3 : -5, 5:-7] = True
    return mask


def check_edit_is_exact(photo: Photo, path: Path) -> None:
    """Edits the centre, saves, reads again: samples outside are those of `photo`, those inside the edit's."""
    mask = centre_mask(photo.image_hw)
    edited_rgb = 255 - photo.rgb
    photo.with_edit(edited_rgb, mask).save(path)
    again = Photo.open(path)
    assert again.samples.dtype == photo.samples.dtype
    assert again.samples.shape == photo.samples.shape
    assert (again.samples[~mask] == photo.samples[~mask]).all()
    if photo.has_alpha:
        assert (again.samples[:, :, -1] == photo.samples[:, :, -1]).all()
    assert np.abs(again.rgb[mask].astype(int) - edited_rgb[mask]).max() == 0


MODES = [(channels, dtype) for channels in (1, 2, 3, 4) for dtype in (np.uint8, np.uint16)]


@pytest.mark.parametrize(
    ("channels", "dtype", "suffix"),
    [(*mode, suffix) for mode in MODES for suffix in (".png", ".tif") if (*mode, suffix) != (2, np.uint16, ".tif")],
)
def test_samples_outside_the_mask_are_identical_in_the_saved_file(
    channels: int, dtype: type, suffix: str, tmp_path: Path
) -> None:
    samples = pixels(channels, dtype)
    source = tmp_path / f"in{suffix}"
    Photo(samples, icc_profile=SRGB).save(source)
    photo = Photo.open(source)
    assert (photo.samples == samples).all()
    assert photo.samples.dtype == samples.dtype
    assert photo.icc_profile == SRGB
    check_edit_is_exact(photo, tmp_path / f"out{suffix}")


@pytest.mark.parametrize("mode", ["L", "LA", "RGB", "RGBA"])
def test_files_of_other_programs_keep_their_mode(mode: str, tmp_path: Path) -> None:
    image = pillow(pixels(len(mode)))
    photo = Photo.open(file_bytes(image))
    assert (photo.samples == pixels(len(mode))).all()
    check_edit_is_exact(photo, tmp_path / "out.png")
    with Image.open(tmp_path / "out.png") as saved:
        assert saved.mode == mode


def test_sixteen_bit_colour_of_another_program_keeps_its_depth(tmp_path: Path) -> None:
    samples = pixels(3, np.uint16)
    cv2.imwrite(str(tmp_path / "in.png"), samples[:, :, ::-1])
    photo = Photo.open(tmp_path / "in.png")
    assert (photo.samples == samples).all()
    check_edit_is_exact(photo, tmp_path / "out.png")
    assert (cv2.imread(str(tmp_path / "out.png"), cv2.IMREAD_UNCHANGED).shape) == (*HW, 3)


def test_sixteen_bit_files_are_read_by_other_programs(tmp_path: Path) -> None:
    for suffix in (".png", ".tif"):
        path = tmp_path / f"gray{suffix}"
        Photo(pixels(1, np.uint16), icc_profile=SRGB).save(path)
        with Image.open(path) as image:
            assert (np.array(image) == pixels(1, np.uint16)[:, :, 0]).all()
            assert image.info["icc_profile"] == SRGB
        path = tmp_path / f"colour{suffix}"
        Photo(pixels(4, np.uint16)).save(path)
        stored = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
        assert (stored[:, :, [2, 1, 0, 3]] == pixels(4, np.uint16)).all()


def test_palettes_become_colour(tmp_path: Path) -> None:
    palette = pillow(pixels(3)).quantize(16)
    photo = Photo.open(file_bytes(palette))
    assert (photo.samples == np.array(palette.convert("RGB"))).all()
    check_edit_is_exact(photo, tmp_path / "out.png")


def test_transparent_palette_entries_become_alpha(tmp_path: Path) -> None:
    palette = pillow(pixels(3)).quantize(16)
    photo = Photo.open(file_bytes(palette, transparency=bytes([0, 128] + [255] * 14)))
    indices = np.array(palette)
    assert photo.samples.shape[2] == 4
    assert (photo.samples[:, :, 3] == np.where(indices == 0, 0, np.where(indices == 1, 128, 255))).all()
    check_edit_is_exact(photo, tmp_path / "out.png")


def test_metadata_stays_behind(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif.get_ifd(0x8825)[1] = "N"  # GPS
    exif[0x010F] = "Camera maker"
    photo = Photo.open(file_bytes(pillow(pixels(3)), "JPEG", exif=exif, comment=b"private"))
    for suffix in (".png", ".jpg", ".webp", ".tif"):
        photo.save(tmp_path / f"out{suffix}")
        saved = (tmp_path / f"out{suffix}").read_bytes()
        assert b"Camera maker" not in saved
        assert b"private" not in saved
        assert not Image.open(io.BytesIO(saved)).getexif().get_ifd(0x8825)


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".webp", ".tif"])
def test_the_colour_profile_is_kept(suffix: str) -> None:
    photo = Photo.open(file_bytes(pillow(pixels(3)), "JPEG", icc_profile=SRGB))
    assert Photo.open(photo.encode(suffix)).icc_profile == SRGB


def test_an_identity_edit_keeps_all_bits() -> None:
    for channels in (1, 2, 3, 4):
        photo = Photo(pixels(channels, np.uint16))
        assert (photo.with_edit(photo.rgb, np.ones(HW, np.bool_)).samples == photo.samples).all()


def test_gray_photos_take_the_luminance() -> None:
    edited = np.zeros((*HW, 3), dtype=np.uint8)
    edited[:] = (200, 100, 50)
    assert (Photo(pixels(1)).with_edit(edited, np.ones(HW, np.bool_)).samples == 124).all()
    assert (Photo(pixels(1, np.uint16)).with_edit(edited, np.ones(HW, np.bool_)).samples == 124 * 257).all()


def test_with_edit_does_not_touch_the_photo_and_refuses_other_shapes() -> None:
    photo = Photo(pixels(3))
    photo.with_edit(255 - photo.rgb, centre_mask())
    assert (photo.samples == pixels(3)).all()
    for edited, mask in (
        (photo.rgb[1:], centre_mask()),
        (photo.rgb, centre_mask()[1:]),
        (photo.rgb, centre_mask() * 1),
    ):
        with pytest.raises(ValueError, match="fit"):
            photo.with_edit(edited, mask)


def test_lossless_webp_is_exact_even_under_transparency() -> None:
    photo = Photo(pixels(4))
    assert (Photo.open(photo.encode(".webp", quality=100)).samples == photo.samples).all()


def test_saving_replaces_the_file_and_leaves_nothing_else(tmp_path: Path) -> None:
    target = tmp_path / "out.PNG"
    target.write_text("old")
    Photo(pixels(3)).save(target)
    assert [p.name for p in tmp_path.iterdir()] == ["out.PNG"]
    assert (Photo.open(target).samples == pixels(3)).all()
    umask = os.umask(0)
    os.umask(umask)
    fresh = tmp_path / "fresh.png"
    Photo(pixels(3)).save(fresh)
    assert stat.S_IMODE(fresh.stat().st_mode) == 0o666 & ~umask


def test_saving_refuses_and_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "folder.png").mkdir()
    (tmp_path / "file").write_text("not a folder")
    photo = Photo(pixels(3))
    refused = ("missing/out.png", "out.gif", "out", "folder.png", "file/out.png")
    for name in refused:
        with pytest.raises(BadOutputError):
            photo.save(tmp_path / name)
    with pytest.raises(BadOutputError, match="transparency"):
        Photo(pixels(4)).save(tmp_path / "out.jpg")
    with pytest.raises(BadOutputError, match="16-bit gray"):
        Photo(pixels(2, np.uint16)).save(tmp_path / "out.tif")
    with pytest.raises(BadOutputError, match="quality"):
        photo.save(tmp_path / "out.jpg", quality=0)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["file", "folder.png"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_without_rights_is_refused(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(BadOutputError, match="Permission"):
        Photo(pixels(3)).save(tmp_path / "out.png")


@pytest.mark.parametrize("mode", ["1", "L", "LA", "RGB", "RGBA", "P"])
def test_masks_of_every_mode_are_read(mode: str, tmp_path: Path) -> None:
    image = Image.fromarray(centre_mask()).convert("RGBA" if mode == "RGBA" else "L").convert(mode)
    image.save(tmp_path / "mask.png")
    assert (read_mask(tmp_path / "mask.png", HW) == centre_mask()).all()
    assert (read_mask((tmp_path / "mask.png").read_bytes(), HW) == centre_mask()).all()


def test_the_threshold_is_128_and_jpeg_noise_is_no_mask() -> None:
    levels = np.zeros(HW, dtype=np.uint8)
    levels[0, :4] = (1, 127, 128, 255)
    assert np.argwhere(read_mask(file_bytes(Image.fromarray(levels)), HW)).tolist() == [[0, 2], [0, 3]]


def test_a_brush_layer_is_read_by_its_alpha_and_any_other_alpha_is_ignored() -> None:
    layer = np.zeros((*HW, 4), dtype=np.uint8)
    layer[centre_mask()] = (255, 0, 0, 200)
    assert (read_mask(file_bytes(pillow(layer)), HW) == centre_mask()).all()
    layer[..., :3] = np.where(centre_mask(), 255, 0)[..., None]
    layer[..., 3] = pixels(1)[:, :, 0] // 2 + 1
    assert (read_mask(file_bytes(pillow(layer)), HW) == centre_mask()).all()


def test_masks_that_do_not_go_with_the_photo_are_refused() -> None:
    for levels, message in ((0, "empty"), (127, "empty"), (128, "whole photo")):
        with pytest.raises(BadMaskFileError, match=message):
            read_mask(file_bytes(Image.new("L", HW[::-1], levels)), HW)
    with pytest.raises(BadMaskFileError, match="23 × 37 px, the photo 37 × 23"):
        read_mask(file_bytes(Image.new("L", HW)), HW)
    with pytest.raises(BadMaskFileError, match="can't be read"):
        read_mask(b"no picture", HW)
