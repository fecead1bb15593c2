"""Claims about choosing the first noise."""

import pytest
import torch
from torch import Tensor

from models.diffusion.noise import draw_noise
from models.diffusion.noise_search import search_noise
from models.diffusion.sampling import sample_euler
from models.diffusion.scalings import EdmScalings

NOISES = draw_noise((2, 4, 6), seeds=range(5))
SIGMAS = torch.tensor([10.0, 1.5])


def network(latents: Tensor, c_noise: Tensor) -> tuple[Tensor, list[Tensor]]:
    output = (latents * (1 + c_noise[:, None, None, None])).tanh()
    return output, [output.softmax(dim=1)]


ATTENDING = EdmScalings().precondition_attending(network)


def score(maps: list[Tensor]) -> Tensor:
    return -maps[0].amax(dim=(2, 3)).amin(dim=1)


def test_lowest_score_wins() -> None:
    result = search_noise(ATTENDING, NOISES, sigmas=SIGMAS, score=score)
    assert result.scores.shape == (5,)
    assert result.scores[result.index] == result.scores.min()
    assert result.scores.std() > 0


def test_scores_in_one_batch_equal_scores_one_by_one() -> None:
    together = search_noise(ATTENDING, NOISES, sigmas=SIGMAS, score=score).scores
    alone = [search_noise(ATTENDING, noise[None], sigmas=SIGMAS, score=score).scores for noise in NOISES]
    torch.testing.assert_close(together, torch.cat(alone))


def test_score_sees_the_maps_of_the_last_level_on_the_sampler_s_own_path() -> None:
    seen: list[Tensor] = []

    def at_second_level(step: int, sigma: float, latents: Tensor) -> Tensor:
        if step == 1:
            seen.extend(ATTENDING(latents, torch.full((5,), sigma))[1])
        return latents

    sigmas = torch.cat([SIGMAS, torch.zeros(1)])
    sample_euler(lambda x, s: ATTENDING(x, s)[0], NOISES * SIGMAS[0], sigmas, callback=at_second_level)
    scores = search_noise(ATTENDING, NOISES, sigmas=SIGMAS, score=score).scores
    torch.testing.assert_close(scores, score(seen))


def test_each_level_costs_one_evaluation_of_the_whole_batch() -> None:
    batches: list[int] = []

    def counting(latents: Tensor, sigma: Tensor) -> tuple[Tensor, list[Tensor]]:
        batches.append(latents.shape[0])
        return ATTENDING(latents, sigma)

    search_noise(counting, NOISES, sigmas=SIGMAS, score=score)
    assert batches == [5, 5]


def test_refuses_an_empty_schedule_and_a_score_for_the_whole_batch() -> None:
    with pytest.raises(ValueError, match="sigmas is empty"):
        search_noise(ATTENDING, NOISES, sigmas=torch.zeros(0), score=score)
    with pytest.raises(ValueError, match="one each is needed"):
        search_noise(ATTENDING, NOISES, sigmas=SIGMAS, score=lambda maps: maps[0].mean())
