"""How well the least attended character is attended to: the score of noise search and the loss of refinement."""

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional as F

from models.objectives.grids import gaussian_blur, resize_by_any


def attend_and_excite_loss(maps: Sequence[Tensor], char_valid: Tensor, mask: Tensor) -> Tensor:
    """-mean over layers of min over real characters of max over cells of mask · blur(A) → (B,), from -1 to 0.

    UDiffText's L_aae (after Chefer et al. 2023), but each sample has its own value. `maps`: each (B, L, h_l, w_l);
    `mask` (B, 1, H, W), 1 = repaint, any resolution. A sample without characters gives -1: nothing is neglected.
    """
    losses = []
    for layer in maps:
        inside = gaussian_blur(layer) * resize_by_any(mask, *layer.shape[-2:])
        peaks = inside.amax(dim=(2, 3))  # (B, L)
        losses.append(-torch.where(char_valid, peaks, torch.ones_like(peaks)).amin(dim=1))
    return torch.stack(losses).mean(dim=0)


def published_attend_and_excite_loss(maps: Sequence[Tensor], char_valid: Tensor, mask: Tensor) -> Tensor:
    """The same to the letter of UDiffText's code: the blur pads with zeros, and the mask is resized by nearest
    neighbour, which misses thin ones.
    """
    losses = []
    for layer in maps:
        nearest = F.interpolate(mask.float(), size=layer.shape[-2:], mode="nearest")
        peaks = (gaussian_blur(layer, rim="constant") * nearest).amax(dim=(2, 3))  # (B, L)
        losses.append(-torch.where(char_valid, peaks, torch.ones_like(peaks)).amin(dim=1))
    return torch.stack(losses).mean(dim=0)
