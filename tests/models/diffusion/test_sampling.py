"""Claims about the samplers, on a Gaussian whose exact denoiser and exact ODE solution are known."""

import math
from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from models.diffusion.callbacks import compose
from models.diffusion.sampling import sample_dpmpp_2m, sample_euler, sample_heun
from models.diffusion.scalings import karras_sigmas

MEAN, STD, SIGMA_MAX = 0.6, 0.5, 20.0
SAMPLERS: list[Callable[..., Tensor]] = [sample_euler, sample_heun, sample_dpmpp_2m]


def gaussian_denoiser(latents: Tensor, sigma: Tensor) -> Tensor:
    share = STD**2 / (STD**2 + sigma**2)
    return MEAN + share[:, None, None, None] * (latents - MEAN)


def exact_solution(latents: Tensor) -> Tensor:
    return MEAN + (latents - MEAN) * STD / math.sqrt(STD**2 + SIGMA_MAX**2)


def schedule(num_inference_steps: int) -> Tensor:
    return karras_sigmas(num_inference_steps, sigma_min=0.02, sigma_max=SIGMA_MAX, rho=5.0)


@pytest.mark.parametrize("sample", SAMPLERS)
def test_reaches_mean_and_std_of_the_data(sample: Callable[..., Tensor]) -> None:
    torch.manual_seed(0)
    latents = sample(gaussian_denoiser, SIGMA_MAX * torch.randn(4, 8, 32, 32), schedule(60))
    assert latents.mean().item() == pytest.approx(MEAN, abs=0.03)
    assert latents.std().item() == pytest.approx(STD, rel=0.05)


@pytest.mark.parametrize("num_inference_steps", [12, 24])
def test_second_order_is_closer_to_the_exact_solution_than_euler(num_inference_steps: int) -> None:
    torch.manual_seed(0)
    latents = SIGMA_MAX * torch.randn(1, 4, 16, 16)
    errors = [
        (sample(gaussian_denoiser, latents, schedule(num_inference_steps)) - exact_solution(latents)).abs().mean()
        for sample in SAMPLERS
    ]
    euler, heun, dpmpp_2m = errors
    assert heun < euler / 2
    assert dpmpp_2m < euler / 2


@pytest.mark.parametrize("sample", SAMPLERS)
def test_one_step_returns_the_denoiser_s_answer(sample: Callable[..., Tensor]) -> None:
    torch.manual_seed(0)
    latents = SIGMA_MAX * torch.randn(2, 1, 4, 4)
    denoised = gaussian_denoiser(latents, torch.full((2,), SIGMA_MAX))
    assert torch.equal(sample(gaussian_denoiser, latents, schedule(1)), denoised)


@pytest.mark.parametrize("sample", SAMPLERS)
def test_same_noise_gives_the_same_bits_alone_and_in_a_batch(sample: Callable[..., Tensor]) -> None:
    torch.manual_seed(0)
    latents = SIGMA_MAX * torch.randn(3, 2, 4, 4)
    together = sample(gaussian_denoiser, latents, schedule(5))
    assert torch.equal(together, sample(gaussian_denoiser, latents, schedule(5)))
    assert torch.equal(together[1:2], sample(gaussian_denoiser, latents[1:2], schedule(5)))


@pytest.mark.parametrize("sample", SAMPLERS)
def test_callback_sees_every_level_once_and_zero_last(sample: Callable[..., Tensor]) -> None:
    calls: list[tuple[int, float]] = []

    def record(step: int, sigma: float, latents: Tensor) -> Tensor:
        calls.append((step, sigma))
        return latents

    sigmas = schedule(3)
    sample(gaussian_denoiser, torch.ones(1, 1, 2, 2), sigmas, callback=record)
    assert calls == list(enumerate(sigmas.tolist()))


@pytest.mark.parametrize("sample", SAMPLERS)
def test_goes_on_with_what_the_callback_returns(sample: Callable[..., Tensor]) -> None:
    def last_is_seven(_step: int, sigma: float, latents: Tensor) -> Tensor:
        return torch.full_like(latents, 7.0) if sigma == 0 else latents

    result = sample(gaussian_denoiser, torch.ones(1, 1, 2, 2), schedule(3), callback=last_is_seven)
    assert (result == 7).all()


def test_composed_callbacks_run_in_order() -> None:
    callback = compose(lambda _step, _sigma, x: x + 1, lambda _step, _sigma, x: 10 * x)
    assert callback(0, 1.0, torch.tensor(2.0)).item() == 30
    assert compose()(0, 1.0, torch.tensor(2.0)).item() == 2


@pytest.mark.parametrize("sigmas", [[1.0], [1.0, 0.5], [1.0, 1.0, 0.0], [0.0]])
def test_refuses_levels_that_do_not_fall_to_zero(sigmas: list[float]) -> None:
    with pytest.raises(ValueError, match="must fall"):
        sample_euler(gaussian_denoiser, torch.ones(1, 1, 2, 2), torch.tensor(sigmas))
