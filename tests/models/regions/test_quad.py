import math

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.errors import BadTargetError
from models.regions.quad import as_quad, grow_quad, quad_from_box, quad_from_mask, quad_mask, quad_size

HW = (100, 200)


def turned(width: float, height: float, degrees: float, centre: tuple[float, float] = (150, 150)) -> np.ndarray:
    """A rectangle turned clockwise about its centre."""
    c, s = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    quad = quad_from_box(-width / 2, -height / 2, width, height)
    return quad @ np.array([[c, s], [-s, c]]) + centre


def test_as_quad_keeps_the_points_as_they_are() -> None:
    points = [[10, 10], [60.5, 12], [58, 40], [11, 39]]
    quad = as_quad(points, image_hw=HW)
    assert quad.dtype == np.float64
    assert quad.tolist() == points


def test_the_whole_photo_and_a_pixel_of_tolerance_are_inside() -> None:
    as_quad(quad_from_box(0, 0, 200, 100), image_hw=HW)
    overshoot = quad_from_box(-1, -1, 202, 102)
    assert (as_quad(overshoot, image_hw=HW) == overshoot).all()


@pytest.mark.parametrize(
    ("points", "message"),
    [
        ([[0, 0], [10, 0], [10, 10]], "4 finite"),
        ([[0, 0], [10, 0], [10, 10], [math.nan, 10]], "4 finite"),
        ([[0, 0], [10, 0], [10, 10], [0]], "4 "),
        ("quad", "4 "),
        ([[10, 10], [10, 40], [60, 40], [60, 10]], "counter-clockwise"),
        ([[10, 10], [60, 40], [60, 10], [10, 40]], "crosses itself"),
        ([[10, 10], [60, 10], [30, 20], [10, 40]], "not convex"),
        ([[10, 10], [60, 10], [60, 10], [10, 40]], "equal corners"),
        ([[10, 10], [30, 10], [60, 10], [10, 40]], "not convex"),
        ([[10, 10], [60, 10], [60, 17.9], [10, 17.9]], "7.9 px"),
        ([[10, 10], [201.5, 10], [201.5, 40], [10, 40]], "outside the photo of 200 × 100"),
        ([[-1.5, 10], [60, 10], [60, 40], [-1.5, 40]], "outside"),
    ],
)
def test_as_quad_refuses(points: object, message: str) -> None:
    with pytest.raises(BadTargetError, match=message):
        as_quad(points, image_hw=HW)  # type: ignore[arg-type]


def test_quad_size_is_the_mean_of_opposite_sides() -> None:
    assert quad_size(np.array([(0, 0), (100, 0), (100, 20), (0, 40)], dtype=float)) == pytest.approx(
        (30, 100.99), abs=0.01
    )


def test_a_box_masks_exactly_its_pixels() -> None:
    mask = quad_mask(quad_from_box(3, 4, 10, 8), HW)
    assert mask.shape == HW
    assert mask.sum() == 80
    assert mask[4:12, 3:13].all()


def test_quad_mask_is_cut_at_the_photo() -> None:
    assert quad_mask(quad_from_box(-5, 90, 20, 50), HW).sum() == 15 * 10
    assert not quad_mask(quad_from_box(300, 0, 20, 20), HW).any()


@given(st.floats(0, 360), st.floats(1, 20))
def test_growing_moves_every_side_by_the_margin(degrees: float, margin_px: float) -> None:
    grown = grow_quad(turned(80, 30, degrees), margin_px)
    assert grown == pytest.approx(turned(80 + 2 * margin_px, 30 + 2 * margin_px, degrees))


@pytest.mark.parametrize("degrees", [-80, -45, -10, 0, 5, 30, 60, 85])
def test_quad_from_mask_finds_a_slanted_word_and_its_direction(degrees: float) -> None:
    quad = quad_from_mask(quad_mask(turned(160, 40, degrees), (300, 300)))
    assert np.abs(quad - turned(160, 40, degrees)).max() < 3


def test_quad_from_mask_of_a_box_is_the_box() -> None:
    box = quad_from_box(30, 20, 90, 25)
    assert quad_from_mask(quad_mask(box, HW)) == pytest.approx(box, abs=1e-3)


def test_a_single_upright_letter_is_not_turned() -> None:
    box = quad_from_box(30, 20, 25, 50)
    assert quad_from_mask(quad_mask(box, HW)) == pytest.approx(box, abs=1e-3)


def test_quad_from_mask_holds_all_parts() -> None:
    mask = np.zeros(HW, dtype=np.bool_)
    mask[20:30, 10:30] = mask[22:34, 120:150] = True
    quad = quad_from_mask(mask)
    rows, columns = np.nonzero(mask)
    points = np.stack([columns, rows], axis=1) + 0.5
    contour = quad.astype(np.float32)
    assert all(cv2.pointPolygonTest(contour, (float(x), float(y)), False) > 0 for x, y in points)


def test_quad_from_mask_refuses_empty_full_and_low_masks() -> None:
    empty = np.zeros(HW, dtype=np.bool_)
    low = empty.copy()
    low[10:14, 10:50] = True
    for mask, message in ((empty, "empty"), (~empty, "whole photo"), (low, "4.0 px height"), (empty[0], "shape")):
        with pytest.raises(BadTargetError, match=message):
            quad_from_mask(mask)
