"""Claims about the character encoder's pre-training losses."""

import math

import pytest
import torch

from models.objectives.contrastive import character_loss, contrastive_loss

SCALE = torch.tensor(math.log(1 / 0.07))


def test_contrastive_equals_a_hand_computed_case() -> None:
    # Embeddings at right angles, scale 1: each row of the logits is (1, 0) or (0, 1).
    losses = contrastive_loss(torch.eye(2), 5 * torch.eye(2), torch.tensor(0.0))
    assert losses.tolist() == pytest.approx([math.log(1 + math.exp(-1))] * 2)


def test_contrastive_is_symmetric_and_follows_the_batch_order() -> None:
    torch.manual_seed(0)
    text, image = torch.randn(2, 4, 8).unbind()
    order = torch.tensor([3, 1, 0, 2])
    losses = contrastive_loss(text, image, SCALE)
    torch.testing.assert_close(contrastive_loss(image, text, SCALE), losses)
    torch.testing.assert_close(contrastive_loss(text[order], image[order], SCALE), losses[order])


def test_true_partners_cost_less_than_swapped_ones() -> None:
    torch.manual_seed(0)
    text = torch.randn(6, 16)
    assert (contrastive_loss(text, text, SCALE) < contrastive_loss(text, text.roll(1, dims=0), SCALE)).all()


def test_contrastive_gradient_reaches_both_sides_and_the_scale() -> None:
    torch.manual_seed(0)
    text, image = torch.randn(4, 8, requires_grad=True), torch.randn(4, 8, requires_grad=True)
    scale = SCALE.clone().requires_grad_()
    contrastive_loss(text, image, scale).sum().backward()
    for tensor in (text, image, scale):
        assert tensor.grad is not None
        assert tensor.grad.isfinite().all()
        assert tensor.grad.abs().max() > 0


def test_character_loss_of_even_logits_is_log_of_the_classes() -> None:
    valid = torch.tensor([[True, True, False]])
    assert character_loss(torch.zeros(1, 3, 96), torch.tensor([[5, 7, 0]]), valid).item() == pytest.approx(math.log(96))


def test_padding_has_neither_share_nor_gradient() -> None:
    torch.manual_seed(0)
    logits = torch.randn(2, 3, 5, requires_grad=True)
    char_ids, valid = torch.tensor([[1, 2, 0], [3, 0, 0]]), torch.tensor([[True, True, False], [True, False, False]])
    loss = character_loss(logits, char_ids, valid)
    loss.sum().backward()
    assert logits.grad is not None
    assert (logits.grad[~valid] == 0).all()
    assert (logits.grad[valid].abs().amax(dim=1) > 0).all()
    dirty = torch.where(valid[:, :, None], logits.detach(), torch.tensor(50.0))
    torch.testing.assert_close(character_loss(dirty, char_ids, valid), loss.detach())
