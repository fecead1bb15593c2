"""Attend-and-excite on the latents: before a step, move them down the gradient of an attention loss.

Chefer et al. (2023), as UDiffText applies it to characters. The loss is passed in. Two things differ on purpose:

- The published code feeds the *unscaled* latents to the network. Here the denoiser preconditions them, so the maps are
  those of the real sampling step.
- The published step is alpha times the raw gradient, whose size depends on the number of layers, cells and heads.
  Here the gradient is brought to RMS 1 for each sample and multiplied by sigma: alpha is the size of the move as a
  share of the noise the sample holds. What moves is noise, so the move fades with it and draws nothing by itself.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

import torch
from torch import Tensor

from models.diffusion.signatures import AttendingDenoiser

AttentionLoss: TypeAlias = Callable[[list[Tensor]], Tensor]
"""maps, each (B, L, h_l, w_l) → (B,), lower is better; a sample's loss may depend on its own maps only."""


@dataclass(frozen=True)
class RefinementConfig:
    """How far, how often and until when. A step in `thresholds` repeats the move, at most `max_iterations` times,
    for those samples whose loss is still above the step's threshold; any other step moves every sample once.
    """

    num_inference_steps: int
    step_size: float = 0.5  # alpha at step 0, in units of sigma; alpha · sqrt(1 - i/n) at step i
    sigma_min: float = 0.5  # below this noise level nothing is moved any more
    thresholds: Mapping[int, float] = field(default_factory=dict)
    max_iterations: int = 20

    def __post_init__(self) -> None:
        if unknown := [step for step in self.thresholds if not 0 <= step < self.num_inference_steps]:
            raise ValueError(f"thresholds for steps {unknown}, allowed are 0 to {self.num_inference_steps - 1}")
        if self.max_iterations < 1:
            raise ValueError(f"max_iterations is {self.max_iterations}, at least 1 is needed")


@dataclass(frozen=True, eq=False)
class Refiner:
    """A step callback. Run the sampler under `no_grad`, or under `inference_mode` with conditions made outside it:
    tensors born in inference mode can't take part in a gradient.
    """

    attending: AttendingDenoiser
    loss: AttentionLoss
    config: RefinementConfig

    def __call__(self, step: int, sigma: float, latents: Tensor) -> Tensor:
        if sigma <= 0 or sigma < self.config.sigma_min:
            return latents
        alpha = self.config.step_size * math.sqrt(max(0.0, 1 - step / self.config.num_inference_steps))
        threshold = self.config.thresholds.get(step)
        for _ in range(1 if threshold is None else self.config.max_iterations):
            losses, gradient = loss_gradient(self.attending, self.loss, latents, sigma)
            active = torch.ones_like(losses, dtype=torch.bool) if threshold is None else losses > threshold  # (B,)
            if not active.any():
                break
            moved = latents - alpha * sigma * _unit_rms(gradient)
            latents = torch.where(active[:, None, None, None], moved, latents)
        return latents


def loss_gradient(
    attending: AttendingDenoiser, loss: AttentionLoss, latents: Tensor, sigma: float
) -> tuple[Tensor, Tensor]:
    """`losses` (B,) at these latents, and d losses / d latents (B, C, h, w), each sample's own; both detached."""
    with torch.inference_mode(False), torch.enable_grad():
        leaf = latents.detach().clone().requires_grad_()
        _, maps = attending(leaf, leaf.new_full((leaf.shape[0],), sigma))
        losses = loss(maps)
        (gradient,) = torch.autograd.grad(losses.sum(), leaf)
    return losses.detach(), gradient


def _unit_rms(gradient: Tensor) -> Tensor:
    # By the largest element first: the squares of a very small gradient would vanish in float32. Zero stays zero.
    tiny = torch.finfo(gradient.dtype).tiny
    relative = gradient / gradient.abs().amax(dim=(1, 2, 3), keepdim=True).clamp_min(tiny)
    return relative / relative.square().mean(dim=(1, 2, 3), keepdim=True).sqrt().clamp_min(tiny)
