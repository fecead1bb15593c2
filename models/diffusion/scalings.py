"""How latents are scaled around the network, and at which noise levels: one place for losses and for sampling.

Karras et al. (2022), "Elucidating the Design Space of Diffusion-Based Generative Models", table 1: column EDM for the
built-in model; `ddpm` has the column of models that were trained to say the noise.
Everything is float32. Knows no network's inside.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from models.diffusion.signatures import AttendingDenoiser, Denoiser


class Scalings(ABC):
    """What stands round a network so that it becomes a denoiser (eq. 7)."""

    @abstractmethod
    def c_skip(self, sigma: Tensor) -> Tensor:
        """Share of the noisy latents in the denoised ones; shape of `sigma`."""

    @abstractmethod
    def c_out(self, sigma: Tensor) -> Tensor:
        """Scale of the network's output; shape of `sigma`."""

    @abstractmethod
    def c_in(self, sigma: Tensor) -> Tensor:
        """Scale that brings the noisy latents to unit variance; shape of `sigma`."""

    @abstractmethod
    def c_noise(self, sigma: Tensor) -> Tensor:
        """What the network is told of the noise level; shape of `sigma`, which must be positive."""

    @abstractmethod
    def loss_weight(self, sigma: Tensor) -> Tensor:
        """λ(sigma) = 1 / c_out²: with it the denoising loss is the plain squared error of the network's output."""

    def precondition(self, network: Callable[[Tensor, Tensor], Tensor]) -> Denoiser:
        """`network(scaled_latents (B, C, h, w), c_noise (B,)) → (B, C, h, w)` → a denoiser."""

        def denoiser(latents: Tensor, sigma: Tensor) -> Tensor:
            output = network(_over_grid(self.c_in(sigma)) * latents, self.c_noise(sigma))
            return self._denoised(latents, output, sigma)

        return denoiser

    def precondition_attending(
        self, network: Callable[[Tensor, Tensor], tuple[Tensor, list[Tensor]]]
    ) -> AttendingDenoiser:
        """As `precondition`, for a network that returns its attention maps too; they are passed on untouched."""

        def attending(latents: Tensor, sigma: Tensor) -> tuple[Tensor, list[Tensor]]:
            output, maps = network(_over_grid(self.c_in(sigma)) * latents, self.c_noise(sigma))
            return self._denoised(latents, output, sigma), maps

        return attending

    def _denoised(self, latents: Tensor, output: Tensor, sigma: Tensor) -> Tensor:
        # A network under autocast answers in bf16; the sum is made in the precision of the latents.
        return _over_grid(self.c_skip(sigma)) * latents + _over_grid(self.c_out(sigma)) * output.to(latents.dtype)


@dataclass(frozen=True)
class EdmScalings(Scalings):
    """The preconditioning of Karras et al. (2022) for latents whose standard deviation is `sigma_data`."""

    sigma_data: float = 1.0

    def __post_init__(self) -> None:
        if not self.sigma_data > 0:
            raise ValueError(f"sigma_data is {self.sigma_data}, it must be positive")

    def c_skip(self, sigma: Tensor) -> Tensor:
        return self.sigma_data**2 / (sigma**2 + self.sigma_data**2)

    def c_out(self, sigma: Tensor) -> Tensor:
        return sigma * self.sigma_data * (sigma**2 + self.sigma_data**2).rsqrt()

    def c_in(self, sigma: Tensor) -> Tensor:
        return (sigma**2 + self.sigma_data**2).rsqrt()

    def c_noise(self, sigma: Tensor) -> Tensor:
        return sigma.log() / 4

    def loss_weight(self, sigma: Tensor) -> Tensor:
        return (sigma**2 + self.sigma_data**2) / (sigma * self.sigma_data) ** 2


def karras_sigmas(num_inference_steps: int, *, sigma_min: float, sigma_max: float, rho: float) -> Tensor:
    """(n + 1,) float32 noise levels falling from `sigma_max` over `sigma_min` to 0 (Karras et al. 2022, eq. 5).

    One step goes straight from `sigma_max` to 0. Raises ValueError for a schedule that doesn't fall.
    """
    if num_inference_steps < 1:
        raise ValueError(f"num_inference_steps is {num_inference_steps}, at least 1 is needed")
    if not 0 < sigma_min < sigma_max:
        raise ValueError(f"sigma_min is {sigma_min} and sigma_max {sigma_max}, allowed is 0 < sigma_min < sigma_max")
    if not rho > 0:
        raise ValueError(f"rho is {rho}, it must be positive")
    ramp = torch.linspace(0, 1, num_inference_steps, dtype=torch.float64)
    sigmas = (sigma_max ** (1 / rho) + ramp * (sigma_min ** (1 / rho) - sigma_max ** (1 / rho))) ** rho
    return torch.cat([sigmas, sigmas.new_zeros(1)]).float()  # (n + 1,)


def _over_grid(values: Tensor) -> Tensor:
    return values[:, None, None, None]  # (B, 1, 1, 1)
