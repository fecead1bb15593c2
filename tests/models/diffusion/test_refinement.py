"""Claims about attend-and-excite on the latents, on a tiny real attention in float64."""

from dataclasses import replace

import pytest
import torch
from torch import Tensor, nn

from models.diffusion.refinement import RefinementConfig, Refiner, loss_gradient
from models.diffusion.scalings import EdmScalings
from models.diffusion.signatures import AttendingDenoiser

CONFIG = RefinementConfig(num_inference_steps=4, step_size=0.05, sigma_min=0.5)


def tiny_attending(dtype: torch.dtype = torch.float64) -> AttendingDenoiser:
    torch.manual_seed(0)
    queries, characters = nn.Conv2d(2, 6, 3, padding=1).to(dtype), torch.randn(3, 6, dtype=dtype)

    def network(latents: Tensor, c_noise: Tensor) -> tuple[Tensor, list[Tensor]]:
        features = queries(latents) + c_noise[:, None, None, None]  # (B, D, h, w)
        maps = torch.einsum("bdhw,ld->blhw", features, characters).softmax(dim=1)  # (B, L, h, w)
        return latents.tanh(), [maps]

    return EdmScalings().precondition_attending(network)


def loss(maps: list[Tensor]) -> Tensor:
    return -maps[0].mean(dim=(2, 3)).amin(dim=1)


def test_gradient_equals_finite_differences() -> None:
    attending = tiny_attending()
    latents = torch.randn(2, 2, 3, 4, dtype=torch.float64)
    _, gradient = loss_gradient(attending, loss, latents, 1.7)
    direction = torch.randn_like(latents)
    sigma = torch.full((2,), 1.7, dtype=torch.float64)
    ahead, behind = (loss(attending(latents + step * direction, sigma)[1]) for step in (1e-5, -1e-5))
    expected = (ahead - behind) / 2e-5
    torch.testing.assert_close((gradient * direction).sum(dim=(1, 2, 3)), expected, rtol=1e-6, atol=1e-9)


def test_loss_of_every_sample_is_lower_afterwards() -> None:
    attending = tiny_attending()
    latents = 2 * torch.randn(4, 2, 4, 8, dtype=torch.float64)
    refined = Refiner(attending, loss, CONFIG)(0, 2.0, latents)
    before, _ = loss_gradient(attending, loss, latents, 2.0)
    after, _ = loss_gradient(attending, loss, refined, 2.0)
    assert (after < before).all()


def test_one_move_has_rms_alpha_times_sigma_and_fades_with_the_steps() -> None:
    refiner = Refiner(tiny_attending(), loss, CONFIG)
    latents = torch.randn(2, 2, 4, 8, dtype=torch.float64)
    moves = [(refiner(step, 2.0, latents) - latents).square().mean(dim=(1, 2, 3)).sqrt() for step in (0, 3)]
    torch.testing.assert_close(moves[0], torch.full((2,), 0.05 * 2.0, dtype=torch.float64))
    torch.testing.assert_close(moves[1], torch.full((2,), 0.05 * 2.0 * 0.5, dtype=torch.float64))


def test_sample_does_not_depend_on_its_neighbours_even_when_they_need_more_iterations() -> None:
    attending = tiny_attending()
    latents = torch.randn(3, 2, 4, 8, dtype=torch.float64)
    threshold = loss_gradient(attending, loss, latents, 2.0)[0].median().item() - 0.01
    refiner = Refiner(attending, loss, replace(CONFIG, thresholds={1: threshold}))
    together = refiner(1, 2.0, latents)
    alone = torch.cat([refiner(1, 2.0, one[None]) for one in latents])
    torch.testing.assert_close(together, alone, rtol=0, atol=1e-12)


def test_threshold_step_repeats_until_reached_and_leaves_good_samples_alone() -> None:
    attending = tiny_attending()
    latents = torch.randn(3, 2, 4, 8, dtype=torch.float64)
    before, _ = loss_gradient(attending, loss, latents, 2.0)
    threshold = before.median().item()
    refined = Refiner(attending, loss, replace(CONFIG, thresholds={0: threshold}))(0, 2.0, latents)
    after, _ = loss_gradient(attending, loss, refined, 2.0)
    good = before <= threshold
    assert (after <= threshold).all()
    assert torch.equal(refined[good], latents[good])
    assert not torch.equal(refined[~good], latents[~good])


def test_unreachable_threshold_stops_at_max_iterations() -> None:
    attending = tiny_attending()
    evaluations: list[float] = []

    def counting(latents: Tensor, sigma: Tensor) -> tuple[Tensor, list[Tensor]]:
        evaluations.append(sigma[0].item())
        return attending(latents, sigma)

    config = replace(CONFIG, thresholds={0: -2.0}, max_iterations=3)
    Refiner(counting, loss, config)(0, 2.0, torch.randn(1, 2, 4, 8, dtype=torch.float64))
    assert evaluations == [2.0] * 3


@pytest.mark.parametrize("sigma", [0.49, 0.0])
def test_moves_nothing_below_sigma_min(sigma: float) -> None:
    latents = torch.randn(1, 2, 4, 8, dtype=torch.float64)
    assert Refiner(tiny_attending(), loss, CONFIG)(3, sigma, latents) is latents


@pytest.mark.parametrize("scale", [0.0, 1e-30])
def test_vanishing_gradient_moves_finitely(scale: float) -> None:
    latents = torch.randn(1, 2, 4, 8)
    refined = Refiner(tiny_attending(torch.float32), lambda maps: scale * loss(maps), CONFIG)(0, 2.0, latents)
    move = (refined - latents).square().mean().sqrt().item()
    assert move == pytest.approx(0.0 if scale == 0 else 0.1, abs=1e-4)


def test_works_under_no_grad_and_inference_mode() -> None:
    refiner = Refiner(tiny_attending(torch.float32), loss, CONFIG)
    latents = torch.randn(1, 2, 4, 8)
    with torch.no_grad():
        refined = refiner(0, 2.0, latents)
    with torch.inference_mode():
        assert torch.equal(refiner(0, 2.0, latents.clone()), refined)
    assert not refined.requires_grad


def test_refuses_thresholds_outside_the_schedule() -> None:
    with pytest.raises(ValueError, match="steps \\[4\\]"):
        RefinementConfig(num_inference_steps=4, thresholds={4: -0.5})
