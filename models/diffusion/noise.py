"""The first noise of each candidate. The only file of the room that draws random numbers."""

from collections.abc import Sequence

import torch
from torch import Tensor


def draw_noise(shape_of_one: tuple[int, int, int], *, seeds: Sequence[int]) -> Tensor:
    """`shape_of_one` (C, h, w) → (N, C, h, w) float32 on the CPU, one item a seed.

    Each item comes from a generator of its own, so a candidate is the same in every batch and on every device.
    """
    return torch.stack(
        [torch.randn(shape_of_one, generator=torch.Generator("cpu").manual_seed(seed)) for seed in seeds]
    )
