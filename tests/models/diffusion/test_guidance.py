"""Claims about classifier-free guidance."""

import pytest
import torch
from torch import Tensor

from models.diffusion.guidance import classifier_free_guidance, guided, guided_together

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


def test_both_halves_of_a_batch_are_guided_together() -> None:
    def both(latents: Tensor, sigma: Tensor) -> tuple[Tensor, list[Tensor]]:
        offsets = torch.tensor([3.0, 3.0, 1.0, 1.0])[:, None, None, None]
        assert sigma.tolist() == [1, 2, 1, 2]
        return latents + offsets, [torch.arange(4.0)[:, None, None, None]]

    latents = torch.zeros(2, 1, 2, 2)
    denoised, (maps,) = guided_together(both, 2.5)(latents, torch.tensor([1.0, 2.0]))
    assert (denoised == 6).all() and denoised.shape == latents.shape
    assert maps.flatten().tolist() == [0, 1]
