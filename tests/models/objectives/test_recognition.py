"""Claims about the recogniser's losses."""

import math

import pytest
import torch
from torch import Tensor

from models.objectives.recognition import feature_loss, recognition_loss

TARGETS = torch.tensor([[1, 2, 3], [2, 2, 0], [3, 0, 0]])
LENGTHS = torch.tensor([3, 2, 1])


def random_logits(num_frames: int = 8) -> Tensor:
    return torch.randn(3, num_frames, 5, generator=torch.Generator("cpu").manual_seed(0)).requires_grad_()


def test_equals_a_hand_computed_case() -> None:
    # Two even frames over (blank, a): "a" is written by three of four paths.
    loss = recognition_loss(torch.zeros(1, 2, 2), torch.tensor([[1]]), torch.tensor([1]))
    assert loss.item() == pytest.approx(-math.log(3 / 4))


def test_is_a_mean_over_characters() -> None:
    # Two frames, two characters: one path, each frame with probability 1/3.
    loss = recognition_loss(torch.zeros(1, 2, 3), torch.tensor([[1, 2]]), torch.tensor([2]))
    assert loss.item() == pytest.approx(math.log(3))


def test_takes_log_probabilities_as_well_as_logits() -> None:
    logits = random_logits().detach()
    torch.testing.assert_close(
        recognition_loss(logits.log_softmax(dim=-1), TARGETS, LENGTHS), recognition_loss(logits, TARGETS, LENGTHS)
    )


def test_blank_may_be_any_class() -> None:
    logits = random_logits().detach()
    moved = logits.roll(-1, dims=-1)  # the blank goes from 0 to 4, class k to k - 1
    torch.testing.assert_close(
        recognition_loss(moved, (TARGETS - 1).clamp_min(0), LENGTHS, blank=4),
        recognition_loss(logits, TARGETS, LENGTHS),
    )


def test_text_that_the_frames_can_not_hold_gives_zero_and_zero_gradient() -> None:
    logits = random_logits(num_frames=2)  # "22" needs three frames: the blank between
    losses = recognition_loss(logits, TARGETS, LENGTHS)
    losses.sum().backward()
    assert losses[:2].tolist() == [0, 0]
    assert losses[2] > 0
    assert logits.grad is not None
    assert logits.grad.isfinite().all()
    assert (logits.grad[:2] == 0).all()


def test_gradient_is_finite_and_not_zero() -> None:
    logits = random_logits()
    recognition_loss(logits, TARGETS, LENGTHS).sum().backward()
    assert logits.grad is not None
    assert logits.grad.isfinite().all()
    assert (logits.grad.abs().amax(dim=(1, 2)) > 0).all()


def test_padding_and_batch_order_do_not_matter() -> None:
    logits, order = random_logits().detach(), torch.tensor([2, 0, 1])
    losses = recognition_loss(logits, TARGETS, LENGTHS)
    dirty = torch.tensor([[1, 2, 3], [2, 2, 4], [3, 1, 4]])
    torch.testing.assert_close(recognition_loss(logits, dirty, LENGTHS), losses)
    torch.testing.assert_close(recognition_loss(logits[order], TARGETS[order], LENGTHS[order]), losses[order])


def test_clamp_caps_the_loss_and_silences_the_hopeless_sample_alone() -> None:
    logits = random_logits()
    free = recognition_loss(logits, TARGETS, LENGTHS).detach()
    cap = free.median().item()
    losses = recognition_loss(logits, TARGETS, LENGTHS, clamp=cap)
    losses.sum().backward()
    assert logits.grad is not None
    torch.testing.assert_close(losses.detach(), free.clamp(max=cap))
    assert (logits.grad[free > cap] == 0).all()
    assert (logits.grad[free < cap].abs().amax(dim=(1, 2)) > 0).all()


def test_empty_text_is_finite() -> None:
    loss = recognition_loss(torch.zeros(1, 2, 2), torch.tensor([[0]]), torch.tensor([0]))
    assert loss.item() == pytest.approx(2 * math.log(2))


def test_feature_loss_equals_hand_computed_values_and_ignores_the_scale() -> None:
    features, target = torch.tensor([[1.0, 2.0], [0.0, 2.0]]), torch.tensor([[1.0, 2.0], [2.0, 0.0]])
    assert feature_loss(features, target).tolist() == pytest.approx([0, 2])
    torch.testing.assert_close(feature_loss(100 * features, 100 * target), feature_loss(features, target))


def test_feature_loss_moves_the_drawn_picture_only() -> None:
    features, target = torch.rand(2, 2, 4, 3, 3).requires_grad_(), torch.rand(2, 2, 4, 3, 3).requires_grad_()
    feature_loss(features, target).sum().backward()
    assert target.grad is None
    assert features.grad is not None
    assert (features.grad.flatten(1).abs().amax(dim=1) > 0).all()
    assert torch.isfinite(feature_loss(features, torch.zeros_like(target))).all()
