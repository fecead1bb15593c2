"""Joins step callbacks. Doesn't know what they do."""

from torch import Tensor

from models.diffusion.signatures import StepCallback


def compose(*callbacks: StepCallback) -> StepCallback:
    """One callback that applies all of them in the order given; with none it hands the latents back."""

    def composed(step: int, sigma: float, latents: Tensor) -> Tensor:
        for callback in callbacks:
            latents = callback(step, sigma, latents)
        return latents

    return composed
