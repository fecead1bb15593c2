"""Brings attention maps and masks onto common grids. Knows no loss."""

from collections.abc import Sequence
from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor


def gaussian_blur(maps: Tensor, *, sigma: float = 1.0, rim: Literal["replicate", "constant"] = "replicate") -> Tensor:
    """(B, K, h, w) → same, each channel with a 3×3 Gaussian of `sigma` cells (UDiffText's kernel).

    The rim is repeated, not padded with zeros ("constant", as published): on grids four cells high zeros would darken
    half of the map.
    """
    offsets = torch.arange(-1, 2, device=maps.device, dtype=maps.dtype)
    line = torch.exp(-(offsets**2) / (2 * sigma**2))
    line = line / line.sum()
    kernel = (line[:, None] * line[None, :]).expand(maps.shape[1], 1, 3, 3)  # (K, 1, 3, 3)
    return F.conv2d(F.pad(maps, (1, 1, 1, 1), mode=rim), kernel, groups=maps.shape[1])


def resize_by_area(mask: Tensor, height: int, width: int) -> Tensor:
    """(B, K, H, W) in [0, 1] → (B, K, height, width) float32: each cell holds the share of it that is covered."""
    return F.adaptive_avg_pool2d(mask.float(), (height, width))


def resize_by_any(mask: Tensor, height: int, width: int) -> Tensor:
    """(B, K, H, W) → (B, K, height, width) float32: a cell is on if any part of it is, so no thin mask vanishes."""
    return F.adaptive_max_pool2d(mask.float(), (height, width))


def mean_map(maps: Sequence[Tensor]) -> Tensor:
    """Layers' maps, each (B, L, h_l, w_l) → their mean (B, L, h, w) at the largest resolution among them.

    Smaller maps are enlarged by nearest neighbour, as in DreamText.
    """
    height, width = max((layer.shape[-2:] for layer in maps), key=lambda size: size[0] * size[1])
    enlarged = [F.interpolate(layer, size=(height, width), mode="nearest") for layer in maps]
    return torch.stack(enlarged).mean(dim=0)


def mean_over_valid(values: Tensor, char_valid: Tensor) -> Tensor:
    """(B, L) → (B,), the mean over the real characters; 0 for a sample without any."""
    kept = torch.where(char_valid, values, torch.zeros_like(values))
    return kept.sum(dim=1) / char_valid.sum(dim=1).clamp_min(1)
