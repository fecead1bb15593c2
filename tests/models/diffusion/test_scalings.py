"""Claims about the preconditioning and the noise schedule."""

import math

import pytest
import torch
from torch import Tensor

from models.diffusion.scalings import EdmScalings, karras_sigmas


def test_scalings_equal_hand_computed_values() -> None:
    sigma = torch.tensor([3.0])
    scalings = EdmScalings(sigma_data=4.0)
    assert scalings.c_skip(sigma).item() == pytest.approx(16 / 25)
    assert scalings.c_out(sigma).item() == pytest.approx(12 / 5)
    assert scalings.c_in(sigma).item() == pytest.approx(1 / 5)
    assert scalings.c_noise(sigma).item() == pytest.approx(math.log(3) / 4)
    assert scalings.loss_weight(sigma).item() == pytest.approx(25 / 144)


def test_network_input_and_its_target_have_unit_variance_at_every_level() -> None:
    torch.manual_seed(0)
    scalings = EdmScalings(sigma_data=0.7)
    latents, noise = 0.7 * torch.randn(100_000), torch.randn(100_000)
    for sigma in (torch.tensor([0.05]), torch.tensor([1.0]), torch.tensor([20.0])):
        noisy = latents + sigma * noise
        target = (latents - scalings.c_skip(sigma) * noisy) / scalings.c_out(sigma)
        assert (scalings.c_in(sigma) * noisy).std().item() == pytest.approx(1, abs=0.02)
        assert target.std().item() == pytest.approx(1, abs=0.02)


def test_network_that_answers_zero_gives_the_shrunken_latents() -> None:
    seen: list[Tensor] = []

    def network(scaled: Tensor, c_noise: Tensor) -> Tensor:
        seen.extend([scaled, c_noise])
        return torch.zeros_like(scaled)

    latents, sigma = torch.ones(2, 1, 1, 1), torch.tensor([1.0, 3.0])
    denoised = EdmScalings().precondition(network)(latents, sigma)
    assert denoised.flatten().tolist() == pytest.approx([0.5, 0.1])
    assert seen[0].flatten().tolist() == pytest.approx([1 / math.sqrt(2), 1 / math.sqrt(10)])
    assert seen[1].tolist() == pytest.approx([0, math.log(3) / 4])


def test_attending_network_gives_the_same_estimate_and_its_maps() -> None:
    torch.manual_seed(0)
    maps = [torch.rand(2, 3, 4, 4)]
    latents, sigma = torch.randn(2, 1, 4, 4), torch.tensor([0.3, 2.0])
    denoised, seen = EdmScalings().precondition_attending(lambda x, _: (x.tanh(), maps))(latents, sigma)
    assert torch.equal(denoised, EdmScalings().precondition(lambda x, _: x.tanh())(latents, sigma))
    assert seen is maps


def test_half_precision_network_leaves_the_latents_in_float32() -> None:
    denoiser = EdmScalings().precondition(lambda x, _: x.bfloat16())
    assert denoiser(torch.randn(1, 1, 2, 2), torch.tensor([1.0])).dtype == torch.float32


def test_karras_sigmas_fall_from_max_over_min_to_zero() -> None:
    sigmas = karras_sigmas(5, sigma_min=0.05, sigma_max=20.0, rho=5.0)
    assert sigmas.dtype == torch.float32
    assert sigmas.shape == (6,)
    assert (sigmas[0].item(), sigmas[-2].item(), sigmas[-1].item()) == pytest.approx((20.0, 0.05, 0.0))
    assert (sigmas.diff() < 0).all()


def test_karras_sigmas_with_rho_one_are_evenly_spaced() -> None:
    assert karras_sigmas(3, sigma_min=1.0, sigma_max=5.0, rho=1.0).tolist() == pytest.approx([5, 3, 1, 0])


def test_one_step_goes_straight_from_max_to_zero() -> None:
    assert karras_sigmas(1, sigma_min=0.05, sigma_max=20.0, rho=5.0).tolist() == pytest.approx([20, 0])


@pytest.mark.parametrize(
    ("steps", "sigma_min", "sigma_max", "rho"), [(0, 0.1, 1, 7), (4, 0, 1, 7), (4, 1, 1, 7), (4, 0.1, 1, 0)]
)
def test_refuses_a_schedule_that_does_not_fall(steps: int, sigma_min: float, sigma_max: float, rho: float) -> None:
    with pytest.raises(ValueError):
        karras_sigmas(steps, sigma_min=sigma_min, sigma_max=sigma_max, rho=rho)


def test_refuses_sigma_data_of_zero() -> None:
    with pytest.raises(ValueError, match="sigma_data is 0"):
        EdmScalings(sigma_data=0.0)
