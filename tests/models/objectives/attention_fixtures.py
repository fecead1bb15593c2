"""Attention maps for the tests of the attention losses: layers of two resolutions over the same characters."""

import torch
from torch import Tensor

LAYER_SIZES = ((8, 32), (4, 16))


def random_scores(batch: int, num_chars: int, *, seed: int, dtype: torch.dtype = torch.float32) -> list[Tensor]:
    generator = torch.Generator("cpu").manual_seed(seed)
    return [
        torch.randn(batch, num_chars, height, width, generator=generator, dtype=dtype).requires_grad_()
        for height, width in LAYER_SIZES
    ]


def attend(scores: list[Tensor]) -> list[Tensor]:
    return [layer.softmax(dim=1) for layer in scores]


def column_masks(batch: int, num_chars: int) -> Tensor:
    """(B, L, 64, 256): character j's strokes fill a bar of its own, at the j-th place from the left."""
    masks = torch.zeros(batch, num_chars, 64, 256)
    pitch = 256 // num_chars
    for j in range(num_chars):
        masks[:, j, 12:52, j * pitch + pitch // 4 : (j + 1) * pitch - pitch // 4] = 1
    return masks


def char_valid(lengths: list[int], num_chars: int) -> Tensor:
    return torch.arange(num_chars)[None, :] < torch.tensor(lengths)[:, None]
