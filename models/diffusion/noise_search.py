"""Choosing the first noise by what the characters attend to after a few steps (UDiffText, `get_init_noise`).

Unlike the published code all candidates go through the network in one batch. Doesn't know how maps are scored.
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

from torch import Tensor

from models.diffusion.sampling import euler_step
from models.diffusion.signatures import AttendingDenoiser


@dataclass(frozen=True, eq=False)
class SearchResult:
    """`index` of the best noise, and the `scores` (N,) of all: lower is better.

    To search for several results in one batch, lay their noises one after the other and take
    `scores.view(results, candidates).argmin(dim=1)`.
    """

    index: int
    scores: Tensor


def search_noise(
    attending: AttendingDenoiser,
    noises: Tensor,
    *,
    sigmas: Tensor,
    score: Callable[[list[Tensor]], Tensor],
) -> SearchResult:
    """Scores each of `noises` (N, C, h, w), unit variance, after one Euler step for each of `sigmas` (k,).

    The latents start as `noises * sigmas[0]`. `score(maps) → (N,)` sees the maps of the last evaluation, so k levels
    cost k evaluations of batch N. Raises ValueError for an empty schedule or scores that aren't one a noise.
    """
    levels: list[float] = sigmas.tolist()
    if not levels:
        raise ValueError("sigmas is empty, at least one noise level is needed")
    num_candidates = noises.shape[0]
    latents = noises * levels[0]
    denoised, maps = attending(latents, latents.new_full((num_candidates,), levels[0]))
    for sigma, sigma_next in pairwise(levels):
        latents = euler_step(latents, denoised, sigma, sigma_next)
        denoised, maps = attending(latents, latents.new_full((num_candidates,), sigma_next))
    scores = score(maps)
    if scores.shape != (num_candidates,):
        raise ValueError(f"score gave shape {tuple(scores.shape)} for {num_candidates} noises, one each is needed")
    return SearchResult(index=int(scores.argmin()), scores=scores)
