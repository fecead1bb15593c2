"""DreamText's own latent character masks, and the loss that draws the attention into them. Knows no dataset masks.

DreamText (CVPR 2025) alternates: estimate the masks (no gradient), hold them fixed, update the network. The published
code compares the *thresholded* map with its target, which has no gradient at all; here the soft map is compared.
"""

from collections.abc import Sequence

import torch
from torch import Tensor

from models.objectives.grids import gaussian_blur, mean_map, mean_over_valid


def estimate_char_masks(maps: Sequence[Tensor], char_valid: Tensor) -> Tensor:
    """Layers' maps, each (B, L, h_l, w_l) → binary masks (B, L, h, w) float32 at the largest resolution, no gradient.

    M_j = 1 where blur(mean over layers) > mean + 2 std over the cells of character j (unbiased std). Padding gets an
    empty mask. `masks.amax(1, keepdim=True)` is the stroke mask of DreamText's weighted denoising loss.
    """
    with torch.no_grad():
        blurred = gaussian_blur(mean_map(maps))
        std, mean = torch.std_mean(blurred, dim=(2, 3), keepdim=True)  # (B, L, 1, 1)
        return ((blurred > mean + 2 * std) & char_valid[:, :, None, None]).float()


def sharpening_loss(maps: Sequence[Tensor], char_masks: Tensor, char_valid: Tensor) -> Tensor:
    """Soft Dice distance 1 - 2 Σ A M / Σ (A² + M²) of each character's mean map A to its mask → (B,), 0 to 1.

    `char_masks` (B, L, h, w) from `estimate_char_masks` of the same layers. Dice instead of the paper's squared error:
    a mask covers a few cells in a hundred, so the squared error would mostly say "attend to nothing". Padding and
    characters whose mask is empty (an even map has none) don't count.
    """
    attention = mean_map(maps)
    overlap = (attention * char_masks).sum(dim=(2, 3))  # (B, L)
    size = (attention.square() + char_masks.square()).sum(dim=(2, 3))
    has_mask = char_valid & (char_masks.amax(dim=(2, 3)) > 0)
    distance = 1 - 2 * overlap / torch.where(has_mask, size, torch.ones_like(size))
    return mean_over_valid(distance, has_mask)
