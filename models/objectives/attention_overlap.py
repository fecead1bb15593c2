"""How well attention maps land on their letters: two figures, no losses. Knows no network."""

from collections.abc import Sequence

import torch
from torch import Tensor

from models.objectives.grids import mean_map, mean_over_valid, resize_by_area

_EPSILON = 1e-6


@torch.no_grad()
def stroke_iou(maps: Sequence[Tensor], char_masks: Tensor, char_valid: Tensor) -> Tensor:
    """Of the cells that hold strokes, each given to the character that it attends to most: the mean over characters of
    the intersection over union with their exact masks (B, L, H, W) → (B,), 0 to 1.

    Cells without strokes are left out, as `local_attention_loss` leaves them free. `maps`: each (B, L, h_l, w_l).
    """
    attention = mean_map(maps)  # (B, L, h, w)
    exact = _exact(char_masks, attention)
    strongest = attention.argmax(dim=1, keepdim=True)  # (B, 1, h, w)
    numbers = torch.arange(attention.shape[1], device=attention.device)[:, None, None]
    found = (strongest == numbers) & exact.any(dim=1, keepdim=True)
    return mean_over_valid(_iou(found, exact), char_valid)


@torch.no_grad()
def peak_iou(maps: Sequence[Tensor], char_masks: Tensor, char_valid: Tensor, mask: Tensor) -> Tensor:
    """The same where a character has all cells of `mask` (B, 1, H, W) that attend to it more than half as much as the
    most attending one: what spills between and around strokes counts against it → (B,).
    """
    attention = mean_map(maps)
    attention = attention * (resize_by_area(mask, *attention.shape[-2:]) > 0)
    found = attention > attention.amax(dim=(2, 3), keepdim=True) / 2
    return mean_over_valid(_iou(found, _exact(char_masks, attention)), char_valid)


def _exact(char_masks: Tensor, attention: Tensor) -> Tensor:
    """Cells that a mask covers by half as much as it covers any: strokes may be thinner than cells."""
    covered = resize_by_area(char_masks, *attention.shape[-2:])
    return covered >= (covered.amax(dim=(2, 3), keepdim=True) / 2).clamp_min(_EPSILON)


def _iou(found: Tensor, exact: Tensor) -> Tensor:
    union = (found | exact).sum(dim=(2, 3)).clamp_min(1)
    return (found & exact).sum(dim=(2, 3)) / union
