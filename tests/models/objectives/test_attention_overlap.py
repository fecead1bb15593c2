"""Claims about the overlap of attention maps and letters."""

import pytest
import torch
from torch import Tensor

from models.objectives.attention_overlap import peak_iou, stroke_iou


def two_letters() -> tuple[Tensor, Tensor, Tensor]:
    """Maps, masks, which are valid: the first letter's map covers half of it and as much beside it."""
    masks = torch.zeros(1, 3, 8, 8)
    masks[0, 0, :, :2] = 1
    masks[0, 1, :, 4:6] = 1
    maps = torch.full((1, 3, 8, 8), 0.1)
    maps[0, 0, :, 1:3] = 0.9
    maps[0, 1, :, 4:6] = 0.5
    maps[0, 2, :, :1] = 0.2
    return maps, masks, torch.tensor([[True, True, False]])


def test_what_spills_counts_above_half_the_peak_only() -> None:
    maps, masks, valid = two_letters()
    everywhere = torch.ones(1, 1, 8, 8)
    assert peak_iou([maps], masks, valid, everywhere).item() == pytest.approx((1 / 3 + 1) / 2)
    assert stroke_iou([maps], masks, valid).item() == pytest.approx((1 / 2 + 1) / 2)  # one column went to padding
    outside = everywhere.clone()
    outside[..., 2:3] = 0  # what spills is not asked about
    assert peak_iou([maps], masks, valid, outside).item() == pytest.approx((1 / 2 + 1) / 2)


def test_padding_does_not_count() -> None:
    maps, masks, valid = two_letters()
    valid[0, 0] = False
    assert stroke_iou([maps], masks, valid).item() == pytest.approx(1.0)


def test_letters_that_swap_places_have_nothing_in_common() -> None:
    maps, masks, valid = two_letters()
    assert stroke_iou([maps[:, [1, 0, 2]]], masks, valid).item() == 0
