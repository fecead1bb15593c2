"""The region-weighted denoising loss. Knows neither the noise schedule nor the network."""

import torch
from torch import Tensor

from models.objectives.grids import resize_by_area


def region_weights(
    stroke_mask: Tensor, mask: Tensor, *, height: int, width: int, gamma: float, box_weight: float
) -> Tensor:
    """w = 1 + gamma · stroke + box_weight · mask, divided by its mean → (B, 1, height, width) float32, mean 1 a sample.

    `stroke_mask` (where the new letters' strokes are) and `mask` (1 = repaint) are (B, 1, H, W) in [0, 1] and are
    resized by area. w = 1 + M² is what adding `MSE(M · error)` amounts to; DreamText's L_mask writes the factor inside
    the norm. Without the division the learning rate would depend on how much text a sample has.
    """
    strokes = resize_by_area(stroke_mask, height, width)
    box = resize_by_area(mask, height, width)
    weights = 1 + gamma * strokes + box_weight * box
    return weights / weights.mean(dim=(1, 2, 3), keepdim=True)


def denoising_loss(denoised: Tensor, latents: Tensor, *, sigma_weight: Tensor, weights: Tensor | None = None) -> Tensor:
    """λ(sigma) · mean( w · (D - x0)² ) → (B,) (Karras et al. 2022, eq. 2 and 8, with w for each cell).

    `denoised`, clean `latents` (B, C, h, w); `sigma_weight` (B,) is λ(sigma) of the same scalings that made `denoised`,
    so that without `weights` this is the squared error of the raw network output; `weights` (B, 1, h, w), mean 1.
    Computed in float32.
    """
    squared_error = (denoised.float() - latents.float()).square()
    if weights is not None:
        squared_error = squared_error * weights
    return sigma_weight * torch.mean(squared_error, dim=(1, 2, 3))
