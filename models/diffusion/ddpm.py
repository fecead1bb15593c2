"""Noise levels and scalings of models trained to say the noise at one of 1,000 timesteps: Stable Diffusion's family.

Ho et al. (2020) in the notation of Karras et al. (2022), table 1. Knows no network's inside.
"""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from models.config import DdpmConfig
from models.diffusion.scalings import Scalings


@dataclass(frozen=True, eq=False)
class DdpmScalings(Scalings):
    """D = x - sigma · network(x / sqrt(sigma² + 1), t); `levels` (T,) is the sigma of each timestep, rising."""

    levels: Tensor

    def c_skip(self, sigma: Tensor) -> Tensor:
        return torch.ones_like(sigma)

    def c_out(self, sigma: Tensor) -> Tensor:
        return -sigma

    def c_in(self, sigma: Tensor) -> Tensor:
        return (sigma**2 + 1).rsqrt()

    def c_noise(self, sigma: Tensor) -> Tensor:
        """The timestep whose level is nearest."""
        levels = self.levels.to(sigma)
        return (sigma[:, None] - levels).abs().argmin(dim=1).to(sigma.dtype)

    def loss_weight(self, sigma: Tensor) -> Tensor:
        return sigma**-2


def ddpm_levels(config: DdpmConfig) -> Tensor:
    """(T,) float32: sigma_t = sqrt((1 - ᾱ_t) / ᾱ_t) for betas whose square roots rise evenly, t = 0 first."""
    roots = torch.linspace(
        config.beta_start**0.5, config.beta_end**0.5, config.num_train_timesteps, dtype=torch.float64
    )
    alphas = torch.cumprod(1 - roots**2, dim=0)
    return ((1 - alphas) / alphas).sqrt().float()


def trailing_sigmas(levels: Tensor, num_inference_steps: int) -> Tensor:
    """(n + 1,) the levels of n timesteps spread evenly from the last one down, then 0.

    As published: 50 steps start at timestep 999 and end at 19, 979 being the second. diffusers' "trailing" is the same
    for 10, 20, 25, 40, 50 and 100 steps. Raises ValueError for less than one step, or more than there are timesteps.
    """
    last = len(levels) - 1
    if not 1 <= num_inference_steps <= last:
        raise ValueError(f"num_inference_steps is {num_inference_steps}, allowed are 1 to {last}")
    timesteps = np.linspace(last, 0, num_inference_steps, endpoint=False).astype(np.int64)
    return torch.cat([levels[torch.from_numpy(timesteps)], levels.new_zeros(1)])
