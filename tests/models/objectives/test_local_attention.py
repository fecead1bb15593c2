"""Claims about supervising attention with exact character masks."""

import math
from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from models.objectives.local_attention import local_attention_loss, peak_attention_loss
from tests.models.objectives.attention_fixtures import attend, char_valid, column_masks, random_scores

LOSSES: list[Callable[..., Tensor]] = [local_attention_loss, peak_attention_loss]
MASKS, VALID = column_masks(3, 4), char_valid([4, 2, 1], 4)


def test_cross_entropy_of_even_attention_is_log_of_the_characters() -> None:
    maps = [torch.full((3, 4, 8, 32), 0.25)]
    torch.testing.assert_close(local_attention_loss(maps, MASKS, VALID), torch.full((3,), math.log(4)))


def test_peak_form_equals_hand_computed_values() -> None:
    # Blurring leaves maps alone that are even along the height and change only far from the cells looked at.
    layer = torch.zeros(1, 2, 4, 16)
    layer[0, 0, :, :8], layer[0, 0, :, 8:] = 0.75, 0.25
    layer[0, 1] = 1 - layer[0, 0]
    masks = torch.zeros(1, 2, 4, 16)
    masks[0, 0, :, :8], masks[0, 1, :, :8] = 1, 1  # both belong left: the second attends to the wrong side
    losses = [peak_attention_loss([layer], masks, char_valid([n], 2)).item() for n in (1, 2)]
    blurred_beside = 0.25 + 0.5 * math.exp(-0.5) / (1 + 2 * math.exp(-0.5))  # first cell of the other half
    first = blurred_beside - 0.75
    assert losses[0] == pytest.approx(first, abs=1e-6)
    assert losses[1] == pytest.approx((first + 0.75 - blurred_beside) / 2, abs=1e-6)


@pytest.mark.parametrize("loss", LOSSES)
def test_right_attention_costs_less_than_none_and_none_less_than_wrong(loss: Callable[..., Tensor]) -> None:
    masks = MASKS[..., ::8, ::8]  # (B, L, 8, 32)
    background = 1 - masks.sum(dim=1, keepdim=True)
    right = torch.cat([masks + background / 4], dim=1)
    wrong = right.roll(1, dims=1)
    costs = [loss([maps], MASKS, VALID) for maps in (right, torch.full_like(right, 0.25), wrong)]
    assert (costs[0] < costs[1]).all()
    assert (costs[1] < costs[2]).all()


@pytest.mark.parametrize("loss", LOSSES)
def test_contents_of_padding_s_masks_do_not_matter(loss: Callable[..., Tensor]) -> None:
    maps = attend(random_scores(3, 4, seed=0))
    dirty = torch.where(VALID[:, :, None, None], MASKS, torch.rand_like(MASKS))
    assert torch.equal(loss(maps, MASKS, VALID), loss(maps, dirty, VALID))


@pytest.mark.parametrize("loss", LOSSES)
def test_sample_s_loss_does_not_depend_on_the_batch(loss: Callable[..., Tensor]) -> None:
    maps, order = attend(random_scores(3, 4, seed=0)), torch.tensor([2, 0, 1])
    shuffled = loss([layer[order] for layer in maps], MASKS[order], VALID[order])
    torch.testing.assert_close(shuffled, loss(maps, MASKS, VALID)[order])


@pytest.mark.parametrize("loss", LOSSES)
def test_gradient_is_finite_and_reaches_every_layer(loss: Callable[..., Tensor]) -> None:
    scores = random_scores(3, 4, seed=0)
    loss(attend(scores), MASKS, VALID).sum().backward()
    for layer in scores:
        assert layer.grad is not None
        assert layer.grad.isfinite().all()
        assert (layer.grad.abs().amax(dim=(1, 2, 3)) > 0).all()


def test_cross_entropy_has_a_gradient_at_every_stroke_and_none_far_from_any() -> None:
    scores = random_scores(1, 4, seed=0)
    local_attention_loss(attend(scores), column_masks(1, 4), char_valid([4], 4)).sum().backward()
    fine = scores[0].grad
    assert fine is not None
    touched = fine[0].abs().amax(dim=0) > 0  # (h, w)
    assert touched[2:6, 3:5].all()  # inside the first bar
    assert not touched[:, 0].any()


def test_cross_entropy_pulls_hardest_where_attention_is_wrong_and_the_peak_form_does_not() -> None:
    masks, valid = column_masks(1, 2), char_valid([2], 2)
    gradients = {}
    for loss in LOSSES:
        scores = torch.zeros(1, 2, 8, 32)
        scores[:, 1, :, :16] = 12.0  # the first character's half attends to the second
        scores.requires_grad_()
        loss([scores.softmax(dim=1)], masks, valid).sum().backward()
        assert scores.grad is not None
        gradients[loss] = scores.grad[0, 0, 2:6, 4:12].abs().sum().item()
    assert gradients[local_attention_loss] > 100 * gradients[peak_attention_loss]


@pytest.mark.parametrize("loss", LOSSES)
def test_sample_without_characters_gives_zero_and_no_nan(loss: Callable[..., Tensor]) -> None:
    scores = random_scores(1, 4, seed=0)
    value = loss(attend(scores), column_masks(1, 4), char_valid([0], 4))
    value.sum().backward()
    assert value.item() == 0
    assert all(layer.grad is not None and layer.grad.isfinite().all() for layer in scores)


def test_descending_it_finds_the_places_of_the_characters() -> None:
    scores = random_scores(1, 4, seed=0)
    optimiser = torch.optim.Adam(scores, lr=0.3)
    for _ in range(60):
        optimiser.zero_grad()
        local_attention_loss(attend(scores), column_masks(1, 4), char_valid([4], 4)).sum().backward()
        optimiser.step()
    assert attend(scores)[0][0].argmax(dim=0)[4, [4, 12, 20, 28]].tolist() == [0, 1, 2, 3]
