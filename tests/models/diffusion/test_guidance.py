"""Claims about classifier-free guidance."""

import pytest
import torch
from torch import Tensor

from models.diffusion.guidance import classifier_free_guidance, guided, guided_attending

LATENTS, SIGMA = torch.zeros(1, 1, 2, 2), torch.ones(1)


def test_scale_moves_from_unconditional_past_conditional() -> None:
    uncond, cond = torch.tensor(1.0), torch.tensor(3.0)
    assert [classifier_free_guidance(uncond, cond, scale).item() for scale in (0, 1, 2.5)] == [1, 3, 6]


def test_guided_denoiser_equals_the_formula() -> None:
    denoiser = guided(lambda x, _: x + 3, lambda x, _: x + 1, 2.5)
    assert (denoiser(LATENTS, SIGMA) == 6).all()


def test_scale_one_never_runs_the_unconditional() -> None:
    def unconditional(_latents: Tensor, _sigma: Tensor) -> Tensor:
        pytest.fail("the unconditional denoiser ran")

    assert (guided(lambda x, _: x + 3, unconditional, 1.0)(LATENTS, SIGMA) == 3).all()


def test_guided_maps_are_those_of_the_conditional() -> None:
    maps = [torch.rand(1, 2, 2, 2)]
    attending = guided_attending(lambda x, _: (x + 3, maps), lambda x, _: x + 1, 2.5)
    denoised, seen = attending(LATENTS, SIGMA)
    assert (denoised == 6).all() and seen is maps
    plain, _ = guided_attending(lambda x, _: (x + 3, maps), lambda _x, _s: pytest.fail("it ran"), 1.0)(LATENTS, SIGMA)
    assert (plain == 3).all()
