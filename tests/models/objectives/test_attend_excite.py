"""Claims about the score of the least attended character."""

import pytest
import torch

from models.objectives.attend_excite import attend_and_excite_loss, published_attend_and_excite_loss
from tests.models.objectives.attention_fixtures import attend, char_valid, random_scores

VALID, MASK = char_valid([4, 2, 1], 4), torch.ones(3, 1, 64, 256)


def test_equals_hand_computed_values() -> None:
    first, second = torch.empty(1, 3, 4, 8), torch.empty(1, 3, 2, 4)
    for character, (value, other) in enumerate([(0.5, 0.3), (0.2, 0.4), (0.1, 0.0)]):
        first[:, character], second[:, character] = value, other
    maps = [first, second]
    mask = torch.ones(1, 1, 16, 32)
    assert attend_and_excite_loss(maps, char_valid([2], 3), mask).item() == pytest.approx(-(0.2 + 0.3) / 2)
    assert attend_and_excite_loss(maps, char_valid([3], 3), mask).item() == pytest.approx(-(0.1 + 0.0) / 2)


def test_attention_outside_the_mask_does_not_count() -> None:
    layer = torch.full((1, 1, 4, 8), 0.1)
    layer[..., 6:] = 0.9
    mask = torch.zeros(1, 1, 16, 32)
    mask[..., :12] = 1
    assert attend_and_excite_loss([layer], char_valid([1], 1), mask).item() == pytest.approx(-0.1)


def test_mask_thinner_than_a_cell_still_counts() -> None:
    mask = torch.zeros(1, 1, 64, 256)
    mask[..., 30, :] = 1
    layer = torch.full((1, 1, 4, 16), 0.4)
    assert attend_and_excite_loss([layer], char_valid([1], 1), mask).item() == pytest.approx(-0.4)


def test_each_sample_has_a_value_and_a_gradient_of_its_own() -> None:
    scores = random_scores(3, 4, seed=0)
    losses = attend_and_excite_loss(attend(scores), VALID, MASK)
    assert losses.shape == (3,)
    losses[1].backward()
    for layer in scores:
        assert layer.grad is not None
        assert layer.grad.isfinite().all()
        assert layer.grad[1].abs().max() > 0
        assert (layer.grad[[0, 2]] == 0).all()


def test_value_does_not_depend_on_the_batch_or_on_padding() -> None:
    maps, order = attend(random_scores(3, 4, seed=0)), torch.tensor([2, 0, 1])
    losses = attend_and_excite_loss(maps, VALID, MASK)
    shuffled = attend_and_excite_loss([layer[order] for layer in maps], VALID[order], MASK)
    torch.testing.assert_close(shuffled, losses[order])
    dirty = [torch.where(VALID[:, :, None, None], layer, torch.rand_like(layer)) for layer in maps]
    torch.testing.assert_close(attend_and_excite_loss(dirty, VALID, MASK), losses)


def test_sample_without_characters_neglects_nothing() -> None:
    maps = attend(random_scores(1, 4, seed=0))
    assert attend_and_excite_loss(maps, char_valid([0], 4), MASK[:1]).item() == -1


def test_published_form_fades_at_the_rim_and_misses_thin_masks() -> None:
    even, valid = torch.full((1, 1, 4, 4), 0.5), torch.tensor([[True]])
    corner = torch.zeros(1, 1, 4, 4)
    corner[..., 0, 0] = 1
    assert attend_and_excite_loss([even], valid, corner).item() == pytest.approx(-0.5)
    # of the kernel's nine weights the corner has the middle, two edges and a corner
    assert published_attend_and_excite_loss([even], valid, corner).item() == pytest.approx(
        -0.5 * (0.2042 + 2 * 0.1238 + 0.0751), abs=1e-4
    )
    thin = torch.zeros(1, 1, 16, 16)
    thin[..., 1, :] = 1  # between the points that nearest neighbour takes
    assert attend_and_excite_loss([even], valid, thin).item() == pytest.approx(-0.5)
    assert published_attend_and_excite_loss([even], valid, thin).item() == 0
