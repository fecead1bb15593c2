"""The figures mean what they say."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.evaluate.metrics import (
    MAX_PSNR_DB,
    edit_similarity,
    mean_interval,
    psnr,
    ratio_interval,
    reads_right,
    share_interval,
    ssim,
)

BOX = (20.0, 12.0, 100.0, 52.0)


def _noise(seed: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (64, 128, 3), dtype=np.uint8)


def test_ssim_is_the_formula_of_wang_et_al_at_a_pixel() -> None:
    a, b = (np.repeat(_noise(seed)[..., :1], 3, axis=2) for seed in (0, 1))  # grey: the luma is the value
    offsets = np.arange(-5, 6)
    gauss = np.exp(-(offsets**2) / (2 * 1.5**2))
    weights = np.outer(gauss, gauss) / gauss.sum() ** 2
    x, y = (picture[25:36, 55:66, 0].astype(float) for picture in (a, b))  # around row 30, column 60
    mean_x, mean_y = (weights * x).sum(), (weights * y).sum()
    var_x, var_y = (weights * (x - mean_x) ** 2).sum(), (weights * (y - mean_y) ** 2).sum()
    covariance = (weights * (x - mean_x) * (y - mean_y)).sum()
    c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    light = (2 * mean_x * mean_y + c1) / (mean_x**2 + mean_y**2 + c1)
    expected = light * (2 * covariance + c2) / (var_x + var_y + c2)
    assert ssim(a, b, (60, 30, 61, 31)) == pytest.approx(expected, abs=1e-9)


def test_equal_pictures_have_ssim_1_and_the_highest_psnr() -> None:
    picture = _noise(0)
    assert ssim(picture, picture, BOX) == pytest.approx(1.0)
    assert psnr(picture, picture, BOX) == MAX_PSNR_DB


def test_psnr_of_a_known_difference() -> None:
    black = np.zeros((64, 128, 3), np.uint8)
    assert psnr(black, np.full_like(black, 10), BOX) == pytest.approx(10 * math.log10(255**2 / 100))


def test_pixels_outside_the_box_do_not_count() -> None:
    a, b = _noise(0), _noise(0)
    b[:, 110:] = 0  # further from the box than half a window
    b[:4] = 0
    assert ssim(a, b, BOX) == pytest.approx(1.0)
    assert psnr(a, b, BOX) == MAX_PSNR_DB


def test_nearness_falls_as_noise_grows() -> None:
    truth = np.full((64, 128, 3), 128, np.uint8)
    truth[20:44, 30:90] = 30
    grain = np.random.default_rng(0).normal(0, 1, truth.shape)
    noisy = [np.clip(truth + strength * grain, 0, 255).astype(np.uint8) for strength in (2, 10, 40)]
    assert sorted((ssim(truth, picture, BOX) for picture in noisy), reverse=True) == [
        ssim(truth, picture, BOX) for picture in noisy
    ]
    assert psnr(truth, noisy[0], BOX) > psnr(truth, noisy[1], BOX) > psnr(truth, noisy[2], BOX)


@pytest.mark.parametrize("box", [(30.0, 10.0, 30.0, 40.0), (200.0, 0.0, 240.0, 64.0)])
def test_a_box_without_pixels_is_refused(box: tuple[float, float, float, float]) -> None:
    with pytest.raises(ValueError, match="holds no pixel"):
        ssim(_noise(0), _noise(1), box)


def test_pictures_of_different_shapes_are_refused() -> None:
    with pytest.raises(ValueError, match="one shape"):
        psnr(_noise(0), _noise(1)[:, :64], BOX)


@pytest.mark.parametrize(
    ("expected", "got", "with_case", "any_case"),
    [
        ("EXIT", "EXIT", True, True),
        ("Keep Out", "KeepOut", True, True),  # spaces are ignored
        ("EXIT", "exit", False, True),
        ("Cow", "cow", True, True),  # a strip doesn't show whether a C is small
        ("O2", "02", False, False),
        ("EXIT", "", False, False),
    ],
)
def test_what_counts_as_read_right(expected: str, got: str, with_case: bool, any_case: bool) -> None:
    assert reads_right(expected, got) == with_case
    assert reads_right(expected, got, any_case=True) == any_case


def test_edit_similarity_is_1_minus_the_errors_over_the_longer_length() -> None:
    assert edit_similarity("TAXI", "TAXI") == 1.0
    assert edit_similarity("TAXI", "TAXA") == pytest.approx(0.75)
    assert edit_similarity("TAXI", "TAXIS") == pytest.approx(0.8)
    assert edit_similarity("TAXI", "") == 0.0


def test_an_interval_holds_the_mean_and_is_a_function_of_the_seed() -> None:
    values = np.random.default_rng(0).normal(3, 1, 100)
    interval = mean_interval(values, seed=1)
    assert interval.value == pytest.approx(values.mean())
    assert interval.low < interval.value < interval.high
    assert interval == mean_interval(values, seed=1)


def test_a_95_percent_interval_holds_the_truth_about_95_times_in_100() -> None:
    rng = np.random.default_rng(0)
    held = 0
    for seed in range(100):
        interval = mean_interval(rng.random(60) < 0.7, seed=seed)
        held += interval.low <= 0.7 <= interval.high
    assert 88 <= held <= 99


def test_a_paired_difference_is_surer_than_two_means() -> None:
    items = np.random.default_rng(0).normal(0, 5, 50)  # hard and easy items
    better = items + np.random.default_rng(1).normal(0.5, 0.1, 50)
    paired, alone = mean_interval(better - items, seed=0), mean_interval(better, seed=0)
    assert paired.low > 0
    assert paired.high - paired.low < (alone.high - alone.low) / 5


@given(st.lists(st.booleans(), min_size=1, max_size=30))
def test_the_share_of_itself_is_1(readable: list[bool]) -> None:
    share = ratio_interval(readable, readable, seed=0)
    assert share is None if not any(readable) else share is not None and share.low == share.high == share.value == 1


def test_a_share_of_nothing_is_unknown() -> None:
    assert ratio_interval([1, 0], [0, 0], seed=0) is None


def test_an_interval_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one value"):
        mean_interval([], seed=0)


def test_a_shares_interval_is_wilsons_and_has_a_width_where_all_are_right() -> None:
    all_right, most = share_interval([1.0] * 10), share_interval([1.0] * 91 + [0.0] * 9)
    assert (all_right.low, all_right.high) == (pytest.approx(0.7225, abs=1e-4), pytest.approx(1))
    assert (most.low, most.high) == (pytest.approx(0.8377, abs=1e-4), pytest.approx(0.9519, abs=1e-4))
    assert share_interval([0.0] * 10).low == pytest.approx(0)
    with pytest.raises(ValueError, match="at least one value"):
        share_interval([])
