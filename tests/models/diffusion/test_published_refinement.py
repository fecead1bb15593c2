"""Claims about refinement to the letter of the published code, on a function whose gradient is known."""

import pytest
import torch
from torch import Tensor

from models.diffusion.published_refinement import PUBLISHED_THRESHOLDS, PublishedRefiner, thresholds_for


class Watched:
    """A network whose map is its input: the loss is -0.001 times its sum, the gradient -0.001 everywhere."""

    def __init__(self) -> None:
        self.seen: list[Tensor] = []

    def __call__(self, latents: Tensor, sigma: Tensor) -> tuple[Tensor, list[Tensor]]:
        assert (sigma == 7.0).all()
        self.seen.append(latents.detach())
        return latents, [latents]


def loss(maps: list[Tensor]) -> Tensor:
    return -0.001 * maps[0].sum(dim=(1, 2, 3))


def test_an_ordinary_step_moves_once_by_the_raw_gradient_of_the_unscaled_latents() -> None:
    network = Watched()
    latents = torch.randn(2, 1, 2, 2)
    refined = PublishedRefiner(network, loss, 50)(32, 7.0, latents)
    assert len(network.seen) == 1 and torch.equal(network.seen[0], latents)
    torch.testing.assert_close(refined, latents + 20 * (1 - 32 / 50) ** 0.5 * 0.001)


def test_a_step_with_a_threshold_moves_until_the_loss_before_a_move_is_as_low_and_at_least_once() -> None:
    reached = -(-0.5 / 0.001) / 4  # of each of four cells
    latents = torch.stack([torch.full((1, 2, 2), reached + 1), torch.full((1, 2, 2), reached - 0.04)])
    network = Watched()
    refined = PublishedRefiner(network, loss, 50)(5, 7.0, latents)
    move = 20 * (1 - 5 / 50) ** 0.5 * 0.001
    assert len(network.seen) == 4  # -0.04, -0.02, -0.002, then past the threshold
    torch.testing.assert_close(refined[0], latents[0] + move)
    torch.testing.assert_close(refined[1], latents[1] + 4 * move)


def test_a_threshold_out_of_reach_ends_after_21_moves() -> None:
    network = Watched()
    PublishedRefiner(network, loss, 50)(25, 7.0, torch.zeros(1, 1, 2, 2))
    assert len(network.seen) == 21


def test_nothing_moves_after_the_last_step() -> None:
    latents = torch.randn(1, 1, 2, 2)
    assert PublishedRefiner(Watched(), loss, 50)(50, 0.0, latents) is latents


@pytest.mark.parametrize(
    ("steps", "expected"),
    [(50, PUBLISHED_THRESHOLDS), (100, {10: -0.5, 18: -0.56, 26: -0.62, 34: -0.68, 42: -0.74, 50: -0.8})],
)
def test_thresholds_keep_their_share_of_the_way(steps: int, expected: dict[int, float]) -> None:
    assert thresholds_for(steps) == expected


def test_with_few_steps_the_strictest_of_a_step_holds() -> None:
    assert thresholds_for(4) == {0: -0.56, 1: -0.74, 2: -0.8}
