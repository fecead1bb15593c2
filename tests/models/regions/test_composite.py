import time

import cv2
import numpy as np
import pytest

from models.regions.composite import changed_outside, composite, feather_alpha, feather_within
from models.regions.quad import quad_from_box, quad_mask
from models.regions.strip import rectify, strip_frame, unrectify
from models.regions.tint import membrane
from tests.models.regions.test_quad import turned

HW = (120, 260)
WHOLE = (0, 0, HW[1], HW[0])


def noise(height: int, width: int) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (height, width, 3)).astype(np.uint8)


def box_mask(x0: int, y0: int, x1: int, y1: int) -> np.ndarray:
    mask = np.zeros(HW, dtype=np.bool_)
    mask[y0:y1, x0:x1] = True
    return mask


def tint() -> np.ndarray:
    """A decoder's colour error: 3 to 6 levels, different left and right and per channel."""
    x = np.linspace(-1, 1, HW[1], dtype=np.float32)[None, :, None]
    y = np.linspace(-1, 1, HW[0], dtype=np.float32)[:, None, None]
    return np.array([4.5, -4.5, 3], dtype=np.float32) + x * np.array([1.5, 1, -4], dtype=np.float32) + 1.5 * y * y


def test_an_identity_edit_changes_nothing_at_any_level() -> None:
    image = np.repeat(np.arange(256, dtype=np.uint8).reshape(1, 256, 1), 3, axis=2).repeat(40, axis=0)
    mask = np.zeros((40, 256), dtype=np.bool_)
    mask[5:35] = True
    edited = composite(image, image.astype(np.float32), mask, (0, 0, 256, 40), feather_px=6)
    assert (edited == image).all()


@pytest.mark.parametrize("hw", [(61, 127), (97, 211), (64, 128)])
@pytest.mark.parametrize("feather_px", [0, 3, 8])
def test_no_pixel_outside_the_mask_changes(hw: tuple[int, int], feather_px: float) -> None:
    image = noise(*hw)
    mask = quad_mask(turned(50, 25, 20, (60, 30)), hw)
    patch = np.full((*hw, 3), 200, dtype=np.float32)
    before = image.copy()
    edited = composite(image, patch, mask, (0, 0, hw[1], hw[0]), feather_px=feather_px)
    assert edited.shape == image.shape
    assert changed_outside(image, edited, mask) == 0
    assert (image == before).all()
    assert (edited != image)[mask].any()


def test_ten_edits_leave_every_other_pixel() -> None:
    image = noise(*HW)
    edited, union = image, np.zeros(HW, dtype=np.bool_)
    for i in range(10):
        mask = box_mask(10 + 24 * i, 20 + 5 * i, 30 + 24 * i, 50 + 5 * i)
        edited, union = composite(edited, np.zeros((*HW, 3), np.float32), mask, WHOLE, feather_px=4), union | mask
    assert changed_outside(image, edited, union) == 0


def test_changed_outside_counts_pixels() -> None:
    image, mask = noise(*HW), box_mask(0, 0, 10, 10)
    edited = image.copy()
    edited[5, 5] += 1
    edited[50, 50, 1] += 1
    edited[50, 51] += 1
    assert changed_outside(image, edited, mask) == 2


def test_rounding_is_to_the_nearest_level() -> None:
    image = np.full((*HW, 3), 100, dtype=np.uint8)
    mask = box_mask(60, 30, 200, 90)
    patch = image.astype(np.float32)
    patch[60, 130] = 150.6
    assert (composite(image, patch, mask, WHOLE, feather_px=6)[60, 130] == 151).all()


def test_the_feather_lies_inside_the_mask() -> None:
    mask = box_mask(60, 30, 200, 90)
    alpha = feather_alpha(mask, 8)
    assert (alpha[~mask] == 0).all()
    assert (alpha[38:82, 68:192] == 1).all()
    assert (np.diff(alpha[30:38, 130]) > 0).all()
    assert alpha[30, 60] < 0.1  # a corner is no thin stroke


@pytest.mark.parametrize("degrees", [0, 20, 45])
def test_the_corners_of_a_slanted_box_are_feathered(degrees: float) -> None:
    mask = quad_mask(turned(140, 60, degrees), (300, 300))
    alpha = feather_alpha(mask, 8)
    rim = mask & (cv2.erode(mask.astype(np.uint8), np.ones((3, 3), np.uint8)) == 0)
    assert alpha[rim].max() < 0.2


def test_a_feather_asked_for_leaves_the_middle_of_the_mask_to_the_patch() -> None:
    assert feather_within(box_mask(60, 30, 200, 90), 8) == 8
    assert feather_within(box_mask(60, 30, 200, 90), 32) == 15  # a mask 60 px high is 30 deep
    assert feather_within(box_mask(0, 0, 80, 60), 32) == 30  # the photo's border is no rim
    assert feather_within(np.zeros(HW, np.bool_), 8) == 8


@pytest.mark.parametrize("thickness", [1, 2, 3, 5, 7])
def test_thin_strokes_are_opaque(thickness: int) -> None:
    mask = box_mask(30, 50, 230, 50 + thickness)
    assert (feather_alpha(mask, 8)[mask] == 1).all()


def test_a_mask_is_not_feathered_towards_the_photos_border() -> None:
    mask = box_mask(0, 0, 80, 60)
    alpha = feather_alpha(mask, 8)
    assert (alpha[:52, :72] == 1).all()
    assert alpha[59, 40] < 0.2
    image = np.zeros((*HW, 3), dtype=np.uint8)
    patch = np.zeros((*HW, 3), dtype=np.float32)
    patch[:50, :70] = 200
    assert (composite(image, patch, mask, WHOLE, feather_px=8)[:50, :70] == 200).all()


def test_a_full_mask_takes_the_patch_as_it_is() -> None:
    patch = noise(*HW)
    edited = composite(noise(*HW)[::-1], patch.astype(np.float32), np.ones(HW, np.bool_), WHOLE, feather_px=8)
    assert (edited == patch).all()


def test_the_membrane_hides_a_tint_that_varies_better_than_one_offset_or_a_raw_paste() -> None:
    mask = box_mask(60, 30, 200, 90)
    source = cv2.GaussianBlur(noise(*HW), (0, 0), 6).astype(np.float32)
    grain = np.random.default_rng(1).normal(0, 4, source.shape).astype(np.float32)
    patch = source + tint() + grain
    residual = source - patch
    one_offset = residual[~mask].mean(axis=0)
    band = mask & (cv2.erode(mask.astype(np.uint8), np.ones((9, 9), np.uint8)) == 0)

    def error(correction: np.ndarray) -> float:
        return float(np.abs((tint() + correction)[band]).mean())

    corrected = error(membrane(residual, mask))
    assert corrected < 0.6 * error(one_offset)
    assert corrected < 0.3 * error(np.zeros(3))
    assert corrected < 1


def test_the_jump_across_the_rim_vanishes() -> None:
    image = np.full((*HW, 3), 120, dtype=np.uint8)
    mask = box_mask(60, 30, 200, 90)
    edited = composite(image, image + tint(), mask, WHOLE, feather_px=0).astype(float)
    assert np.abs(edited[30, 60:200] - edited[29, 60:200]).max() <= 1


def test_an_objects_own_colour_stays() -> None:
    image = np.full((*HW, 3), 40, dtype=np.uint8)
    mask = box_mask(60, 30, 200, 90)
    drawn = image.astype(np.float32)
    drawn[45:75, 90:170] = (200, 60, 60)
    edited = composite(image, drawn + tint(), mask, WHOLE, feather_px=6).astype(float)
    assert np.abs(edited[45:75, 90:170] - (200, 60, 60)).max() < 2


def test_an_old_letter_across_the_rim_does_not_bleed_in() -> None:
    mask = box_mask(60, 30, 200, 90)
    clean = np.full((*HW, 3), 180, dtype=np.uint8)
    image = clean.copy()
    image[20:100, 100:112] = 10  # the patch has no letter there
    edited = composite(image, clean.astype(np.float32), mask, WHOLE, feather_px=0)
    assert np.abs(edited[mask].astype(int) - 180).max() <= 2


def test_only_disagreement_around_means_no_correction() -> None:
    mask = box_mask(60, 30, 200, 90)
    assert not membrane(np.full((*HW, 3), 90, dtype=np.float32), mask).any()


def test_the_membrane_is_the_solution_of_laplaces_equation() -> None:
    x, y = np.meshgrid(np.linspace(-1, 1, HW[1]), np.linspace(-1, 1, HW[0]))
    harmonic = np.repeat((5 * (x * x - y * y * (HW[0] / HW[1]) ** 2) + 3 * x)[..., None], 3, axis=2).astype(np.float32)
    mask = box_mask(40, 20, 220, 100)
    assert np.abs(membrane(harmonic, mask) - harmonic)[mask].max() < 0.5


def test_a_patch_of_a_large_text_is_corrected_too() -> None:
    image = np.full((900, 1900, 3), 120, dtype=np.uint8)
    mask = quad_mask(quad_from_box(200, 200, 1500, 500), (900, 1900))
    ramp = np.linspace(-6, 6, 1900, dtype=np.float32)[None, :, None]
    edited = composite(image, image + ramp, mask, (0, 0, 1900, 900), feather_px=0)
    assert np.abs(edited.astype(int) - 120).max() <= 1


def test_a_slanted_word_goes_through_strip_and_back_unseen() -> None:
    image = cv2.GaussianBlur(noise(300, 300), (0, 0), 3)
    quad = turned(150, 36, 25)
    frame = strip_frame(quad)
    mask = quad_mask(quad, (300, 300))
    patch, box = unrectify(rectify(image, frame), frame, (300, 300))
    edited = composite(image, patch, mask, box, feather_px=5)
    assert changed_outside(image, edited, mask) == 0
    assert np.abs(edited.astype(int) - image)[mask].mean() < 1


def test_a_box_of_400_by_100_takes_less_than_100_ms() -> None:
    image = noise(140, 440)
    mask = np.zeros((140, 440), dtype=np.bool_)
    mask[20:120, 20:420] = True
    patch = image.astype(np.float32)
    composite(image, patch, mask, (0, 0, 440, 140), feather_px=6)
    seconds = []
    for _ in range(5):
        started = time.perf_counter()
        composite(image, patch, mask, (0, 0, 440, 140), feather_px=6)
        seconds.append(time.perf_counter() - started)
    assert min(seconds) < 0.1


def test_shapes_that_do_not_fit_are_refused() -> None:
    image, mask = noise(*HW), box_mask(60, 30, 200, 90)
    patch = np.zeros((40, 40, 3), dtype=np.float32)
    for arguments in (
        (image, patch, mask, WHOLE),
        (image, patch, mask, (60, 30, 100, 70)),
        (image[1:], patch, mask, WHOLE),
    ):
        with pytest.raises(ValueError, match=r"fit|outside"):
            composite(*arguments, feather_px=6)
    with pytest.raises(ValueError, match="feather_px"):
        composite(image, image.astype(np.float32), mask, WHOLE, feather_px=-1)
