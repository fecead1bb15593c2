"""Teaches each character to attend to its own place, given exact masks of the characters. Knows no network.

Two forms. `local_attention_loss` is the one to train with: a cross-entropy over the characters, at every cell that
holds strokes. UDiffText's max form (`peak_attention_loss`) takes gradients at two cells a character and layer only, and
its push weakens exactly where a character is not attended to; it is kept to reproduce and compare.
"""

from collections.abc import Sequence

import torch
from torch import Tensor

from models.objectives.grids import gaussian_blur, mean_over_valid, resize_by_area

_EPSILON = 1e-6  # log's guard: the gradient through a softmax stays below 1 a cell


def local_attention_loss(maps: Sequence[Tensor], char_masks: Tensor, char_valid: Tensor) -> Tensor:
    """-Σ_p Σ_j T_j(p) log A_j(p) / Σ_p Σ_j T_j(p), the mean over the layers → (B,), at least 0.

    `maps`: each layer's probabilities A (B, L, h_l, w_l), summing to 1 over L. `char_masks` (B, L, H, W) in [0, 1]: the
    exact strokes of each occurrence. T: those masks by area on the layer's grid, blurred, so that nearly right is
    nearly rewarded, and scaled down where masks overlap to more than 1. Cells without strokes are free: they must
    attend somewhere. Padding counts only as a wrong answer. A sample without characters gives 0.
    """
    valid = char_valid[:, :, None, None]
    masks = torch.where(valid, char_masks.float(), 0.0)
    losses = []
    for layer in maps:
        targets = gaussian_blur(resize_by_area(masks, *layer.shape[-2:]))  # (B, L, h_l, w_l)
        targets = targets / targets.sum(dim=1, keepdim=True).clamp_min(1)
        cross_entropy = -(targets * (layer + _EPSILON).log()).sum(dim=(1, 2, 3))  # (B,)
        losses.append(cross_entropy / targets.sum(dim=(1, 2, 3)).clamp_min(_EPSILON))
    return torch.stack(losses).mean(dim=0)


def peak_attention_loss(maps: Sequence[Tensor], char_masks: Tensor, char_valid: Tensor) -> Tensor:
    """UDiffText's L_loc: mean over layers and real characters of max_out(Ã) - max_in(Ã), in [-1, 1] → (B,).

    Ã: the blurred map; in and out: inside and outside the character's own mask, resized by area instead of nearest.
    """
    losses = []
    for layer in maps:
        inside = resize_by_area(char_masks, *layer.shape[-2:])  # (B, L, h_l, w_l)
        blurred = gaussian_blur(layer)
        peak_inside = (blurred * inside).amax(dim=(2, 3))  # (B, L)
        peak_outside = (blurred * (1 - inside)).amax(dim=(2, 3))
        losses.append(mean_over_valid(peak_outside - peak_inside, char_valid))
    return torch.stack(losses).mean(dim=0)
