"""Claims about self-estimated character masks and the loss that sharpens attention towards them."""

import pytest
import torch

from models.objectives.self_masks import estimate_char_masks, sharpening_loss
from tests.models.objectives.attention_fixtures import attend, char_valid, random_scores

VALID = char_valid([4, 2, 1], 4)


def test_mask_is_where_attention_stands_out_and_nowhere_else() -> None:
    layer = torch.full((1, 2, 8, 32), 0.1)
    layer[0, 0, 3:6, 10:13] = 0.9
    masks = estimate_char_masks([layer], char_valid([2], 2))
    inside = torch.zeros(8, 32, dtype=torch.bool)
    inside[2:7, 9:14] = True  # the blur spreads the block by one cell
    assert masks[0, 0, 4, 11] == 1
    assert masks[0, 0][~inside].sum() == 0
    assert masks[0, 1].sum() == 0  # an even map has no mask


def test_masks_are_binary_without_gradient_at_the_largest_resolution_and_empty_for_padding() -> None:
    masks = estimate_char_masks(attend(random_scores(3, 4, seed=0)), VALID)
    assert masks.shape == (3, 4, 8, 32)
    assert set(masks.unique().tolist()) == {0, 1}
    assert not masks.requires_grad
    assert masks[~VALID].sum() == 0
    assert (masks[VALID].sum(dim=(1, 2)) > 0).all()


def test_sharpening_equals_hand_computed_values() -> None:
    layer = torch.tensor([[[[0.5, 0.5]], [[0.0, 1.0]]]])  # (1, 2, 1, 2)
    masks = torch.tensor([[[[1.0, 0.0]], [[0.0, 1.0]]]])
    first = 1 - 2 * 0.5 / (0.5 + 1)
    assert sharpening_loss([layer], masks, char_valid([1], 2)).item() == pytest.approx(first)
    assert sharpening_loss([layer], masks, char_valid([2], 2)).item() == pytest.approx(first / 2)


def test_gradient_is_finite_and_not_zero_in_every_sample_and_layer() -> None:
    scores = random_scores(3, 4, seed=0)
    maps = attend(scores)
    sharpening_loss(maps, estimate_char_masks(maps, VALID), VALID).sum().backward()
    for layer in scores:
        assert layer.grad is not None
        assert layer.grad.isfinite().all()
        assert (layer.grad.abs().amax(dim=(1, 2, 3)) > 0).all()


def test_descending_it_draws_the_attention_into_the_masks() -> None:
    scores = random_scores(1, 4, seed=0)
    valid = char_valid([3], 4)
    masks = estimate_char_masks(attend(scores), valid)
    optimiser = torch.optim.Adam(scores, lr=0.3)
    values = []
    for _ in range(40):
        optimiser.zero_grad()
        value = sharpening_loss(attend(scores), masks, valid).sum()
        value.backward()
        optimiser.step()
        values.append(value.item())
    assert values[-1] < 0.5 * values[0]


def test_padding_s_maps_and_masks_do_not_matter() -> None:
    maps = attend(random_scores(3, 4, seed=0))
    masks = estimate_char_masks(maps, VALID)
    dirty_masks = torch.where(VALID[:, :, None, None], masks, 1.0)
    dirty_maps = [torch.where(VALID[:, :, None, None], layer, 0.7) for layer in maps]
    assert torch.equal(sharpening_loss(dirty_maps, dirty_masks, VALID), sharpening_loss(maps, masks, VALID))
    assert torch.equal(estimate_char_masks(dirty_maps, VALID), masks)


def test_sample_s_loss_does_not_depend_on_the_batch() -> None:
    maps, order = attend(random_scores(3, 4, seed=0)), torch.tensor([2, 0, 1])
    masks = estimate_char_masks(maps, VALID)
    shuffled = [layer[order] for layer in maps]
    assert torch.equal(estimate_char_masks(shuffled, VALID[order]), masks[order])
    expected = sharpening_loss(maps, masks, VALID)[order]
    torch.testing.assert_close(sharpening_loss(shuffled, masks[order], VALID[order]), expected)


def test_sample_without_any_mask_gives_zero_and_no_nan() -> None:
    layer = torch.full((1, 2, 4, 8), 0.5, requires_grad=True)
    valid = char_valid([2], 2)
    value = sharpening_loss([layer], estimate_char_masks([layer], valid), valid)
    value.sum().backward()
    assert value.item() == 0
    assert layer.grad is not None
    assert (layer.grad == 0).all()
