"""Claims about the region-weighted denoising loss."""

import pytest
import torch

from models.diffusion.scalings import EdmScalings
from models.objectives.denoising import denoising_loss, region_weights


def test_weights_equal_hand_computed_values() -> None:
    strokes = torch.tensor([[[[1.0, 0.0, 0.0, 0.0]]]])
    mask = torch.tensor([[[[1.0, 1.0, 0.0, 0.0]]]])
    weights = region_weights(strokes, mask, height=1, width=4, gamma=3.0, box_weight=0.5)
    mean = (4.5 + 1.5 + 1 + 1) / 4
    assert weights.flatten().tolist() == pytest.approx([4.5 / mean, 1.5 / mean, 1 / mean, 1 / mean])


def test_weights_have_mean_one_for_every_sample_whatever_its_text() -> None:
    torch.manual_seed(0)
    strokes = (torch.rand(4, 1, 64, 128) < torch.tensor([0.0, 0.1, 0.5, 1.0])[:, None, None, None]).float()
    weights = region_weights(strokes, torch.ones_like(strokes), height=16, width=32, gamma=4.0, box_weight=0.5)
    assert weights.shape == (4, 1, 16, 32)
    torch.testing.assert_close(weights.mean(dim=(1, 2, 3)), torch.ones(4))
    torch.testing.assert_close(weights[0], torch.ones(1, 16, 32))


def test_loss_is_the_squared_error_of_the_network_s_raw_output() -> None:
    torch.manual_seed(0)
    scalings, sigma = EdmScalings(sigma_data=0.8), torch.tensor([0.05, 1.0, 20.0])
    latents, output = 0.8 * torch.randn(3, 8, 4, 6), torch.randn(3, 8, 4, 6)
    noisy = latents + sigma[:, None, None, None] * torch.randn_like(latents)
    denoised = scalings.precondition(lambda _x, _c: output)(noisy, sigma)
    skip, out = (c(sigma)[:, None, None, None] for c in (scalings.c_skip, scalings.c_out))
    expected = (output - (latents - skip * noisy) / out).square().mean(dim=(1, 2, 3))
    actual = denoising_loss(denoised, latents, sigma_weight=scalings.loss_weight(sigma))
    torch.testing.assert_close(actual, expected, rtol=1e-4, atol=1e-5)


def test_weight_moves_the_gradient_to_the_strokes() -> None:
    denoised = torch.ones(1, 2, 1, 4, requires_grad=True)
    strokes = torch.tensor([[[[1.0, 0.0, 0.0, 0.0]]]])
    weights = region_weights(strokes, torch.zeros_like(strokes), height=1, width=4, gamma=3.0, box_weight=0.0)
    denoising_loss(denoised, torch.zeros(1, 2, 1, 4), sigma_weight=torch.ones(1), weights=weights).sum().backward()
    assert denoised.grad is not None
    assert (denoised.grad[0, 0, 0, 0] / denoised.grad[0, 0, 0, 1]).item() == pytest.approx(4)


def test_sample_s_loss_does_not_depend_on_the_batch() -> None:
    torch.manual_seed(0)
    denoised, latents = torch.randn(2, 3, 8, 4, 6).unbind()
    sigma_weight, order = torch.tensor([1.0, 5.0, 0.1]), torch.tensor([2, 0, 1])
    losses = denoising_loss(denoised, latents, sigma_weight=sigma_weight)
    shuffled = denoising_loss(denoised[order], latents[order], sigma_weight=sigma_weight[order])
    assert torch.equal(shuffled, losses[order])


def test_half_precision_latents_are_compared_in_float32() -> None:
    loss = denoising_loss(torch.ones(1, 1, 2, 2).bfloat16(), torch.zeros(1, 1, 2, 2), sigma_weight=torch.ones(1))
    assert loss.dtype == torch.float32
