"""From noise to clean latents along the probability-flow ODE: three solvers with one signature.

All are deterministic: the only randomness of an edit is its first noise. `latents` (B, C, h, w) come in at noise level
`sigmas[0]`; `sigmas` (n + 1,) fall to 0, where the denoiser is never asked. Knows neither guidance nor blending.
"""

import math
from collections.abc import Callable
from itertools import pairwise
from typing import TypeAlias

from torch import Tensor

from models.diffusion.signatures import Denoiser, StepCallback

# latents, denoised, sigma, sigma_next → the latents at sigma_next
_Step: TypeAlias = Callable[[Tensor, Tensor, float, float], Tensor]


def sample_euler(
    denoiser: Denoiser, latents: Tensor, sigmas: Tensor, *, callback: StepCallback | None = None
) -> Tensor:
    """First order, one evaluation a step; with a single step it returns the denoiser's answer itself."""
    return _sample(denoiser, latents, sigmas, euler_step, callback)


def sample_heun(denoiser: Denoiser, latents: Tensor, sigmas: Tensor, *, callback: StepCallback | None = None) -> Tensor:
    """Second order, two evaluations a step but one in the last (Karras et al. 2022, algorithm 1, no churn).

    Not for few steps: its slope at the next level is wild where a step is a large part of the way, and below about six
    steps on the built-in schedule it is further from the exact solution than Euler.
    """

    def heun_step(latents: Tensor, denoised: Tensor, sigma: float, sigma_next: float) -> Tensor:
        predicted = euler_step(latents, denoised, sigma, sigma_next)
        if sigma_next == 0:
            return predicted
        slope = (latents - denoised) / sigma
        slope_next = (predicted - denoiser(predicted, _for_each(predicted, sigma_next))) / sigma_next
        return latents + (sigma_next - sigma) * (slope + slope_next) / 2

    return _sample(denoiser, latents, sigmas, heun_step, callback)


def sample_dpmpp_2m(
    denoiser: Denoiser, latents: Tensor, sigmas: Tensor, *, callback: StepCallback | None = None
) -> Tensor:
    """Second order from one evaluation a step and the one before it (Lu et al. 2022, DPM-Solver++(2M))."""
    log_sigma_before: float | None = None
    denoised_before: Tensor | None = None

    def multistep(latents: Tensor, denoised: Tensor, sigma: float, sigma_next: float) -> Tensor:
        nonlocal log_sigma_before, denoised_before
        log_sigma = math.log(sigma)
        extrapolated = denoised
        if sigma_next > 0 and denoised_before is not None and log_sigma_before is not None:
            log_sigma_next = math.log(sigma_next)
            ratio = (log_sigma_before - log_sigma) / (log_sigma - log_sigma_next)
            extrapolated = denoised + (denoised - denoised_before) / (2 * ratio)
        log_sigma_before, denoised_before = log_sigma, denoised
        return euler_step(latents, extrapolated, sigma, sigma_next)

    return _sample(denoiser, latents, sigmas, multistep, callback)


def euler_step(latents: Tensor, denoised: Tensor, sigma: float, sigma_next: float) -> Tensor:
    """Latents at `sigma` → at `sigma_next` on the straight line to `denoised`; exactly `denoised` at 0."""
    return denoised + (sigma_next / sigma) * (latents - denoised)


def _sample(
    denoiser: Denoiser, latents: Tensor, sigmas: Tensor, step_with: _Step, callback: StepCallback | None
) -> Tensor:
    levels: list[float] = sigmas.tolist()
    if len(levels) < 2 or levels[-1] != 0 or any(a <= b for a, b in pairwise(levels)):
        raise ValueError(f"sigmas must fall from a positive level to 0, got {levels}")
    for step, (sigma, sigma_next) in enumerate(pairwise(levels)):
        if callback is not None:
            latents = callback(step, sigma, latents)
        latents = step_with(latents, denoiser(latents, _for_each(latents, sigma)), sigma, sigma_next)
    return latents if callback is None else callback(len(levels) - 1, 0.0, latents)


def _for_each(latents: Tensor, sigma: float) -> Tensor:
    return latents.new_full((latents.shape[0],), sigma)  # (B,)
