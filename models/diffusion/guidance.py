"""Classifier-free guidance (Ho & Salimans 2022), in the clean estimate. Knows no conditions, only denoisers."""

import torch
from torch import Tensor

from models.diffusion.signatures import AttendingDenoiser, Denoiser


def classifier_free_guidance(denoised_uncond: Tensor, denoised_cond: Tensor, scale: float) -> Tensor:
    """Both (B, C, h, w) → (B, C, h, w): the unconditional estimate moved `scale` times the way to the conditional."""
    return denoised_uncond + scale * (denoised_cond - denoised_uncond)


def guided(conditional: Denoiser, unconditional: Denoiser, scale: float) -> Denoiser:
    """The guided denoiser; at scale 1 it *is* `conditional`, and the unconditional is never run."""
    if scale == 1:
        return conditional

    def denoiser(latents: Tensor, sigma: Tensor) -> Tensor:
        return classifier_free_guidance(unconditional(latents, sigma), conditional(latents, sigma), scale)

    return denoiser


def guided_together(both: AttendingDenoiser, scale: float) -> AttendingDenoiser:
    """The guided denoiser of a batch's first half; `both` takes the latents twice and knows the conditions, the
    unconditional ones in the second half. The maps are those of the first.
    """

    def attending(latents: Tensor, sigma: Tensor) -> tuple[Tensor, list[Tensor]]:
        denoised, maps = both(torch.cat([latents, latents]), torch.cat([sigma, sigma]))
        denoised_cond, denoised_uncond = denoised.chunk(2)
        guided_latents = classifier_free_guidance(denoised_uncond, denoised_cond, scale)
        return guided_latents, [layer.chunk(2)[0] for layer in maps]

    return attending
