"""Claims about the noise levels and scalings of Stable Diffusion's family."""

import pytest
import torch
from diffusers import EulerDiscreteScheduler

from models.config import DdpmConfig
from models.diffusion.ddpm import DdpmScalings, ddpm_levels, trailing_sigmas
from models.diffusion.sampling import sample_euler

LEVELS = ddpm_levels(DdpmConfig())
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # in diffusers' scheduler


def euler_scheduler() -> EulerDiscreteScheduler:
    return EulerDiscreteScheduler(
        beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", timestep_spacing="trailing"
    )


def test_levels_are_the_published_range() -> None:
    assert len(LEVELS) == 1000 and (LEVELS.diff() > 0).all()
    assert [round(float(LEVELS[t]), 4) for t in (0, 499, 999)] == [0.0292, 1.6129, 14.6146]


@pytest.mark.parametrize("steps", [10, 20, 25, 40, 50, 100])
def test_trailing_levels_equal_those_of_diffusers(steps: int) -> None:
    scheduler = euler_scheduler()
    scheduler.set_timesteps(steps)
    torch.testing.assert_close(trailing_sigmas(LEVELS, steps), scheduler.sigmas, rtol=1e-5, atol=1e-6)


def test_two_steps_are_those_of_the_published_search() -> None:
    assert torch.equal(trailing_sigmas(LEVELS, 2), torch.stack([LEVELS[999], LEVELS[499], torch.tensor(0.0)]))


@pytest.mark.parametrize("steps", [0, 1000])
def test_refuses_a_schedule_that_does_not_fall(steps: int) -> None:
    with pytest.raises(ValueError, match="allowed are 1 to 999"):
        trailing_sigmas(LEVELS, steps)


def test_network_is_told_the_timestep_of_each_level() -> None:
    scalings = DdpmScalings(LEVELS)
    assert scalings.c_noise(LEVELS[[999, 979, 19, 0]]).tolist() == [999.0, 979.0, 19.0, 0.0]


def test_sampling_equals_the_euler_scheduler_of_diffusers() -> None:
    torch.manual_seed(0)
    weight = torch.randn(4, 4) / 4

    def network(latents: torch.Tensor, timesteps: torch.Tensor) -> torch.Tensor:
        return torch.einsum("bchw,dc->bdhw", latents, weight).tanh() + timesteps[:, None, None, None] / 1000

    latents = torch.randn(2, 4, 8, 8) * LEVELS[-1]
    ours = sample_euler(DdpmScalings(LEVELS).precondition(network), latents, trailing_sigmas(LEVELS, 20))
    scheduler = euler_scheduler()
    scheduler.set_timesteps(20)
    theirs = latents
    for timestep in scheduler.timesteps:
        noise_pred = network(scheduler.scale_model_input(theirs, timestep), timestep.expand(2))
        theirs = scheduler.step(noise_pred, timestep, theirs).prev_sample
    torch.testing.assert_close(ours, theirs, rtol=1e-4, atol=1e-4)


def test_loss_weight_makes_the_loss_that_of_the_noise() -> None:
    sigma = LEVELS[[10, 500]]
    scalings = DdpmScalings(LEVELS)
    torch.testing.assert_close(scalings.loss_weight(sigma) * scalings.c_out(sigma) ** 2, torch.ones(2))
