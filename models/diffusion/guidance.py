"""Classifier-free guidance (Ho & Salimans 2022), in the clean estimate. Knows no conditions, only two denoisers."""

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


def guided_attending(conditional: AttendingDenoiser, unconditional: Denoiser, scale: float) -> AttendingDenoiser:
    """As `guided`, with the attention maps of the conditional."""

    def attending(latents: Tensor, sigma: Tensor) -> tuple[Tensor, list[Tensor]]:
        denoised, maps = conditional(latents, sigma)
        if scale != 1:
            denoised = classifier_free_guidance(unconditional(latents, sigma), denoised, scale)
        return denoised, maps

    return attending
