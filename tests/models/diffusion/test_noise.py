"""Claims about the first noise."""

import pytest
import torch

from models.diffusion.noise import draw_noise


def test_candidate_does_not_depend_on_the_batch() -> None:
    batch = draw_noise((8, 4, 4), seeds=[3, 1, 2])
    assert batch.shape == (3, 8, 4, 4)
    assert torch.equal(batch[1:2], draw_noise((8, 4, 4), seeds=[1]))


def test_leaves_the_global_generator_alone() -> None:
    state = torch.get_rng_state()
    draw_noise((8, 4, 4), seeds=[0, 1])
    assert torch.equal(state, torch.get_rng_state())


def test_is_unit_gaussian_and_differs_between_seeds() -> None:
    noise = draw_noise((8, 64, 64), seeds=[0, 1])
    assert noise.std().item() == pytest.approx(1, abs=0.02)
    assert abs((noise[0] * noise[1]).mean().item()) < 0.02
