"""How well attention maps land on their letters: a figure, not a loss. Knows no network."""

from collections.abc import Sequence

import torch
from torch import Tensor

from models.objectives.grids import mean_map, mean_over_valid, resize_by_area

_EPSILON = 1e-6


@torch.no_grad()
def attention_iou(maps: Sequence[Tensor], char_masks: Tensor, char_valid: Tensor, mask: Tensor) -> Tensor:
    """The mean over real characters of the intersection over union of map and exact mask → (B,), 0 to 1.

    The map: the mean over the layers; a cell belongs to a character that is attended to there more than half as much as
    anywhere within `mask` (B, 1, H, W). The exact mask (B, L, H, W): cells that it covers by half, or by half as
    much as it covers any cell, where strokes are thinner than cells.
    """
    attention = mean_map(maps)  # (B, L, h, w)
    size = attention.shape[-2:]
    attention = attention * (resize_by_area(mask, *size) > 0)
    found = attention > attention.amax(dim=(2, 3), keepdim=True) / 2
    covered = resize_by_area(char_masks, *size)
    exact = covered >= (covered.amax(dim=(2, 3), keepdim=True) / 2).clamp_min(_EPSILON)
    overlap = (found & exact).sum(dim=(2, 3)).float()
    union = (found | exact).sum(dim=(2, 3)).clamp_min(1)
    return mean_over_valid(overlap / union, char_valid)
