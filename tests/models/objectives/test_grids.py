"""Claims about blurring and resizing."""

import pytest
import torch

from models.objectives.grids import gaussian_blur, mean_map, mean_over_valid, resize_by_any, resize_by_area


def test_kernel_is_udifftext_s() -> None:
    point = torch.zeros(1, 2, 5, 5)
    point[0, 0, 2, 2] = 1
    blurred = gaussian_blur(point)
    assert blurred[0, 0, 1:4, 1].tolist() == pytest.approx([0.0751, 0.1238, 0.0751], abs=1e-4)
    assert blurred[0, 0, 2, 2].item() == pytest.approx(0.2042, abs=1e-4)
    assert (blurred[0, 1] == 0).all()


def test_blur_leaves_an_even_map_even() -> None:
    torch.testing.assert_close(gaussian_blur(torch.full((1, 3, 4, 1), 0.3)), torch.full((1, 3, 4, 1), 0.3))


def test_area_holds_the_covered_share_and_any_keeps_the_thinnest_line() -> None:
    line = torch.zeros(1, 1, 16, 64)
    line[..., 5] = 1
    assert resize_by_area(line, 4, 16)[0, 0, 0].tolist() == [0, 0.25] + [0] * 14
    assert resize_by_any(line, 4, 16)[0, 0, 0].tolist() == [0, 1] + [0] * 14


def test_mean_map_is_at_the_largest_resolution_whatever_the_order() -> None:
    coarse, fine = torch.full((1, 2, 2, 2), 0.2), torch.full((1, 2, 4, 4), 0.6)
    for maps in ([coarse, fine], [fine, coarse]):
        torch.testing.assert_close(mean_map(maps), torch.full((1, 2, 4, 4), 0.4))


def test_mean_over_valid_ignores_padding_even_if_it_is_nan() -> None:
    values = torch.tensor([[1.0, 3.0, float("nan")], [float("nan")] * 3])
    valid = torch.tensor([[True, True, False], [False] * 3])
    assert mean_over_valid(values, valid).tolist() == [2, 0]
