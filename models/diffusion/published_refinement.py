"""Attend-and-excite on the latents to the letter of UDiffText's code. `refinement` is the one to use.

The network sees the latents as they are, not brought to unit variance, and they move by alpha times the raw gradient.
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from models.diffusion.refinement import AttentionLoss, loss_gradient
from models.diffusion.signatures import AttendingDenoiser

PUBLISHED_STEPS = 50
PUBLISHED_THRESHOLDS = {5: -0.5, 9: -0.56, 13: -0.62, 17: -0.68, 21: -0.74, 25: -0.8}
_ALPHA = 20.0
_MAX_MOVES = 21


@dataclass(frozen=True, eq=False)
class PublishedRefiner:
    """A step callback. Every step moves once, alpha = 20 · sqrt(1 - i/n); the six steps with a threshold go on until
    the loss before a move was as low as the threshold, 21 moves at most. Each sample on its own.

    `unscaled` (latents, sigma) → (anything, maps) is the network without the scaling of its input.
    """

    unscaled: AttendingDenoiser
    loss: AttentionLoss
    num_inference_steps: int

    def __call__(self, step: int, sigma: float, latents: Tensor) -> Tensor:
        if step >= self.num_inference_steps:
            return latents
        alpha = _ALPHA * math.sqrt(1 - step / self.num_inference_steps)
        threshold = PUBLISHED_THRESHOLDS.get(step)  # steps are counted, whatever their number
        active = torch.ones(latents.shape[0], dtype=torch.bool, device=latents.device)
        for _ in range(1 if threshold is None else _MAX_MOVES):
            losses, gradient = loss_gradient(self.unscaled, self.loss, latents, sigma)
            latents = torch.where(active[:, None, None, None], latents - alpha * gradient, latents)
            active = active & (losses > (threshold or 0.0))
            if not active.any():
                break
        return latents


def thresholds_for(num_inference_steps: int) -> dict[int, float]:
    """The published thresholds at the same shares of the way: step i of 50 is step i · n / 50 of n."""
    shares = ((step * num_inference_steps // PUBLISHED_STEPS, level) for step, level in PUBLISHED_THRESHOLDS.items())
    return dict(shares)  # where two fall on one step, the later and stricter holds
