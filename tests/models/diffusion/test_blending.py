"""Claims about blending: same level on both sides at every step, clean at the end."""

import pytest
import torch
from torch import Tensor

from models.diffusion.blending import Blend
from models.diffusion.callbacks import compose
from models.diffusion.sampling import sample_euler
from models.diffusion.scalings import karras_sigmas


def test_each_step_equals_hand_computed_values() -> None:
    source = torch.tensor([[[[1.0, 2.0]]]])
    noise = torch.tensor([[[[0.5, -1.0]]]])
    mask = torch.tensor([[[[0.0, 1.0]]]])  # left is kept, right is repainted
    seen: list[tuple[float, list[float]]] = []

    def record(_step: int, sigma: float, latents: Tensor) -> Tensor:
        seen.append((sigma, latents.flatten().tolist()))
        return latents

    sigmas = torch.tensor([4.0, 2.0, 0.0])
    start = torch.tensor([[[[9.0, 8.0]]]])
    callback = compose(Blend(source, mask, noise), record)
    # Denoised is 0 everywhere: Euler scales the latents by sigma_next / sigma.
    sample_euler(lambda x, _: torch.zeros_like(x), start, sigmas, callback=callback)
    assert seen == [(4.0, [1 + 4 * 0.5, 8.0]), (2.0, [1 + 2 * 0.5, 4.0]), (0.0, [1.0, 0.0])]


def test_background_has_exactly_the_variance_of_the_sample_s_level() -> None:
    torch.manual_seed(0)
    source, noise = torch.randn(1, 8, 64, 64), torch.randn(1, 8, 64, 64)
    blend = Blend(source, torch.zeros(1, 1, 64, 64), noise)
    sigmas = karras_sigmas(4, sigma_min=0.05, sigma_max=20.0, rho=5.0).tolist()
    for step, sigma in enumerate(sigmas):
        background = blend(step, sigma, torch.full_like(source, 99.0))
        assert (background - source).std().item() == pytest.approx(sigma, rel=0.02)
        assert background.var().item() == pytest.approx(1 + sigma**2, rel=0.03)


def test_background_is_the_clean_source_at_the_end_and_the_inside_is_untouched_bit_for_bit() -> None:
    torch.manual_seed(0)
    source, noise, latents = torch.randn(3, 2, 8, 4, 6).unbind()
    mask = torch.rand(2, 1, 4, 6) > 0.5
    blended = Blend(source, mask, noise)(4, 0.0, latents)
    inside = mask.expand_as(source)
    assert torch.equal(blended[~inside], source[~inside])
    assert torch.equal(blended[inside], latents[inside])


def test_refuses_shapes_that_do_not_fit() -> None:
    latents = torch.zeros(2, 8, 4, 6)
    with pytest.raises(ValueError, match="mask is"):
        Blend(latents, torch.zeros(2, 1, 16, 24), latents)
    with pytest.raises(ValueError, match="noise is"):
        Blend(latents, torch.zeros(2, 1, 4, 6), latents[:1])
